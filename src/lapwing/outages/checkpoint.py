"""The watch's state as bytes, so that a restart need not read the journal from its beginning.

A capture is of one instant, and yet taken in small chunks while the watch goes on: what is large
changes only when a minute is closed, an operator acts or a history is settled, and whoever does
that says so before (`Watch.before_change`); the rest is then copied at once. So a checkpoint needs
neither a copy of the whole nor a long hold of the loop. Exact: the watch that is restored goes on
as the one that was kept (property-tested).
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count, islice
from typing import Any, TypeAlias, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute
from lapwing.outages.counting.incident_log import IncidentLog
from lapwing.outages.counting.node_specs import NodeSpecs
from lapwing.outages.counting.open_minute import OpenMinute
from lapwing.outages.incidents.model import Incident
from lapwing.outages.model import ReportRow
from lapwing.outages.watch import Watch

FORMAT = 6
"""Raised when the state's form changes: an older checkpoint is then passed over and the journal
read from as far back as it goes."""

CHUNK_BYTES = 1 << 22
"""Copied in about a millisecond."""

ROWS_AT_ONCE = 5_000
"""Open reports in one chunk."""

LOGS_AT_ONCE = 8

Chunk: TypeAlias = tuple[str, bytes]
"""Name in the checkpoint and content."""

Pieces: TypeAlias = Sequence[NDArray[Any]]
"""A column, in pieces that follow one another along the first axis."""

_Item = TypeVar("_Item")


class _Form(msgspec.Struct):
    """What is read first: nothing else of another form can be understood."""

    format: int


class _Shape(msgspec.Struct, array_like=True):
    dtype: str
    shape: tuple[int, ...]


class _Looks(msgspec.Struct, array_like=True):
    """How far the looks at incidents between two minutes are."""

    looked_ms: int
    some_wait: bool


class _Head(msgspec.Struct):
    """What is small, and how to read the rest."""

    format: int
    columns: dict[str, _Shape]
    slugs: list[str]
    words: list[str]
    announced: int
    latest: dict[str, str]
    open_minute: Minute | None
    versions: dict[str, int]
    hints: dict[str, dict[str, Minute]] = {}


_encoder = msgspec.msgpack.Encoder()


class Capture:
    """The state as of the instant in which this was made."""

    def __init__(self, head: bytes, changing: Iterator[Chunk], lasting: Iterator[Chunk]) -> None:
        """`changing` reads what is there only until `settle`, `lasting` what never changes."""
        self._taken: deque[Chunk] = deque([("head", head)])
        self._changing = changing
        self._lasting = lasting

    def next_chunk(self) -> Chunk | None:
        """The next part of it; None at the end."""
        if self._taken:
            return self._taken.popleft()
        return next(self._changing, None) or next(self._lasting, None)

    def settle(self) -> None:
        """The state is about to change."""
        self._taken.extend(self._changing)


@contextmanager
def capturing(watch: Watch) -> Iterator[Capture]:
    """While this lasts, the capture follows what happens to the watch. One at a time. Reports that
    wait to be examined are not in it (see `may_capture`)."""
    specs = {f"specs/{name}": pieces for name, pieces in watch.nodes.specs.state().items()}
    tables = {f"detector/{name}": [array] for name, array in watch.detector.state().items()}
    tables |= {f"windows/{name}": pieces for name, pieces in watch.windows.state().items()}
    recent = {f"recent/{name}": pieces for name, pieces in watch.recent.state().items()}
    head = _encoder.encode(_head_of(watch, specs | tables | recent))
    opened = watch.open_minute
    rows = [] if opened is None else list(opened.rows)
    capture = Capture(head, _changing(watch, tables), _lasting(rows, specs | recent))
    watch.before_change = capture.settle
    try:
        yield capture
    finally:
        watch.before_change = _nothing
        watch.caps.end_picture()


def may_capture(watch: Watch) -> bool:
    """Not while history waits to be examined: a restart must read those reports again."""
    return not watch.history


def compress(content: bytes) -> bytes:
    """Touches nothing but what it is given: may be done in a thread. Level 1 takes a third of the
    time of the usual 6, for hardly more bytes of such numbers."""
    return zlib.compress(content, 1)


def packed(watch: Watch) -> dict[str, bytes]:
    """A whole checkpoint at once."""
    with capturing(watch) as capture:
        chunks: Iterator[Chunk] = iter(capture.next_chunk, None)
        return {name: compress(content) for name, content in chunks}


def restore(watch: Watch, blobs: Mapping[str, bytes], incidents: list[Incident]) -> bool:
    """Puts a kept state into a fresh watch; False if it is of another form and was passed over."""
    if "head" not in blobs:
        return False
    content = zlib.decompress(blobs["head"])
    if msgspec.msgpack.decode(content, type=_Form).format != FORMAT:
        return False
    head = msgspec.msgpack.decode(content, type=_Head)
    detector = _Columns(blobs, head.columns, "detector/")
    if set(detector) != watch.detector.state().keys():
        return False
    specs = NodeSpecs.restore(head.words, _Columns(blobs, head.columns, "specs/"))
    watch.nodes.take_over(specs, head.slugs)
    watch.windows.load(_Columns(blobs, head.columns, "windows/"))
    watch.recent.load(_Columns(blobs, head.columns, "recent/"))
    watch.detector.load(islice(specs, head.announced), detector)
    watch.caps.restore(_chunks_of(blobs, "caps"))
    watch.changes.versions = head.versions
    watch.hints.restore(head.hints)
    logs = dict(_unpacked(blobs, "logs", tuple[str, IncidentLog]))
    watch.records.continue_from(head.latest, logs, incidents)
    if head.open_minute is not None:
        watch.open_minute = OpenMinute(head.open_minute)
        for row in _unpacked(blobs, "rows", ReportRow):
            watch.open_minute.add(watch.nodes.of_row(row), row)
    for looks in _unpacked(blobs, "looks", _Looks):
        watch.looked_ms, watch.records.some_wait = looks.looked_ms, looks.some_wait
    return True


def _nothing() -> None:
    """No checkpoint is being taken."""


def _head_of(watch: Watch, columns: Mapping[str, Pieces]) -> _Head:
    opened = watch.open_minute
    return _Head(
        format=FORMAT,
        columns={name: _shape_of(pieces) for name, pieces in columns.items()},
        slugs=watch.nodes.slugs,
        words=watch.nodes.specs.words,
        announced=len(watch.detector),
        latest=watch.records.latest,
        open_minute=None if opened is None else opened.minute,
        versions=watch.changes.versions,
        hints=watch.hints.capture(),
    )


def _changing(watch: Watch, tables: Mapping[str, Pieces]) -> Iterator[Chunk]:
    parts = watch.caps.picture().parts()
    logs = list(watch.records.logs.items())
    return _chain(
        _numbered("caps", parts),
        _numbered("logs", _in_parts(logs, LOGS_AT_ONCE)),
        _numbered("looks", _in_parts([_Looks(watch.looked_ms, watch.records.some_wait)], 1)),
        *(_numbered(name, _bytes_of(pieces)) for name, pieces in tables.items()),
    )


def _lasting(rows: list[ReportRow], columns: Mapping[str, Pieces]) -> Iterator[Chunk]:
    return _chain(
        _numbered("rows", _in_parts(rows, ROWS_AT_ONCE)),
        *(_numbered(name, _bytes_of(pieces)) for name, pieces in columns.items()),
    )


def _chain(*iterators: Iterator[Chunk]) -> Iterator[Chunk]:
    for chunks in iterators:
        yield from chunks


def _numbered(name: str, contents: Iterable[bytes]) -> Iterator[Chunk]:
    for number, content in enumerate(contents):
        yield f"{name}#{number}", content


def _in_parts(items: Sequence[Any], most: int) -> Iterator[bytes]:
    for start in range(0, len(items), most):
        yield _encoder.encode(items[start : start + most])


def _shape_of(pieces: Pieces) -> _Shape:
    first = pieces[0]
    return _Shape(first.dtype.str, (sum(map(len, pieces)), *first.shape[1:]))


def _bytes_of(pieces: Pieces) -> Iterator[bytes]:
    """All of them, one after the other, in chunks of about the usual size."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        rows = max(1, CHUNK_BYTES * len(piece) // max(1, piece.nbytes))
        for start in range(0, len(piece), rows):
            waiting.append(piece[start : start + rows].tobytes())
            size += len(waiting[-1])
            if size >= CHUNK_BYTES:
                yield b"".join(waiting)
                waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


class _Columns(Mapping[str, NDArray[Any]]):
    """The kept columns under a prefix; each is unpacked when it is asked for, and not kept."""

    def __init__(
        self, blobs: Mapping[str, bytes], shapes: Mapping[str, _Shape], prefix: str
    ) -> None:
        self._blobs = blobs
        self._prefix = prefix
        self._shapes = {
            name.removeprefix(prefix): shape
            for name, shape in shapes.items()
            if name.startswith(prefix)
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)

    def __getitem__(self, name: str) -> NDArray[Any]:
        shape = self._shapes[name]
        column = np.empty(shape.shape, shape.dtype)
        place, room = 0, column.reshape(-1).view(np.uint8)
        for content in _chunks_of(self._blobs, self._prefix + name):
            room[place : place + len(content)] = np.frombuffer(content, np.uint8)
            place += len(content)
        if place != len(room):
            raise ValueError(f"the checkpoint's column {name} is not whole")
        return column


def _chunks_of(blobs: Mapping[str, bytes], name: str) -> Iterator[bytes]:
    for number in count():
        blob = blobs.get(f"{name}#{number}")
        if blob is None:
            return
        yield zlib.decompress(blob)


def _unpacked(blobs: Mapping[str, bytes], name: str, kind: Callable[..., _Item]) -> Iterator[_Item]:
    decoder = msgspec.msgpack.Decoder(list[kind])  # type: ignore[valid-type]
    for content in _chunks_of(blobs, name):
        yield from decoder.decode(content)
