"""An incident's figures, from what was counted while it lasted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import msgspec
import numpy as np

from lapwing.kernel.instants import Minute, minute_of, start_of
from lapwing.outages.counting.incident_log import IncidentLog
from lapwing.outages.detection.leading import Counted, leading_slices
from lapwing.outages.detection.model import FloatArray, IntArray, NodeSpec
from lapwing.outages.detection.peak import peak_of
from lapwing.outages.incidents.model import Incident, Scope, SliceShare
from lapwing.outages.incidents.tracking import Figures
from lapwing.outages.model import Dimension

Label: TypeAlias = Callable[[str, Dimension, str], str]
"""Name for people of a service's slice: slug, dimension, value."""

FIRST_MIN = 20
"""The stretch after the onset whose reports the story tells."""


def figures_of(
    incident: Incident,
    log: IncidentLog,
    end: Minute,
    specs: Sequence[NodeSpec],
    expected: Callable[[IntArray], FloatArray],
    label: Label,
) -> Figures:
    """Figures over [onset, end), of what is logged: for a local incident its own slice, which
    leads, and those within it. `expected` gives reports per minute by node, as of now."""
    onset = minute_of(incident.started_at)
    start = max(onset, log.first_minute)
    totals = log.totals_in(start, end)
    sums = log.sums(start, end)
    peak = peak_of(totals)
    reports = int(totals.sum())
    usual = log.expected_in(start, end)
    counted = _counted(sums, specs, expected, end - start, incident.scope)
    leading = leading_slices(counted, reports, usual)
    return Figures(
        reports=reports,
        reports_first_20_min=int(log.totals_in(onset, min(end, onset + FIRST_MIN)).sum()),
        peak_at=start_of(start + peak.at) if reports else None,
        peak_per_minute=peak.per_minute,
        peak_15_min=peak.per_window,
        expected=round(usual, 2),
        leading=_labelled(incident.service, leading, label),
        networks_seen=sum(one.dimension == Dimension.NETWORK for one in counted),
        trusted_share=round(min(1.0, log.trusted / reports), 4) if reports else 0.0,
    )


def _counted(
    sums: Mapping[int, int],
    specs: Sequence[NodeSpec],
    expected: Callable[[IntArray], FloatArray],
    minutes: int,
    scope: Scope | None,
) -> list[Counted]:
    usual = expected(np.array(list(sums), np.int64)) * minutes
    found = [
        Counted(spec.dimension, spec.value, count, round(rate, 2))
        for spec, count, rate in zip(
            (specs[node] for node in sums), sums.values(), usual.tolist(), strict=True
        )
        if spec.dimension is not Dimension.SERVICE
    ]
    first = None if scope is None else (scope.dimension, scope.value)
    return sorted(
        found, key=lambda one: ((one.dimension, one.value) != first, _ORDER[one.dimension])
    )


def _labelled(slug: str, leading: tuple[SliceShare, ...], label: Label) -> tuple[SliceShare, ...]:
    return tuple(
        msgspec.structs.replace(
            one,
            label=label(slug, _BY_NAME[one.dimension], one.value),
            excess_share=round(one.excess_share, 4),
        )
        for one in leading
    )


_BY_NAME = {str(dimension): dimension for dimension in Dimension}
_ORDER = {str(dimension): place for place, dimension in enumerate(Dimension)}
