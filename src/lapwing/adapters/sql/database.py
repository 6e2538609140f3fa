"""One database behind SQLAlchemy: SQLite (a file) or PostgreSQL (by URL), the same tables in both.

What the two do differently is all here: how a connection is set up, and `upsert`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from lapwing.kernel.refusals import Unavailable

BUSY_TIMEOUT_S = 2.0
"""How long a write waits for another process's write; whoever writes behind tries again."""
CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 60.0
"""A statement that takes longer has met a database that hangs. (A transaction may take as long as
it goes on: the history of a large import is written in one.)"""
RETRY_AFTER_S = 5.0

_WITHOUT_TABLES = frozenset({"42P01", "3F000"})
"""PostgreSQL's undefined_table and invalid_schema_name: it was not brought up to date yet, or is
being restored. (SQLite says so by an OperationalError.)"""

_SQLITE_DAMAGE = frozenset({10, 11, 26})
"""SQLITE_IOERR, SQLITE_CORRUPT and SQLITE_NOTADB, without what is more exact."""

_patience: ContextVar[asyncio.Timeout | None] = ContextVar("patience", default=None)

_MIGRATIONS = Path(__file__).parent / "migrations"
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}


class Database:
    """An open database. Writes of this process go one after the other."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writing = asyncio.Lock()

    @property
    def is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reads that belong together."""
        async with self._opening_anew(), _translated(), self._engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed at the end, undone by any error.

        It should begin with a write: SQLite gives the right to write to the first who asks, and
        takes it from nobody who has only read so far.
        """
        async with (
            self._writing,
            self._opening_anew(),
            _translated(),
            self._engine.begin() as connection,
        ):
            yield connection

    @asynccontextmanager
    async def _opening_anew(self) -> AsyncIterator[None]:
        """A damaged file may be replaced by a good one at any time; connections that were opened
        before would go on with the damaged one for ever."""
        try:
            yield
        except Unavailable as error:
            if self.is_sqlite and _is_damage(error.__cause__):
                await self._engine.dispose()
            raise

    def upsert(
        self,
        table: sa.Table,
        *,
        adding: Iterable[str] = (),
        replacing: Iterable[str] = (),
        source: tuple[list[str], sa.Select[Any]] | None = None,
    ) -> sa.Insert:
        """An insert whose rows meet rows of the same key: named columns are added or replaced;
        where none is named, the row that is there stays as it is.

        `source`: columns and the query that their values come from, in place of parameters.
        """
        insert = sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)
        if source is not None:
            insert = insert.from_select(*source)
        if not adding and not replacing:
            return insert.on_conflict_do_nothing()
        fresh = insert.excluded
        changes: dict[str, Any] = {name: table.c[name] + fresh[name] for name in adding}
        changes |= {name: fresh[name] for name in replacing}
        return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes)

    async def bring_up_to_date(self) -> None:
        """Makes the tables as this version has them. Raises `Unavailable`."""
        async with self.writing() as connection:
            await connection.run_sync(_migrate)

    async def close(self) -> None:
        await self._engine.dispose()


def connect_database(url: str) -> Database:
    """The database at `sqlite:///PATH` (made if it is a missing file) or `postgresql://...`,
    which need not answer yet: call `bring_up_to_date` before it is used. Raises `Unavailable`
    where a file cannot be made."""
    target = _with_driver(url)
    engine = _sqlite_engine(target) if target.drivername.startswith("sqlite") else _server(target)
    sa.event.listen(engine.sync_engine, "after_cursor_execute", _renew_patience)
    return Database(engine)


async def open_database(url: str) -> Database:
    """The database with its tables up to date. Raises `Unavailable`."""
    database = connect_database(url)
    try:
        await database.bring_up_to_date()
    except BaseException:
        await database.close()
        raise
    return database


def _with_driver(url: str) -> URL:
    parsed = make_url(url)
    return parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))


def _sqlite_engine(url: URL) -> AsyncEngine:
    if url.database:
        _make_private_file(Path(url.database))
    engine = create_async_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    sa.event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    sa.event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _make_private_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            path.touch(0o600, exist_ok=False)
    except OSError as error:
        raise Unavailable(f"The database {path} cannot be made: {error.strerror}.") from error


def _server(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=CONNECT_TIMEOUT_S,
        connect_args={"connect_timeout": int(CONNECT_TIMEOUT_S)},
    )


def _set_up_sqlite(connection: Any, _record: object) -> None:
    """WAL: readers never wait. Synchronous NORMAL: a power cut may undo the last commits but
    harms nothing, and the journal has them all."""
    connection.isolation_level = None  # transactions are begun by us, not by the driver
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _migrate(connection: sa.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")


def _is_damage(error: BaseException | None) -> bool:
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", 0)
    return code & 0xFF in _SQLITE_DAMAGE


def _renew_patience(*_: object) -> None:
    patience = _patience.get()
    if patience is not None:
        patience.reschedule(asyncio.get_running_loop().time() + ANSWER_TIMEOUT_S)


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    """Turns "the database does not answer" into `Unavailable`; bugs of ours pass as they are."""
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S) as patience:
            before = _patience.set(patience)
            try:
                yield
            finally:
                _patience.reset(before)
    except (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.DataError) as error:
        if getattr(error.orig, "sqlstate", None) not in _WITHOUT_TABLES:
            raise
        raise Unavailable(
            "The database has no tables.", detail=str(error.orig), retry_after_s=RETRY_AFTER_S
        ) from error
    except (sa.exc.DBAPIError, sa.exc.TimeoutError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise Unavailable(
            "The database does not answer.", detail=str(cause), retry_after_s=RETRY_AFTER_S
        ) from error
