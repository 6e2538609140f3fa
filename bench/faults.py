"""First pages of home while something behind is broken: 99 of 100 take no longer. Run:
`python -m bench.faults`; needs PostgreSQL's programs for its half.

The faults are those of the tests; `docs/faults.md` has the table.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.integration.square_at_risk import (
    ANYWHERE,
    ON_POSTGRESQL,
    ON_SQLITE,
    Fault,
    PostgresqlAtRisk,
    SqliteAtRisk,
    SquareAtRisk,
    SquareServer,
)
from tests.private_postgresql import private_postgresql
from tests.seeded_square import seed_square

from bench.pages import row

LOOKS = 200
BUDGET_MS = 500


@contextmanager
def square(data: Path, database: Any) -> Iterator[SquareAtRisk]:
    cast = asyncio.run(seed_square(data))
    settings = {"database": database.setting} if database.setting else {}
    risk = SquareAtRisk(SquareServer(data, **settings), cast, database)
    risk.server.start()
    risk.post()
    try:
        yield risk
    finally:
        risk.server.close()


def p99_under(risk: SquareAtRisk, fault: Fault) -> float:
    """Of a first page, in milliseconds, from the fault's beginning on."""
    risk.shown_ms.clear()
    fault.begin(risk)
    try:
        risk.check_reading(LOOKS)
        return risk.p99_ms()
    finally:
        fault.end(risk)


def figures(risk: SquareAtRisk, faults: Sequence[Fault]) -> list[dict[str, Any]]:
    return [
        row(
            f"p99 of a first page, {fault.name}",
            p99_under(risk, fault),
            "ms",
            limit=BUDGET_MS,
            better="lower",
        )
        for fault in faults
    ]


def measure() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "sqlite")
        with square(data, SqliteAtRisk(data / "lapwing.sqlite")) as risk:
            measured = figures(risk, (*ANYWHERE, *ON_SQLITE))
        with private_postgresql() as postgresql:
            if postgresql is not None:
                database = PostgresqlAtRisk(postgresql)
                with square(Path(folder, "postgresql"), database) as risk:
                    measured += figures(risk, ON_POSTGRESQL)
                database.line.close()
    return measured


if __name__ == "__main__":
    for one in measure():
        print(f"{one['name']}: {one['value']:.0f} {one['unit']}")
