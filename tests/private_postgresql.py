"""A PostgreSQL server of the tests' own, which may be stopped and frozen; and a line to a
PostgreSQL server that may be cut, silent or slow."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

import psycopg
from tests.real_server import free_port, wait_until

_CHUNK_BYTES = 65_536


def find_programs() -> Path | None:
    """The folder with `initdb` and `postgres`."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


class PrivatePostgresql:
    """Listens on a port of its own; its data may be lost in a power cut, as the tests need not
    wait for disks."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        # PostgreSQL refuses to run as root
        self._as = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "--no-sync", "--auth=trust", "--username=lapwing", "-D", str(folder))

    def url(self, database: str, port: int | None = None) -> str:
        return f"postgresql://lapwing@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> None:
        settings = ("fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories=")
        chosen = [part for one in settings for part in ("-c", one)]
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self._folder, "-p", str(self.port), *chosen],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **self._as,  # type: ignore[arg-type]
        )
        wait_until("PostgreSQL answers", self._answers, within_s=30)

    def stop(self) -> None:
        """Its clients' connections end at once."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(20)
            self._process = None

    def freeze(self) -> None:
        """All its processes stand still; connections stay open and silent."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        for pid in [self._process.pid, *_children_of(self._process.pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            check=True,
            capture_output=True,
            **self._as,  # type: ignore[call-overload]
        )


def _children_of(pid: int) -> list[int]:
    """Each backend has a session of its own, so that no group reaches them all."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(one) for one in listed.split()]


@contextmanager
def private_postgresql() -> Iterator[PrivatePostgresql | None]:
    """Running; None where its programs are missing."""
    programs = find_programs()
    if programs is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="lapwing-postgresql-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    server = PrivatePostgresql(programs, folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Line(StrEnum):
    """How a line treats what goes over it."""

    WHOLE = "whole"
    CUT = "cut"
    """Connections end, new ones are refused."""
    SILENT = "silent"
    """Connections stay open, and nothing comes."""
    SLOW = "slow"


class PostgresqlLine:
    """A TCP proxy in a thread, by which a database is away for its clients alone."""

    def __init__(self, target_port: int, *, delay_s: float = 1.5) -> None:
        self.port = free_port()
        self._target_port = target_port
        self._delay_s = delay_s
        self._state = Line.WHOLE
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._listening: asyncio.Server | None = None
        self._speaking = asyncio.Event()
        self._speaking.set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._call(self._listen())

    def set(self, state: Line) -> None:
        self._call(self._set(state))

    def close(self) -> None:
        self._call(self._set(Line.CUT))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, step: asyncio.coroutines.Coroutine[object, object, None]) -> None:  # type: ignore[name-defined]
        asyncio.run_coroutine_threadsafe(step, self._loop).result(20)

    async def _listen(self) -> None:
        self._listening = await asyncio.start_server(self._carry, "127.0.0.1", self.port)

    async def _set(self, state: Line) -> None:
        self._state = state
        if state is Line.SILENT:
            self._speaking.clear()
        else:
            self._speaking.set()
        if state is Line.CUT and self._listening is not None:
            self._listening.close()
            self._listening = None
            for writer in list(self._writers):
                writer.transport.abort()
        elif state is not Line.CUT and self._listening is None:
            await self._listen()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.close()
            return
        both = {writer, far_writer}
        self._writers |= both
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            self._writers -= both
            for one in both:
                one.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while content := await reader.read(_CHUNK_BYTES):
                if self._state is Line.SLOW:
                    await asyncio.sleep(self._delay_s)
                await self._speaking.wait()
                writer.write(content)
                await writer.drain()
        with suppress(OSError):
            writer.close()
