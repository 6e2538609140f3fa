"""A running square of which everything behind can be made to fail, and what must hold then."""

from __future__ import annotations

import resource
import sqlite3
import time
import uuid
from abc import abstractmethod
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psycopg
from tests.private_postgresql import Line, PostgresqlLine, PrivatePostgresql
from tests.real_server import RealServer, run_lapwing, wait_until
from tests.seeded_square import HIDDEN, SeededSquare

from lapwing.adapters.file_journal import read_journal
from lapwing.app_square import checkpoint_folder, journal_folder
from lapwing.microblog.keeping import fold
from lapwing.microblog.state import SquareEntry, SquareState

START_S = 120.0
_LOOKS = 100
"""First pages of home that are asked for under each fault, by app and by browser in turn."""
_word_numbers = count()


class SquareServer(RealServer):
    """Counts as started when the square answers: outages wait for the database."""

    def __init__(self, data: Path, **settings: str) -> None:
        super().__init__(data, api_requests_per_5_minutes="0", **settings)

    def start(self) -> None:
        """As above; many of these start while the machine has other work."""
        self.begin()
        wait_until("the square answers", self._answers, within_s=START_S)

    def _answers(self) -> bool:
        process = self._running()
        if process.poll() is not None:
            raise AssertionError(f"the server ended with {process.returncode}:\n{self.log}")
        try:
            return self.client.get("/api/v2/instance").status_code == 200
        except httpx.TransportError:
            return False


class DatabaseAtRisk:
    """Where the index of posts is; asked past the server."""

    setting: str
    """LAPWING_DATABASE; empty: SQLite in the data folder."""

    @abstractmethod
    def has_post(self, post_id: int) -> bool:
        """Whether the index of posts has it."""


class SqliteAtRisk(DatabaseAtRisk):
    setting = ""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._other: sqlite3.Connection | None = None
        self._good = path.with_name("good.sqlite")

    def has_post(self, post_id: int) -> bool:
        with closing(sqlite3.connect(self._path, timeout=5.0)) as database:
            found = database.execute("SELECT 1 FROM post_words WHERE rowid = ?", (post_id,))
            return found.fetchone() is not None

    def lock(self) -> None:
        self._other = sqlite3.connect(self._path, isolation_level=None)
        wait_until("the lock is ours", self._begins)

    def unlock(self) -> None:
        if self._other is not None:
            self._other.close()

    def damage(self) -> None:
        """In place, as a failing disk does."""
        with (
            closing(sqlite3.connect(self._path)) as good,
            closing(sqlite3.connect(self._good)) as copy,
        ):
            good.backup(copy)
        for path in self._files():
            with path.open("r+b") as file:
                file.write(b"\xa5" * path.stat().st_size)

    def put_back(self) -> None:
        """As an operator does: the copy takes the place of the damaged file."""
        for ending in ("-wal", "-shm"):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        self._good.replace(self._path)

    def _files(self) -> list[Path]:
        log = self._path.with_name(self._path.name + "-wal")
        return [path for path in (self._path, log) if path.exists()]

    def _begins(self) -> bool:
        assert self._other is not None
        try:
            self._other.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return False
        return True


class PostgresqlAtRisk(DatabaseAtRisk):
    """A database of its own on the tests' own server, with a line before it."""

    def __init__(self, postgresql: PrivatePostgresql) -> None:
        self.postgresql = postgresql
        self._name = f"lapwing_{uuid.uuid4().hex}"
        self.line = PostgresqlLine(postgresql.port)
        with psycopg.connect(postgresql.url("postgres"), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {self._name}")
        self.setting = postgresql.url(self._name, self.line.port)

    def has_post(self, post_id: int) -> bool:
        with psycopg.connect(self.postgresql.url(self._name)) as database:
            found = database.execute("SELECT 1 FROM post_words WHERE id = %s", (post_id,))
            return found.fetchone() is not None

    def empty(self) -> None:
        with psycopg.connect(self.postgresql.url(self._name)) as database:
            database.execute("TRUNCATE post_words")


@dataclass
class SquareAtRisk:
    server: SquareServer
    cast: SeededSquare
    database: Any
    acknowledged: dict[str, int] = field(default_factory=dict)
    """Texts of posts that the server has taken, with their ids."""
    shown_ms: list[float] = field(default_factory=list)

    # What faults do

    def kill_and_start(self) -> None:
        self.server.kill()
        self.server.start()

    def tear_journal(self) -> None:
        """A write that was under way when the power went."""
        self.server.kill()
        last = max(journal_folder(self.server.data).glob("*.journal"))
        with last.open("ab") as file:
            file.write(b"LWrc\x40\x00\x00\x00 a record that never became whole")
        self.server.start()

    def damage_checkpoint(self) -> None:
        """The newest of two."""
        self._write_checkpoint()
        self.post()
        self._write_checkpoint()
        self.server.kill()
        folder = checkpoint_folder(self.server.data)
        newest = max(folder.glob("*.checkpoint"))
        assert len(list(folder.glob("*.checkpoint"))) == 2
        content = bytearray(newest.read_bytes())
        content[len(content) // 2] ^= 0xFF
        newest.write_bytes(content)
        self.server.start()
        assert "checkpoint_unusable" in self.server.log

    def limit_files(self) -> None:
        """No file may become longer than the longest is: what a full disk is like."""
        data = self.server.data
        self._limit(max(one.stat().st_size for one in journal_folder(data).iterdir()))

    def lift_limit(self) -> None:
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, bytes_: int) -> None:
        assert self.server.process is not None
        limits = (bytes_, resource.RLIM_INFINITY)
        resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE, limits)

    def _write_checkpoint(self) -> None:
        data = self.server.data
        last = max(journal_folder(data).glob("*.journal"))
        end = int(last.stem) + last.stat().st_size
        written = run_lapwing(data, "square", "checkpoint", str(data), str(end))
        assert written.returncode == 0, written.stderr

    # What must hold

    def check_reading(self, looks: int = _LOOKS) -> None:
        """First pages of home, of one who looked before and of one who did not, and the rest."""
        for number in range(looks):
            who = "asha" if number % 2 else "meena"
            begun_s = time.perf_counter()
            self.check_home(who, by_app=number % 4 < 2)
            self.shown_ms.append((time.perf_counter() - begun_s) * 1000)
        for path in ("/api/v1/timelines/public", f"/api/v2/search?q={HIDDEN}"):
            self._check_hidden(path, self.cast["asha"].by_app)
        for path in ("/local", "/explore", "/@ravi", f"/search?q={HIDDEN}"):
            self._check_hidden(path, self.cast["asha"].by_browser)

    def check_home(self, who: str, *, by_app: bool) -> None:
        person = self.cast[who]
        if by_app:
            answer = self.server.client.get("/api/v1/timelines/home", headers=person.by_app)
            assert answer.status_code == 200, answer.text
            assert len(answer.json()) == 20
            assert answer.headers["x-timeline-source"] == "live"
        else:
            answer = self.server.client.get("/home", headers=person.by_browser)
            assert answer.status_code == 200, answer.text
            assert answer.text.count("of the lake") >= 5
        if who == "asha":
            assert HIDDEN not in answer.text

    def _check_hidden(self, path: str, headers: dict[str, str]) -> None:
        answer = self.server.client.get(path, headers=headers)
        assert answer.status_code == 200, f"{path}: {answer.text[:300]}"
        assert f", {HIDDEN}" not in answer.text, path  # as posts have it; searches repeat the word

    def post(self) -> str:
        """The word by which the post is found again; it was acknowledged."""
        word = f"mallard{next(_word_numbers)}"
        answer = self.try_post(word)
        assert answer.status_code == 200, answer.text
        self.acknowledged[word] = int(answer.json()["id"])
        return word

    def try_post(self, word: str) -> httpx.Response:
        return self.server.client.post(
            "/api/v1/statuses",
            json={"status": f"{word} of the lake"},
            headers={**self.cast["ravi"].by_app, "Idempotency-Key": word},
        )

    def check_refused(self) -> None:
        """Writes are refused in words, until there is room."""
        words = (f"mallard{next(_word_numbers)}" for _ in range(1000))
        for word in words:
            answer = self.try_post(word)
            if answer.status_code != 200:
                break
            self.acknowledged[word] = int(answer.json()["id"])
        assert answer.status_code == 503, answer.text
        assert float(answer.headers["retry-after"]) > 0
        assert "journal" in answer.json()["error"]

    def check_deleting(self) -> None:
        """A post that goes while the database is away is away at once."""
        word = self.post()
        post_id = self.acknowledged.pop(word)
        ravi = self.cast["ravi"].by_app
        gone = self.server.client.delete(f"/api/v1/statuses/{post_id}", headers=ravi)
        assert gone.status_code == 200, gone.text
        assert word not in self._home()
        assert word not in [self._text(one) for one in self._search(word)]

    def check_searching(self, word: str) -> None:
        found = [int(one["id"]) for one in self._search(word)]
        assert found == [self.acknowledged[word]]

    def check_kept(self) -> None:
        """What was acknowledged is on the disk, once: another start would show it."""
        state = SquareState()
        fold(state, read_journal(journal_folder(self.server.data), SquareEntry, 0))
        posts = state.square.posts
        texts = [posts.get(one).text for one in posts.all_ids()]
        for word, post_id in self.acknowledged.items():
            assert posts.find(post_id) is not None, word
            assert texts.count(f"{word} of the lake") == 1, word

    def check_acknowledged(self) -> None:
        """Each is there once, whoever asks."""
        home = self._home()
        for word, post_id in self.acknowledged.items():
            answer = self.server.client.get(f"/api/v1/statuses/{post_id}")
            assert answer.status_code == 200, word
        newest = list(self.acknowledged)[-10:]
        for word in newest:
            assert home.count(f"{word} of the lake</p>") == 1, word

    def check_healed(self) -> None:
        """The database has again what was written before and meanwhile, without a restart; and
        without more than that people go on searching."""
        word = self.post()
        for one in (next(iter(self.acknowledged)), word):
            post_id = self.acknowledged[one]
            wait_until(
                f"the database has {one}",
                lambda one=one, post_id=post_id: self._search(one) and self._is_indexed(post_id),
                within_s=90,
            )
        for one in list(self.acknowledged)[-3:]:
            wait_until(f"{one} is found", lambda one=one: self._search(one))
            self.check_searching(one)

    def _is_indexed(self, post_id: int) -> bool:
        with suppress(sqlite3.Error, psycopg.Error):
            return bool(self.database.has_post(post_id))
        return False

    def _search(self, word: str) -> list[dict[str, Any]]:
        asked = {"q": word, "type": "statuses", "resolve": "false"}
        asha = self.cast["asha"].by_app
        answer = self.server.client.get("/api/v2/search", params=asked, headers=asha)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["statuses"])

    def _home(self) -> str:
        asha = self.cast["asha"].by_app
        answer = self.server.client.get("/api/v1/timelines/home?limit=40", headers=asha)
        assert answer.status_code == 200, answer.text
        return answer.text

    @staticmethod
    def _text(post: dict[str, Any]) -> str:
        return str(post["content"])

    def p99_ms(self) -> float:
        return sorted(self.shown_ms)[int(len(self.shown_ms) * 0.99)]


def _nothing(risk: SquareAtRisk) -> None:
    del risk


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with a running square, and how it ends."""

    name: str
    begin: Callable[[SquareAtRisk], None]
    end: Callable[[SquareAtRisk], None] = _nothing
    refuses_writes: bool = False


ANYWHERE = (
    Fault("writer killed", SquareAtRisk.kill_and_start),
    Fault("torn end of the journal", SquareAtRisk.tear_journal),
    Fault("newest checkpoint damaged", SquareAtRisk.damage_checkpoint),
    Fault("disk full", SquareAtRisk.limit_files, SquareAtRisk.lift_limit, refuses_writes=True),
)
ON_SQLITE = (
    Fault("SQLite locked", lambda risk: risk.database.lock(), lambda risk: risk.database.unlock()),
    Fault(
        "SQLite file damaged",
        lambda risk: risk.database.damage(),
        lambda risk: risk.database.put_back(),
    ),
)


def _line(state: Line) -> Callable[[SquareAtRisk], None]:
    return lambda risk: risk.database.line.set(state)


def _restart(risk: SquareAtRisk) -> None:
    risk.database.postgresql.stop()
    risk.database.postgresql.start()


ON_POSTGRESQL = (
    Fault("PostgreSQL stopped", _line(Line.CUT), _line(Line.WHOLE)),
    Fault(
        "PostgreSQL frozen",
        lambda risk: risk.database.postgresql.freeze(),
        lambda risk: risk.database.postgresql.thaw(),
    ),
    Fault("PostgreSQL silent", _line(Line.SILENT), _line(Line.WHOLE)),
    Fault("PostgreSQL slow", _line(Line.SLOW), _line(Line.WHOLE)),
    Fault("PostgreSQL answers empty", lambda risk: risk.database.empty()),
    Fault("PostgreSQL restarted", _restart),
)
