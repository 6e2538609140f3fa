"""From an incident's reports to where and for whom it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute, start_of
from lapwing.outages.counting.nodes import NodeTable
from lapwing.outages.counting.recent_reports import NO_NODE, RecentReports, ReportColumns
from lapwing.outages.counting.windows import WINDOW_MIN
from lapwing.outages.detection.localisation.problem import (
    ELSEWHERE,
    NO_GROUP,
    UNKNOWN,
    Axis,
    Before,
    Choice,
    Level,
    Problem,
)
from lapwing.outages.detection.localisation.scan import Part, localise
from lapwing.outages.detection.model import BoolArray, FloatArray, IntArray
from lapwing.outages.incidents.figures import Label
from lapwing.outages.incidents.localised import Attribute, Localised, LocalisedPart
from lapwing.outages.model import Dimension

LADDERS: Final = (
    (Dimension.COUNTRY, Dimension.REGION, Dimension.AREA, Dimension.CITY),
    (Dimension.PLATFORM,),
    (Dimension.SYMPTOM,),
    (Dimension.NETWORK,),
)
"""What an excess may be concentrated on; of places one level, the one that explains best."""

TILT: Final = 0.4
"""See `Axis.tilt`. Outages that are everywhere were simulated with up to this much."""

DISPERSION: Final = 1.3
"""Variance over mean of small counts: several reports of one household (`Rule`)."""

_BEFORE_ENDS_MIN: Final = 60
"""Reports of the last hour before the onset are not taken for ordinary ones."""
_BEFORE_MOST: Final = 20_000
_MOST: Final = 200_000
"""Reports that are looked at; of more only every second, third, ... is: enough to say where."""

_OF_COUNTRIES: Final = frozenset(
    {Dimension.COUNTRY, Dimension.REGION, Dimension.AREA, Dimension.CITY, Dimension.NETWORK}
)

_POSITION: dict[Dimension, int] = {dimension: code for code, dimension in enumerate(Dimension)}


class Localiser:
    """Works on what the watch has; keeps nothing."""

    def __init__(
        self,
        nodes: NodeTable,
        recent: RecentReports,
        rate_of: Callable[[IntArray], FloatArray],
        label: Label,
    ) -> None:
        """`rate_of`: reports per minute that are expected now, by node; it has to know every node
        of `nodes`, as the detector does when a minute was closed."""
        self._nodes = nodes
        self._recent = recent
        self._rate_of = rate_of
        self._label = label

    def localise(self, service: int, onset: Minute, end: Minute, expected: float) -> Localised:
        """Over the reports of [onset, end), of which `expected` would have been usual."""
        reports = self._recent.of(service, onset, end)
        start, until = end - WINDOW_MIN, onset - _BEFORE_ENDS_MIN
        ordinary = self._recent.of(service, start, until, _BEFORE_MOST)
        parts: tuple[LocalisedPart, ...] = ()
        told_by: tuple[str, ...] = ()
        if len(reports):
            step = -(-len(reports) // _MOST)
            posed = _Posed(self._nodes, service, reports.every(step), ordinary, self._rate_of)
            found = localise(posed.problem(expected / step))
            parts = tuple(self._told(service, posed, part, step) for part in found)
            told_by = posed.told_by()
        at = start_of(end)
        return Localised(at, at, len(reports), round(expected, 2), parts, told_by)

    def _told(self, service: int, posed: _Posed, part: Part, step: int) -> LocalisedPart:
        return LocalisedPart(
            attributes=tuple(
                self._attribute(service, LADDERS[axis][choice.level], posed.nodes_of(axis, choice))
                for axis, choice in enumerate(part.subset)
                if choice is not None
            ),
            reports=round(part.reports * step),
            expected=round(part.expected * step, 2),
            excess_share=round(part.excess_share, 4),
            p_value=float(f"{part.p_value:.2g}"),
        )

    def _attribute(self, service: int, dimension: Dimension, nodes: list[int]) -> Attribute:
        values = tuple(self._nodes.specs[node].value for node in nodes)
        slug = self._nodes.slugs[service]
        labels = tuple(self._label(slug, dimension, value) for value in values)
        return Attribute(str(dimension), values, labels)


class _Posed:
    """A service's reports as a problem; codes are positions among the nodes seen in them."""

    def __init__(
        self,
        nodes: NodeTable,
        service: int,
        reports: ReportColumns,
        ordinary: ReportColumns,
        rate_of: Callable[[IntArray], FloatArray],
    ) -> None:
        self._nodes = nodes
        self._reports = reports
        self._ordinary = ordinary
        self._rate_of = rate_of
        mine = np.array(nodes.nodes_of_service[service], np.int64)
        dimension = nodes.dimension_of[mine]
        rates = rate_of(mine)
        self._service_rate = float(rates[0])
        self._sums = np.bincount(dimension, rates, len(_POSITION))
        self._sizes = np.bincount(dimension, minlength=len(_POSITION))
        self._seen = {level: _distinct(reports.at(level)) for axis in LADDERS for level in axis}
        at_country = dimension == _POSITION[Dimension.COUNTRY]
        self._countries = {
            nodes.specs[node].value: place for place, node in enumerate(mine[at_country].tolist())
        }
        self._country_rates = rates[at_country]

    def problem(self, expected: float) -> Problem:
        places = self._whole(LADDERS[0])
        return Problem(
            axes=tuple(self._axis(ladder) for ladder in LADDERS),
            counts=np.ones(len(self._reports)),
            expected=expected,
            dispersion=DISPERSION,
            group_shares=self._country_rates / places,
            before=self._before(),
        )

    def nodes_of(self, axis: int, choice: Choice) -> list[int]:
        """The chosen values' nodes, those with most reports first."""
        level = LADDERS[axis][choice.level]
        nodes = self._seen[level][list(choice.values)]
        column = self._reports.at(level)
        return sorted(nodes.tolist(), key=lambda node: (-int((column == node).sum()), node))

    def told_by(self) -> tuple[str, ...]:
        return tuple(
            str(ladder[0])
            for ladder in LADDERS
            if 2 * int(_known(self._reports, ladder).sum()) > len(self._reports)
            and self._sizes[_POSITION[ladder[-1]]] > 1
        )

    def _axis(self, ladder: tuple[Dimension, ...]) -> Axis:
        known = _known(self._reports, ladder)
        whole = self._whole(ladder)
        return Axis(tuple(self._level(level, known, whole) for level in ladder), TILT)

    def _level(self, dimension: Dimension, known: BoolArray, whole: float) -> Level:
        seen = self._seen[dimension]
        return Level(
            codes=_coded(self._reports.at(dimension), seen, known),
            shares=self._rate_of(seen) / whole,
            groups=self._groups(dimension, seen),
            values=int(self._sizes[_POSITION[dimension]]),
        )

    def _whole(self, ladder: tuple[Dimension, ...]) -> float:
        """The rate of all reports that are known on the ladder: what its values sum up to, but
        not less than the service's rate tells, while most of its values were never seen."""
        of_all = len(self._reports) + len(self._ordinary)
        say = int(_known(self._reports, ladder).sum() + _known(self._ordinary, ladder).sum())
        sums = [float(self._sums[_POSITION[level]]) for level in ladder]
        return max(*sums, self._service_rate * say / of_all, 1e-12)

    def _groups(self, dimension: Dimension, seen: IntArray) -> IntArray:
        if dimension not in _OF_COUNTRIES:
            return np.full(len(seen), NO_GROUP)
        specs = (self._nodes.specs[node] for node in seen.tolist())
        places = (self._countries.get(spec.country or "", NO_GROUP) for spec in specs)
        return np.fromiter(places, np.int64, len(seen))

    def _before(self) -> Before | None:
        if not len(self._ordinary):
            return None
        return Before(
            tuple(
                tuple(
                    _coded(
                        self._ordinary.at(level),
                        self._seen[level],
                        _known(self._ordinary, ladder),
                    )
                    for level in ladder
                )
                for ladder in LADDERS
            )
        )


def _distinct(column: NDArray[np.int32]) -> IntArray:
    return np.unique(column[column != NO_NODE]).astype(np.int64)


def _known(reports: ReportColumns, ladder: Iterable[Dimension]) -> BoolArray:
    out: BoolArray = np.logical_or.reduce([reports.at(level) != NO_NODE for level in ladder])
    return out


def _coded(column: NDArray[np.int32], seen: IntArray, known: BoolArray) -> IntArray:
    """Positions among `seen`; nodes that are not there, and none while the axis is known, are
    elsewhere."""
    if not len(seen):
        return np.where(known, ELSEWHERE, UNKNOWN)
    place = np.minimum(seen.searchsorted(column), len(seen) - 1)
    coded = np.where(seen[place] == column, place, ELSEWHERE)
    return np.where(known, coded, UNKNOWN)
