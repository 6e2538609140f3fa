"""The database in trouble: what is told, that nothing is half done, and that it goes on after."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from lapwing.adapters.sql import database as database_module
from lapwing.adapters.sql.database import Database, open_database
from lapwing.adapters.sql.outage_store import SqlOutageStore
from lapwing.adapters.sql.tables import metadata
from lapwing.kernel.refusals import Unavailable
from lapwing.outages.model import Dimension, Slice
from lapwing.outages.store import Progress, Retention, SliceCount

MINUTE = 28_385_640


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "100% lapwing.sqlite"


@pytest.fixture
async def database(file: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_S", 0.05)
    opened = await open_database(f"sqlite:///{file}")
    yield opened
    await opened.close()


def _progress(after: int, slices: int = 1) -> Progress:
    keys = [Slice("x", Dimension.CITY, f"{after}-{at}") for at in range(slices)]
    return Progress(after, after + 1, counts=[SliceCount(key, MINUTE, 1) for key in keys])


async def test_the_migrations_make_the_tables_that_the_code_uses(database: Database) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        opts = {"version_table": "schema_version", "include_name": is_known_to_sqlalchemy}
        return compare_metadata(MigrationContext.configure(connection, opts=opts), metadata)

    def is_known_to_sqlalchemy(name: str | None, kind: str, _parents: object) -> bool:
        return not (kind == "table" and (name or "").startswith("post_words"))

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_opening_again_keeps_everything(database: Database, file: Path) -> None:
    await SqlOutageStore(database).save(_progress(0))
    again = await open_database(f"sqlite:///{file}")
    store = SqlOutageStore(again)
    assert await store.save(_progress(1))
    assert len(await store.read_rollups("x", MINUTE, MINUTE + 1)) == 2
    await again.close()


async def test_a_locked_database_is_unavailable_for_writes_until_it_is_free(
    database: Database, file: Path
) -> None:
    store = SqlOutageStore(database)
    await store.save(_progress(0))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked") as raised:
            await store.save(_progress(1))
        assert raised.value.message == "The database does not answer."
        assert len(await store.read_rollups("x", MINUTE, MINUTE + 1)) == 1
        other.execute("ROLLBACK")
    assert await store.save(_progress(1))
    assert len(await store.read_rollups("x", MINUTE, MINUTE + 1)) == 2


async def test_a_long_transaction_is_given_up_only_where_a_statement_hangs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    async with database.writing() as connection:
        patience = database_module._patience.get()
        assert patience is not None
        monkeypatch.setattr(database_module, "ANSWER_TIMEOUT_S", 1000.0)
        await connection.execute(sa.text("DELETE FROM rollups"))
        assert (patience.when() or 0.0) > loop.time() + 500
    assert database_module._patience.get() is None


async def test_a_full_disk_leaves_nothing_half_done(database: Database, file: Path) -> None:
    store = SqlOutageStore(database)
    async with database.reading() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(Unavailable, match="full"):
        await store.save(_progress(0, slices=5000))
    assert (await store.load_checkpoint()).saved_position == 0
    async with database.reading() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    assert await store.save(_progress(0, slices=5000))
    assert len(await store.read_rollups("x", MINUTE, MINUTE + 1)) == 5000


async def test_compaction_goes_on_in_bounded_steps(database: Database) -> None:
    store = SqlOutageStore(database)
    slugs = ("a", "b", "c")
    counts = [
        SliceCount(Slice(slug), MINUTE + at, 1) for slug in slugs for at in range(0, 1440, 10)
    ]
    await store.save(Progress(0, 1, counts=counts))
    steps = 0
    while await store.compact(MINUTE + 3000, Retention(1440, 100_000)):
        steps += 1
    assert steps == len(slugs) * 4
    rows = await store.read_rollups("b", MINUTE, MINUTE + 1440)
    assert sum(row.reports for row in rows) == 144


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await open_database("postgresql://nobody@127.0.0.1:9/nothing")


async def test_a_place_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(Unavailable, match="cannot be made"):
        await open_database(f"sqlite:///{tmp_path / 'letter.txt' / 'lapwing.sqlite'}")


def test_a_new_database_is_for_its_owner_only(database: Database, file: Path) -> None:
    assert file.stat().st_mode & 0o077 == 0


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Lapwing, " * 100)
    with pytest.raises(Unavailable, match="not a database"):
        await open_database(f"sqlite:///{tmp_path / 'letter.txt'}")
