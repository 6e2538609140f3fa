"""What there is to see and to find: explore, and search in posts, people, hashtags, services."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.microblog.paging import Page
from lapwing.microblog.personal.model import FilterContext
from lapwing.microblog.search.hashtags import search_hashtags
from lapwing.outages.views import ServiceCard
from lapwing.web.mastodon.account_search import AccountSearch
from lapwing.web.square.beside import trend_view
from lapwing.web.square.drawing import Drawing, tab_views
from lapwing.web.square.parts import Trend
from lapwing.web.square.timeline_pages import PUBLIC_TABS, asked_page, filtering_of
from lapwing.web.square.views import AccountView, TrendView

_MOST_PEOPLE = 8
_MOST_SUGGESTED = 6
_MOST_TAGS = 8
_POSTS_ON_A_PAGE = 20


@get("/explore", include_in_schema=False)
async def explore(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    parts = drawing.parts
    viewer = parts.viewer_of(request)
    viewer_id = viewer.account_id if viewer else 0
    filtering = filtering_of(drawing, FilterContext.PUBLIC)
    return drawing.page(
        request,
        viewer,
        "square_explore.html",
        nav="explore",
        tab_views=tab_views("/explore", *PUBLIC_TABS),
        down=drawing.beside.down(),
        trends=[trend_view(trend) for trend in parts.trends(viewer_id)],
        suggested=drawing.accounts.several(parts.suggested(viewer_id)[:_MOST_SUGGESTED]),
        posts=drawing.posts.several(viewer_id, parts.trending_posts(viewer_id), filtering),
    )


async def search_answer(
    request: Request[Any, Any, Any],
    drawing: Drawing,
    people: AccountSearch,
    query: str,
    services: Sequence[ServiceCard],
) -> Response[bytes]:
    """The page of all that the words find; `services` are found already."""
    if _is_being_typed(request):
        return drawing.part(
            request, None, "square_search_typed.html", query=query, services=services
        )
    viewer = drawing.parts.viewer_of(request)
    viewer_id = viewer.account_id if viewer else 0
    asked = asked_page(request)
    page = Page(limit=_POSTS_ON_A_PAGE, max_id=asked.max_id)
    ids: Sequence[int] = ()
    problem = ""
    if query:
        try:
            ids = await drawing.parts.find_posts(viewer_id, query, page)
        except (Refusal, Unavailable) as error:
            problem = error.message
    older = ""
    if len(ids) == page.limit:
        older = "/search?" + urlencode({"q": query, "max_id": ids[-1]})
    further = bool(request.query_params.get("max_id"))
    return drawing.page(
        request,
        viewer,
        "square_search.html",
        nav="explore",
        query=query,
        services=() if further else services,
        accounts=() if further else _people(drawing, people, viewer_id, query),
        tags=() if further else _tags(drawing, query),
        posts=drawing.posts.several(viewer_id, ids, filtering_of(drawing, FilterContext.PUBLIC)),
        older=older,
        search_problem=problem,
    )


def _is_being_typed(request: Request[Any, Any, Any]) -> bool:
    """Whether a page asks at each key: services are shown then, and where the rest is found."""
    return "hx-request" in request.headers


def _people(
    drawing: Drawing, people: AccountSearch, viewer_id: int, query: str
) -> tuple[AccountView, ...]:
    square = drawing.parts.context.square
    found = (
        one
        for one in people.find(query, viewer_id)
        if square.permissions.is_public_voice(one) and not square.relations.is_apart(viewer_id, one)
    )
    return drawing.accounts.several(islice(found, _MOST_PEOPLE))


def _tags(drawing: Drawing, query: str) -> list[TrendView]:
    posts = drawing.parts.context.square.posts
    uses = ((tag, len(posts.tagged(tag))) for tag in list(posts.tags()))
    found = search_hashtags(query, (use for use in uses if use[1]), _MOST_TAGS)
    return [trend_view(Trend(tag, len(posts.tagged(tag)), 0)) for tag in found]


HANDLERS = [explore]
