"""Making lists and choosing who is on them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.model import Relation
from lapwing.microblog.paging import parse_id
from lapwing.microblog.personal.actions.listing import (
    add_to_list,
    delete_list,
    edit_list,
    make_list,
    remove_from_list,
)
from lapwing.microblog.personal.model import RepliesPolicy
from lapwing.web.square.answering import back_path, redirect, signed_in
from lapwing.web.square.drawing import Drawing
from lapwing.web.square.forms import Form

_MOST_OFFERED = 500


@get("/lists", include_in_schema=False)
async def lists(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    """With `account`, to put somebody on them."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    asked = request.query_params.get("account", "")
    chosen = drawing.accounts.find(parse_id(asked, "account")) if asked else None
    return drawing.page(
        request,
        viewer,
        "square_lists.html",
        nav="home",
        lists=drawing.parts.desk.tables.lists.of(viewer.account_id),
        chosen=chosen,
    )


@post("/lists", include_in_schema=False)
async def make(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    made = await make_list(drawing.parts.desk, viewer, (await Form.of(request)).line("title"))
    return redirect(f"/lists/{made.id}/edit")


@get("/lists/{list_id:str}/edit", include_in_schema=False)
async def edit_page(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], list_id: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    square = drawing.parts.context.square
    shown = drawing.parts.desk.tables.lists.get(viewer.account_id, parse_id(list_id, "list"))
    followed = (
        square.accounts.find(one) for one in square.relations.of(viewer.account_id, Relation.FOLLOW)
    )
    names = [
        account.username
        for account in followed
        if account is not None and account.is_there and account.id not in shown.members
    ]
    return drawing.page(
        request,
        viewer,
        "square_list_edit.html",
        nav="home",
        list=shown,
        members=drawing.accounts.several(shown.members),
        followed=sorted(names)[:_MOST_OFFERED],
    )


@post("/lists/{list_id:str}/edit", include_in_schema=False)
async def edit(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], list_id: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    form = await Form.of(request)
    replies = form.line("replies", RepliesPolicy.LIST.value)
    if replies not in {each.value for each in RepliesPolicy}:
        raise Refusal("unknown_replies", "There is no such choice of replies.", field="replies")
    await edit_list(
        drawing.parts.desk,
        viewer,
        parse_id(list_id, "list"),
        form.line("title"),
        RepliesPolicy(replies),
        form.ticked("exclusive"),
    )
    return redirect(f"/lists/{list_id}/edit?said=saved")


@post("/lists/{list_id:str}/members", include_in_schema=False)
async def change_members(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], list_id: FromPath[str]
) -> Response[bytes]:
    """`account` is an id, `username` a name; `on` 1 puts on, 0 takes off."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    form, desk, number = await Form.of(request), drawing.parts.desk, parse_id(list_id, "list")
    account_id = form.id("account")
    if not account_id:
        name = form.line("username").removeprefix("@")
        account = drawing.parts.context.square.accounts.find_named(name)
        if account is None or not account.is_there:
            raise Refusal("unknown_account", f"Nobody is called @{name[:60]} here.")
        account_id = account.id
    if not form.ticked("on"):
        await remove_from_list(desk, viewer, number, (account_id,))
    elif account_id not in desk.tables.lists.get(viewer.account_id, number).members:
        await add_to_list(desk, viewer, number, (account_id,))
    return redirect(back_path(request, f"/lists/{number}/edit"))


@post("/lists/{list_id:str}/delete", include_in_schema=False)
async def delete(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], list_id: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    await delete_list(drawing.parts.desk, viewer, parse_id(list_id, "list"))
    return redirect("/lists?said=deleted")


HANDLERS = [lists, make, edit_page, edit, change_members, delete]
