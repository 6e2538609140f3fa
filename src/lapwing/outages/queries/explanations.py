"""Why Lapwing did or did not declare, for any service and any minute that is still known.

The minute closed last is read off the live watch, and minutes in which an outage was near or open
are remembered from then. Any other is worked out by folding the service's kept counts again: that
takes a thread some seconds, so one is done at a time, few may wait, each ends in time, and what
was worked out is remembered.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Final, TypeAlias, TypeVar

import msgspec
import numpy as np
import structlog

from lapwing.kernel.instants import Minute, minute_of, start_of
from lapwing.kernel.refusals import Refusal, TooMany, Unavailable
from lapwing.outages.asked_views import ExplanationView
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.detection.explanation import Explanation, Verdict, explain
from lapwing.outages.events import MinuteClosed, OutageEvent
from lapwing.outages.incidents.figures import Label
from lapwing.outages.incidents.model import Incident, State
from lapwing.outages.model import Dimension
from lapwing.outages.queries.records import link_to
from lapwing.outages.retracing import Retracing, Stretch
from lapwing.outages.store import OutageStore, RollupRow
from lapwing.outages.story.arithmetic import tell
from lapwing.outages.watch import Watch

MOST_DAYS: Final = 28
"""So far back a minute's baseline is learnt again: four of each hour of the week..."""
LEAST_DAYS: Final = 8
MOST_REPORTS: Final = 300_000
"""...fewer for a service of many reports, so that it takes seconds."""
ALONG: Final = 15
"""Minutes that are explained along with the one asked for, up to it: the next questions."""
STRETCH_MIN: Final = 1440
"""Read and folded at once; between two others have their turn."""
TIME_LIMIT_S: Final = 30.0
MOST_WAITING: Final = 4
REMEMBERED: Final = 4000
NEAR: Final = 9.0
"""Natural log: evidence that is no farther from the threshold is remembered as it was."""
MOST_NOTED: Final = 8
"""Services that are remembered in one minute, those with the most evidence first."""

_BUSY_MINUTE: Final = 60
"""More reports in a minute are hardly more slices."""
_SAVED_SURELY_MIN: Final = 300
"""Minutes older than this, counted from the oldest unsaved one, are in the store: more than what
one transaction takes is never under way."""


_Key = TypeVar("_Key")
_Question: TypeAlias = tuple[str, Minute, int]
"""Service, minute, and up to where its late reports are in the counts."""
_log = structlog.get_logger()


class Explanations:
    """One per process."""

    def __init__(
        self,
        watch: Watch,
        store: OutageStore,
        catalogue: Catalogue,
        label: Label,
        fresh: Callable[[bool], Watch],
        now: Callable[[], datetime],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`fresh(midstream)` makes an empty watch with the live one's rule."""
        self._watch = watch
        self._store = store
        self._catalogue = catalogue
        self._label = label
        self._fresh = fresh
        self._now = now
        self._monotonic = monotonic
        self._turn = asyncio.Lock()
        self._under_way: dict[_Question, asyncio.Task[ExplanationView]] = {}
        self._known: OrderedDict[_Question, ExplanationView] = OrderedDict()
        self._noted: OrderedDict[tuple[str, Minute], ExplanationView] = OrderedDict()

    async def stop(self) -> None:
        """What is being worked out is given up."""
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def hear(self, event: OutageEvent) -> None:
        """At once after a minute was closed, while the watch stands there: remembers the services
        that are near a declaration, or in an outage. Never in the way of what is counted."""
        if not isinstance(event, MinuteClosed) or minute_of(self._now()) - event.minute > 2:
            return
        try:
            self._note(event.minute)
        except Exception:
            _log.exception("explanation_not_noted", minute=event.minute)

    def _note(self, minute: Minute) -> None:
        closed = self._watch.closed[-1] if self._watch.closed else None
        if closed is None or closed.outcome.minute != minute:
            return
        evidence = closed.outcome.log_evidence
        near = np.flatnonzero(evidence >= self._watch.detector.rule.log_threshold - NEAR)
        for service in near[np.argsort(-evidence[near])][:MOST_NOTED].tolist():
            slug = self._watch.nodes.slugs[service]
            if self._catalogue.find(slug) is not None:
                _put(self._noted, (slug, minute), self._live(slug, service))

    async def explain(self, slug: str, at: datetime | None = None) -> ExplanationView:
        """The minute that was closed last at `at`; None: now.

        Raises `Refusal` (`unknown_service`, `not_yet`, `nothing_known`), `TooMany` while others
        wait for theirs, and `Unavailable`.
        """
        service = self._catalogue.get(slug)
        last = self._watch.detector.minute
        if last is None:
            raise Unavailable("The first minute is not over yet.")
        minute = last if at is None else minute_of(at) - 1
        if minute > last:
            raise Refusal(
                "not_yet",
                f"That minute is not over yet; the last one ended at"
                f" {start_of(last + 1):%Y-%m-%dT%H:%MZ}.",
                field="at",
            )
        noted = self._noted.get((service.slug, minute))
        if noted is not None:
            return noted
        key = (service.slug, minute, self._watch.examined.get(service.slug, 0))
        known = self._known.get(key)
        if known is not None:
            return known
        number = self._watch.nodes.find_service(service.slug)
        if number is not None and minute == last and self._detector_knows(number):
            return _put(self._known, key, self._live(service.slug, number))
        return await self._retraced(key)

    def _detector_knows(self, number: int) -> bool:
        """It hears of a service when its first minute is over."""
        return bool(self._watch.nodes.own[number] < len(self._watch.detector))

    def _live(self, slug: str, number: int) -> ExplanationView:
        watch = self._watch
        minute = watch.detector.minute
        assert minute is not None  # noqa: S101 - `explain` has looked

        def since(start: Minute) -> Mapping[int, int]:
            return watch.windows.slice_sums(number, start, minute + 1)

        found = explain(
            watch.detector,
            watch.nodes.specs,
            number,
            since(minute),
            since,
            held_back=watch.corroborating.refused_of(slug) == minute,
        )
        return self._view(slug, found, ())

    async def _retraced(self, key: _Question) -> ExplanationView:
        """By a task of its own: who goes away does not take the answer from those who wait."""
        task = self._under_way.get(key)
        if task is None:
            if len(self._under_way) > MOST_WAITING:
                raise TooMany(
                    "too_many_explanations",
                    "Others wait for their arithmetic to be worked out; please try again soon.",
                    retry_after_s=10.0,
                )
            task = self._under_way[key] = asyncio.create_task(self._retrace(key))
            task.add_done_callback(partial(self._done, key))
        return await asyncio.shield(task)

    def _done(self, key: _Question, task: asyncio.Task[ExplanationView]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # whoever waited has got it; nobody may have

    async def _retrace(self, key: _Question) -> ExplanationView:
        slug, minute, examined = key
        async with self._turn:
            if key in self._known:  # came along with one that was asked before
                return self._known[key]
            for found in await self._folded(slug, minute):
                along = slug, found.explanation.minute, examined
                if along not in self._known:
                    _put(self._known, along, found)
        if key not in self._known:
            raise Refusal(
                "not_watched",
                f"Nobody was listening at {start_of(minute):%Y-%m-%dT%H:%MZ}:"
                " Lapwing was not running.",
                field="at",
            )
        return self._known[key]

    async def _folded(self, slug: str, minute: Minute) -> list[ExplanationView]:
        """The minutes up to this one that were watched, explained."""
        ends_at = self._monotonic() + TIME_LIMIT_S
        start, cut, days = await self._beginning(slug, minute)
        saved, first = self._saved_until(), start
        retracing: Retracing | None = None
        found: list[Explanation] = []
        for low in range(start, minute + 1, STRETCH_MIN):
            if retracing is None and low // 1440 not in days and low + 1440 <= saved:
                continue
            stretch = await self._read(slug, low, min(low + STRETCH_MIN, minute + 1))
            if retracing is None:
                if not stretch.rows:
                    continue
                first = min(row.minute for row in stretch.rows)
                if self._watch.simulated and first > (self._watch.windows.first or 0) + 1440:
                    break  # a demo keeps the weeks of one service only
                retracing = self._retracing(slug, first, cut=cut)
            found += await asyncio.to_thread(retracing.fold, stretch, minute - ALONG + 1)
            if self._monotonic() > ends_at:
                raise Unavailable(
                    "This took too long to work out; try a minute of today.",
                    retry_after_s=TIME_LIMIT_S,
                )
        if retracing is None or retracing.minute is None:
            raise _nothing_known(slug)
        notes = _notes(retracing, first, cut=cut)
        return [self._view(slug, one, notes) for one in found]

    async def _beginning(self, slug: str, minute: Minute) -> tuple[Minute, bool, frozenset[int]]:
        """The first minute to fold, whether there is more before it, and the days with reports."""
        rows = await self._store.read_rollups(slug, 0, minute + 1, Dimension.SERVICE)
        by_day: dict[int, int] = {}
        for row in rows:
            most = _BUSY_MINUTE * row.step_min
            by_day[row.minute // 1440] = by_day.get(row.minute // 1440, 0) + min(row.reports, most)
        today, reports = minute // 1440, 0
        day = today
        while today - day < MOST_DAYS:
            reports += by_day.get(day - 1, 0)
            if reports > MOST_REPORTS and today - day >= LEAST_DAYS:
                break
            day -= 1
        return day * 1440, any(earlier < day for earlier in by_day), frozenset(by_day)

    def _retracing(self, slug: str, first: Minute, *, cut: bool) -> Retracing:
        """Whose watch begins as the live one did, where that is still known."""
        began = self._watch.windows.first
        imported = began is None or first < began or self._watch.simulated
        nodes, number = self._watch.nodes, self._watch.nodes.find_service(slug)
        of_service = [] if number is None else nodes.nodes_of_service[number]
        specs = (nodes.specs[node] for node in of_service)
        countries = {(spec.dimension, spec.value): spec.country for spec in specs}

        def country_of(dimension: Dimension, value: str) -> str | None:
            return countries.get((dimension, value))

        return Retracing(slug, self._fresh(cut or imported), country_of, began)

    def _saved_until(self) -> Minute:
        """Minutes before it are in the store for sure."""
        watch = self._watch
        unsaved = min((one.counts.minute for one in watch.closed), default=watch.present_minute)
        return (unsaved - _SAVED_SURELY_MIN) // 60 * 60

    async def _read(self, slug: str, start: Minute, end: Minute) -> Stretch:
        """From the store what is there for sure, the rest from the live window."""
        cut = min(max(self._saved_until(), start), end)
        rows: list[RollupRow] = []
        watched: list[tuple[Minute, Minute]] = []
        if cut < end:
            rows, watched = self._from_window(slug, cut, end)
        if start < cut:
            rows += await self._store.read_rollups(slug, start, cut)
            expected = await self._store.read_expected(slug, start, cut)
            watched += [(row.minute, row.minute + row.step_min) for row in expected]
        return Stretch(start, end, rows, sorted(watched))

    def _from_window(
        self, slug: str, start: Minute, end: Minute
    ) -> tuple[list[RollupRow], list[tuple[Minute, Minute]]]:
        watch = self._watch
        number = watch.nodes.find_service(slug)
        if number is None:
            return [], []
        rows = []
        for minute, nodes, counts in watch.windows.slices(number, start, end):
            for node, count in zip(nodes.tolist(), counts.tolist(), strict=True):
                spec = watch.nodes.specs[node]
                rows.append(RollupRow(spec.dimension, spec.value, minute, 1, count))
        expected = watch.windows.expected(number, start, end)
        return rows, [
            (start + int(place), start + int(place) + 1) for place in expected.nonzero()[0]
        ]

    def _view(self, slug: str, found: Explanation, notes: tuple[str, ...]) -> ExplanationView:
        named = msgspec.structs.replace(
            found,
            nodes=tuple(
                msgspec.structs.replace(
                    node, label=self._label(slug, Dimension(node.dimension), node.value)
                )
                for node in found.nodes
            ),
            outages=tuple(
                msgspec.structs.replace(
                    one, label=self._label(slug, Dimension(one.dimension), one.value)
                )
                for one in found.outages
            ),
        )
        service = self._catalogue.get(slug)
        incident = self._incident_at(slug, found.minute)
        disagrees = (
            incident is not None
            and minute_of(incident.detected_at) - 1 == found.minute
            and found.verdict is not Verdict.DECLARED
        )
        if disagrees and notes:
            notes = (*notes, "On record an outage was declared in this very minute. " + _WHY)
        return ExplanationView(
            at=start_of(found.minute + 1),
            service=link_to(service),
            told=tell(service.name, named),
            explanation=named,
            worked_out_again=bool(notes),
            notes=notes,
            incident=None if incident is None else incident.id,
            simulated=self._watch.simulated,
        )

    def _incident_at(self, slug: str, minute: Minute) -> Incident | None:
        """The one on record that was going on when the minute ended, the latest first."""
        found = [
            one
            for one in self._watch.records.incidents_of(slug)
            if one.state is not State.MERGED
            and minute_of(one.started_at) <= minute
            and (one.ended_at is None or minute < minute_of(max(one.ended_at, one.detected_at)))
        ]
        return max(found, key=lambda one: one.detected_at, default=None)


def _put(
    known: OrderedDict[_Key, ExplanationView], key: _Key, view: ExplanationView
) -> ExplanationView:
    known[key] = view
    while len(known) > REMEMBERED:
        known.popitem(last=False)
    return view


_WHY: Final = (
    "Kept counts do not say how reports were spread over address blocks and networks, nor what"
    " operators did."
)


def _notes(retracing: Retracing, first: Minute, *, cut: bool) -> tuple[str, ...]:
    notes = [
        "Worked out again from kept counts, and rounded by that: " + _WHY[0].lower() + _WHY[1:]
    ]
    if cut:
        began = start_of(first)
        notes.append(
            f"Counts from {began.day} {began:%B %Y} on were used; what was learnt before is not"
            " in these numbers."
        )
    if retracing.is_coarse:
        notes.append(
            "Some of the counts are kept by the quarter of an hour or by the hour only, and were"
            " spread evenly over their minutes."
        )
    return tuple(notes)


def _nothing_known(slug: str) -> Refusal:
    return Refusal(
        "nothing_known",
        f"No counts of {slug!r} are kept of that time or the four weeks before it.",
        field="at",
    )
