"""What pillar 1 keeps in a database: rollups, incidents with their own series, checkpoints.

The journal is the truth and the database is written behind it, so nothing here may stand in the
way of a report or a page. Contract: `tests/contracts/test_outage_store.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import msgspec

from lapwing.kernel.instants import Minute
from lapwing.outages.events import OutageEvent
from lapwing.outages.incidents.model import Incident
from lapwing.outages.model import Dimension, Slice
from lapwing.ports.journal import Position

MINUTE_STEPS = (1, 15, 60)
"""The lengths of time, in minutes, in which counts are kept: the older, the coarser."""


class SliceCount(NamedTuple):
    """Counted reports of a slice that are to be added to one of its minutes."""

    slice: Slice
    minute: Minute
    reports: int


class ExpectedCount(NamedTuple):
    """What was expected of a service in one minute, and the upper edge of the usual."""

    service: str
    minute: Minute
    expected: float
    upper: float


class RollupRow(NamedTuple):
    """Counted reports of a slice in the `step_min` minutes from `minute` on."""

    dimension: Dimension
    value: str
    minute: Minute
    step_min: int
    reports: int


class ExpectedRow(NamedTuple):
    """Sums over the `step_min` minutes from `minute` on."""

    minute: Minute
    step_min: int
    expected: float
    upper: float


class SliceSeries(msgspec.Struct, frozen=True, array_like=True):
    """One of an incident's top slices; `counts` are per minute from its series' start."""

    dimension: str
    value: str
    counts: tuple[int, ...]


class IncidentSeries(msgspec.Struct, frozen=True):
    """An incident's own copy of its counts, per minute from `start_minute` on, so that its page
    stays whole when the rollups are compacted. `counts`, `expected` and `upper` have one length."""

    start_minute: Minute
    counts: tuple[int, ...]
    expected: tuple[float, ...]
    upper: tuple[float, ...]
    slices: tuple[SliceSeries, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """What the journal's entries after `after`, up to and including `position`, brought.

    Counts are added to what is kept; everything else takes the place of what was there. With
    `after` equal to `position` it may bring neither counts nor events (ValueError): it says anew
    what is known at a position that was saved before.
    """

    after: Position
    position: Position
    counts: Sequence[SliceCount] = ()
    expected: Sequence[ExpectedCount] = ()
    incidents: Sequence[Incident] = ()
    series: Mapping[str, IncidentSeries] = field(default_factory=dict)
    """By incident id."""
    checkpoint: Mapping[str, bytes] = field(default_factory=dict)
    """State of the fold as of `position`, by name; empty: the last checkpoint stays."""
    events: Sequence[OutageEvent] = ()

    def __post_init__(self) -> None:
        adds = self.counts or self.expected or self.events
        if self.position < self.after or (self.position == self.after and adds):
            raise ValueError(f"no entry after {self.after} and up to {self.position} brought this")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a restart begins: fold the entries after `position` into the state of `blobs`.

    What the entries up to `saved_position` bring is kept already (a checkpoint is rarer than
    counts are) and must not be part of the next `Progress`, whose `after` is `saved_position`.
    """

    position: Position
    blobs: Mapping[str, bytes]
    saved_position: Position
    examined: Mapping[str, Position] = field(default_factory=dict)
    """By service: what `replace_rollups` was told last. Late reports of entries up to there are
    among the service's rollups and must not be added to them again; the service has to be
    examined anew if its position is after the checkpoint's."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long counts are kept, in minutes of age; each at least as long as the one before."""

    minutes_min: int
    """Per minute."""
    quarters_min: int
    """Per 15 minutes."""
    hours_min: int | None = None
    """Per hour; None: for ever."""


class OutageStore(Protocol):
    """All of it raises `Unavailable` when the database does not answer; nothing is changed then."""

    async def save(self, progress: Progress) -> bool:
        """Keeps everything in one transaction; False if a later position was saved, or this one
        from an earlier start.

        So the same call can be repeated until it succeeds. A progress that neither begins where
        the last one ended nor was saved whole raises ValueError: counts would be lost or doubled.
        """
        ...

    async def load_checkpoint(self) -> Checkpoint:
        """Position 0 and no blobs if there is none."""
        ...

    async def load_incidents(self) -> list[Incident]:
        """All as of the last checkpoint's position, oldest detection first: what was saved later
        comes again from the journal, and must not meet its own outcome."""
        ...

    async def read_rollups(
        self,
        service: str,
        start_minute: Minute,
        end_minute: Minute,
        dimension: Dimension | None = None,
    ) -> list[RollupRow]:
        """Rows that overlap [start, end), by minute, dimension and value; None: all dimensions."""
        ...

    async def read_expected(
        self, service: str, start_minute: Minute, end_minute: Minute
    ) -> list[ExpectedRow]:
        """Rows that overlap [start, end), by minute."""
        ...

    async def read_incident_series(self, incident: str) -> IncidentSeries | None: ...

    async def replace_rollups(
        self,
        service: str,
        start_minute: Minute,
        end_minute: Minute,
        counts: Sequence[SliceCount],
        expected: Sequence[ExpectedCount] = (),
        examined: Position = 0,
    ) -> None:
        """In place of all that is kept of the service's minutes in [start, end), of any step.

        `examined` is the position up to which the service's late reports are among `counts`; it
        is kept in the same transaction (see `Checkpoint`) and never goes back.
        For history that was examined afresh after a backfill. Start and end must be whole hours,
        since older counts are kept by the hour: ValueError else.
        """
        ...

    async def compact(self, now_minute: Minute, retention: Retention) -> bool:
        """One bounded step of making old counts coarser; whether there was anything to do."""
        ...

    async def read_events(self, limit: int) -> list[tuple[int, OutageEvent]]:
        """The oldest events that were saved and not dropped yet, with their numbers."""
        ...

    async def drop_events(self, up_to: int) -> None:
        """Forgets events up to and including this number: they were delivered."""
        ...


def check_whole_hours(start_minute: Minute, end_minute: Minute) -> None:
    """Raises ValueError unless both are whole hours, in their order."""
    if start_minute % 60 or end_minute % 60 or end_minute < start_minute:
        raise ValueError(f"[{start_minute}, {end_minute}) is no span of whole hours")


def order_of(row: RollupRow) -> tuple[Minute, str, str]:
    """By minute, dimension and value."""
    return row.minute, row.dimension, row.value
