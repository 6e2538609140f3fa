"""Draws the microblog's pages, each for one viewer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Request, Response

from lapwing.accounts.model import Viewer
from lapwing.kernel.instants import from_ms
from lapwing.web.pages import words
from lapwing.web.square import wording
from lapwing.web.square.answering import html_answer
from lapwing.web.square.beside import Beside
from lapwing.web.square.parts import SquareParts
from lapwing.web.square.posts_viewing import PostViews
from lapwing.web.square.report_offers import offers_in
from lapwing.web.square.viewing import AccountViews
from lapwing.web.square.views import FrameView, TabView

_WITH_ROOM = frozenset(
    {
        "square_timeline.html",
        "square_thread.html",
        "square_profile.html",
        "square_notifications.html",
        "square_conversations.html",
    }
)
"""Pages beside whose posts something else may stand."""


class Drawing:
    """The views and the templates, for all handlers."""

    def __init__(self, parts: SquareParts) -> None:
        self.parts = parts
        self.accounts = AccountViews(parts.context.square, parts.service_link)
        self.posts = PostViews(parts.context, self.accounts)
        self.beside = Beside(parts)
        self._templates = parts.pages.templates

    def now(self) -> datetime:
        return from_ms(self.parts.context.now_ms())

    def frame(self, viewer: Viewer | None) -> FrameView:
        """What of the frame is the viewer's own."""
        if viewer is None:
            return FrameView()
        desk = self.parts.desk
        last_read = desk.tables.markers.last_read(viewer.account_id, "notifications")
        unread = desk.notifications.count_unread_groups(viewer.account_id, last_read)
        return FrameView(self.accounts.view(viewer.account), unread)

    def page(
        self,
        request: Request[Any, Any, Any],
        viewer: Viewer | None,
        template: str,
        *,
        status: int = 200,
        **values: Any,
    ) -> Response[bytes]:
        """A whole page."""
        said = wording.SAID.get(request.query_params.get("said", ""), "")
        html = self._render(
            template,
            viewer,
            frame=self.frame(viewer),
            said=said,
            offers=offers_in(self.parts, request) if viewer is not None else (),
            beside=self.beside.view() if template in _WITH_ROOM else None,
            nav=values.pop("nav", ""),
            **values,
        )
        return html_answer(request, html, status=status)

    def part(
        self, request: Request[Any, Any, Any], viewer: Viewer | None, template: str, **values: Any
    ) -> Response[bytes]:
        """A part of a page, for the script that asked for it."""
        return html_answer(request, self._render(template, viewer, **values))

    def _render(self, template: str, viewer: Viewer | None, **values: Any) -> str:
        return self._templates.get_template(template).render(
            viewer_id=viewer.account_id if viewer else 0,
            now=self.now(),
            words=words,
            wording=wording,
            rules=self.parts.context.rules,
            sign_in_path=self.parts.sign_in_path,
            complain_path=self.parts.complain_path,
            account_links=self.parts.account_links,
            instant=from_ms,
            **values,
        )


def tab_views(current: str, *tabs: tuple[str, str]) -> tuple[TabView, ...]:
    """Of labels and addresses; `current` is one of the addresses."""
    return tuple(TabView(label, path, path == current) for label, path in tabs)
