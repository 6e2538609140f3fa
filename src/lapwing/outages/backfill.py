"""Reports of the past: a service's history is examined afresh with them, as it would have come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from heapq import merge
from itertools import groupby

import msgspec
import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.kernel.refusals import Unavailable
from lapwing.outages.counting.nodes import NodeTable
from lapwing.outages.counting.open_minute import OpenMinute
from lapwing.outages.counting.recent_reports import Alike
from lapwing.outages.detection.model import IntArray, MinuteCounts
from lapwing.outages.incidents.found_again import (
    is_decided,
    known_by_found,
    with_what_is_known,
)
from lapwing.outages.incidents.model import Incident
from lapwing.outages.incidents.tracking import incident_id
from lapwing.outages.intake.caps import Caps
from lapwing.outages.model import ReportRow, Slice
from lapwing.outages.store import (
    ExpectedCount,
    OutageStore,
    RollupRow,
    SliceCount,
)
from lapwing.outages.watch import Watch, hour_of
from lapwing.ports.journal import Position

UNWATCHED_GAP_MIN = 7 * 1440
"""A stretch of history this long without a report counts as not watched, not as quiet."""

MOST_LOOKS = 120
"""Late reports that never cease are examined after so many looks: while they wait there is no
checkpoint, and they are in memory."""

MOST_ROWS = 500_000
"""So many late reports of a service are examined while others still come: they take some 500
bytes each."""

TAIL_MIN = 120
"""So long after the last report before such a stretch the watching is taken to have gone on."""

_NOTHING = np.zeros(0, np.int64)


class Examination:
    """One service's history with its late reports, folded afresh in a watch of its own."""

    def __init__(
        self,
        slug: str,
        until: Minute,
        live: Watch,
        fresh: Watch,
        kept: list[RollupRow],
        late: list[ReportRow],
    ) -> None:
        """`fresh` is empty and has the live watch's rule; `kept` are the service's rollups of
        before `until`, `late` the reports of then that are not in them."""
        self.slug = slug
        self.until = until
        """What is examined is before; later minutes are taken over from the live watch."""
        self.watch = fresh
        self.given_up = False
        """Set from outside: `run` ends soon, and what it has found so far is of no use."""
        self.counts: list[SliceCount] = []
        self.expected: list[ExpectedCount] = []
        self._slices: dict[int, Slice] = {}
        self._kept = kept
        self._late = sorted(late, key=lambda row: (row.at_ms, row.id))
        self._prime(live)

    def _prime(self, live: Watch) -> None:
        """The live watch's slices in the same order: what is learnt here can then go there."""
        service = live.nodes.find_service(self.slug)
        self.watch.nodes.service(self.slug)
        for node in [] if service is None else live.nodes.nodes_of_service[service]:
            spec = live.nodes.specs[node]
            self.watch.nodes.node(0, spec.dimension, spec.value, spec.country)

    def run(self) -> None:
        """The long part: may be done in a thread, touches nothing but its own watch."""
        last: Minute | None = None
        for minute, counts, opened in self._minutes():
            if self.given_up:
                return
            if last is None:
                self.watch.open_minute = OpenMinute(minute)
            else:
                self._quiet_minutes(last + 1, minute)
            self._close(counts, sum(opened.trusted.values()), opened.alike)
            last = minute
        if last is not None:
            self._quiet_minutes(last + 1, self.until)

    def catch_up(self, live: Watch) -> None:
        """Takes over the minutes that the live watch has counted since `until`."""
        service = live.nodes.find_service(self.slug)
        start = max(self.until, self.watch.present_minute)
        parts: dict[Minute, tuple[IntArray, IntArray]] = {}
        if service is not None:
            for minute, nodes, counts in live.windows.slices(service, start, live.present_minute):
                parts[minute] = (self._own_nodes(live, nodes), counts)
        for minute in range(start, live.present_minute):
            nodes, counts = parts.get(minute, (_NOTHING, _NOTHING))
            order = np.argsort(nodes)
            spread = np.ones(len(nodes), np.bool_)
            self.watch.close(MinuteCounts(minute, nodes[order], counts[order], spread))
        self.watch.closed = []
        self._prime(live)  # slices that were first seen in the minute that is open
        self.watch.announce()

    def _own_nodes(self, live: Watch, nodes: IntArray) -> IntArray:
        specs = [live.nodes.specs[node] for node in nodes.tolist()]
        own = [self.watch.nodes.node(0, s.dimension, s.value, s.country) for s in specs]
        return np.array(own, np.int64)

    @property
    def start(self) -> Minute:
        """First minute of the examined history, at a full hour; `until` if there is none."""
        return hour_of(min((row.minute for row in self.counts), default=self.until))

    def _close(self, counts: MinuteCounts, trusted: int = 0, alike: Alike = ()) -> None:
        watch = self.watch
        watch.close(counts, {0: trusted} if trusted else None, alike)
        outcome = watch.closed.pop().outcome
        for node, count in zip(counts.nodes.tolist(), counts.counts.tolist(), strict=True):
            part = self._slices.get(node)
            if part is None:
                part = self._slices[node] = watch.nodes.slice_of(node)
            self.counts.append(SliceCount(part, counts.minute, count))
        expected, upper = float(outcome.expected[0]), float(outcome.upper[0])
        self.expected.append(
            ExpectedCount(self.slug, counts.minute, round(expected, 3), round(upper, 3))
        )

    def _quiet_minutes(self, start: Minute, end: Minute) -> None:
        watched = end if end - start < UNWATCHED_GAP_MIN else start + TAIL_MIN
        for minute in range(start, watched):
            if self.given_up:
                return
            self._close(MinuteCounts(minute, _NOTHING, _NOTHING, np.zeros(0, np.bool_)))
        if watched < end:
            self.watch.skip_to(end)

    def _minutes(self) -> Iterator[tuple[Minute, MinuteCounts, OpenMinute]]:
        """Those with reports, oldest first, with the late ones of the minute one by one. One at a
        time: all of a long history's at once would take a gigabyte."""
        nodes = self.watch.nodes
        for row in self._counted_late():
            nodes.of_row(row)  # every slice is known from the beginning
        kept = _by_minute(self._kept, nodes, self.slug)
        late = groupby(self._counted_late(), key=_minute_of)
        before: Iterable[tuple[Minute, Iterable[ReportRow]]] = ((one, ()) for one in sorted(kept))
        for minute, found in groupby(merge(late, before, key=_first), key=_first):
            opened = OpenMinute(minute)
            for _, rows in found:
                for row in rows:
                    opened.add(nodes.of_row(row), row)
            yield minute, _added(opened.closed(), kept.get(minute, {})), opened

    def _counted_late(self) -> Iterator[ReportRow]:
        caps = Caps()
        for row in self._late:
            minute = _minute_of(row)
            if minute < self.until and caps.take(row, minute):
                yield row


def _minute_of(row: ReportRow) -> Minute:
    return row.at_ms // 60_000


def _first(pair: tuple[Minute, Iterable[ReportRow]]) -> Minute:
    return pair[0]


def _by_minute(kept: list[RollupRow], nodes: NodeTable, slug: str) -> dict[Minute, dict[int, int]]:
    """Counts by minute and node; what is kept by 15 minutes or hour is spread evenly."""
    found: dict[Minute, dict[int, int]] = {}
    service = nodes.service(slug)
    for dimension, value, start, step_min, count in kept:
        node = nodes.node(service, dimension, value, None)
        for place in range(step_min):
            share = count * (place + 1) // step_min - count * place // step_min
            if share:
                found.setdefault(start + place, {})[node] = share
    return found


def _added(counts: MinuteCounts, more: dict[int, int]) -> MinuteCounts:
    """With counts that were kept before; kept ones are taken to be spread, as they were then."""
    if not more:
        return counts
    sums = dict(zip(counts.nodes.tolist(), counts.counts.tolist(), strict=True))
    spread = dict(zip(counts.nodes.tolist(), counts.spread.tolist(), strict=True))
    for node, count in more.items():
        sums[node] = sums.get(node, 0) + count
        spread[node] = True
    nodes = np.array(sorted(sums), np.int64)
    return MinuteCounts(
        minute=counts.minute,
        nodes=nodes,
        counts=np.array([sums[node] for node in nodes.tolist()], np.int64),
        spread=np.array([spread[node] for node in nodes.tolist()], np.bool_),
    )


def settle(live: Watch, examination: Examination) -> None:
    """Puts an examined service in the place of the live watch's. Never waits."""
    live.before_change()
    examination.catch_up(live)
    fresh, slug = examination.watch, examination.slug
    service = live.nodes.service(slug)
    numbers = [
        live.nodes.node(service, spec.dimension, spec.value, spec.country)
        for spec in fresh.nodes.specs
    ]
    live.announce()
    if fresh.detector.minute is not None and fresh.detector.minute == live.detector.minute:
        live.detector.graft(service, fresh.detector.extract(0))
    live.windows.take_over(service, fresh.windows, 0, np.array(numbers, np.int64))
    live.recent.take_in(service, fresh.recent, 0, np.array(numbers, np.int64))
    _take_incidents(live, fresh, slug, numbers)
    live.records.follow_what_is_open(slug)


def _take_incidents(live: Watch, fresh: Watch, slug: str, numbers: list[int]) -> None:
    """With their counts. What operators decided stands, whatever the statistics say now."""
    known = known_by_found(
        list(live.records.incidents_of(slug)), list(fresh.records.incidents.values())
    )
    names = _names(list(fresh.records.incidents.values()), known, live)
    taken: list[Incident] = []
    for found in fresh.records.incidents.values():
        before = known.get(found.id)
        if before is not None and is_decided(before):
            continue
        incident = _renamed(found, names)
        taken.append(incident if before is None else with_what_is_known(incident, before))
        log, series = fresh.records.logs.get(found.id), fresh.records.finished.get(found.id)
        if log is not None:
            live.records.logs[incident.id] = log.renumbered(live.nodes.service(slug), numbers)
        elif series is not None:
            live.records.logs.pop(incident.id, None)
            live.records.finished[incident.id] = series
    live.records.take_incidents(slug, taken)


def _names(found: list[Incident], known: dict[str, Incident], live: Watch) -> dict[str, str]:
    """Found incident's id -> its id here: that of the known one, or one that nothing else has."""
    names = {found_id: incident.id for found_id, incident in known.items()}
    for one in found:
        if one.id not in names:
            taken = live.records.incidents.keys() | set(names.values())
            names[one.id] = incident_id(one.service, one.detected_at, taken)
    return names


def _renamed(incident: Incident, names: dict[str, str]) -> Incident:
    into = incident.merged_into
    return msgspec.structs.replace(
        incident,
        id=names[incident.id],
        merged_into=None if into is None else names[into],
        parts=tuple(names[part] for part in incident.parts),
        changes=tuple(
            msgspec.structs.replace(
                change,
                details={
                    name: names.get(value, value) if name in ("into", "merged") else value
                    for name, value in change.details.items()
                },
            )
            for change in incident.changes
        ),
    )


class Backfills:
    """Examines, one service after the other, what has late reports: a background step."""

    def __init__(
        self,
        live: Watch,
        store: OutageStore,
        fresh: Callable[[], Watch],
        save: Callable[[], Awaitable[None]],
    ) -> None:
        """`save` brings the store up to the journal's present position."""
        self._live = live
        self._store = store
        self._fresh = fresh
        self._save = save
        self._seen: dict[str, int] = {}
        self._looks: dict[str, int] = {}
        self._unsure: dict[str, tuple[int, Position]] = {}
        """By service: late reports, and the position up to which, that may be in the store's
        rollups: an error came in place of the store's answer."""
        self._turn = asyncio.Lock()
        self._under_way: Examination | None = None
        self._stopped = False

    async def step(self) -> bool:
        """Examines one service that is ready; whether there was one. Raises `Unavailable`."""
        self._live.ready_to_examine |= self._settled_by_themselves()
        return await self._examine_next()

    async def wait(self) -> None:
        """Returns when nothing is left to examine. Raises `Unavailable`."""
        while await self._examine_next():
            pass
        if self._stopped and self._live.ready_to_examine:
            raise Unavailable("Lapwing stops; the history is examined after its next start.")

    def stop(self) -> None:
        """No examination begins any more, and one that is under way is given up: the journal has
        its reports, and the next start finds them there."""
        self._stopped = True
        if self._under_way is not None:
            self._under_way.given_up = True

    async def _examine_next(self) -> bool:
        async with self._turn:
            ready = self._live.ready_to_examine
            if not ready or self._stopped:
                return False
            slug = min(ready)
            ready.discard(slug)  # whoever ends a backfill meanwhile asks for another examination
            try:
                await self._examine(slug)
            except BaseException:
                ready.add(slug)
                raise
            return True

    async def _examine(self, slug: str) -> None:
        live = self._live
        await self._make_sure(slug)
        late = list(live.history.get(slug, []))
        taken, position, until = len(late), live.position, hour_of(live.present_minute)
        await self._save()  # every minute before `until` is in the store now
        kept = await self._store.read_rollups(slug, 0, until)
        examination = Examination(slug, until, live, self._fresh(), kept, late)
        self._under_way = examination
        if not self._stopped:
            await asyncio.to_thread(examination.run)
        if self._stopped:
            live.ready_to_examine.add(slug)
            return
        start = examination.start
        if start < until:
            self._unsure[slug] = taken, position
            await self._store.replace_rollups(
                slug, start, until, examination.counts, examination.expected, position
            )
            del self._unsure[slug]
        settle(live, examination)
        live.forget_history(slug, taken)
        await self._save()  # or a restart would have to examine it again

    async def _make_sure(self, slug: str) -> None:
        """Forgets late reports that are among the rollups already, or they would count twice."""
        if slug not in self._unsure:
            return
        taken, position = self._unsure[slug]
        checkpoint = await self._store.load_checkpoint()
        if checkpoint.examined.get(slug, 0) >= position:
            del self._live.history[slug][:taken]
        del self._unsure[slug]

    def _settled_by_themselves(self) -> set[str]:
        """Services whose late reports nobody announced the end of: to which none has come since
        the last look, or that have waited long, or are very many."""
        history = self._live.history
        calm = {slug for slug, rows in history.items() if self._seen.get(slug) == len(rows)}
        self._seen = {slug: len(rows) for slug, rows in history.items()}
        self._looks = {slug: self._looks.get(slug, 0) + 1 for slug in history}
        waited = {slug for slug, looks in self._looks.items() if looks % MOST_LOOKS == 0}
        many = {slug for slug, rows in history.items() if len(rows) >= MOST_ROWS}
        return calm | waited | many
