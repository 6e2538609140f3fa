"""Reads home: live; else as a replica has it; else this viewer's last good page; else the newest
public posts. Each is filtered by the one rule of who may see what; none is another viewer's.

What X showed on 21 December 2023 was a failed read that looked like a new user's empty feed. Here
an empty answer where this viewer had posts before is a failure, and goes on to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

import msgspec
import structlog

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.microblog.entries import AccountErased
from lapwing.microblog.model import Relation
from lapwing.microblog.never_empty.kept_pages import MOST_POSTS, KeptPages
from lapwing.microblog.paging import BIGGEST_ID, Page
from lapwing.microblog.square import Change, Square
from lapwing.microblog.timelines import Timelines

_log = structlog.get_logger()
_PUBLIC_EVERY_MS = 10_000
_WORTH_KEEPING = 20
"""Apps that only look for news ask for fewer."""


class Source(StrEnum):
    """Where a page of home comes from."""

    LIVE = "live"
    REPLICA = "replica"
    """From a copy that hears nothing new at present."""
    STALE = "stale"
    """This viewer's last good page."""
    SNAPSHOT = "snapshot"
    """Public posts, in place of a page of their own."""


class Shown(msgspec.Struct, frozen=True):
    ids: tuple[int, ...]
    source: Source
    made_ms: int
    """When what is shown was the present state."""


class Home:
    """Home pages; `silent_since_ms` tells since when this process hears nothing from the one that
    writes (0: it hears it, or is the one)."""

    def __init__(
        self,
        square: Square,
        timelines: Timelines,
        kept: KeptPages,
        now_ms: Callable[[], int],
        silent_since_ms: Callable[[], int] = lambda: 0,
    ) -> None:
        self._square = square
        self._timelines = timelines
        self._kept = kept
        self._now_ms = now_ms
        self._silent_since_ms = silent_since_ms
        square.listen(self._hear)

    def read(self, viewer_id: int, page: Page) -> Shown:
        """Raises `Unavailable` where there is nothing to show from any source, and `Refusal` as
        the timeline does."""
        now_ms = self._now_ms()
        is_first = page.max_id == BIGGEST_ID and not page.floor
        try:
            ids = self._timelines.home(viewer_id, page)
        except Refusal:
            raise
        except Exception:
            _log.exception("home_failed", viewer=viewer_id)
            return self._fall_back(viewer_id, page, now_ms)
        if is_first:
            if not ids and self._had_posts(viewer_id):
                _log.error("home_empty", viewer=viewer_id)
                return self._fall_back(viewer_id, page, now_ms)
            self._remember(viewer_id, ids, page.limit, now_ms)
        silent_ms = self._silent_since_ms()
        source = Source.REPLICA if silent_ms else Source.LIVE
        return Shown(tuple(ids), source, silent_ms or now_ms)

    def _hear(self, change: Change) -> None:
        if isinstance(change.entry, AccountErased):
            self._kept.forget(change.entry.account_id)

    def _remember(self, viewer_id: int, ids: list[int], limit: int, now_ms: int) -> None:
        if ids and (limit >= _WORTH_KEEPING or self._kept.find(viewer_id) is None):
            self._kept.keep(viewer_id, ids, now_ms)
        if now_ms - self._kept.public.made_ms > _PUBLIC_EVERY_MS:
            self._kept.keep_public(self._timelines.public(0, Page(limit=MOST_POSTS)), now_ms)

    def _had_posts(self, viewer_id: int) -> bool:
        """Whether the last good page has posts that still belong on it."""
        kept = self._kept.find(viewer_id)
        return kept is not None and any(
            self._timelines.belongs_home(viewer_id, post)
            for one in kept.ids
            if (post := self._square.posts.find(one)) is not None
        )

    def _fall_back(self, viewer_id: int, page: Page, now_ms: int) -> Shown:
        kept = self._kept.find(viewer_id)
        if kept is not None:
            ids = self._visible(viewer_id, kept.ids, page, now_ms)
            if ids:
                return Shown(ids, Source.STALE, kept.made_ms)
        if not len(self._square.relations.of(viewer_id, Relation.FOLLOW)):
            return Shown((), Source.STALE, now_ms)
        public = self._kept.public
        ids = self._visible(viewer_id, public.ids, page, now_ms)
        if ids:
            return Shown(ids, Source.SNAPSHOT, public.made_ms)
        raise Unavailable("Your timeline cannot be shown at present; nothing of it is lost.")

    def _visible(
        self, viewer_id: int, ids: Iterable[int], page: Page, now_ms: int
    ) -> tuple[int, ...]:
        """What is left of a kept page: deletes, blocks and mutes since then count."""
        permissions = self._square.permissions
        left = [
            one
            for one in ids
            if page.floor < one < page.max_id
            and (post := self._square.posts.find(one)) is not None
            and permissions.may_see(viewer_id, post)
            and permissions.wants(viewer_id, post, now_ms)
        ]
        return tuple(left[-page.limit :] if page.goes_up else left[: page.limit])
