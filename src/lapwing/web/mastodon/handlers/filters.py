"""Filters of what one does not want to read, in both versions of the API."""

from __future__ import annotations

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.personal.actions import filtering, filtering_v1
from lapwing.microblog.personal.actions.filtering import FilterChange, KeywordChange
from lapwing.microblog.personal.actions.filtering_v1 import FilterV1Change
from lapwing.microblog.personal.model import FilterAction, FilterContext
from lapwing.web.mastodon.answers import Answer, json_of, nothing
from lapwing.web.mastodon.entities.personal import (
    filter_form,
    filter_post_form,
    filter_v1_form,
    keyword_form,
)
from lapwing.web.mastodon.params import Params
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Routes

FILTERS = Routes()

_READ = "read:filters"
_WRITE = "write:filters"


@FILTERS.get("/api/v2/filters", scope=_READ)
async def several(parts: MastodonParts, request: Request) -> Answer:
    return json_of([filter_form(one) for one in parts.desk.tables.filters.of(request.viewer_id)])


@FILTERS.post("/api/v2/filters", scope=_WRITE)
async def make(parts: MastodonParts, request: Request) -> Answer:
    wish = _change(request.params)
    return json_of(filter_form(await filtering.make_filter(parts.desk, request.user, wish)))


@FILTERS.get("/api/v2/filters/:id", scope=_READ)
async def one(parts: MastodonParts, request: Request) -> Answer:
    found = parts.desk.tables.filters.get(request.viewer_id, request.id())
    return json_of(filter_form(found))


@FILTERS.put("/api/v2/filters/:id", scope=_WRITE)
async def edit(parts: MastodonParts, request: Request) -> Answer:
    edited = await filtering.edit_filter(
        parts.desk, request.user, request.id(), _change(request.params)
    )
    return json_of(filter_form(edited))


@FILTERS.delete("/api/v2/filters/:id", scope=_WRITE)
async def delete(parts: MastodonParts, request: Request) -> Answer:
    await filtering.delete_filter(parts.desk, request.user, request.id())
    return nothing()


@FILTERS.get("/api/v2/filters/:id/keywords", scope=_READ)
async def keywords(parts: MastodonParts, request: Request) -> Answer:
    found = parts.desk.tables.filters.get(request.viewer_id, request.id())
    return json_of([keyword_form(keyword) for keyword in found.keywords])


@FILTERS.post("/api/v2/filters/:id/keywords", scope=_WRITE)
async def add_keyword(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    added = await filtering.add_keyword(
        parts.desk,
        request.user,
        request.id(),
        params.text("keyword"),
        whole_word=params.flag("whole_word", True),
    )
    return json_of(keyword_form(added))


@FILTERS.get("/api/v2/filters/keywords/:id", scope=_READ)
async def one_keyword(parts: MastodonParts, request: Request) -> Answer:
    _, found = parts.desk.tables.filters.get_by_keyword(request.viewer_id, request.id())
    return json_of(keyword_form(found))


@FILTERS.put("/api/v2/filters/keywords/:id", scope=_WRITE)
async def edit_keyword(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    edited = await filtering.edit_keyword(
        parts.desk,
        request.user,
        request.id(),
        params.find_text("keyword"),
        params.find_flag("whole_word"),
    )
    return json_of(keyword_form(edited))


@FILTERS.delete("/api/v2/filters/keywords/:id", scope=_WRITE)
async def remove_keyword(parts: MastodonParts, request: Request) -> Answer:
    await filtering.remove_keyword(parts.desk, request.user, request.id())
    return nothing()


@FILTERS.get("/api/v2/filters/:id/statuses", scope=_READ)
async def posts(parts: MastodonParts, request: Request) -> Answer:
    found = parts.desk.tables.filters.get(request.viewer_id, request.id())
    return json_of([filter_post_form(post) for post in found.posts])


@FILTERS.post("/api/v2/filters/:id/statuses", scope=_WRITE)
async def add_post(parts: MastodonParts, request: Request) -> Answer:
    added = await filtering.add_filtered_post(
        parts.desk, request.user, request.id(), request.params.get_id("status_id")
    )
    return json_of(filter_post_form(added))


@FILTERS.get("/api/v2/filters/statuses/:id", scope=_READ)
async def one_post(parts: MastodonParts, request: Request) -> Answer:
    _, found = parts.desk.tables.filters.get_by_post(request.viewer_id, request.id())
    return json_of(filter_post_form(found))


@FILTERS.delete("/api/v2/filters/statuses/:id", scope=_WRITE)
async def remove_post(parts: MastodonParts, request: Request) -> Answer:
    removed = await filtering.remove_filtered_post(parts.desk, request.user, request.id())
    return json_of(filter_post_form(removed))


@FILTERS.get("/api/v1/filters", scope=_READ)
async def several_v1(parts: MastodonParts, request: Request) -> Answer:
    found = filtering_v1.filters_v1_of(parts.desk.tables.filters, request.viewer_id)
    return json_of([filter_v1_form(one) for one in found])


@FILTERS.post("/api/v1/filters", scope=_WRITE)
async def make_v1(parts: MastodonParts, request: Request) -> Answer:
    wish = _change_v1(request.params)
    made = await filtering_v1.make_filter_v1(parts.desk, request.user, wish)
    return json_of(filter_v1_form(made))


@FILTERS.get("/api/v1/filters/:id", scope=_READ)
async def one_v1(parts: MastodonParts, request: Request) -> Answer:
    filters = parts.desk.tables.filters
    found = filtering_v1.get_filter_v1(filters, request.viewer_id, request.id())
    return json_of(filter_v1_form(found))


@FILTERS.put("/api/v1/filters/:id", scope=_WRITE)
async def edit_v1(parts: MastodonParts, request: Request) -> Answer:
    edited = await filtering_v1.edit_filter_v1(
        parts.desk, request.user, request.id(), _change_v1(request.params)
    )
    return json_of(filter_v1_form(edited))


@FILTERS.delete("/api/v1/filters/:id", scope=_WRITE)
async def delete_v1(parts: MastodonParts, request: Request) -> Answer:
    await filtering_v1.delete_filter_v1(parts.desk, request.user, request.id())
    return nothing()


def _change(params: Params) -> FilterChange:
    word = params.find_text("filter_action")
    if word is not None and word not in list(FilterAction):
        raise Refusal(
            "invalid_parameter",
            f"filter_action takes {', '.join(FilterAction)}.",
            field="filter_action",
        )
    return FilterChange(
        title=params.find_text("title"),
        contexts=_contexts(params),
        action=FilterAction(word) if word else None,
        expires_in_s=_expiry(params),
        keywords=tuple(
            KeywordChange(
                id=row.find_id("id") or 0,
                keyword=row.find_text("keyword"),
                whole_word=row.find_flag("whole_word"),
                removed=row.flag("_destroy"),
            )
            for row in params.rows("keywords_attributes")
        ),
    )


def _change_v1(params: Params) -> FilterV1Change:
    return FilterV1Change(
        phrase=params.find_text("phrase"),
        contexts=_contexts(params),
        whole_word=params.find_flag("whole_word"),
        expires_in_s=_expiry(params),
        irreversible=params.find_flag("irreversible"),
    )


def _contexts(params: Params) -> tuple[FilterContext, ...] | None:
    if "context" not in params:
        return None
    words = params.texts("context")
    if not all(word in list(FilterContext) for word in words):
        raise Refusal(
            "invalid_parameter",
            f"context takes {', '.join(FilterContext)}.",
            field="context",
        )
    return tuple(FilterContext(word) for word in words)


def _expiry(params: Params) -> int | None:
    """Null or nothing in it takes an earlier end away."""
    if "expires_in" not in params:
        return None
    return params.find_number("expires_in") or 0
