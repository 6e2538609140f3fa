"""Writing behind: what the watch has counted and found goes to the store, now and then."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from lapwing.outages.checkpoint import Capture, capturing, compress, may_capture
from lapwing.outages.detection.model import MinuteOutcome
from lapwing.outages.incidents.model import Incident
from lapwing.outages.store import (
    ExpectedCount,
    OutageStore,
    Progress,
    SliceCount,
)
from lapwing.outages.watch import ClosedMinute, Watch
from lapwing.ports.journal import Position

CHECKPOINT_EVERY_MIN = 10
"""Closed minutes between two checkpoints: a restart folds at most so much again."""

MINUTES_AT_ONCE = 240
"""Closed minutes in one transaction, so that catching up does not hold the database for long."""


class ProgressSaver:
    """Saves in order; what could not be saved is tried again with what has come since."""

    def __init__(self, watch: Watch, store: OutageStore, saved_position: Position) -> None:
        self._watch = watch
        self._store = store
        self._saved = saved_position
        self._checkpoint_minute = watch.present_minute
        self.checkpoint_position = 0
        """The journal before it is needed no more."""
        self._lock = asyncio.Lock()
        self._unsure = False
        """A save failed: whether it was committed before that is for the store to say."""

    def begin_at(self, saved_position: Position) -> None:
        """The watch was restored; everything up to there is in the store."""
        self._saved = saved_position
        self._checkpoint_minute = self._watch.present_minute

    async def step(self) -> bool:
        """One transaction; whether anything was saved. Raises `Unavailable`."""
        async with self._lock:
            return await self._step(checkpoint=self._is_due())

    async def save_all(self) -> None:
        """Everything, with a checkpoint: at the end of a run."""
        async with self._lock:
            while await self._step(checkpoint=not self._watch.closed):
                if not self._watch.closed and not self._watch.records.unsaved:
                    break
            await self._step(checkpoint=True)

    def _is_due(self) -> bool:
        return self._watch.present_minute - self._checkpoint_minute >= CHECKPOINT_EVERY_MIN

    async def _step(self, *, checkpoint: bool) -> bool:
        watch = self._watch
        if self._unsure:
            self._saved = (await self._store.load_checkpoint()).saved_position
            self._unsure = False
        whole = len(watch.closed) <= MINUTES_AT_ONCE
        batch = watch.closed if whole else _first_positions(watch.closed, MINUTES_AT_ONCE)
        position = watch.position if whole else batch[-1].position
        incidents = [watch.records.incidents[one] for one in sorted(watch.records.unsaved)]
        with_checkpoint = checkpoint and whole and may_capture(watch)
        if position == self._saved and not incidents and not with_checkpoint:
            return False
        minute = watch.present_minute
        progress = self._progress(batch, position, incidents)
        watch.closed = watch.closed[len(batch) :]
        watch.records.unsaved = set()
        try:
            if with_checkpoint:
                with capturing(watch) as capture:
                    progress = replace(progress, checkpoint=await _packed(capture))
            await self._store.save(progress)
        except BaseException:  # also a bug's, or that of a request that was cut off
            watch.closed = [*batch, *watch.closed]
            watch.records.unsaved |= {incident.id for incident in incidents}
            self._unsure = True
            raise
        self._saved = progress.position
        for incident, series in progress.series.items():
            if watch.records.finished.get(incident) is series:
                del watch.records.finished[incident]
        if with_checkpoint:
            self._checkpoint_minute = minute
            self.checkpoint_position = progress.position
        return True

    def _progress(
        self, batch: list[ClosedMinute], position: Position, incidents: list[Incident]
    ) -> Progress:
        watch = self._watch
        fresh = [closed for closed in batch if closed.position > self._saved]
        # Counts that still grow are in the checkpoint and the journal; writing them out whole every
        # minute would make hundreds of open incidents dear.
        series = {
            incident.id: watch.records.finished[incident.id]
            for incident in incidents
            if incident.id in watch.records.finished
        }
        return Progress(
            after=self._saved,
            position=max(position, self._saved),
            counts=[
                SliceCount(watch.nodes.slice_of(node), closed.counts.minute, count)
                for closed in fresh
                for node, count in zip(
                    closed.counts.nodes.tolist(), closed.counts.counts.tolist(), strict=True
                )
            ],
            expected=[
                row for closed in fresh for row in _expected_rows(watch.nodes.slugs, closed.outcome)
            ],
            incidents=incidents,
            series=series,
        )


def _first_positions(closed: list[ClosedMinute], most: int) -> list[ClosedMinute]:
    """The first minutes, cut where one entry's minutes end: a position is saved whole."""
    cut = most
    while cut < len(closed) and closed[cut].position == closed[cut - 1].position:
        cut += 1
    return closed[:cut]


def _expected_rows(slugs: list[str], outcome: MinuteOutcome) -> list[ExpectedCount]:
    return [
        ExpectedCount(slug, outcome.minute, round(expected, 3), round(upper, 3))
        for slug, expected, upper in zip(
            slugs, outcome.expected.tolist(), outcome.upper.tolist(), strict=False
        )
    ]


async def _packed(capture: Capture) -> dict[str, bytes]:
    """Chunk by chunk, so that the other tasks have their turns."""
    blobs = {}
    while (chunk := capture.next_chunk()) is not None:
        name, content = chunk
        blobs[name] = await asyncio.to_thread(compress, content)
    return blobs
