"""Pages as snapshots: drawn at most once a second per key, from then on only handed out."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, TypeAlias

import msgspec
import structlog

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.outages.views import BoardView, IncidentView, ServiceView
from lapwing.web.contents import HTML, JSON, PNG, Content, Encoding, Variant
from lapwing.web.parts import Pages, Queries
from lapwing.web.security import READ_FROM_ANYWHERE

logger = structlog.get_logger(__name__)

View: TypeAlias = BoardView | ServiceView | IncidentView

RENEWAL_S = 1.0
"""A snapshot is not looked at again for this long."""

CARD_RENEWAL_S = 60.0
"""Link-preview images are costly and nobody watches them live."""


class Kind(StrEnum):
    BOARD = "board"
    SERVICE = "service"
    INCIDENT = "incident"


class Form(StrEnum):
    """The three ways in which the same view goes out."""

    PAGE = "page"
    LIVE = "live"
    DATA = "data"


class Key(NamedTuple):
    kind: Kind
    name: str = ""
    """The service's slug or the incident's id."""


BOARD = Key(Kind.BOARD)


class HotPage(Protocol):
    """What can be answered at once, without asking anybody."""

    def ready_variant(self, encoding: Encoding) -> Variant | None:
        """None: it has to be renewed or encoded first."""
        ...

    async def fresh_variant(self, encoding: Encoding) -> Variant:
        """Renewed and encoded where that is due; raises what drawing raises."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """How a kind of view is had and drawn."""

    version: Callable[[str], int]
    view: Callable[[str], View | Awaitable[View]]
    page: Callable[[Any], str]
    live: Callable[[Any], str]
    card: Callable[[Any], bytes] | None
    path: str
    """Of the page; `{}` stands for the name. The same under /api/v1 is the data."""
    data_path: str


def sources(queries: Queries, pages: Pages) -> dict[Kind, Source]:
    return {
        Kind.BOARD: Source(
            lambda _: queries.board_version(),
            lambda _: queries.board(),
            pages.home,
            pages.home_live,
            None,
            "/",
            "/api/v1/board",
        ),
        Kind.SERVICE: Source(
            queries.service_version,
            queries.service,
            pages.service,
            pages.service_live,
            pages.service_card_png,
            "/services/{}",
            "/api/v1/services/{}",
        ),
        Kind.INCIDENT: Source(
            queries.incident_version,
            queries.incident,
            pages.incident,
            pages.incident_live,
            pages.incident_card_png,
            "/incidents/{}",
            "/api/v1/incidents/{}",
        ),
    }


class Snapshot:
    """One view with what was drawn of it so far."""

    __slots__ = ("_contents", "_source", "version", "view")

    def __init__(self, view: View, version: int, source: Source) -> None:
        self.view = view
        self.version = version
        self._source = source
        self._contents: dict[Form, Content] = {}

    def drawn(self, form: Form) -> Content | None:
        return self._contents.get(form)

    def content(self, form: Form) -> Content:
        content = self._contents.get(form)
        if content is None:
            content = self._contents[form] = self._draw(form)
        return content

    def stale(self) -> Snapshot:
        """The same view, marked as being of the past."""
        since = self.view.stale_since or self.view.as_of
        view = msgspec.structs.replace(self.view, stale_since=since)
        return Snapshot(view, self.version, self._source)

    def _draw(self, form: Form) -> Content:
        if form is Form.PAGE:
            return Content(self._source.page(self.view).encode(), HTML)
        if form is Form.LIVE:
            return Content(self._source.live(self.view).encode(), HTML)
        return Content(msgspec.json.encode(self.view), JSON, extra=READ_FROM_ANYWHERE)


class _Entry:
    """The present snapshot of one key."""

    __slots__ = (
        "card",
        "card_until",
        "fresh_until",
        "good",
        "last_drawn",
        "lock",
        "paths",
        "shown",
    )

    def __init__(self) -> None:
        self.good: Snapshot | None = None
        """The last one that could be had."""
        self.shown: Snapshot | None = None
        """The good one, or its stale copy while it cannot be renewed."""
        self.last_drawn: dict[Form, Content] = {}
        self.fresh_until = float("-inf")
        self.lock = asyncio.Lock()
        self.card: Content | None = None
        self.card_until = float("-inf")
        self.paths: set[bytes] = set()


class _HotSnapshot:
    """Answers a path from its entry for as long as that is fresh."""

    __slots__ = ("_entry", "_form", "_key", "_snapshots")

    def __init__(self, snapshots: Snapshots, key: Key, entry: _Entry, form: Form) -> None:
        self._snapshots = snapshots
        self._key = key
        self._entry = entry
        self._form = form

    def ready_variant(self, encoding: Encoding) -> Variant | None:
        entry = self._entry
        if self._snapshots.monotonic() >= entry.fresh_until:
            return None
        content = entry.last_drawn.get(self._form)
        if content is None or entry.shown is None or content is not entry.shown.drawn(self._form):
            return None
        return content.ready_variant(encoding)

    async def fresh_variant(self, encoding: Encoding) -> Variant:
        content = await self._snapshots.content(self._key, self._form)
        return content.variant(encoding)


class Snapshots:
    """Keeps the last good snapshot of every key that somebody asks for.

    `hot` maps raw request targets to what answers them at once; `fast_path` reads it.
    """

    def __init__(
        self,
        queries: Queries,
        pages: Pages,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        limit: int = 1000,
    ) -> None:
        self.hot: dict[bytes, HotPage] = {}
        self._sources = sources(queries, pages)
        self.monotonic = monotonic
        self._limit = limit
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()

    async def content(self, key: Key, form: Form) -> Content:
        """The present content; while it cannot be renewed, the last good one, marked as such.

        Raises `Refusal` for what does not exist, and what went wrong where nothing good is known.
        """
        entry = await self._renewed(key)
        content = self._draw(key, entry, form)
        self._make_hot(key, entry, form)
        return content

    async def view(self, key: Key) -> View:
        """The view that `content` shows; raises as it does."""
        return _shown(await self._renewed(key)).view

    async def card(self, key: Key) -> Content:
        """The link-preview image, drawn beside the event loop; raises as `content` does."""
        draw = self._sources[key.kind].card
        if draw is None:
            raise Refusal("unknown_page", "There is no such image.")
        entry = await self._renewed(key)
        if entry.card is None or self.monotonic() >= entry.card_until:
            async with entry.lock:
                if entry.card is None or self.monotonic() >= entry.card_until:
                    image = await asyncio.to_thread(draw, _shown(entry).view)
                    entry.card = Content(image, PNG, cache_control=b"public, max-age=60")
                    entry.card_until = self.monotonic() + CARD_RENEWAL_S
        return entry.card

    def fresh_for_s(self, key: Key) -> float:
        """How long the present snapshot will not be looked at again; 0 when it may be."""
        entry = self._entries.get(key)
        return max(0.0, entry.fresh_until - self.monotonic()) if entry else 0.0

    def renewed_at(self, key: Key) -> float:
        """When the present snapshot was last looked at, on the monotonic clock."""
        entry = self._entries.get(key)
        return entry.fresh_until - RENEWAL_S if entry else self.monotonic()

    async def _renewed(self, key: Key) -> _Entry:
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = _Entry()
            self._drop_oldest()
        self._entries.move_to_end(key)
        if self.monotonic() >= entry.fresh_until:
            async with entry.lock:
                if self.monotonic() >= entry.fresh_until:
                    looked_at = self.monotonic()
                    await self._renew(key, entry)
                    entry.fresh_until = looked_at + RENEWAL_S
        return entry

    async def _renew(self, key: Key, entry: _Entry) -> None:
        source = self._sources[key.kind]
        try:
            version = source.version(key.name)
            good = entry.good
            if good is None or good.version != version:
                found = source.view(key.name)
                view = await found if inspect.isawaitable(found) else found
                good = Snapshot(view, version, source)
            entry.good = entry.shown = good
        except Refusal:
            self._forget(key)
            raise
        except Exception as error:
            if entry.good is None:
                self._forget(key)
                raise
            self._log(key, error)
            if entry.shown is entry.good:
                entry.shown = entry.good.stale()

    def _draw(self, key: Key, entry: _Entry, form: Form) -> Content:
        try:
            entry.last_drawn[form] = _shown(entry).content(form)
        except Exception as error:
            if form not in entry.last_drawn:
                raise
            self._log(key, error)
        return entry.last_drawn[form]

    def _log(self, key: Key, error: Exception) -> None:
        if isinstance(error, Unavailable):
            logger.warning("snapshot_is_stale", kind=key.kind, name=key.name, why=str(error))
        else:
            logger.error("snapshot_failed", kind=key.kind, name=key.name, exc_info=error)

    def _make_hot(self, key: Key, entry: _Entry, form: Form) -> None:
        source = self._sources[key.kind]
        pattern = {Form.PAGE: source.path, Form.DATA: source.data_path}.get(form)
        if pattern is None:
            return
        path = pattern.format(key.name).encode()
        if path not in entry.paths and self._entries.get(key) is entry:
            entry.paths.add(path)
            self.hot[path] = _HotSnapshot(self, key, entry, form)

    def _drop_oldest(self) -> None:
        while len(self._entries) > self._limit:
            self._forget(next(iter(self._entries)))

    def _forget(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        for path in entry.paths if entry else ():
            self.hot.pop(path, None)


def _shown(entry: _Entry) -> Snapshot:
    if entry.shown is None:
        raise Unavailable("This page cannot be shown just now.")
    return entry.shown
