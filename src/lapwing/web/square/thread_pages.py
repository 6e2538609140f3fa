"""`/@name/ID`: a post with its thread, its earlier versions, and who liked or reposted it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from lapwing.accounts.model import Viewer
from lapwing.kernel.instants import from_ms
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.model import Mark, Post
from lapwing.microblog.paging import parse_id, take
from lapwing.microblog.personal.model import FilterContext
from lapwing.microblog.posts import unknown_post
from lapwing.web.square.answering import redirect, wants_part
from lapwing.web.square.composing import reply_form
from lapwing.web.square.drawing import Drawing
from lapwing.web.square.timeline_pages import asked_page, filtering_of, timeline_view
from lapwing.web.square.views import PostView

_DEEPEST = 4
"""Deeper replies are drawn no further to the right."""
_PEOPLE_ON_A_PAGE = 80


class VersionView(msgspec.Struct, frozen=True):
    at: datetime
    html: Markup
    warning: str
    media: int
    options: tuple[str, ...]


@get("/{handle:str}/{post_id:str}", include_in_schema=False)
async def thread(
    request: Request[Any, Any, Any],
    drawing: NamedDependency[Drawing],
    handle: FromPath[str],
    post_id: FromPath[str],
) -> Response[bytes]:
    """What the post answers, the post, and the answers to it, as far as the viewer may see them."""
    viewer = drawing.parts.viewer_of(request)
    viewer_id = viewer.account_id if viewer else 0
    shown, view = _get(drawing, viewer, handle, post_id)
    if handle != f"@{view.author.username}" or str(shown.id) != view.id:
        return redirect(view.path)
    filtering = filtering_of(drawing, FilterContext.THREAD)
    if wants_part(request):
        focused = request.headers["lapwing-part"] == "focus"
        return drawing.part(request, viewer, "square_post_part.html", post=view, focus=focused)
    above, below = drawing.parts.timelines.thread(viewer_id, shown)
    form = reply_form(drawing, viewer, shown) if viewer is not None else None
    return drawing.page(
        request,
        viewer,
        "square_thread.html",
        post=view,
        above=drawing.posts.several(viewer_id, above, filtering),
        below=_with_depths(drawing, shown, drawing.posts.several(viewer_id, below, filtering)),
        form=form,
        stale_since=None,
    )


@get("/{handle:str}/{post_id:str}/history", include_in_schema=False)
async def history(
    request: Request[Any, Any, Any],
    drawing: NamedDependency[Drawing],
    handle: FromPath[str],
    post_id: FromPath[str],
) -> Response[bytes]:
    viewer = drawing.parts.viewer_of(request)
    shown, view = _get(drawing, viewer, handle, post_id)
    earlier = drawing.parts.context.square.posts.versions.get(shown.id, [])
    versions = [
        VersionView(
            at=from_ms(version.created_ms),
            html=drawing.posts.html(msgspec.structs.replace(shown, text=version.text)),
            warning=version.warning,
            media=len(version.media),
            options=version.poll.options if version.poll is not None else (),
        )
        for version in earlier
    ]
    present = VersionView(
        at=view.edited_at or view.at,
        html=view.html,
        warning=shown.warning,
        media=len(shown.media),
        options=shown.poll.options if shown.poll is not None else (),
    )
    return drawing.page(
        request,
        viewer,
        "square_history.html",
        author=view.author,
        path=view.path,
        versions=[present, *reversed(versions)],
    )


@get("/{handle:str}/{post_id:str}/{who:str}", include_in_schema=False)
async def people(
    request: Request[Any, Any, Any],
    drawing: NamedDependency[Drawing],
    handle: FromPath[str],
    post_id: FromPath[str],
    who: FromPath[str],
) -> Response[bytes]:
    """Who liked, reposted or quoted it."""
    viewer = drawing.parts.viewer_of(request)
    viewer_id = viewer.account_id if viewer else 0
    shown, view = _get(drawing, viewer, handle, post_id)
    posts = drawing.parts.context.square.posts
    if who == "quotes":
        return _quotes(request, drawing, viewer, view)
    if who == "likes":
        ids = list(posts.markers(shown.id, Mark.LIKE))
    elif who == "reposts":
        may_see = drawing.parts.context.square.permissions.may_see
        reposts = map(posts.get, posts.reposts_of(shown.id))
        ids = [one.account_id for one in reposts if may_see(viewer_id, one)]
    else:
        raise Refusal("unknown_page", "There is no such page.")
    relations = drawing.parts.context.square.relations
    ids = [one for one in ids if not (viewer_id and relations.is_apart(viewer_id, one))]
    return drawing.page(
        request,
        viewer,
        "square_accounts.html",
        heading="Liked by" if who == "likes" else "Reposted by",
        back=(view.path, "To the post"),
        accounts=drawing.accounts.several(ids[::-1][:_PEOPLE_ON_A_PAGE]),
        older="",
        answers=False,
        undo=None,
        nothing="Nobody yet.",
    )


def _quotes(
    request: Request[Any, Any, Any], drawing: Drawing, viewer: Viewer | None, view: PostView
) -> Response[bytes]:
    viewer_id = viewer.account_id if viewer else 0
    square = drawing.parts.context.square
    page = asked_page(request)
    ids = take(
        [square.posts.quotes_of(int(view.id))],
        page,
        lambda one: square.permissions.may_see(viewer_id, square.posts.get(one)),
    )
    path = f"{view.path}/quotes"
    timeline = timeline_view(drawing, viewer_id, ids, page, path, FilterContext.THREAD)
    if wants_part(request):
        return drawing.part(request, viewer, "square_timeline_part.html", timeline=timeline)
    return drawing.page(
        request,
        viewer,
        "square_timeline.html",
        heading="Quotes",
        lead="",
        tab_views=(),
        timeline=timeline,
        nothing="Nobody has quoted it where you may read it.",
    )


def _get(
    drawing: Drawing, viewer: Viewer | None, handle: str, post_id: str
) -> tuple[Post, PostView]:
    """The post that the address means; one that the viewer may not see is unknown."""
    viewer_id = viewer.account_id if viewer else 0
    if not handle.startswith("@") or not post_id.isascii() or not post_id.isdigit():
        raise Refusal("unknown_page", "There is no such page.")
    square = drawing.parts.context.square
    found = square.permissions.get_visible(viewer_id, parse_id(post_id, "post"))
    view = drawing.posts.find(viewer_id, found.id)
    if view is None:
        raise unknown_post()
    shown = square.posts.get(found.repost_of_id) if found.is_repost else found
    return shown, view


def _with_depths(
    drawing: Drawing, root: Post, below: tuple[PostView, ...]
) -> list[tuple[int, PostView]]:
    posts = drawing.parts.context.square.posts
    depths = {root.id: -1}
    found = []
    for view in below:
        post = posts.get(int(view.id))
        depths[post.id] = depths.get(post.reply_to_id, -1) + 1
        found.append((min(depths[post.id], _DEEPEST), view))
    return found


HANDLERS = [thread, history, people]
