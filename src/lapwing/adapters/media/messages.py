"""What the server and the process that decodes say to each other: msgpack behind its length."""

from __future__ import annotations

from typing import Final

import msgspec

from lapwing.microblog.media.file_types import FileType
from lapwing.microblog.media.limits import MediaLimits, WorkLimits
from lapwing.microblog.media.meta import Meta
from lapwing.microblog.media.processing import Purpose
from lapwing.microblog.model import MediaKind

LENGTH_BYTES: Final = 4
"""Of the little-endian length before each message."""
MESSAGE_BYTES: Final = 64 * 1024
"""A longer message is none of ours."""


class Job(msgspec.Struct, frozen=True):
    """One upload; what is made of it goes into `folder`, which is empty."""

    upload: str
    folder: str
    file_type: FileType
    purpose: Purpose
    limits: MediaLimits
    work: WorkLimits


class Ready(msgspec.Struct, frozen=True, tag=True):
    """Said once, when the libraries are loaded."""


class MadeFile(msgspec.Struct, frozen=True):
    """`name` within the job's folder."""

    name: str

    @property
    def extension(self) -> str:
        return self.name.rpartition(".")[2]


class Done(msgspec.Struct, frozen=True, tag=True):
    kind: MediaKind
    original: MadeFile
    preview: MadeFile | None
    meta: Meta
    blurhash: str | None


class Refused(msgspec.Struct, frozen=True, tag=True):
    """`detail` is for the operator's log."""

    code: str
    message: str
    detail: str = ""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """Not the upload's fault: the disk is full, a file cannot be written."""

    detail: str


Answer = Ready | Done | Refused | Failed

_jobs: Final = msgspec.msgpack.Decoder(Job)
_answers: Final[msgspec.msgpack.Decoder[Answer]] = msgspec.msgpack.Decoder(Answer)


def encode(message: Job | Answer) -> bytes:
    content = msgspec.msgpack.encode(message)
    return len(content).to_bytes(LENGTH_BYTES, "little") + content


def decode_length(head: bytes) -> int:
    """Raises ValueError where it is that of no message of ours."""
    length = int.from_bytes(head, "little")
    if length > MESSAGE_BYTES:
        raise ValueError(f"a message of {length} bytes")
    return length


def decode_job(content: bytes) -> Job:
    return _jobs.decode(content)


def decode_answer(content: bytes) -> Answer:
    """Raises `msgspec.DecodeError` (a ValueError) where it is none."""
    return _answers.decode(content)
