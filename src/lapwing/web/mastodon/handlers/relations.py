"""What one is to other accounts: following, blocking, muting, notes, requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from lapwing.accounts.model import Viewer
from lapwing.microblog.actions import relating
from lapwing.microblog.actions.context import Context
from lapwing.microblog.model import FollowOptions, Relation
from lapwing.microblog.paging import take
from lapwing.web.mastodon.answers import EMPTY_LIST, Answer, json_of, listed, nothing
from lapwing.web.mastodon.entities.instants import instant_or_none
from lapwing.web.mastodon.handlers.pages import accounts_page, page_of
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Handler, Routes

RELATIONS = Routes()

_Act: TypeAlias = Callable[[Context, Viewer, int], Awaitable[None]]
_LONGEST_MUTE_S = 10 * 366 * 86_400


@RELATIONS.post("/api/v1/accounts/:id/follow", scope="write:follows")
async def follow(parts: MastodonParts, request: Request) -> Answer:
    params, account_id = request.params, request.id()
    present = parts.square.relations.options_of(request.viewer_id, account_id)
    languages = tuple(params.texts("languages"))
    options = FollowOptions(
        shows_reposts=params.flag("reblogs", present.shows_reposts),
        notifies=params.flag("notify", present.notifies),
        languages=languages if "languages" in params else present.languages,
    )
    await relating.follow(parts.context, request.user, account_id, options)
    return json_of(parts.relationship(request, account_id))


@RELATIONS.post("/api/v1/accounts/:id/mute", scope="write:mutes")
async def mute(parts: MastodonParts, request: Request) -> Answer:
    account_id = request.id()
    await relating.mute(
        parts.context,
        request.user,
        account_id,
        hides_notifications=request.params.flag("notifications", True),
        duration_s=request.params.number("duration", 0, 0, _LONGEST_MUTE_S),
    )
    return json_of(parts.relationship(request, account_id))


@RELATIONS.post("/api/v1/accounts/:id/note", scope="write:accounts")
async def note(parts: MastodonParts, request: Request) -> Answer:
    account_id = request.id()
    text = request.params.text("comment")
    await relating.write_note(parts.context, request.user, account_id, text)
    return json_of(parts.relationship(request, account_id))


def _does(act: _Act) -> Handler:
    async def do(parts: MastodonParts, request: Request) -> Answer:
        account_id = request.id()
        parts.accounts.get(account_id)
        await act(parts.context, request.user, account_id)
        return json_of(parts.relationship(request, account_id))

    return do


async def _endorse(context: Context, viewer: Viewer, account_id: int) -> None:
    await relating.feature(context, viewer, account_id, on=True)


async def _unendorse(context: Context, viewer: Viewer, account_id: int) -> None:
    await relating.feature(context, viewer, account_id, on=False)


for _verb, _scope, _act in (
    ("unfollow", "write:follows", relating.unfollow),
    ("remove_from_followers", "write:follows", relating.remove_follower),
    ("block", "write:blocks", relating.block),
    ("unblock", "write:blocks", relating.unblock),
    ("unmute", "write:mutes", relating.unmute),
    ("pin", "write:accounts", _endorse),
    ("endorse", "write:accounts", _endorse),
    ("unpin", "write:accounts", _unendorse),
    ("unendorse", "write:accounts", _unendorse),
):
    RELATIONS.post(f"/api/v1/accounts/:id/{_verb}", scope=_scope)(_does(_act))


@RELATIONS.get("/api/v1/blocks", scope="read:blocks")
async def blocks(parts: MastodonParts, request: Request) -> Answer:
    ids = parts.square.relations.of(request.viewer_id, Relation.BLOCK)
    found = take([ids], request.page(40, 80), parts.is_there)
    return accounts_page(parts, request, found)


@RELATIONS.get("/api/v1/mutes", scope="read:mutes")
async def mutes(parts: MastodonParts, request: Request) -> Answer:
    """Each with the end of the mute, where it has one."""
    relations, now_ms = parts.square.relations, parts.now_ms()

    def shows(account_id: int) -> bool:
        return parts.is_there(account_id) and relations.mutes(request.viewer_id, account_id, now_ms)

    ids = relations.of(request.viewer_id, Relation.MUTE)
    found = take([ids], request.page(40, 80), shows)
    drawn = []
    for account_id in found:
        mute = relations.find_mute(request.viewer_id, account_id)
        until = instant_or_none(mute.ends_ms if mute else 0)
        words = b"null" if until is None else f'"{until}"'.encode()
        form = parts.account_entities.draw(account_id)
        drawn.append(form[:-1] + b',"mute_expires_at":' + words + b"}")
    return page_of(parts, request, listed(drawn), found)


@RELATIONS.get("/api/v1/follow_requests", scope="read:follows")
async def follow_requests(parts: MastodonParts, request: Request) -> Answer:
    ids = parts.square.relations.to(request.viewer_id, Relation.REQUEST)
    found = take([ids], request.page(40, 80), parts.is_there)
    return accounts_page(parts, request, found)


def _answers(*, accepted: bool) -> Handler:
    async def answer(parts: MastodonParts, request: Request) -> Answer:
        asker_id = request.id()
        await relating.answer_request(parts.context, request.user, asker_id, accepted=accepted)
        return json_of(parts.relationship(request, asker_id))

    return answer


RELATIONS.post("/api/v1/follow_requests/:id/authorize", scope="write:follows")(
    _answers(accepted=True)
)
RELATIONS.post("/api/v1/follow_requests/:id/reject", scope="write:follows")(
    _answers(accepted=False)
)


@RELATIONS.get("/api/v1/domain_blocks", scope="read:blocks")
async def domain_blocks(parts: MastodonParts, request: Request) -> Answer:
    """There are no other servers here to block."""
    del parts, request
    return Answer(EMPTY_LIST)


@RELATIONS.post("/api/v1/domain_blocks", scope="write:blocks")
async def block_domain(parts: MastodonParts, request: Request) -> Answer:
    del parts
    request.params.get_text("domain")
    return nothing()


@RELATIONS.delete("/api/v1/domain_blocks", scope="write:blocks")
async def unblock_domain(parts: MastodonParts, request: Request) -> Answer:
    del parts
    request.params.get_text("domain")
    return nothing()
