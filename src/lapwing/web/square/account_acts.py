"""What people do with others: follow, mute, block, answer a request, note something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions import relating
from lapwing.microblog.actions.context import Context
from lapwing.microblog.model import FollowOptions, Relation
from lapwing.microblog.paging import parse_id
from lapwing.web.square.answering import back_path, redirect, signed_in
from lapwing.web.square.drawing import Drawing
from lapwing.web.square.forms import Form

Act = Callable[[Context, Viewer, int], Awaitable[None]]


async def _accept(context: Context, viewer: Viewer, asker_id: int) -> None:
    await relating.answer_request(context, viewer, asker_id, accepted=True)


async def _reject(context: Context, viewer: Viewer, asker_id: int) -> None:
    await relating.answer_request(context, viewer, asker_id, accepted=False)


async def _mute(context: Context, viewer: Viewer, target_id: int) -> None:
    await relating.mute(context, viewer, target_id)


_ACTS: dict[str, tuple[Act, str]] = {
    "unfollow": (relating.unfollow, ""),
    "mute": (_mute, "muted"),
    "unmute": (relating.unmute, ""),
    "unblock": (relating.unblock, ""),
    "accept": (_accept, ""),
    "reject": (_reject, ""),
    "remove-follower": (relating.remove_follower, ""),
}
"""With the word for what the next page says."""


@post("/accounts/{account_id:str}/{act:str}", include_in_schema=False)
async def act_on_account(
    request: Request[Any, Any, Any],
    drawing: NamedDependency[Drawing],
    account_id: FromPath[str],
    act: FromPath[str],
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    if act not in _ACTS:
        raise Refusal("unknown_page", "There is no such page.")
    do, said = _ACTS[act]
    await do(drawing.parts.context, viewer, parse_id(account_id, "account"))
    return redirect(_saying(back_path(request, "/home"), said))


@post("/accounts/{account_id:str}/follow", include_in_schema=False)
async def follow(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], account_id: FromPath[str]
) -> Response[bytes]:
    """Also changes whether one is told of each post (`notifies`) and sees reposts (`reposts`)."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    context, target_id = drawing.parts.context, parse_id(account_id, "account")
    form = await Form.of(request)
    present = context.square.relations.options_of(viewer.account_id, target_id)
    options = FollowOptions(
        shows_reposts=form.ticked("reposts") if form.has("reposts") else present.shows_reposts,
        notifies=form.ticked("notifies") if form.has("notifies") else present.notifies,
        languages=present.languages,
    )
    await relating.follow(context, viewer, target_id, options)
    return redirect(back_path(request, "/home"))


@get("/accounts/{account_id:str}/block", include_in_schema=False)
async def block_page(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], account_id: FromPath[str]
) -> Response[bytes]:
    """Asks once more."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    target = relating.get_other(drawing.parts.context, viewer, parse_id(account_id, "account"))
    return drawing.page(
        request,
        viewer,
        "square_confirm.html",
        heading=f"Block @{target.username}?",
        text="You follow each other no more, and neither sees what the other posts.",
        account=drawing.accounts.view(target, with_note=True),
        action=f"/accounts/{target.id}/block",
        label="Block",
        back=back_path(request, f"/@{target.username}"),
    )


@post("/accounts/{account_id:str}/block", include_in_schema=False)
async def block(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], account_id: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    target_id = parse_id(account_id, "account")
    await relating.block(drawing.parts.context, viewer, target_id)
    target = drawing.parts.context.square.accounts.get(target_id)
    return redirect(f"/@{target.username}?said=blocked")


@post("/accounts/{account_id:str}/note", include_in_schema=False)
async def note(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], account_id: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    text = (await Form.of(request)).text("note")
    await relating.write_note(drawing.parts.context, viewer, parse_id(account_id, "account"), text)
    return redirect(_saying(back_path(request, "/home"), "saved"))


@get("/follow-requests", include_in_schema=False)
async def follow_requests(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    asking = drawing.parts.context.square.relations.to(viewer.account_id, Relation.REQUEST)
    return _people(request, drawing, viewer, "They ask to follow you", list(asking), answers=True)


@get("/mutes", include_in_schema=False)
async def mutes(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    context = drawing.parts.context
    ids = [
        one
        for one in context.square.relations.of(viewer.account_id, Relation.MUTE)
        if context.square.relations.mutes(viewer.account_id, one, context.now_ms())
    ]
    return _people(request, drawing, viewer, "Muted", ids, undo=("unmute", "Unmute"))


@get("/blocks", include_in_schema=False)
async def blocks(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    ids = list(drawing.parts.context.square.relations.of(viewer.account_id, Relation.BLOCK))
    return _people(request, drawing, viewer, "Blocked", ids, undo=("unblock", "Unblock"))


def _people(
    request: Request[Any, Any, Any],
    drawing: Drawing,
    viewer: Viewer,
    heading: str,
    ids: list[int],
    *,
    answers: bool = False,
    undo: tuple[str, str] | None = None,
) -> Response[bytes]:
    return drawing.page(
        request,
        viewer,
        "square_accounts.html",
        nav="you",
        heading=heading,
        back=("/settings", "Settings"),
        accounts=drawing.accounts.several(ids[::-1]),
        older="",
        answers=answers,
        undo=undo,
        nothing="Nobody.",
    )


def _saying(path: str, said: str) -> str:
    """The address with the word for what the page says."""
    bare = path.partition("?said=")[0].partition("&said=")[0]
    if not said:
        return bare
    return f"{bare}{'&' if '?' in bare else '?'}said={said}"


HANDLERS = [
    act_on_account,
    follow,
    block_page,
    block,
    note,
    follow_requests,
    mutes,
    blocks,
]
