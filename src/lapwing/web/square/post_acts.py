"""What people do with posts: like, repost, bookmark, pin, vote, hear no more of a thread."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.context import Context
from lapwing.microblog.actions.posting import mark_post, repost, undo_repost, vote
from lapwing.microblog.model import Mark, Post
from lapwing.microblog.paging import parse_id
from lapwing.web.square.answering import (
    back_path,
    html_answer,
    redirect,
    signed_in,
    wants_part,
)
from lapwing.web.square.drawing import Drawing
from lapwing.web.square.forms import Form

_MARKS = {
    "like": Mark.LIKE,
    "bookmark": Mark.BOOKMARK,
    "pin": Mark.PIN,
    "mute-thread": Mark.MUTE_THREAD,
}
Act = Callable[[Context, Viewer, int], Awaitable[Post]]


@post("/posts/{post_id:str}/{act:str}", include_in_schema=False)
async def act_on_post(
    request: Request[Any, Any, Any],
    drawing: NamedDependency[Drawing],
    post_id: FromPath[str],
    act: FromPath[str],
) -> Response[bytes]:
    """`on` is 1 for doing it and 0 for undoing."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    context, number = drawing.parts.context, parse_id(post_id, "post")
    on = (await Form.of(request)).ticked("on")
    if act in _MARKS:
        done = await mark_post(context, viewer, number, _MARKS[act], on=on)
    elif act == "repost":
        if on:
            await repost(context, viewer, number)
            done = context.square.posts.get(number)
        else:
            done = await undo_repost(context, viewer, number)
    else:
        raise Refusal("unknown_page", "There is no such page.")
    return _answer(request, drawing, viewer, done)


@post("/posts/{post_id:str}/vote", include_in_schema=False)
async def vote_in_poll(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], post_id: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    choices = (await Form.of(request)).ids("choice")
    if not choices:
        raise Refusal("nothing_chosen", "Choose an answer first.", field="choice")
    done = await vote(drawing.parts.context, viewer, parse_id(post_id, "post"), choices)
    return _answer(request, drawing, viewer, done)


def _answer(
    request: Request[Any, Any, Any], drawing: Drawing, viewer: Viewer, done: Post
) -> Response[bytes]:
    """The post as it is now, or the page where one was."""
    if not wants_part(request):
        return redirect(f"{back_path(request, '/home')}#p{done.id}")
    view = drawing.posts.find(viewer.account_id, done.id)
    if view is None:
        return html_answer(request, "")
    focused = request.headers["lapwing-part"] == "focus"
    return drawing.part(request, viewer, "square_post_part.html", post=view, focus=focused)


HANDLERS = [act_on_post, vote_in_poll]
