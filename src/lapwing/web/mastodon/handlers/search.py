"""Search, trends and suggestions."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.personal.actions.suggesting import dismiss_suggestion
from lapwing.microblog.personal.suggestions import SuggestionSource
from lapwing.microblog.personal.trend_counts import DayCount
from lapwing.microblog.search.hashtags import search_hashtags
from lapwing.web.mastodon.answers import Answer, json_of, listed, nothing
from lapwing.web.mastodon.entities.media import card_form
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Routes

SEARCH = Routes()

_KINDS = ("accounts", "statuses", "hashtags")
_FARTHEST = 10_000
_SOURCES: Final = {
    SuggestionSource.FRIENDS: "friends_of_friends",
    SuggestionSource.FEATURED: "featured",
    SuggestionSource.POPULAR: "most_followed",
    SuggestionSource.SERVICE: "most_followed",
}
_OLD_SOURCES: Final = {
    SuggestionSource.FRIENDS: "past_interactions",
    SuggestionSource.FEATURED: "staff",
    SuggestionSource.POPULAR: "global",
    SuggestionSource.SERVICE: "global",
}
"""As apps knew them before there could be several."""


@SEARCH.get("/api/v2/search", scope="read:search", needs_user=False)
async def search(parts: MastodonParts, request: Request) -> Answer:
    """Posts only for who is signed in, as Mastodon has it."""
    params = request.params
    text = params.get_text("q").strip()
    kind = params.text("type")
    if kind and kind not in _KINDS:
        raise Refusal("invalid_parameter", f"type takes {', '.join(_KINDS)}.", field="type")
    limit = params.number("limit", 20, 1, 40)
    offset = params.number("offset", 0, 0, _FARTHEST) if kind else 0
    found: dict[str, Any] = {name: [] for name in _KINDS}
    if kind in ("", "accounts"):
        found["accounts"] = msgspec.Raw(_accounts(parts, request, text, limit, offset))
    if kind in ("", "hashtags"):
        found["hashtags"] = _tags(parts, request, text, limit, offset)
    if kind == "statuses" or (kind == "" and not _is_name(text)):
        ids = await _posts(parts, request, text, limit, offset)
        found["statuses"] = msgspec.Raw(
            parts.post_entities.draw_all(ids, request.viewer_id, "public")
        )
    return json_of(found)


@SEARCH.get("/api/v1/trends/tags", needs_user=False)
@SEARCH.get("/api/v1/trends", needs_user=False)
async def trending_tags(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    limit = params.number("limit", 10, 1, 20)
    offset = params.number("offset", 0, 0, _FARTHEST)
    names = parts.trending_tags(request.viewer_id)[offset : offset + limit]
    return json_of([parts.tag_entities.form(name, request.viewer_id) for name in names])


@SEARCH.get("/api/v1/trends/statuses", needs_user=False)
async def trending_posts(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    limit = params.number("limit", 20, 1, 40)
    offset = params.number("offset", 0, 0, _FARTHEST)
    ids = list(parts.trending_posts(request.viewer_id))[offset : offset + limit]
    return Answer(parts.post_entities.draw_all(ids, request.viewer_id, "public"))


@SEARCH.get("/api/v1/trends/links", needs_user=False)
async def trending_links(parts: MastodonParts, request: Request) -> Answer:
    params, now_ms = request.params, parts.now_ms()
    limit = params.number("limit", 10, 1, 20)
    offset = params.number("offset", 0, 0, _FARTHEST)
    trends = parts.desk.tables.trends
    return json_of(
        [
            {
                **card_form(one.card, parts.addresses),
                "history": [_day_form(day) for day in trends.link_history(one.card.url, now_ms)],
            }
            for one in trends.links(now_ms)[offset : offset + limit]
        ]
    )


@SEARCH.get("/api/v2/suggestions", scope="read:accounts")
async def suggestions(parts: MastodonParts, request: Request) -> Answer:
    limit = request.params.number("limit", 40, 1, 80)
    found = parts.desk.tables.suggestions.of(request.viewer_id, parts.now_ms(), limit)
    return json_of(
        [
            {
                "source": _OLD_SOURCES[one.sources[0]],
                "sources": [_SOURCES[source] for source in one.sources],
                "account": msgspec.Raw(parts.account_entities.draw(one.account_id)),
            }
            for one in found
        ]
    )


@SEARCH.delete("/api/v1/suggestions/:id", scope="write:accounts")
async def dismiss(parts: MastodonParts, request: Request) -> Answer:
    await dismiss_suggestion(parts.desk, request.user, request.id())
    return nothing()


@SEARCH.get("/api/v1/suggestions", scope="read:accounts")
async def suggestions_v1(parts: MastodonParts, request: Request) -> Answer:
    limit = request.params.number("limit", 40, 1, 80)
    ids = list(parts.suggested(request.viewer_id))[:limit]
    return Answer(listed(parts.account_entities.draw_all(ids)))


def _day_form(day: DayCount) -> dict[str, str]:
    return {
        "day": str(day.begins_ms // 1000),
        "accounts": str(day.people),
        "uses": str(day.posts),
    }


def _is_name(text: str) -> bool:
    """A lone hashtag or account name means the hashtag or the account, not posts with it."""
    return (text.startswith("#") or "@" in text) and " " not in text


def _accounts(parts: MastodonParts, request: Request, text: str, limit: int, offset: int) -> bytes:
    only_followed = request.params.flag("following")
    address = text.removeprefix(f"{parts.addresses.base_url}/@")
    ids = parts.find_accounts(
        address,
        viewer_id=request.viewer_id,
        limit=limit,
        offset=offset,
        only_followed=only_followed,
    )
    return listed(parts.account_entities.draw_all(ids))


def _tags(
    parts: MastodonParts, request: Request, text: str, limit: int, offset: int
) -> list[dict[str, Any]]:
    posts = parts.square.posts
    used = ((name, len(posts.tagged(name))) for name in posts.tags())
    names = search_hashtags(text, ((name, uses) for name, uses in used if uses), limit, offset)
    return [parts.tag_entities.form(name, request.viewer_id) for name in names]


async def _posts(
    parts: MastodonParts, request: Request, text: str, limit: int, offset: int
) -> list[int]:
    """A post's own address finds the post."""
    post_id = text.removeprefix(parts.addresses.base_url).rpartition("/")[2]
    if text.startswith(f"{parts.addresses.base_url}/@") and post_id.isdigit():
        post = parts.square.posts.find(int(post_id[:19]))
        may_see = parts.square.permissions.may_see
        return [post.id] if post is not None and may_see(request.viewer_id, post) else []
    if not request.viewer_id:
        return []
    params = request.params
    ids = await parts.find_posts(
        request.viewer_id,
        text,
        limit=limit + offset,
        account_id=params.find_id("account_id"),
        before_id=params.find_id("max_id"),
    )
    return ids[offset:]
