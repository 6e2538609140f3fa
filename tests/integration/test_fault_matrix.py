"""What breaks, alone and in pairs, and that people see posts all the while.

Under each fault the first page of home is there, full and theirs alone; what was acknowledged
stays; writes go on or are refused in words; and when the fault ends all heals without a restart.
`docs/faults.md` is the table of it. Run with `-s` to see how long pages took.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
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

_BY_NAME = {fault.name: fault for fault in (*ANYWHERE, *ON_SQLITE, *ON_POSTGRESQL)}
PAIRS_ON_SQLITE = (
    ("SQLite locked", "writer killed"),
    ("SQLite locked", "disk full"),
    ("SQLite file damaged", "newest checkpoint damaged"),
    ("SQLite file damaged", "torn end of the journal"),
)
PAIRS_ON_POSTGRESQL = (
    ("PostgreSQL stopped", "writer killed"),
    ("PostgreSQL stopped", "disk full"),
    ("PostgreSQL frozen", "writer killed"),
    ("PostgreSQL silent", "newest checkpoint damaged"),
    ("PostgreSQL slow", "disk full"),
    ("PostgreSQL answers empty", "writer killed"),
)


def _open(data: Path, database: Any) -> SquareAtRisk:
    cast = asyncio.run(seed_square(data))
    settings = {"database": database.setting} if database.setting else {}
    risk = SquareAtRisk(SquareServer(data, **settings), cast, database)
    risk.server.start()
    risk.post()
    return risk


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SquareAtRisk]:
    data = tmp_path_factory.mktemp("on-sqlite") / "data"
    risk = _open(data, SqliteAtRisk(data / "lapwing.sqlite"))
    yield risk
    risk.server.close()


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SquareAtRisk]:
    with private_postgresql() as postgresql:
        if postgresql is None:
            pytest.skip("needs PostgreSQL's programs, initdb and postgres")
        database = PostgresqlAtRisk(postgresql)
        risk = _open(tmp_path_factory.mktemp("on-postgresql") / "data", database)
        yield risk
        risk.server.close()
        database.line.close()


def _named(faults: Sequence[Fault]) -> list[object]:
    return [pytest.param(fault, id=fault.name) for fault in faults]


def _live_through(risk: SquareAtRisk, *faults: Fault) -> None:
    begun = []
    try:
        for fault in faults:
            fault.begin(risk)
            begun.append(fault)
        _break(risk, *faults)
    finally:
        for fault in begun:
            fault.end(risk)
    risk.check_healed()
    risk.check_acknowledged()
    risk.check_kept()
    risk.check_reading(4)


def _break(risk: SquareAtRisk, *faults: Fault) -> None:
    risk.shown_ms.clear()
    risk.check_reading()
    if any(fault.refuses_writes for fault in faults):
        risk.check_refused()
    else:
        risk.check_deleting()
        risk.check_searching(risk.post())
    risk.check_acknowledged()
    risk.check_reading(20)
    names = " + ".join(fault.name for fault in faults)
    print(f"\n{names}: p99 of a first page {risk.p99_ms():.0f} ms")


@pytest.mark.parametrize("fault", _named((*ANYWHERE, *ON_SQLITE)))
def test_home_is_there_on_sqlite(on_sqlite: SquareAtRisk, fault: Fault) -> None:
    _live_through(on_sqlite, fault)


@pytest.mark.parametrize("pair", PAIRS_ON_SQLITE, ids=" + ".join)
def test_home_is_there_under_two_faults_on_sqlite(
    on_sqlite: SquareAtRisk, pair: tuple[str, str]
) -> None:
    _live_through(on_sqlite, *(_BY_NAME[name] for name in pair))


@pytest.mark.parametrize("fault", _named(ON_POSTGRESQL))
def test_home_is_there_on_postgresql(on_postgresql: SquareAtRisk, fault: Fault) -> None:
    _live_through(on_postgresql, fault)


@pytest.mark.parametrize("pair", PAIRS_ON_POSTGRESQL, ids=" + ".join)
def test_home_is_there_under_two_faults_on_postgresql(
    on_postgresql: SquareAtRisk, pair: tuple[str, str]
) -> None:
    _live_through(on_postgresql, *(_BY_NAME[name] for name in pair))
