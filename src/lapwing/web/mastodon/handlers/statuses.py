"""Posts: writing, reading, editing, deleting."""

from __future__ import annotations

import re
from typing import Final

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.composing import Draft, PollDraft
from lapwing.microblog.actions.posting import Edit, delete_post, edit_post, get_own, write_post
from lapwing.microblog.model import Attachment, Post, QuotePolicy, Visibility
from lapwing.microblog.personal.actions.scheduling import schedule_post
from lapwing.web.mastodon.answers import Answer, encode, json_of
from lapwing.web.mastodon.entities.instants import parse_instant
from lapwing.web.mastodon.entities.posts import VISIBILITY
from lapwing.web.mastodon.params import Params
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.rate_limits import Kind
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Routes
from lapwing.web.mastodon.uploads import read_wish

STATUSES = Routes()

_MOST_IDS: Final = 100
_VISIBILITY: Final = {word: visibility for visibility, word in VISIBILITY.items()}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_LONGEST_KEY: Final = 200


@STATUSES.post("/api/v1/statuses", scope="write:statuses")
async def write(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    draft = read_draft(params, request.user.app_name, parts.website_of(request.user))
    key = request.get_header(b"idempotency-key")[:_LONGEST_KEY]
    scheduled_at = params.find_text("scheduled_at")
    if scheduled_at:
        due_ms = parse_instant(scheduled_at, "scheduled_at")
        asked = encode(asked_for(params, draft)).decode()
        scheduled = await schedule_post(parts.desk, request.user, draft, due_ms, asked, key)
        return json_of(parts.personal_entities.scheduled(scheduled))
    post = await write_post(parts.context, request.user, draft, key)
    return Answer(parts.post_entities.draw(post, request.viewer_id))


@STATUSES.get("/api/v1/statuses", scope="read:statuses", needs_user=False)
async def several(parts: MastodonParts, request: Request) -> Answer:
    """Those of `id[]` that the viewer may see."""
    wanted = request.params.ids("id")[:_MOST_IDS]
    square = parts.square
    found = (square.posts.find(post_id) for post_id in wanted)
    seen = [
        post.id
        for post in found
        if post is not None and square.permissions.may_see(request.viewer_id, post)
    ]
    return Answer(parts.post_entities.draw_all(seen, request.viewer_id))


@STATUSES.get("/api/v1/statuses/:id", scope="read:statuses", needs_user=False)
async def one(parts: MastodonParts, request: Request) -> Answer:
    post = visible(parts, request)
    return Answer(parts.post_entities.draw(post, request.viewer_id, "thread"))


@STATUSES.put("/api/v1/statuses/:id", scope="write:statuses")
async def edit(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    post = get_own(parts.context, request.viewer_id, request.id())
    wanted = Edit(
        text=params.find_text("status"),
        warning=params.find_text("spoiler_text"),
        sensitive=params.find_flag("sensitive"),
        language=_language(params),
        media_ids=tuple(params.ids("media_ids")) if "media_ids" in params else None,
        retouched=await _retouched(parts, post, params),
        poll=_poll(params),
    )
    post = await edit_post(parts.context, request.user, post.id, wanted)
    return Answer(parts.post_entities.draw(post, request.viewer_id))


async def _retouched(parts: MastodonParts, post: Post, params: Params) -> dict[int, Attachment]:
    """The post's media as the request wants them. Raises `Refusal`, `Unavailable`."""
    media = {one.id: one for one in post.media}
    return {
        media_id: await parts.uploads.retouched(media[media_id], read_wish(row))
        for row in params.rows("media_attributes")
        if (media_id := row.get_id("id")) in media
    }


@STATUSES.delete("/api/v1/statuses/:id", scope="write:statuses", kind=Kind.DELETION)
async def delete(parts: MastodonParts, request: Request) -> Answer:
    """The post as it was, with its text as written: for writing it anew."""
    post = get_own(parts.context, request.viewer_id, request.id())
    form = parts.post_entities.draw(post, request.viewer_id)
    keeps_media = not request.params.flag("delete_media")
    await delete_post(parts.context, request.user, post.id, keeps_media=keeps_media)
    return Answer(form[:-1] + b',"text":' + encode(post.text) + b"}")


@STATUSES.get("/api/v1/statuses/:id/context", scope="read:statuses", needs_user=False)
async def context(parts: MastodonParts, request: Request) -> Answer:
    post = visible(parts, request)
    above, below = parts.timelines.thread(request.viewer_id, post)
    draw = parts.post_entities.draw_all
    ancestors = draw(above, request.viewer_id, "thread")
    descendants = draw(below, request.viewer_id, "thread")
    return Answer(b'{"ancestors":' + ancestors + b',"descendants":' + descendants + b"}")


@STATUSES.get("/api/v1/statuses/:id/source", scope="read:statuses")
async def source(parts: MastodonParts, request: Request) -> Answer:
    return json_of(parts.post_entities.source(visible(parts, request)))


@STATUSES.get("/api/v1/statuses/:id/history", scope="read:statuses", needs_user=False)
async def history(parts: MastodonParts, request: Request) -> Answer:
    return json_of(parts.post_entities.history(visible(parts, request)))


@STATUSES.get("/api/v1/statuses/:id/card", scope="read:statuses", needs_user=False)
async def card(parts: MastodonParts, request: Request) -> Answer:
    return json_of(parts.post_entities.card(visible(parts, request)))


@STATUSES.post("/api/v1/statuses/:id/translate", scope="read:statuses")
async def translate(parts: MastodonParts, request: Request) -> Answer:
    visible(parts, request)
    raise Refusal("translation_unsupported", "This server does not translate.")


def visible(parts: MastodonParts, request: Request) -> Post:
    """The post that the path names, if the viewer may see it. Raises `Refusal`."""
    return parts.square.permissions.get_visible(request.viewer_id, request.id())


def read_draft(params: Params, app_name: str, app_website: str) -> Draft:
    """What a request to post asks for. Raises `Refusal`."""
    return Draft(
        text=params.text("status"),
        visibility=find_visibility(params),
        language=_language(params),
        warning=params.text("spoiler_text"),
        sensitive=params.find_flag("sensitive"),
        reply_to_id=params.find_id("in_reply_to_id") or 0,
        quote_of_id=params.find_id("quoted_status_id") or params.find_id("quote_id") or 0,
        quote_policy=find_quote_policy(params),
        media_ids=tuple(params.ids("media_ids")),
        poll=_poll(params),
        app_name=app_name,
        app_website=app_website,
    )


def asked_for(params: Params, draft: Draft) -> dict[str, object]:
    """As a scheduled post shows it: what was asked for, with nothing made of it."""
    poll = params.find_nested("poll")
    return {
        "text": draft.text,
        "media_ids": [str(media_id) for media_id in draft.media_ids] or None,
        "poll": None if poll is None else poll.plain(),
        "sensitive": draft.sensitive,
        "spoiler_text": draft.warning or None,
        "visibility": VISIBILITY[draft.visibility] if draft.visibility else None,
        "in_reply_to_id": draft.reply_to_id or None,
        "quoted_status_id": str(draft.quote_of_id) if draft.quote_of_id else None,
        "language": draft.language,
        "scheduled_at": None,
        "idempotency": None,
        "with_rate_limit": False,
        "application_id": 0,
    }


def find_visibility(params: Params, name: str = "visibility") -> Visibility | None:
    """Raises `Refusal` (`invalid_parameter`)."""
    word = params.find_text(name)
    if not word:
        return None
    if word not in _VISIBILITY:
        raise Refusal("invalid_parameter", f"{name} takes {', '.join(_VISIBILITY)}.", field=name)
    return _VISIBILITY[word]


def find_quote_policy(params: Params, name: str = "quote_approval_policy") -> QuotePolicy | None:
    """Raises `Refusal` (`invalid_parameter`)."""
    word = params.find_text(name)
    if not word:
        return None
    try:
        return QuotePolicy(word)
    except ValueError:
        wanted = ", ".join(QuotePolicy)
        raise Refusal("invalid_parameter", f"{name} takes {wanted}.", field=name) from None


def _language(params: Params) -> str | None:
    """A code that is none is left out, as clients send what their system says."""
    code = params.text("language").strip().replace("_", "-")
    return code if _LANGUAGE.fullmatch(code) else None


def _poll(params: Params) -> PollDraft | None:
    poll = params.find_nested("poll")
    if poll is None or not any(poll.texts("options")):
        return None
    return PollDraft(
        options=tuple(poll.texts("options")),
        expires_in_s=poll.find_number("expires_in") or 0,
        multiple=poll.flag("multiple"),
        hides_totals=poll.flag("hide_totals"),
    )
