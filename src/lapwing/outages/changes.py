"""Who hears of changes: listeners are told at once, pages compare versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from lapwing.outages.events import OutageEvent

Publish: TypeAlias = Callable[[OutageEvent], None]


def _nobody(event: OutageEvent) -> None:
    """Before anybody listens."""


class Changes:
    """Part of the watch's state."""

    def __init__(self) -> None:
        self.publish: Publish = _nobody
        self.versions: dict[str, int] = {}
        """Per service, grows whenever anything about it changed; "" is all of them."""

    def touch(self, slug: str) -> None:
        """Something about this service is different now."""
        self.versions[slug] = self.versions.get(slug, 0) + 1
        self.touch_all()

    def touch_all(self) -> None:
        self.versions[""] = self.versions.get("", 0) + 1
