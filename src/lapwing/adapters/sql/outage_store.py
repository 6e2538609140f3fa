"""Rollups, incidents, checkpoints and the outbox in the database."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lapwing.adapters.sql.compaction import coarsen, find_due, forget
from lapwing.adapters.sql.database import Database
from lapwing.adapters.sql.slice_numbers import SliceNumbers
from lapwing.adapters.sql.tables import (
    checkpoints,
    examinations,
    expectations,
    incident_series,
    incidents,
    incidents_at_checkpoint,
    outbox,
    progress,
    rollups,
    services,
    slices,
)
from lapwing.kernel.instants import Minute, to_ms
from lapwing.outages.events import OutageEvent
from lapwing.outages.incidents.model import Incident
from lapwing.outages.model import Dimension
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

_ROWS_AT_ONCE = 10_000
_ENCODER = msgspec.msgpack.Encoder()
_INCIDENT = msgspec.msgpack.Decoder(Incident)
_SERIES = msgspec.msgpack.Decoder(IncidentSeries)
_EVENT: msgspec.msgpack.Decoder[OutageEvent] = msgspec.msgpack.Decoder(OutageEvent)


class SqlOutageStore:
    """An `OutageStore`; only one process writes through one at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers: SliceNumbers | None = None

    async def save(self, progress: Progress) -> bool:
        try:
            async with self._database.writing() as connection:
                if not await _claim(connection, progress):
                    return False
                await self._add_counts(connection, progress.counts, progress.expected)
                await self._put_incidents(connection, progress)
                await self._put_documents(connection, progress)
        except BaseException:
            self._numbers = None
            raise
        return True

    async def load_checkpoint(self) -> Checkpoint:
        async with self._database.reading() as connection:
            where = (await connection.execute(sa.select(progress))).one()
            blobs = await connection.execute(sa.select(checkpoints.c.name, checkpoints.c.body))
            examined = await connection.execute(sa.select(examinations))
            return Checkpoint(
                position=where.checkpoint_position,
                blobs={row.name: row.body for row in blobs},
                saved_position=where.position,
                examined={row.service: row.position for row in examined},
            )

    async def load_incidents(self) -> list[Incident]:
        before = incidents_at_checkpoint
        changed_since = before.c.id.is_not(None)
        body = sa.case((changed_since, before.c.body), else_=incidents.c.body)
        query = sa.select(body).outerjoin_from(incidents, before, before.c.id == incidents.c.id)
        async with self._database.reading() as connection:
            bodies = await connection.scalars(query)
            found = [_INCIDENT.decode(body) for body in bodies if body is not None]
        return sorted(found, key=lambda one: (one.detected_at, one.id))

    async def read_rollups(
        self,
        service: str,
        start_minute: Minute,
        end_minute: Minute,
        dimension: Dimension | None = None,
    ) -> list[RollupRow]:
        query = (
            sa.select(
                slices.c.dimension,
                slices.c.value,
                rollups.c.minute,
                rollups.c.step_min,
                rollups.c.reports,
            )
            .join(slices, slices.c.id == rollups.c.slice_id)
            .where(rollups.c.service_id == _number_of(service))
        )
        if dimension is not None:
            query = query.where(slices.c.dimension == dimension.value)
        rows = await self._overlapping(query, rollups, start_minute, end_minute)
        return sorted((RollupRow(Dimension(row[0]), *row[1:]) for row in rows), key=order_of)

    async def read_expected(
        self, service: str, start_minute: Minute, end_minute: Minute
    ) -> list[ExpectedRow]:
        query = sa.select(
            expectations.c.minute,
            expectations.c.step_min,
            expectations.c.expected,
            expectations.c.upper,
        ).where(expectations.c.service_id == _number_of(service))
        rows = await self._overlapping(query, expectations, start_minute, end_minute)
        return sorted(ExpectedRow(*row) for row in rows)

    async def read_incident_series(self, incident: str) -> IncidentSeries | None:
        query = sa.select(incident_series.c.body).where(incident_series.c.incident == incident)
        async with self._database.reading() as connection:
            body = await connection.scalar(query)
        return None if body is None else _SERIES.decode(zlib.decompress(body))

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
        try:
            async with self._database.writing() as connection:
                await self._note_examined(connection, service, examined)
                for table in (rollups, expectations):
                    await connection.execute(
                        sa.delete(table).where(
                            table.c.service_id == _number_of(service),
                            table.c.step_min.in_(MINUTE_STEPS),
                            table.c.minute >= start_minute,
                            table.c.minute < end_minute,
                        )
                    )
                await self._add_counts(connection, counts, expected)
        except BaseException:
            self._numbers = None
            raise

    async def compact(self, now_minute: Minute, retention: Retention) -> bool:
        ages = (retention.minutes_min, retention.quarters_min, retention.hours_min)
        for step_min, age_min in zip(MINUTE_STEPS, ages, strict=True):
            if age_min is None:
                continue
            before = now_minute - age_min
            before -= before % 60
            async with self._database.reading() as connection:
                due = await find_due(connection, step_min, before)
            if due is None:
                continue
            async with self._database.writing() as connection:
                if step_min == MINUTE_STEPS[-1]:
                    await forget(connection, step_min, *due)
                else:
                    await coarsen(self._database, connection, step_min, *due)
            return True
        return False

    async def read_events(self, limit: int) -> list[tuple[int, OutageEvent]]:
        query = sa.select(outbox).order_by(outbox.c.number).limit(limit)
        async with self._database.reading() as connection:
            rows = await connection.execute(query)
            return [(row.number, _EVENT.decode(row.body)) for row in rows]

    async def drop_events(self, up_to: int) -> None:
        async with self._database.writing() as connection:
            await connection.execute(sa.delete(outbox).where(outbox.c.number <= up_to))

    async def _overlapping(
        self, query: sa.Select[Any], table: sa.Table, start: Minute, end: Minute
    ) -> list[Any]:
        """Rows of every length that overlap [start, end); one seek in the key for each length."""
        rows: list[Any] = []
        async with self._database.reading() as connection:
            for step_min in MINUTE_STEPS:
                of_step = query.where(
                    table.c.step_min == step_min,
                    table.c.minute > start - step_min,
                    table.c.minute < end,
                )
                rows += (await connection.execute(of_step)).all()
        return rows

    async def _note_examined(
        self, connection: AsyncConnection, service: str, position: Position
    ) -> None:
        insert = self._database.upsert(examinations)
        await connection.execute(insert, {"service": service, "position": position})
        await connection.execute(
            sa.update(examinations)
            .where(examinations.c.service == service, examinations.c.position < position)
            .values(position=position)
        )

    async def _add_counts(
        self,
        connection: AsyncConnection,
        counts: Sequence[SliceCount],
        expected: Sequence[ExpectedCount],
    ) -> None:
        if self._numbers is None:
            self._numbers = await SliceNumbers.read(connection)
        numbers = self._numbers
        await numbers.give(
            connection, (row.service for row in expected), (row.slice for row in counts)
        )
        await _put(
            connection,
            self._database.upsert(rollups, adding=["reports"]),
            (
                {
                    "step_min": 1,
                    "service_id": numbers.of_service(row.slice.service),
                    "minute": row.minute,
                    "slice_id": numbers.of_slice(row.slice),
                    "reports": row.reports,
                }
                for row in counts
            ),
        )
        await _put(
            connection,
            self._database.upsert(expectations, replacing=["expected", "upper"]),
            (
                {
                    "step_min": 1,
                    "service_id": numbers.of_service(row.service),
                    "minute": row.minute,
                    "expected": row.expected,
                    "upper": row.upper,
                }
                for row in expected
            ),
        )

    async def _put_incidents(self, connection: AsyncConnection, progress: Progress) -> None:
        upsert = self._database.upsert
        if progress.checkpoint:
            await connection.execute(sa.delete(incidents_at_checkpoint))
        else:
            present = (
                sa.select(incidents.c.body)
                .where(incidents.c.id == sa.bindparam("incident"))
                .scalar_subquery()
            )
            await _put(
                connection,
                upsert(incidents_at_checkpoint).values(id=sa.bindparam("incident"), body=present),
                ({"incident": incident.id} for incident in progress.incidents),
            )
        await _put(
            connection,
            upsert(incidents, replacing=["service", "state", "detected_ms", "body"]),
            (
                {
                    "id": incident.id,
                    "service": incident.service,
                    "state": incident.state.value,
                    "detected_ms": to_ms(incident.detected_at),
                    "body": _ENCODER.encode(incident),
                }
                for incident in progress.incidents
            ),
        )

    async def _put_documents(self, connection: AsyncConnection, progress: Progress) -> None:
        upsert = self._database.upsert
        await _put(
            connection,
            upsert(incident_series, replacing=["body"]),
            (
                {"incident": incident, "body": zlib.compress(_ENCODER.encode(series))}
                for incident, series in progress.series.items()
            ),
        )
        if progress.checkpoint:
            await connection.execute(sa.delete(checkpoints))
        await _put(
            connection,
            sa.insert(checkpoints),
            ({"name": name, "body": body} for name, body in progress.checkpoint.items()),
            at_once=1,  # of megabytes each: a driver that gathers statements would hold them all
        )
        await _put(
            connection,
            sa.insert(outbox),
            ({"body": _ENCODER.encode(event)} for event in progress.events),
        )


async def _claim(connection: AsyncConnection, new: Progress) -> bool:
    """Moves the saved position on; False if it was there before. The transaction's first write."""
    moved: dict[str, Any] = {"position": new.position}
    if new.checkpoint:
        moved["checkpoint_position"] = new.position
    change = sa.update(progress).where(progress.c.position == new.after)
    if (await connection.execute(change.values(moved))).rowcount == 1:
        return True
    saved = (await connection.execute(sa.select(progress.c.position))).scalar_one()
    if new.position <= saved:
        return False
    raise ValueError(
        f"progress from {new.after} to {new.position} does not follow what is saved, {saved}"
    )


async def _put(
    connection: AsyncConnection,
    statement: sa.Insert,
    rows: Iterable[Mapping[str, Any]],
    at_once: int = _ROWS_AT_ONCE,
) -> None:
    """In parts, so that the other tasks have their turn while many rows are made."""
    waiting = iter(rows)
    while batch := list(islice(waiting, at_once)):
        await connection.execute(statement, batch)


def _number_of(service: str) -> sa.ScalarSelect[int]:
    return sa.select(services.c.id).where(services.c.slug == service).scalar_subquery()
