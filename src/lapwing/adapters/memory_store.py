"""Stores that forget everything when the process ends: for tests and for trying things."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from lapwing.accounts.tokens import Token, token_exists
from lapwing.kernel.instants import Minute
from lapwing.outages.events import OutageEvent
from lapwing.outages.incidents.model import Incident
from lapwing.outages.model import Dimension, Slice
from lapwing.outages.store import (
    MINUTE_STEPS,
    Checkpoint,
    ExpectedCount,
    ExpectedRow,
    IncidentSeries,
    Progress,
    Retention,
    RollupRow,
    SliceCount,
    check_whole_hours,
    order_of,
)
from lapwing.ports.journal import Position


class MemoryTokenStore:
    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    async def add(self, token: Token) -> None:
        if token.name in self._tokens:
            raise token_exists(token.name)
        self._tokens[token.name] = token

    async def revoke(self, name: str, at: datetime) -> bool:
        token = self._tokens.get(name)
        if token is None or token.revoked_at is not None:
            return False
        self._tokens[name] = msgspec.structs.replace(token, revoked_at=at)
        return True

    async def load(self) -> list[Token]:
        return [self._tokens[name] for name in sorted(self._tokens)]


class MemoryOutageStore:
    def __init__(self) -> None:
        self._checkpoint = Checkpoint(position=0, blobs={}, saved_position=0)
        self._counts: dict[int, dict[tuple[Slice, Minute], int]] = {
            step_min: defaultdict(int) for step_min in MINUTE_STEPS
        }
        self._expected: dict[int, dict[tuple[str, Minute], ExpectedRow]] = {
            step_min: {} for step_min in MINUTE_STEPS
        }
        self._incidents: dict[str, Incident] = {}
        self._at_checkpoint: dict[str, Incident | None] = {}
        """Those that have changed since, as they were then."""
        self._series: dict[str, IncidentSeries] = {}
        self._events: list[tuple[int, OutageEvent]] = []
        self._last_event = 0

    async def save(self, progress: Progress) -> bool:
        saved = self._checkpoint.saved_position
        if progress.position <= saved and progress.after != saved:
            return False
        if progress.after != saved:
            raise ValueError(
                f"progress from {progress.after} to {progress.position}"
                f" does not follow what is saved, {saved}"
            )
        self._checkpoint = replace(
            self._checkpoint,
            position=progress.position if progress.checkpoint else self._checkpoint.position,
            blobs=dict(progress.checkpoint or self._checkpoint.blobs),
            saved_position=progress.position,
        )
        self._add(progress.counts, progress.expected)
        for incident in progress.incidents:
            self._at_checkpoint.setdefault(incident.id, self._incidents.get(incident.id))
        if progress.checkpoint:
            self._at_checkpoint = {}
        self._incidents |= {incident.id: incident for incident in progress.incidents}
        self._series |= progress.series
        for event in progress.events:
            self._last_event += 1
            self._events.append((self._last_event, event))
        return True

    async def load_checkpoint(self) -> Checkpoint:
        return self._checkpoint

    async def load_incidents(self) -> list[Incident]:
        found = [one for one in (self._incidents | self._at_checkpoint).values() if one is not None]
        return sorted(found, key=lambda one: (one.detected_at, one.id))

    async def read_rollups(
        self,
        service: str,
        start_minute: Minute,
        end_minute: Minute,
        dimension: Dimension | None = None,
    ) -> list[RollupRow]:
        rows = [
            RollupRow(key.dimension, key.value, minute, step_min, reports)
            for step_min, counts in self._counts.items()
            for (key, minute), reports in counts.items()
            if key.service == service
            and dimension in (None, key.dimension)
            and start_minute - step_min < minute < end_minute
        ]
        return sorted(rows, key=order_of)

    async def read_expected(
        self, service: str, start_minute: Minute, end_minute: Minute
    ) -> list[ExpectedRow]:
        return sorted(
            row
            for step_min, rows in self._expected.items()
            for (slug, minute), row in rows.items()
            if slug == service and start_minute - step_min < minute < end_minute
        )

    async def read_incident_series(self, incident: str) -> IncidentSeries | None:
        return self._series.get(incident)

    async def replace_rollups(
        self,
        service: str,
        start_minute: Minute,
        end_minute: Minute,
        counts: Sequence[SliceCount],
        expected: Sequence[ExpectedCount] = (),
        examined: Position = 0,
    ) -> None:
        check_whole_hours(start_minute, end_minute)
        last = self._checkpoint.examined.get(service, 0)
        self._checkpoint = replace(
            self._checkpoint,
            examined={**self._checkpoint.examined, service: max(last, examined)},
        )
        for step_min in MINUTE_STEPS:
            self._take(step_min, start_minute, end_minute, service)
        self._add(counts, expected)

    async def compact(self, now_minute: Minute, retention: Retention) -> bool:
        ages = (retention.minutes_min, retention.quarters_min, retention.hours_min)
        for step_min, age_min in zip(MINUTE_STEPS, ages, strict=True):
            if age_min is None:
                continue
            before = (now_minute - age_min) // 60 * 60
            counts, expected = self._take(step_min, 0, before)
            if step_min != MINUTE_STEPS[-1]:
                self._put_coarse(MINUTE_STEPS[MINUTE_STEPS.index(step_min) + 1], counts, expected)
            if counts or expected:
                return True
        return False

    async def read_events(self, limit: int) -> list[tuple[int, OutageEvent]]:
        return self._events[:limit]

    async def drop_events(self, up_to: int) -> None:
        self._events = [entry for entry in self._events if entry[0] > up_to]

    def _add(self, counts: Sequence[SliceCount], expected: Sequence[ExpectedCount]) -> None:
        for count in counts:
            self._counts[1][count.slice, count.minute] += count.reports
        for row in expected:
            self._expected[1][row.service, row.minute] = ExpectedRow(
                row.minute, 1, row.expected, row.upper
            )

    def _take(
        self, step_min: int, start: Minute, end: Minute, service: str | None = None
    ) -> tuple[dict[tuple[Slice, Minute], int], dict[tuple[str, Minute], ExpectedRow]]:
        counts, expected = self._counts[step_min], self._expected[step_min]
        taken_counts = {
            (key, minute): counts[key, minute]
            for key, minute in counts
            if start <= minute < end and service in (None, key.service)
        }
        taken_expected = {
            (slug, minute): expected[slug, minute]
            for slug, minute in expected
            if start <= minute < end and service in (None, slug)
        }
        for count_key in taken_counts:
            del counts[count_key]
        for expected_key in taken_expected:
            del expected[expected_key]
        return taken_counts, taken_expected

    def _put_coarse(
        self,
        coarse_min: int,
        counts: dict[tuple[Slice, Minute], int],
        expected: dict[tuple[str, Minute], ExpectedRow],
    ) -> None:
        for (key, minute), reports in counts.items():
            self._counts[coarse_min][key, minute - minute % coarse_min] += reports
        members = defaultdict(list)
        for (slug, minute), row in expected.items():
            members[slug, minute - minute % coarse_min].append(row)
        for (slug, minute), rows in members.items():
            middle = math.fsum(row.expected for row in rows)
            band = math.sqrt(math.fsum((row.upper - row.expected) ** 2 for row in rows))
            before = self._expected[coarse_min].get(
                (slug, minute), ExpectedRow(minute, coarse_min, 0.0, 0.0)
            )
            self._expected[coarse_min][slug, minute] = ExpectedRow(
                minute, coarse_min, before.expected + middle, before.upper + middle + band
            )
