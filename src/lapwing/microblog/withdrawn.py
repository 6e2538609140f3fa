"""What the server told and somebody took back: it is not told again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from lapwing.microblog.square import Change

_IN_A_CHUNK: Final = 10_000


class WithdrawnSubjects:
    """Subjects of the server's own posts that were deleted, most often by a moderator."""

    name = "withdrawn_subjects"

    def __init__(self) -> None:
        self._subjects: set[str] = set()

    def __contains__(self, subject: str) -> bool:
        return subject in self._subjects

    def hear(self, change: Change) -> None:
        self._subjects.update(post.subject for post in change.removed if post.subject)

    def capture(self) -> Iterator[bytes]:
        subjects = sorted(self._subjects)
        for first in range(0, len(subjects), _IN_A_CHUNK):
            yield msgspec.msgpack.encode(subjects[first : first + _IN_A_CHUNK])

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(list[str])
        for chunk in chunks:
            self._subjects.update(decoder.decode(chunk))
