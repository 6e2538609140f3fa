"""The database or the disk away: reports and pages go on, and what was missed is caught up with."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from tests.real_server import SetClockServer, wait_until

PAGES = ("/", "/services/x", "/incidents", "/api/v1/board", "/api/v1/services/x/counts")


def _check_pages(server: SetClockServer) -> None:
    for path in PAGES:
        assert server.client.get(path).status_code == 200, path


def _counted(server: SetClockServer) -> int:
    return int(server.get("/api/v1/services/x")["reports_1h"])


def _saved(server: SetClockServer) -> int:
    """Reports of x in the database."""
    with closing(sqlite3.connect(server.data / "lapwing.sqlite")) as database:
        (total,) = database.execute(
            "SELECT coalesce(sum(reports), 0) FROM rollups"
            " JOIN slices ON slices.id = slice_id WHERE dimension = 'service'"
        ).fetchone()
    return int(total)


def test_reports_and_pages_go_on_while_the_database_is_locked(
    set_clock_server: SetClockServer,
) -> None:
    server = set_clock_server
    server.start()
    assert server.report(0).status_code == 202
    with closing(sqlite3.connect(server.data / "lapwing.sqlite", isolation_level=None)) as other:
        wait_until("the lock is ours", lambda: _lock(other))
        for number in range(1, 30):
            assert server.report(number).status_code == 202
            if number % 5 == 0:
                server.set_clock(server.now + timedelta(minutes=1))
        wait_until("a save has failed", lambda: "step_unavailable" in server.log)
        wait_until("the page shows all reports", lambda: _counted(server) == 30)
        _check_pages(server)
        other.execute("ROLLBACK")
    server.pass_minutes(1)
    wait_until("the database has caught up", lambda: _saved(server) == 30, within_s=30)


def _lock(database: sqlite3.Connection) -> bool:
    try:
        database.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        return False
    return True


class FullDisk:
    """A journal that cannot grow any more, and can again."""

    def __init__(self, fill: Callable[[], None], make_space: Callable[[], None]) -> None:
        self.fill = fill
        self.make_space = make_space


@contextmanager
def _small_disk(folder: Path) -> Iterator[FullDisk | None]:
    """A disk of 1 MB of its own at the folder; None where that is not permitted."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        yield None
        return
    filler = folder / "filler"

    def fill() -> None:
        with filler.open("ab", buffering=0) as file:
            try:
                while file.write(b"x" * 512):
                    pass
            except OSError:
                return

    try:
        yield FullDisk(fill, filler.unlink)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _limited_files(server: SetClockServer) -> FullDisk:
    """The server may not make files longer than its journal is now."""

    def limit(bytes_: int) -> None:
        assert server.process is not None
        resource.prlimit(
            server.process.pid, resource.RLIMIT_FSIZE, (bytes_, resource.RLIM_INFINITY)
        )

    def fill() -> None:
        limit(max(path.stat().st_size for path in (server.data / "journal").iterdir()))

    return FullDisk(fill, lambda: limit(resource.RLIM_INFINITY))


@pytest.mark.parametrize("kind", ["small disk", "limited files"])
def test_a_full_disk_refuses_reports_for_as_long_as_it_is_full(
    set_clock_server: SetClockServer, kind: str
) -> None:
    server = set_clock_server
    if kind == "limited files":
        _try_full_disk(server, _limited_files(server))
        return
    with _small_disk(server.data / "journal") as disk:
        if disk is None:
            pytest.skip("mounting a small disk is not permitted here")
        _try_full_disk(server, disk)
        server.close()


def _try_full_disk(server: SetClockServer, disk: FullDisk) -> None:
    server.start()
    for _ in range(20):
        server.send_lines([{"service": "x", "text": "y" * 250}] * 100)
    taken = 2000
    disk.fill()
    while (answer := server.report(taken)).status_code == 202:
        taken += 1
        assert taken < 10_000, "the disk is never full"
    assert answer.status_code == 503
    assert float(answer.headers["retry-after"]) > 0
    assert "journal" in answer.json()["error"]["message"]
    server.set_clock(server.now + timedelta(minutes=2))
    _check_pages(server)

    disk.make_space()
    for number in range(taken, taken + 10):
        assert server.report(number).status_code == 202
    server.pass_minutes(1)
    wait_until("the page shows all reports", lambda: _counted(server) == taken + 10)
    server.kill()
    server.start()
    assert _counted(server) == taken + 10
