"""Uploads made ready in processes of their own: one for pictures, one for all that moves or sounds,
each begun when it is first needed and ended when it has long had nothing to do."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from lapwing.adapters.media.messages import Answer, Done, Failed, Job, MadeFile, Refused
from lapwing.adapters.media.worker_process import WorkerLost, WorkerProcess
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.microblog.media.file_types import HEAD_BYTES, FileType, check_size, get_file_type
from lapwing.microblog.media.geometry import Focus
from lapwing.microblog.media.limits import (
    PICTURE_WORK,
    RECORDING_WORK,
    MediaLimits,
    WorkLimits,
)
from lapwing.microblog.media.meta import with_focus
from lapwing.microblog.media.processing import ProcessedMedia, Purpose
from lapwing.ports.media_files import KeptFile, MediaFiles

_log = structlog.get_logger()
_IDLE_S: Final = 300.0
_RETRY_AFTER_S: Final = 15.0
_BUSY: Final = "Many pictures and videos are being made ready; try again in a moment."
_DEAD: Final = "Pictures and videos cannot be made ready at the moment."


@dataclass(slots=True)
class _Order:
    job: Job
    answer: asyncio.Future[Answer]


class _WorkerQueue:
    """One worker process and the jobs that wait for it."""

    def __init__(self, folder: Path, work: WorkLimits, waiting: int, idle_s: float) -> None:
        self.work = work
        self._worker = WorkerProcess(folder)
        self._idle_s = idle_s
        self._orders: asyncio.Queue[_Order] = asyncio.Queue(waiting)
        self._runner: asyncio.Task[None] | None = None

    @property
    def worker_pid(self) -> int | None:
        return self._worker.pid

    async def run(self, job: Job) -> Answer:
        """Waits for its turn and its answer; `Unavailable` where too many wait already."""
        order = _Order(job, asyncio.get_running_loop().create_future())
        try:
            self._orders.put_nowait(order)
        except asyncio.QueueFull:
            raise Unavailable(_BUSY, retry_after_s=_RETRY_AFTER_S) from None
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._work_off(), name="media")
        return await order.answer

    async def close(self) -> None:
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)
        while not self._orders.empty():
            _fail(self._orders.get_nowait(), Unavailable(_DEAD))
        await self._worker.stop()

    async def _work_off(self) -> None:
        """One job after the other; ends itself and the process when none came for a while."""
        while True:
            try:
                async with asyncio.timeout(self._idle_s):
                    order = await self._orders.get()
            except TimeoutError:
                await self._worker.stop()
                if self._orders.empty():
                    return
                continue
            if order.answer.cancelled():
                continue
            try:
                answer = await self._worker.run(order.job)
            except (Refusal, Unavailable) as expected:
                _fail(order, expected)
            except BaseException as ended:  # told to who waits, then raised where it belongs
                _fail(order, Unavailable(_DEAD))
                if not isinstance(ended, Exception):
                    raise
                _log.exception("media_queue_failed")
            else:
                if not order.answer.done():
                    order.answer.set_result(answer)


def _fail(order: _Order, error: Exception) -> None:
    if not order.answer.done():
        order.answer.set_exception(error)


class ProcessMediaProcessor:
    """`microblog.media.processing.MediaProcessor` by two processes of this machine."""

    def __init__(
        self,
        folder: Path,
        files: MediaFiles,
        limits: MediaLimits | None = None,
        *,
        picture_work: WorkLimits = PICTURE_WORK,
        recording_work: WorkLimits = RECORDING_WORK,
        waiting: int = 32,
        idle_s: float = _IDLE_S,
    ) -> None:
        """`folder` is for what is under way, and is emptied here; `waiting` jobs of a kind may
        queue before more are turned away."""
        folder = folder.absolute()
        self._folder = folder
        self._files = files
        self._limits = limits or MediaLimits()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._pictures = _WorkerQueue(folder, picture_work, waiting, idle_s)
        self._recordings = _WorkerQueue(folder, recording_work, waiting, idle_s)

    @property
    def limits(self) -> MediaLimits:
        return self._limits

    @property
    def worker_pids(self) -> tuple[int | None, int | None]:
        """Of the process for pictures and of that for recordings, where they live."""
        return self._pictures.worker_pid, self._recordings.worker_pid

    async def process(
        self,
        upload: str | bytes,
        *,
        purpose: Purpose = Purpose.ATTACHMENT,
        focus: Focus | None = None,
    ) -> ProcessedMedia:
        file_type = await asyncio.to_thread(self._inspect, upload, purpose)
        queue = self._pictures
        if not file_type.is_quick and purpose is Purpose.ATTACHMENT:
            queue = self._recordings
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self._folder))
        try:
            path = await asyncio.to_thread(_path_of, upload, folder)
            made = folder / "made"
            await asyncio.to_thread(made.mkdir)
            job = Job(path, str(made), file_type, purpose, self._limits, queue.work)
            done = _done(await queue.run(job), file_type)
            return await self._keep(done, made, focus)
        except OSError as error:
            raise Unavailable(_DEAD, detail=str(error)) from error
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def close(self) -> None:
        await self._pictures.close()
        await self._recordings.close()

    def _inspect(self, upload: str | bytes, purpose: Purpose) -> FileType:
        """What it is by its content, unless it is refused for that or for its size."""
        if isinstance(upload, bytes):
            head, size = upload[:HEAD_BYTES], len(upload)
        else:
            with Path(upload).open("rb") as file:
                head, size = file.read(HEAD_BYTES), Path(upload).stat().st_size
        file_type = get_file_type(head)
        if purpose is not Purpose.ATTACHMENT and not file_type.is_picture:
            raise Refusal("media_type_unsupported", "Only a picture will do here.", field="file")
        check_size(file_type, size, self._limits)
        return file_type

    async def _keep(self, done: Done, made: Path, focus: Focus | None) -> ProcessedMedia:
        """All of its files, or none."""
        kept: list[KeptFile] = []
        parts: list[MadeFile] = [done.original, *filter(None, [done.preview])]
        try:
            for part in parts:
                file = await self._files.put(str(made / part.name), part.extension)
                kept.append(file)
        except BaseException:
            await self._files.delete([file.key for file in kept])
            raise
        return ProcessedMedia(
            kind=done.kind,
            original=kept[0],
            preview=kept[1] if done.preview is not None else None,
            meta=with_focus(done.meta, focus),
            blurhash=done.blurhash,
        )


def _done(answer: Answer, file_type: FileType) -> Done:
    """Raises what was not done, as those who ask must see it; the log has the rest."""
    match answer:
        case Done():
            return answer
        case Refused():
            _log.info(
                "media_refused",
                code=answer.code,
                type=file_type.content_type,
                detail=answer.detail,
            )
            raise Refusal(answer.code, answer.message, field="file")
        case Failed():
            raise Unavailable(_DEAD, detail=answer.detail)
        case _:
            raise WorkerLost("it spoke out of turn")


def _path_of(upload: str | bytes, folder: Path) -> str:
    if isinstance(upload, str):
        return str(Path(upload).absolute())
    (folder / "upload").write_bytes(upload)
    return str(folder / "upload")
