"""An incident's figures, from what was counted while it lasted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from lapwing.kernel.instants import Minute, minute_of, start_of
from lapwing.outages.counting.incident_log import IncidentLog, RunningSums
from lapwing.outages.detection.leading import leading_rows, share_of_excess
from lapwing.outages.detection.model import FloatArray, IntArray, NodeSpec
from lapwing.outages.detection.peak import peak_of
from lapwing.outages.incidents.model import Incident, Scope, SliceShare
from lapwing.outages.incidents.tracking import Figures
from lapwing.outages.model import Dimension

Label: TypeAlias = Callable[[str, Dimension, str], str]
"""Name for people of a service's slice: slug, dimension, value."""

FIRST_MIN = 20
"""The stretch after the onset whose reports the story tells."""

_WIDTH = len(Dimension)
_SERVICE = list(Dimension).index(Dimension.SERVICE)
_NETWORK = list(Dimension).index(Dimension.NETWORK)


class Course(NamedTuple):
    """An incident with its counts; `end` is the minute after its last one so far."""

    incident: Incident
    log: IncidentLog
    sums: RunningSums
    """Of the log; kept from one time to the next, so that no minute adds all up again."""
    end: Minute


class Slices(NamedTuple):
    """What is known of the nodes that are counted."""

    specs: Sequence[NodeSpec]
    dimension_of: IntArray
    """Position in `Dimension` by node."""
    expected: Callable[[IntArray], FloatArray]
    """Reports per minute by node, as of now."""
    label: Label


class _Whole(NamedTuple):
    """An incident's figures of the service as a whole."""

    start: Minute
    reports: int
    first: int
    peak_at: Minute
    per_minute: int
    per_15_min: int
    usual: float


def figures_of(courses: Sequence[Course], slices: Slices) -> list[Figures]:
    """Figures over [onset, end) of each, of what its log counts: for a local incident its own
    slice, which leads, and those within it. Many at once cost little more than one."""
    if not courses:
        return []
    wholes = [_whole_of(course) for course in courses]
    leading, networks = _leading(courses, wholes, slices)
    return [
        Figures(
            reports=whole.reports,
            reports_first_20_min=whole.first,
            peak_at=start_of(whole.peak_at) if whole.reports else None,
            peak_per_minute=whole.per_minute,
            peak_15_min=whole.per_15_min,
            expected=round(whole.usual, 2),
            leading=_scope_first(course.incident.scope, shares),
            networks_seen=seen,
            trusted_share=_trusted_share(course.log, whole.reports),
        )
        for course, whole, shares, seen in zip(courses, wholes, leading, networks, strict=True)
    ]


def _scope_first(scope: Scope | None, shares: tuple[SliceShare, ...]) -> tuple[SliceShare, ...]:
    if scope is None:
        return shares
    own = (scope.dimension, scope.value)
    return tuple(sorted(shares, key=lambda one: (one.dimension, one.value) != own))


def _trusted_share(log: IncidentLog, reports: int) -> float:
    return round(min(1.0, log.trusted / reports), 4) if reports else 0.0


def _whole_of(course: Course) -> _Whole:
    log, end = course.log, course.end
    onset = minute_of(course.incident.started_at)
    start = max(onset, log.first_minute)
    totals = log.totals_in(start, end)
    peak = peak_of(totals)
    return _Whole(
        start=start,
        reports=int(totals.sum()),
        first=int(totals[: max(0, onset + FIRST_MIN - start)].sum()),
        peak_at=start + peak.at,
        per_minute=peak.per_minute,
        per_15_min=peak.per_window,
        usual=log.expected_in(start, end),
    )


def _leading(
    courses: Sequence[Course], wholes: list[_Whole], slices: Slices
) -> tuple[list[tuple[SliceShare, ...]], list[int]]:
    """Of each incident its leading slices, and how many networks were seen."""
    found = [
        course.sums.over(course.log, whole.start, course.end)
        for course, whole in zip(courses, wholes, strict=True)
    ]
    number = np.repeat(np.arange(len(courses)), [len(nodes) for nodes, _ in found])
    nodes = np.concatenate([nodes for nodes, _ in found])
    sums = np.concatenate([sums for _, sums in found])
    dimension = slices.dimension_of[nodes]
    networks = np.bincount(number[dimension == _NETWORK], minlength=len(courses))
    parts = dimension != _SERVICE
    number, nodes, sums, dimension = (column[parts] for column in (number, nodes, sums, dimension))
    minutes = np.array([course.end for course in courses]) - [whole.start for whole in wholes]
    usual = np.round(slices.expected(nodes) * minutes[number], 2)
    excess = sums - usual
    largest = np.zeros(len(courses))
    np.maximum.at(largest, number, excess)
    rows = leading_rows(number * _WIDTH + dimension, excess)
    of = number[rows]
    reports = np.array([whole.reports for whole in wholes], np.float64)[of]
    expected = np.array([whole.usual for whole in wholes], np.float64)[of]
    share = np.round(share_of_excess(excess[rows], reports, expected, largest[of]), 4)
    shares = _described(courses, slices, of, nodes[rows], sums[rows], usual[rows], share)
    ends = np.cumsum(np.bincount(of, minlength=len(courses))).tolist()
    cuts = zip([0, *ends[:-1]], ends, strict=True)
    return [tuple(shares[start:end]) for start, end in cuts], networks.tolist()


def _described(
    courses: Sequence[Course],
    slices: Slices,
    number: IntArray,
    nodes: IntArray,
    reports: IntArray,
    expected: FloatArray,
    share: FloatArray,
) -> list[SliceShare]:
    slugs = [course.incident.service for course in courses]
    specs, label = slices.specs, slices.label
    columns = (number.tolist(), nodes.tolist(), reports.tolist(), expected.tolist(), share.tolist())
    return [
        SliceShare(
            spec.dimension, spec.value, label(slugs[of], spec.dimension, spec.value), *counted
        )
        for of, node, *counted in zip(*columns, strict=True)
        for spec in (specs[node],)
    ]
