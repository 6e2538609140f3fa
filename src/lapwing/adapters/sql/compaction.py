"""Makes old counts coarser: a bounded span of one service at a time."""

from __future__ import annotations

import math
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lapwing.adapters.sql.database import Database
from lapwing.adapters.sql.tables import expectations, rollups, services
from lapwing.kernel.instants import Minute
from lapwing.outages.store import MINUTE_STEPS, ExpectedRow

_SPAN_MIN = {1: 6 * 60, 15: 4 * 24 * 60, 60: 16 * 24 * 60}
"""How much is done in one step, in minutes of history, by the length of its rows: 360 rows of
each slice or fewer. Whole hours, so that no coarser row is ever made in two parts."""


async def find_due(
    connection: AsyncConnection, step_min: int, before: Minute
) -> tuple[int, Minute, Minute] | None:
    """Service, start and end of the next span to be done; None: there is none."""
    for table in (rollups, expectations):
        oldest = (
            sa.select(sa.func.min(table.c.minute))
            .where(table.c.step_min == step_min, table.c.service_id == services.c.id)
            .scalar_subquery()
        )  # one seek for each service, since the key begins with the two
        query = sa.select(services.c.id, oldest.label("minute")).where(oldest < before).limit(1)
        row = (await connection.execute(query)).first()
        if row is not None:
            start = row.minute - row.minute % 60
            return row.id, start, min(start + _SPAN_MIN[step_min], before)
    return None


def _span(
    table: sa.Table, step_min: int, service: int, start: Minute, end: Minute
) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.step_min == step_min,
        table.c.service_id == service,
        table.c.minute >= start,
        table.c.minute < end,
    )


async def forget(
    connection: AsyncConnection, step_min: int, service: int, start: Minute, end: Minute
) -> None:
    """Deletes a service's rows of this length that begin in [start, end)."""
    for table in (rollups, expectations):
        await connection.execute(
            sa.delete(table).where(_span(table, step_min, service, start, end))
        )


async def coarsen(
    database: Database,
    connection: AsyncConnection,
    step_min: int,
    service: int,
    start: Minute,
    end: Minute,
) -> None:
    """Puts rows of the next length in the place of a service's rows in [start, end)."""
    coarse_min = MINUTE_STEPS[MINUTE_STEPS.index(step_min) + 1]
    bucket = rollups.c.minute - rollups.c.minute % coarse_min
    sums = (
        sa.select(
            sa.literal(coarse_min, sa.Integer),
            rollups.c.service_id,
            bucket,
            rollups.c.slice_id,
            sa.cast(sa.func.sum(rollups.c.reports), sa.BigInteger),
        )
        .where(_span(rollups, step_min, service, start, end))
        .group_by(rollups.c.service_id, sa.text("3"), rollups.c.slice_id)
    )
    adding = database.upsert(
        rollups,
        adding=["reports"],
        source=(["step_min", "service_id", "minute", "slice_id", "reports"], sums),
    )
    await connection.execute(adding)
    fine = await connection.execute(
        sa.select(expectations.c.minute, expectations.c.expected, expectations.c.upper)
        .where(_span(expectations, step_min, service, start, end))
        .order_by(expectations.c.minute)
    )
    rows = [ExpectedRow(row.minute, step_min, row.expected, row.upper) for row in fine]
    if rows:
        await connection.execute(
            database.upsert(expectations, adding=["expected", "upper"]),
            [
                {
                    "step_min": coarse_min,
                    "service_id": service,
                    "minute": row.minute,
                    "expected": row.expected,
                    "upper": row.upper,
                }
                for row in summed(rows, coarse_min)
            ],
        )
    await forget(connection, step_min, service, start, end)


def summed(rows: list[ExpectedRow], coarse_min: int) -> list[ExpectedRow]:
    """What was expected in longer steps; `rows` by minute.

    Minutes vary by themselves, so the band above the middle grows as the root of its squares.
    """
    longer = []
    for minute, group in groupby(rows, key=lambda row: row.minute - row.minute % coarse_min):
        members = list(group)
        expected = math.fsum(row.expected for row in members)
        band = math.sqrt(math.fsum((row.upper - row.expected) ** 2 for row in members))
        longer.append(ExpectedRow(minute, coarse_min, expected, expected + band))
    return longer
