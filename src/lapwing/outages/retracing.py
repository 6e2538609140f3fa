"""A past minute as the detector met it: one service's kept counts, folded again up to there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.counting.open_minute import OpenMinute
from lapwing.outages.detection.explanation import Explanation, explain
from lapwing.outages.detection.model import MinuteCounts
from lapwing.outages.model import Dimension
from lapwing.outages.store import RollupRow
from lapwing.outages.watch import Watch

_NOTHING = np.zeros(0, np.int64)


SliceName: TypeAlias = tuple[Dimension, str]


class Stretch(NamedTuple):
    """What is kept of the minutes in [start, end)."""

    start: Minute
    end: Minute
    rows: Sequence[RollupRow]
    watched: Sequence[tuple[Minute, Minute]]
    """Parts in which Lapwing listened, in their order."""


class Retracing:
    """Stretches go in one after the other; the last minutes come out explained.

    Touches nothing but its own watch, so a thread may do it. What kept counts do not tell is
    taken as in an examination of history: reports came from many networks, and operators did
    nothing.
    """

    def __init__(
        self,
        slug: str,
        fresh: Watch,
        country_of: Callable[[Dimension, str], str | None],
        server_began: Minute | None,
    ) -> None:
        """`fresh` is empty; `country_of` a slice says by whose clock it lives; `server_began`:
        first minute of the live watch, which was new then."""
        self._slug = slug
        self._watch = fresh
        self._country_of = country_of
        self._node_of: dict[SliceName, int] = {}
        self._observed: dict[int, int] = {}
        self.is_coarse = False
        """Whether some counts were kept by more than a minute, and were spread evenly."""
        fresh.windows.first = server_began

    @property
    def minute(self) -> Minute | None:
        """The last one folded."""
        return self._watch.detector.minute

    def fold(self, stretch: Stretch, explain_from: Minute) -> list[Explanation]:
        """The next stretch, explained minute by minute from `explain_from` on. Nothing happens
        before the first report."""
        counts = self._by_minute(stretch)
        explained = []
        for start, end in _joined(stretch.watched, counts):
            for minute in range(max(start, stretch.start), min(end, stretch.end)):
                self._close(minute, counts.get(minute, {}))
                if minute >= explain_from and self.minute is not None:
                    explained.append(self._explain())
        return explained

    def _explain(self) -> Explanation:
        watch = self._watch

        def since(minute: Minute) -> Mapping[int, int]:
            return watch.windows.slice_sums(0, minute, watch.present_minute)

        return explain(watch.detector, watch.nodes.specs, 0, self._observed, since)

    def _close(self, minute: Minute, counts: Mapping[SliceName, int]) -> None:
        watch = self._watch
        if self.minute is None:
            if not counts:
                return
            watch.nodes.service(self._slug)
            watch.open_minute = OpenMinute(minute)
        elif minute > self.minute + 1:
            watch.skip_to(minute)
        numbered = {self._node(name): count for name, count in counts.items()}
        nodes = np.array(sorted(numbered), np.int64) if numbered else _NOTHING
        values = np.array([numbered[node] for node in nodes.tolist()], np.int64)
        watch.close(MinuteCounts(minute, nodes, values, np.ones(len(nodes), np.bool_)))
        watch.closed = []
        self._observed = numbered

    def _node(self, name: SliceName) -> int:
        node = self._node_of.get(name)
        if node is None:
            country = self._country_of(*name)
            node = self._node_of[name] = self._watch.nodes.node(0, *name, country)
        return node

    def _by_minute(self, stretch: Stretch) -> dict[Minute, dict[SliceName, int]]:
        """What is kept by 15 minutes or hour is spread evenly."""
        found: dict[Minute, dict[SliceName, int]] = {}
        for dimension, value, start, step_min, count in stretch.rows:
            name = dimension, value
            if step_min == 1:
                found.setdefault(start, {})[name] = count
                continue
            self.is_coarse = True
            for place in range(step_min):
                share = count * (place + 1) // step_min - count * place // step_min
                if share and stretch.start <= start + place < stretch.end:
                    found.setdefault(start + place, {})[name] = share
        return found


def _joined(
    watched: Iterable[tuple[Minute, Minute]], counted: Iterable[Minute]
) -> list[tuple[Minute, Minute]]:
    """Spans in their order, none overlapping: minutes with counts were watched as well."""
    spans = sorted([*watched, *((minute, minute + 1) for minute in counted)])
    joined: list[tuple[Minute, Minute]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined
