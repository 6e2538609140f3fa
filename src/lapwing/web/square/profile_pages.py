"""`/@name`: a profile with what it posted, and whom it follows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from lapwing.accounts.model import Account
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.model import Relation
from lapwing.microblog.paging import Page, take
from lapwing.microblog.personal.model import FilterContext
from lapwing.microblog.timelines import AccountFilter
from lapwing.web.square.answering import redirect, wants_part
from lapwing.web.square.drawing import Drawing, tab_views
from lapwing.web.square.timeline_pages import asked_page, filtering_of, timeline_view

_PEOPLE_ON_A_PAGE = 80
_MOST_PINNED = 20
_SHOWN = {
    "": AccountFilter(exclude_replies=True),
    "replies": AccountFilter(),
    "media": AccountFilter(only_media=True, exclude_reposts=True),
}


def get_account(drawing: Drawing, viewer_id: int, handle: str) -> Account:
    """By `@name`. Raises `Refusal`, also where the account does not let the viewer see it."""
    if not handle.startswith("@"):
        raise Refusal("unknown_page", "There is no such page.")
    square = drawing.parts.context.square
    account = square.accounts.find_named(handle[1:].partition("@")[0])
    blocked = account is not None and square.relations.has(account.id, Relation.BLOCK, viewer_id)
    if account is None or blocked or not (account.is_there or account.id == viewer_id):
        raise Refusal("unknown_account", f"Nobody is called {handle[:60]} here.")
    return account


@get("/{handle:str}", include_in_schema=False)
async def profile(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], handle: FromPath[str]
) -> Response[bytes]:
    viewer = drawing.parts.viewer_of(request)
    viewer_id = viewer.account_id if viewer else 0
    account = get_account(drawing, viewer_id, handle)
    path = f"/@{account.username}"
    if handle != path[1:]:
        return redirect(path)
    show = request.query_params.get("show", "")
    chosen = _SHOWN.get(show, _SHOWN[""])
    page = asked_page(request)
    ids = drawing.parts.timelines.account(viewer_id, account.id, page, chosen)
    more = {"show": show} if show in _SHOWN and show else {}
    timeline = timeline_view(drawing, viewer_id, ids, page, path, FilterContext.ACCOUNT, more=more)
    if wants_part(request):
        return drawing.part(request, viewer, "square_timeline_part.html", timeline=timeline)
    first = not show and not request.query_params.get("max_id")
    pinned = drawing.parts.timelines.account(
        viewer_id, account.id, Page(limit=_MOST_PINNED), AccountFilter(pinned=True)
    )
    filtering = filtering_of(drawing, FilterContext.ACCOUNT)
    return drawing.page(
        request,
        viewer,
        "square_profile.html",
        nav="you" if account.id == viewer_id else "",
        profile=drawing.accounts.profile(viewer_id, account, drawing.parts.context.now_ms()),
        pinned=drawing.posts.several(viewer_id, pinned, filtering) if first else (),
        timeline=timeline,
        tab_views=tab_views(
            f"{path}?show={show}" if more else path,
            ("Posts", path),
            ("With replies", f"{path}?show=replies"),
            ("Media", f"{path}?show=media"),
        ),
        nothing="No posts to see here.",
    )


@get("/{handle:str}/following", include_in_schema=False)
async def following(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], handle: FromPath[str]
) -> Response[bytes]:
    return _relations(request, drawing, handle, "following")


@get("/{handle:str}/followers", include_in_schema=False)
async def followers(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], handle: FromPath[str]
) -> Response[bytes]:
    return _relations(request, drawing, handle, "followers")


def _relations(
    request: Request[Any, Any, Any], drawing: Drawing, handle: str, which: str
) -> Response[bytes]:
    """The newest accounts first."""
    viewer = drawing.parts.viewer_of(request)
    viewer_id = viewer.account_id if viewer else 0
    account = get_account(drawing, viewer_id, handle)
    if account.hides_relations and account.id != viewer_id:
        raise Refusal("forbidden", f"@{account.username} does not show who follows whom.")
    relations = drawing.parts.context.square.relations
    look = relations.of if which == "following" else relations.to
    page = Page(limit=_PEOPLE_ON_A_PAGE, max_id=asked_page(request).max_id)
    found = take([look(account.id, Relation.FOLLOW)], page)
    path = f"/@{account.username}"
    older = urlencode({"max_id": found[-1]}) if len(found) == page.limit else ""
    return drawing.page(
        request,
        viewer,
        "square_accounts.html",
        heading=f"Whom @{account.username} follows"
        if which == "following"
        else f"Followers of @{account.username}",
        back=(path, f"To @{account.username}"),
        accounts=drawing.accounts.several(found),
        older=f"{path}/{which}?{older}" if older else "",
        answers=False,
        undo=None,
        nothing="Nobody yet.",
    )


HANDLERS = [profile, following, followers]
