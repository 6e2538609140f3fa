"""What one has been told."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from lapwing.kernel.instants import from_ms
from lapwing.kernel.refusals import Unavailable
from lapwing.microblog.model import Relation
from lapwing.microblog.paging import Page
from lapwing.microblog.personal.actions.notifying import clear_notifications, set_markers
from lapwing.microblog.personal.model import FilterContext, NotificationKind
from lapwing.microblog.personal.notification_views import EVERYTHING, Chosen, NotificationGroup
from lapwing.web.square.answering import redirect, signed_in
from lapwing.web.square.drawing import Drawing, tab_views
from lapwing.web.square.timeline_pages import asked_page, filtering_of
from lapwing.web.square.views import NoticeView

NOTIFICATION_TABS = (
    ("All", "/notifications"),
    ("Mentions", "/notifications?show=mentions"),
    ("Conversations", "/conversations"),
)
_ON_A_PAGE = 30
_ID_SHIFT = 21
_MENTIONS = Chosen(kinds=frozenset({NotificationKind.MENTION, NotificationKind.QUOTE}))


@get("/notifications", include_in_schema=False)
async def notifications(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    """Reading the first page marks all as read."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    desk, own = drawing.parts.desk, viewer.account_id
    only_mentions = request.query_params.get("show") == "mentions"
    page = Page(limit=_ON_A_PAGE, max_id=asked_page(request).max_id)
    groups = desk.notifications.groups(own, page, _MENTIONS if only_mentions else EVERYTHING)
    last_read = desk.tables.markers.last_read(own, "notifications")
    notices = [_notice(drawing, own, group, last_read) for group in groups]
    more = {"show": "mentions"} if only_mentions else {}
    older = ""
    if len(groups) == page.limit:
        older = "/notifications?" + urlencode({**more, "max_id": groups[-1].newest_id})
    path = "/notifications?show=mentions" if only_mentions else "/notifications"
    if groups and not only_mentions and groups[0].newest_id > last_read:
        with suppress(Unavailable):  # they can be read all the same, and stay unread
            await set_markers(desk, viewer, {"notifications": groups[0].newest_id})
    return drawing.page(
        request,
        viewer,
        "square_notifications.html",
        nav="notifications",
        tab_views=tab_views(path, *NOTIFICATION_TABS),
        notices=[notice for notice in notices if notice is not None],
        older=older,
        waiting=len(desk.notifications.requests(own)),
        asks=len(drawing.parts.context.square.relations.to(own, Relation.REQUEST)),
        nothing="Nothing yet. When people mention, like or follow you, it is here.",
    )


@post("/notifications/clear", include_in_schema=False)
async def clear(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    await clear_notifications(drawing.parts.desk, viewer)
    return redirect("/notifications")


def _notice(
    drawing: Drawing, viewer_id: int, group: NotificationGroup, last_read: int
) -> NoticeView | None:
    """None where its people or its post are not there any more, or a filter hides it."""
    post = None
    if group.subject_id and group.kind is not NotificationKind.WARNING:
        filtering = filtering_of(drawing, FilterContext.NOTIFICATIONS)
        post = drawing.posts.find(viewer_id, group.subject_id, filtering)
        if post is None:
            return None
    about_oneself = group.kind in (NotificationKind.POLL, NotificationKind.WARNING)
    accounts = () if about_oneself else drawing.accounts.several(group.sender_ids)
    if not accounts and not about_oneself:
        return None
    text = ""
    if group.kind is NotificationKind.POLL and post is not None and post.is_own:
        text = "Your poll has ended"
    return NoticeView(
        id=str(group.newest_id),
        kind=group.kind.value,
        at=from_ms(group.newest_id >> _ID_SHIFT),
        accounts=accounts,
        count=group.count,
        post=post,
        unread=group.newest_id > last_read,
        text=text,
    )


HANDLERS = [notifications, clear]
