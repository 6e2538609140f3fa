"""The watch's state as bytes, so that a restart need not read the journal from its beginning.

Arrays go as one compressed NumPy archive, everything else as msgpack. Exact: the watch that is
restored goes on as the one that was kept (property-tested).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.counting.incident_log import IncidentLog
from lapwing.outages.counting.node_specs import NodeSpecs
from lapwing.outages.counting.open_minute import OpenMinute
from lapwing.outages.incidents.model import Incident
from lapwing.outages.model import ReportRow
from lapwing.outages.watch import Watch

FORMAT = 3
"""Raised when the state's form changes: an older checkpoint is then passed over and the journal
read from as far back as it goes."""


class _Form(msgspec.Struct):
    """What is read first: nothing else of another form can be understood."""

    format: int


class _Rest(msgspec.Struct):
    """All that is not an array."""

    format: int
    slugs: list[str]
    words: list[str]
    announced: int
    latest: dict[str, str]
    logs: dict[str, IncidentLog]
    open_minute: Minute | None
    open_rows: list[ReportRow]
    versions: dict[str, int]


class Captured(msgspec.Struct):
    """A copy of the state that nobody changes any more: `pack` may take its time elsewhere."""

    arrays: dict[str, Any]
    rest: bytes
    caps: bytes


def capture(watch: Watch) -> Captured:
    """Copies the state. Reports that wait to be examined are not in it (see `may_capture`)."""
    arrays = {f"detector/{name}": value for name, value in watch.detector.state().items()}
    arrays |= {f"windows/{name}": value for name, value in watch.windows.state().items()}
    arrays |= {f"recent/{name}": value for name, value in watch.recent.state().items()}
    specs = watch.nodes.specs.state()
    words = specs.pop("words")
    arrays |= {f"specs/{name}": value for name, value in specs.items()}
    opened = watch.open_minute
    rest = _Rest(
        format=FORMAT,
        slugs=watch.nodes.slugs,
        words=words,
        announced=len(watch.detector),
        latest=watch.records.latest,
        logs=watch.records.logs,
        open_minute=None if opened is None else opened.minute,
        open_rows=[] if opened is None else opened.rows,
        versions=watch.changes.versions,
    )
    return Captured(arrays, msgspec.msgpack.encode(rest), watch.caps.state())


def may_capture(watch: Watch) -> bool:
    """Not while history waits to be examined: a restart must read those reports again."""
    return not watch.history


def pack(captured: Captured) -> dict[str, bytes]:
    """Slow (compression); touches nothing but what it is given."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **captured.arrays)
    return {"arrays": buffer.getvalue(), "rest": captured.rest, "caps": captured.caps}


def restore(watch: Watch, blobs: Mapping[str, bytes], incidents: list[Incident]) -> bool:
    """Puts a kept state into a fresh watch; False if it is of another form and was passed over."""
    if msgspec.msgpack.decode(blobs["rest"], type=_Form).format != FORMAT:
        return False
    rest = msgspec.msgpack.decode(blobs["rest"], type=_Rest)
    archive = np.load(io.BytesIO(blobs["arrays"]), allow_pickle=False)
    arrays = {name: archive[name] for name in archive.files}
    if _part(arrays, "detector/").keys() != watch.detector.state().keys():
        return False
    specs = NodeSpecs.restore(_part(arrays, "specs/") | {"words": rest.words})
    watch.nodes.take_over(specs, rest.slugs)
    watch.detector.load(specs[: rest.announced], _part(arrays, "detector/"))
    watch.windows.load(_part(arrays, "windows/"))
    watch.recent.load(_part(arrays, "recent/"))
    watch.caps.restore(blobs["caps"])
    watch.changes.versions = rest.versions
    watch.records.continue_from(rest.latest, rest.logs, incidents)
    if rest.open_minute is not None:
        watch.open_minute = OpenMinute(rest.open_minute)
        for row in rest.open_rows:
            watch.open_minute.add(watch.nodes.of_row(row), row)
    return True


def _part(arrays: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in arrays.items()
        if name.startswith(prefix)
    }
