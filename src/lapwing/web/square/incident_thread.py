"""`/incidents/ID/thread`: what is said about an incident, for its page.

That page is one snapshot for everybody; this is drawn for the one who looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from lapwing.accounts.model import Viewer
from lapwing.microblog.model import Post
from lapwing.microblog.personal.model import FilterContext
from lapwing.web.square.composing import reply_form
from lapwing.web.square.drawing import Drawing
from lapwing.web.square.timeline_pages import filtering_of
from lapwing.web.square.views import ComposerView, PostView

_SHOWN: Final = 60
"""Posts; the thread's own page has the others."""
_DEEPEST: Final = 4


@get("/incidents/{incident_id:str}/thread", include_in_schema=False)
async def incident_thread(
    request: Request[Any, Any, Any],
    drawing: NamedDependency[Drawing],
    incident_id: FromPath[str],
) -> Response[bytes]:
    """A page, or (`part`) what stands on the incident's page. Raises `Refusal` where there is no
    such incident."""
    viewer = drawing.parts.viewer_of(request)
    opening = drawing.parts.find_incident_thread(incident_id)
    is_told = opening is not None and drawing.parts.context.square.permissions.may_see(
        viewer.account_id if viewer else 0, opening
    )
    values: dict[str, Any] = {"incident_id": incident_id, "posts": (), "form": None, "path": ""}
    if opening is not None and is_told:
        values |= _told(drawing, viewer, opening)
    if request.query_params.get("part"):
        answer = drawing.part(request, viewer, "square_incident_thread_part.html", **values)
        answer.headers["Cache-Control"] = "private, no-store"
        return answer
    return drawing.page(request, viewer, "square_incident_thread.html", **values)


def _told(drawing: Drawing, viewer: Viewer | None, opening: Post) -> dict[str, Any]:
    viewer_id = viewer.account_id if viewer else 0
    _, below = drawing.parts.timelines.thread(viewer_id, opening)
    get_post = drawing.parts.context.square.posts.get
    placed = list(in_order(opening, [get_post(one) for one in below]))
    depths = {post.id: depth for depth, post in placed[:_SHOWN]}
    filtering = filtering_of(drawing, FilterContext.THREAD)
    views = drawing.posts.several(viewer_id, depths, filtering)
    root = drawing.posts.find(viewer_id, opening.id)
    return {
        "posts": [(depths[int(view.id)], _for_incident(view)) for view in views],
        "more": len(placed) > _SHOWN,
        "path": root.path if root is not None else "",
        "form": _form(drawing, viewer, opening),
    }


def _for_incident(view: PostView) -> PostView:
    """The server's own posts come without the chart and the map: the page has better ones."""
    return msgspec.structs.replace(view, media=()) if view.author.service else view


def _form(drawing: Drawing, viewer: Viewer | None, opening: Post) -> ComposerView | None:
    """Names nobody: the account that is answered reads nothing."""
    if viewer is None:
        return None
    form = reply_form(drawing, viewer, opening)
    return msgspec.structs.replace(form, text="")


def in_order(opening: Post, below: Iterable[Post]) -> Iterator[tuple[int, Post]]:
    """The thread as one reads it, with depths: the server's own posts one after the other, and
    below each what people answered to it, oldest first."""
    posts = {post.id: post for post in (opening, *below)}
    answers: dict[int, list[Post]] = {}
    own = []
    for post in sorted(posts.values(), key=lambda post: post.id):
        if post.subject:
            own.append(post)
        elif post.reply_to_id in posts:
            answers.setdefault(post.reply_to_id, []).append(post)
    left = [(0, post) for post in reversed(own)]
    while left:
        depth, post = left.pop()
        yield min(depth, _DEEPEST), post
        left.extend((depth + 1, one) for one in reversed(answers.get(post.id, ())))


HANDLERS = [incident_thread]
