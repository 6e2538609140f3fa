"""Hashtags: following them, showing them on one's profile."""

from __future__ import annotations

from typing import Any

from lapwing.microblog.personal.actions import tagging
from lapwing.microblog.personal.model import FollowedTag
from lapwing.microblog.personal.tags import most_used_tags, tag_use
from lapwing.web.mastodon.answers import Answer, json_of, nothing
from lapwing.web.mastodon.entities.instants import date
from lapwing.web.mastodon.handlers.pages import page_of
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Handler, Routes

TAGS = Routes()


@TAGS.get("/api/v1/tags/:id", scope="read:accounts", needs_user=False)
async def one(parts: MastodonParts, request: Request) -> Answer:
    name = tagging.check_hashtag(request.args["id"])
    return json_of(parts.tag_entities.form(name, request.viewer_id))


def _follows(*, on: bool) -> Handler:
    async def follow(parts: MastodonParts, request: Request) -> Answer:
        name = tagging.check_hashtag(request.args["id"])
        await tagging.follow_tag(parts.desk, request.user, name, on=on)
        return json_of(parts.tag_entities.form(name, request.viewer_id))

    return follow


def _features(*, on: bool) -> Handler:
    async def feature(parts: MastodonParts, request: Request) -> Answer:
        name = tagging.check_hashtag(request.args["id"])
        if on:
            await tagging.feature_tag(parts.desk, request.user, name)
        else:
            await tagging.stop_featuring_tag(parts.desk, request.user, name)
        return json_of(parts.tag_entities.form(name, request.viewer_id))

    return feature


TAGS.post("/api/v1/tags/:id/follow", scope="write:follows")(_follows(on=True))
TAGS.post("/api/v1/tags/:id/unfollow", scope="write:follows")(_follows(on=False))
TAGS.post("/api/v1/tags/:id/feature", scope="write:accounts")(_features(on=True))
TAGS.post("/api/v1/tags/:id/unfeature", scope="write:accounts")(_features(on=False))


@TAGS.get("/api/v1/followed_tags", scope="read:follows")
async def followed(parts: MastodonParts, request: Request) -> Answer:
    page = request.page(100, 200)
    newest_first = parts.desk.tables.tags.followed_by(request.viewer_id)[::-1]
    within = [tag for tag in newest_first if page.floor < tag.id < page.max_id]
    shown = within[-page.limit :] if page.goes_up else within[: page.limit]
    forms = json_of([parts.tag_entities.form(tag.name, request.viewer_id) for tag in shown])
    return page_of(parts, request, forms.body, [tag.id for tag in shown])


@TAGS.get("/api/v1/featured_tags", scope="read:accounts")
async def featured(parts: MastodonParts, request: Request) -> Answer:
    return _featured_of(parts, request.viewer_id)


@TAGS.get("/api/v1/accounts/:id/featured_tags", scope="read:accounts", needs_user=False)
async def featured_by(parts: MastodonParts, request: Request) -> Answer:
    account = parts.accounts.get(request.id())
    return _featured_of(parts, account.id)


@TAGS.get("/api/v1/featured_tags/suggestions", scope="read:accounts")
async def suggestions(parts: MastodonParts, request: Request) -> Answer:
    names = most_used_tags(parts.square.posts, request.viewer_id)
    return json_of([parts.tag_entities.form(name, request.viewer_id) for name in names])


@TAGS.post("/api/v1/featured_tags", scope="write:accounts")
async def feature(parts: MastodonParts, request: Request) -> Answer:
    name = request.params.text("name")
    made = await tagging.feature_tag(parts.desk, request.user, name)
    return json_of(_featured_form(parts, request.viewer_id, made))


@TAGS.delete("/api/v1/featured_tags/:id", scope="write:accounts")
async def stop_featuring(parts: MastodonParts, request: Request) -> Answer:
    found = parts.desk.tables.tags.get_featured(request.viewer_id, request.id())
    await tagging.stop_featuring_tag(parts.desk, request.user, found.name)
    return nothing()


def _featured_of(parts: MastodonParts, account_id: int) -> Answer:
    found = parts.desk.tables.tags.featured_by(account_id)
    return json_of([_featured_form(parts, account_id, tag) for tag in found])


def _featured_form(parts: MastodonParts, account_id: int, tag: FollowedTag) -> dict[str, Any]:
    account = parts.accounts.get(account_id)
    use = tag_use(parts.square.posts, account_id, tag.name)
    path = parts.addresses.tag(tag.name).removeprefix(parts.addresses.base_url)
    return {
        "id": str(tag.id),
        "name": tag.name,
        "url": f"{parts.addresses.account(account.username)}{path.replace('/tags', '/tagged', 1)}",
        "statuses_count": str(use.posts),
        "last_status_at": date(use.last_ms) if use.last_ms else None,
    }
