"""The server's end of one worker process: started when needed, killed when it is late."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import lapwing
from lapwing.adapters.media.messages import (
    LENGTH_BYTES,
    Answer,
    Job,
    Ready,
    Refused,
    decode_answer,
    decode_length,
    encode,
)
from lapwing.kernel.refusals import Unavailable

_START_S: Final = 60.0
_COMPLAINT_BYTES: Final = 2000
_LATE: Final = Refused(
    "media_too_demanding",
    "Making the file ready would take too much memory or time. Reduce it, then try again.",
    "the worker missed its deadline",
)
_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "SYSTEMROOT")
"""All that the worker is told of the server's environment, which may hold secrets."""


class WorkerLost(Unavailable):
    """The worker process itself ended, not only the child that held a job."""

    def __init__(self, detail: str) -> None:
        super().__init__("Pictures and videos cannot be made ready at the moment.", detail=detail)


class WorkerProcess:
    """For one job at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def run(self, job: Job) -> Answer:
        """The job's answer, `Refused` when it took too long. A worker that somebody killed is
        replaced and the job begun anew, once; then `WorkerLost`."""
        try:
            return await self._run_once(job)
        except WorkerLost:
            await asyncio.to_thread(_empty, Path(job.folder))
            return await self._run_once(job)

    async def stop(self) -> None:
        """Kills the process and its child, if there are any."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    async def _run_once(self, job: Job) -> Answer:
        process = await self._started()
        try:
            async with asyncio.timeout(job.work.deadline_s):
                return await _ask(process, job)
        except TimeoutError:
            await self.stop()
            return _LATE
        except BaseException:
            await self.stop()
            raise

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is not None:
            return self._process
        complaints = self._folder / f"worker-{id(self):x}.txt"
        with complaints.open("wb") as stderr:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", "lapwing.adapters.media.worker"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                cwd=self._folder,
                env=_environment(),
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(_START_S):
                first = await _receive(self._process)
        except BaseException as error:
            await self.stop()
            if isinstance(error, WorkerLost | TimeoutError):
                text = complaints.read_bytes()[-_COMPLAINT_BYTES:].decode(errors="replace")
                raise WorkerLost(f"it did not start: {text}") from error
            raise
        if not isinstance(first, Ready):
            await self.stop()
            raise WorkerLost("it spoke out of turn")
        return self._process


async def _ask(process: asyncio.subprocess.Process, job: Job) -> Answer:
    assert process.stdin is not None  # noqa: S101 - it was asked for
    try:
        process.stdin.write(encode(job))
        await process.stdin.drain()
    except ConnectionError as error:
        raise WorkerLost("it has ended") from error
    return await _receive(process)


async def _receive(process: asyncio.subprocess.Process) -> Answer:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    try:
        length = decode_length(await process.stdout.readexactly(LENGTH_BYTES))
        return decode_answer(await process.stdout.readexactly(length))
    except (EOFError, ValueError) as error:
        raise WorkerLost("it ended in the middle of its work") from error


def _empty(folder: Path) -> None:
    for leftover in folder.iterdir():
        leftover.unlink()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return kept | {
        "PYTHONPATH": str(Path(lapwing.__file__).parents[1]),
        "MALLOC_ARENA_MAX": "2",  # else each thread reserves address space that is limited
    }
