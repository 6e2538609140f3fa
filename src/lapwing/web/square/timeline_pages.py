"""Addresses of the timelines: home, local, hashtag, list, bookmarks, likes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.model import Mark, Post
from lapwing.microblog.paging import Page, parse_id
from lapwing.microblog.personal.actions.notifying import set_markers
from lapwing.microblog.personal.model import FilterAction, FilterContext
from lapwing.microblog.text.hashtags import find_hashtag
from lapwing.web.square.answering import signed_in, wants_part
from lapwing.web.square.composing import empty_form
from lapwing.web.square.drawing import Drawing, tab_views
from lapwing.web.square.forms import Form
from lapwing.web.square.posts_viewing import Filtering
from lapwing.web.square.views import TimelineView

_ON_A_PAGE = 20
_MOST_AT_ONCE = 200
"""When a script fetches again all that was on the page before."""
_MOST_NEWS = 40
_SUGGESTED = 8
HOME_TABS = (("Home", "/home"), ("Catch up", "/home/catch-up"), ("Lists", "/lists"))
PUBLIC_TABS = (("Explore", "/explore"), ("Everybody here", "/local"))


def asked_page(request: Request[Any, Any, Any]) -> Page:
    """What part is asked for: `max_id` (below), `since_id` (the newest above), and `through`
    (all down to this one, for going back to where one was). Raises `Refusal`."""
    query = request.query_params
    limits = {
        name: parse_id(query[name], name) for name in ("max_id", "since_id") if query.get(name)
    }
    if query.get("through"):
        last = parse_id(query["through"], "through")
        return Page(limit=_MOST_AT_ONCE, since_id=max(0, last - 1), **limits)
    return Page(limit=_MOST_NEWS if "since_id" in limits else _ON_A_PAGE, **limits)


def filtering_of(drawing: Drawing, context: FilterContext) -> Filtering:
    """What the viewer's own filters do with posts there."""
    filters, now_ms = drawing.parts.desk.tables.filters, drawing.parts.context.now_ms

    def filtering(viewer_id: int, post: Post) -> str | None:
        found = filters.matches(viewer_id, post, context, now_ms()) if viewer_id else []
        if any(result.filter.action is FilterAction.HIDE for result in found):
            return None
        return found[0].filter.title if found else ""

    return filtering


def timeline_view(
    drawing: Drawing,
    viewer_id: int,
    ids: Sequence[int],
    page: Page,
    path: str,
    context: FilterContext,
    *,
    news: str = "",
    stale_since: datetime | None = None,
    more: dict[str, str] | None = None,
) -> TimelineView:
    """`path` is the page's own address, `more` the rest of its query."""
    older = ""
    if len(ids) == page.limit:
        older = f"{path}?{urlencode({**(more or {}), 'max_id': ids[-1]})}"
    return TimelineView(
        posts=drawing.posts.several(viewer_id, ids, filtering_of(drawing, context)),
        newest=str(ids[0]) if ids else str(page.since_id),
        older=older,
        news=news,
        stale_since=stale_since,
    )


@get("/home", include_in_schema=False)
async def home(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    page = asked_page(request)
    read = await drawing.parts.read_home(viewer, page)
    timeline = timeline_view(
        drawing,
        viewer.account_id,
        read.ids,
        page,
        "/home",
        FilterContext.HOME,
        news="/home/news",
        stale_since=read.stale_since,
    )
    is_new = not read.ids and not request.query_params
    suggested = drawing.parts.suggested(viewer.account_id)[:_SUGGESTED] if is_new else ()
    return _answer(
        request,
        drawing,
        viewer,
        timeline,
        heading="Home",
        nav="home",
        tab_views=tab_views("/home", *HOME_TABS),
        form=empty_form(drawing, viewer),
        suggested=drawing.accounts.several(suggested),
        nothing="Nothing here yet. Follow some people and services: what they post is here then.",
    )


@get("/home/catch-up", include_in_schema=False)
async def catch_up(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    """What mattered since the last visit, by rules that are shown."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    chosen = drawing.parts.catch_up(viewer.account_id)
    reasons = dict(chosen.reasons)
    filtering = filtering_of(drawing, FilterContext.HOME)
    posts = drawing.posts.several(viewer.account_id, chosen.ids, filtering, reasons)
    return drawing.page(
        request,
        viewer,
        "square_timeline.html",
        heading="Catch up",
        nav="home",
        tab_views=tab_views("/home/catch-up", *HOME_TABS),
        timeline=TimelineView(posts=posts),
        lead=chosen.lead,
        rules_told=chosen.rules,
        nothing="You have missed nothing that these rules would show.",
    )


@get("/home/news", include_in_schema=False)
async def home_news(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    """How many posts are newer than `since`; cheap, as open pages ask it again and again."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    timelines = drawing.parts.timelines
    since = parse_id(request.query_params.get("since", "0"), "since")
    if not timelines.newest_at_home(viewer.account_id, since):
        return _news(0)
    page = Page(limit=_MOST_NEWS, since_id=since)
    return _news(_shown(drawing, viewer.account_id, timelines.home(viewer.account_id, page)))


@post("/home/read", include_in_schema=False, status_code=204)
async def home_read(request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]) -> None:
    """How far one had read on leaving: from there on one catches up."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    newest = (await Form.of(request)).id("newest")
    desk = drawing.parts.desk
    if newest > desk.tables.markers.last_read(viewer.account_id, "home"):
        await set_markers(desk, viewer, {"home": newest})


@get("/local", include_in_schema=False)
async def local(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = drawing.parts.viewer_of(request)
    viewer_id = viewer.account_id if viewer else 0
    page = asked_page(request)
    timeline = timeline_view(
        drawing,
        viewer_id,
        drawing.parts.timelines.public(viewer_id, page),
        page,
        "/local",
        FilterContext.PUBLIC,
        news="/local/news",
    )
    return _answer(
        request,
        drawing,
        viewer,
        timeline,
        heading="Everybody here",
        nav="explore",
        tab_views=tab_views("/local", *PUBLIC_TABS),
        nothing="Nobody has posted here yet.",
    )


@get("/local/news", include_in_schema=False)
async def local_news(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = drawing.parts.viewer_of(request)
    viewer_id = viewer.account_id if viewer else 0
    since = parse_id(request.query_params.get("since", "0"), "since")
    page = Page(limit=_MOST_NEWS, since_id=since)
    return _news(_shown(drawing, viewer_id, drawing.parts.timelines.public(viewer_id, page)))


@get("/tags/{name:str}", include_in_schema=False)
async def tag(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], name: FromPath[str]
) -> Response[bytes]:
    viewer = drawing.parts.viewer_of(request)
    viewer_id = viewer.account_id if viewer else 0
    key = find_hashtag(name)
    if key is None:
        raise Refusal("unknown_page", f"“{name[:100]}” is no hashtag.")
    page = asked_page(request)
    path = f"/tags/{quote(key, safe='')}"
    ids = drawing.parts.timelines.tag(viewer_id, key, page)
    timeline = timeline_view(drawing, viewer_id, ids, page, path, FilterContext.PUBLIC)
    return _answer(
        request,
        drawing,
        viewer,
        timeline,
        heading=f"#{name.lstrip('#')}",
        nav="explore",
        tab_views=(),
        tag=key,
        tag_followed=drawing.parts.desk.tables.tags.follows(viewer_id, key),
        nothing="No public post has this hashtag.",
    )


@get("/lists/{list_id:str}", include_in_schema=False)
async def one_list(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], list_id: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    lists = drawing.parts.desk.tables.lists
    shown = lists.get(viewer.account_id, parse_id(list_id, "list"))
    page = asked_page(request)
    ids = drawing.parts.timelines.members(
        viewer.account_id, shown.members, page, lambda post: lists.shows_reply(shown, post)
    )
    path = f"/lists/{shown.id}"
    timeline = timeline_view(drawing, viewer.account_id, ids, page, path, FilterContext.HOME)
    return _answer(
        request,
        drawing,
        viewer,
        timeline,
        heading=shown.title,
        nav="home",
        tab_views=(),
        nothing="Nobody on this list has posted yet.",
    )


@get("/bookmarks", include_in_schema=False)
async def bookmarks(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    return _marked(request, drawing, Mark.BOOKMARK, "/bookmarks", "Bookmarks")


@get("/likes", include_in_schema=False)
async def likes(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    return _marked(request, drawing, Mark.LIKE, "/likes", "Likes")


def _marked(
    request: Request[Any, Any, Any], drawing: Drawing, mark: Mark, path: str, heading: str
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    page = asked_page(request)
    ids = drawing.parts.timelines.marked(viewer.account_id, mark, page)
    timeline = timeline_view(drawing, viewer.account_id, ids, page, path, FilterContext.ACCOUNT)
    return _answer(
        request,
        drawing,
        viewer,
        timeline,
        heading=heading,
        nav="you",
        tab_views=tab_views(path, ("Bookmarks", "/bookmarks"), ("Likes", "/likes")),
        nothing="Nothing yet.",
    )


def _answer(
    request: Request[Any, Any, Any],
    drawing: Drawing,
    viewer: Viewer | None,
    timeline: TimelineView,
    **values: Any,
) -> Response[bytes]:
    if wants_part(request):
        return drawing.part(request, viewer, "square_timeline_part.html", timeline=timeline)
    values.setdefault("lead", "")
    return drawing.page(request, viewer, "square_timeline.html", timeline=timeline, **values)


def _shown(drawing: Drawing, viewer_id: int, ids: Sequence[int]) -> int:
    """How many of them the viewer's filters let through."""
    filtering: Callable[[int, Post], str | None] = filtering_of(drawing, FilterContext.HOME)
    found = (drawing.parts.context.square.posts.find(one) for one in ids)
    return sum(post is not None and filtering(viewer_id, post) is not None for post in found)


def _news(count: int) -> Response[bytes]:
    body = msgspec.json.encode({"count": count, "more": count >= _MOST_NEWS})
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


HANDLERS = [
    home,
    catch_up,
    home_news,
    home_read,
    local,
    local_news,
    tag,
    one_list,
    bookmarks,
    likes,
]
