"""The process that decodes what strangers send: `python -m lapwing.adapters.media.worker`.

It holds the libraries loaded, and for every job forks a child that has limits of memory, processor
time and written bytes, and lives no longer than its job: what a file does to its decoder ends with
that child. Jobs come in by the standard input, answers go out by the standard output; when the
server is gone, both end.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import select
import signal
import sys
import traceback
from typing import Final

from lapwing.adapters.media.making import make
from lapwing.adapters.media.messages import (
    LENGTH_BYTES,
    Answer,
    Failed,
    Job,
    Ready,
    Refused,
    decode_answer,
    decode_job,
    decode_length,
    encode,
)
from lapwing.adapters.media.reading import TOO_DEMANDING, UNREADABLE
from lapwing.kernel.refusals import Refusal

_NICENESS: Final = 10
_PR_SET_PDEATHSIG: Final = 1
"""linux/prctl.h"""
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
"""linux/sched.h"""
_DETAIL_CHARACTERS: Final = 500
_OPEN_FILES: Final = 64
_OUR_FAULT: Final = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EIO,
    errno.EROFS,
    errno.ENOENT,
    errno.EACCES,
)
"""What a disk says when it is full, broken or not where it should be."""


def main() -> None:
    jobs, answers = os.dup(0), os.dup(1)
    silence = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):  # a library that prints must not be taken for an answer
        os.dup2(silence, standard)
    os.nice(_NICENESS)
    _leave_network()
    _write(answers, encode(Ready()))
    while (head := _read(jobs, LENGTH_BYTES)) is not None:
        content = _read(jobs, decode_length(head))
        if content is None:
            return
        _write(answers, encode(_work_in_child(decode_job(content), jobs, answers)))


def _leave_network() -> None:
    """Into a name space of its own without any connection, for this process and its children,
    where the system lets an ordinary user have one; elsewhere the other limits must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _work_in_child(job: Job, jobs: int, answers: int) -> Answer:
    """Waits for the child's answer; ends with it when the server is gone."""
    worker = os.getpid()
    result, child_result = os.pipe()
    child = os.fork()
    if child == 0:
        for not_its_own in (jobs, answers, result):
            os.close(not_its_own)
        _be_child(job, child_result, worker)
    os.close(child_result)
    poll = select.poll()
    poll.register(result, select.POLLIN)
    poll.register(jobs, 0)  # its hang-up is told all the same
    parts: list[bytes] = []
    while True:
        ready = dict(poll.poll())
        if jobs in ready:
            os.kill(child, signal.SIGKILL)
            os._exit(0)
        part = os.read(result, 65536)
        if not part:
            break
        parts.append(part)
    os.close(result)
    _, status = os.waitpid(child, 0)
    return _answer_of(b"".join(parts), status)


def _answer_of(content: bytes, status: int) -> Answer:
    """A child that died says nothing, or not all of it."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        detail = f"the decoder was ended by signal {number}"
        return _refused(UNREADABLE if number in _CRASHES else TOO_DEMANDING, detail)
    try:
        return decode_answer(content[LENGTH_BYTES:])
    except ValueError:
        return _refused(UNREADABLE, f"the decoder ended with status {status}")


_CRASHES: Final = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT)


def _be_child(job: Job, result: int, worker: int) -> None:
    """Never returns, whatever happens."""
    try:
        _die_with(worker)
        _limit(job)
        _write(result, encode(_work(job)))
        os._exit(0)
    finally:
        os._exit(1)


def _die_with(worker: int) -> None:
    """Where the system can do it (Linux); elsewhere the limit of processor time must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != worker:  # it died before that
            os._exit(1)


def _limit(job: Job) -> None:
    work = job.work
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_FSIZE, work.file_bytes),
        (resource.RLIMIT_CPU, work.cpu_s),
        (resource.RLIMIT_AS, work.memory_bytes),
    ):
        resource.setrlimit(what, (most, most))


def _work(job: Job) -> Answer:
    """The outer boundary of what a file can do: whatever a decoder raises becomes an answer."""
    try:
        return make(job)
    except Refusal as refusal:
        return Refused(refusal.code, refusal.message)
    except MemoryError:
        return _refused(TOO_DEMANDING, "out of memory")
    except OSError as error:
        if error.errno in _OUR_FAULT:
            return Failed(str(error))
        known = TOO_DEMANDING if error.errno in (errno.ENOMEM, errno.EFBIG) else UNREADABLE
        return _refused(known, _summary(error))
    except Exception as error:
        return _refused(UNREADABLE, _summary(error))


def _refused(known: tuple[str, str], detail: str) -> Refused:
    return Refused(*known, detail)


def _summary(error: Exception) -> str:
    """What was raised, and where; a damaged upload is no bug, but may show one."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({where.name}:{where.lineno})"[:_DETAIL_CHARACTERS]


def _read(source: int, count: int) -> bytes | None:
    """None: the other side is gone."""
    content = b""
    while len(content) < count:
        part = os.read(source, count - len(content))
        if not part:
            return None
        content += part
    return content


def _write(target: int, content: bytes) -> None:
    while content:
        content = content[os.write(target, content) :]


if __name__ == "__main__":
    main()
