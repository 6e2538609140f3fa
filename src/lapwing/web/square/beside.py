"""What stands beside the posts on a wide screen: made now and then, for everybody."""

from __future__ import annotations

from urllib.parse import quote

from lapwing.kernel.refusals import Unavailable
from lapwing.outages.views import ServiceCard
from lapwing.web.square.parts import SquareParts, Trend
from lapwing.web.square.views import BesideView, TrendView

_KEPT_MS = 10_000
_MOST = 5
_NOBODY = 0


class Beside:
    def __init__(self, parts: SquareParts) -> None:
        self._parts = parts
        self._made_ms = 0
        self._view = BesideView((), ())

    def view(self) -> BesideView:
        """At most some seconds old."""
        now_ms = self._parts.context.now_ms()
        if abs(now_ms - self._made_ms) >= _KEPT_MS:
            trends = self._parts.trends(_NOBODY)[:_MOST]
            self._view = BesideView(self.down()[:_MOST], tuple(map(trend_view, trends)))
            self._made_ms = now_ms
        return self._view

    def down(self) -> tuple[ServiceCard, ...]:
        """Nothing while that cannot be told."""
        try:
            return self._parts.board().down
        except Unavailable:
            return ()


def trend_view(trend: Trend) -> TrendView:
    path = f"/tags/{quote(trend.tag, safe='')}"
    return TrendView(trend.tag, path, trend.posts, trend.people)
