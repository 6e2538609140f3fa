"""A detector that is kept and restored, or a service that is run alone, is none the wiser."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.local_time import ZoneLocalTime
from lapwing.outages.detection.model import Finding, MinuteCounts, MinuteOutcome, NodeSpec
from lapwing.outages.detection.rule import Rule
from lapwing.outages.model import Dimension

RULE = Rule()
LOCAL_TIME = ZoneLocalTime({"IN": "Asia/Kolkata"})
START = 480_000 * 60 + 17
SPECS = [
    spec
    for service in range(2)
    for spec in (
        NodeSpec(service, Dimension.SERVICE, ""),
        NodeSpec(service, Dimension.COUNTRY, "IN"),
        NodeSpec(service, Dimension.CITY, "1273294", "IN"),
        NodeSpec(service, Dimension.PLATFORM, "web"),
    )
]

ALONE = (0, 3, 1, 2)
"""Order in which the second service's nodes are numbered where it is run alone."""

few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
stretches = st.lists(
    st.tuples(
        st.integers(1, 90),  # minutes
        st.sampled_from([0.0, 0.05, 0.5, 4.0, 40.0]),  # reports per minute
        st.booleans(),  # spread
    ),
    min_size=2,
    max_size=7,
)


def history(plan: Sequence[tuple[int, float, bool]], seed: int) -> list[MinuteCounts]:
    rng = np.random.default_rng(seed)
    minutes: list[MinuteCounts] = []
    for length, rate, spread in plan:
        for _ in range(length):
            counts = rng.poisson(rate, len(SPECS))
            nodes = np.flatnonzero(counts)
            minutes.append(
                MinuteCounts(
                    START + len(minutes), nodes, counts[nodes], np.full(len(nodes), spread)
                )
            )
    return minutes


def run(detector: Detector, minutes: Sequence[MinuteCounts]) -> list[MinuteOutcome]:
    return [detector.close_minute(counts) for counts in minutes]


def same(one: MinuteOutcome, other: MinuteOutcome) -> bool:
    return one.findings == other.findings and all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("expected", "upper", "log_evidence")
    )


def only_second(counts: MinuteCounts) -> MinuteCounts:
    """The counts of the second service alone, its nodes in the order of `ALONE`."""
    mine = counts.nodes >= 4
    nodes = np.array([ALONE.index(node - 4) for node in counts.nodes[mine].tolist()], np.int64)
    order = np.argsort(nodes)
    return MinuteCounts(
        counts.minute, nodes[order], counts.counts[mine][order], counts.spread[mine][order]
    )


@few
@given(plan=stretches, seed=st.integers(0, 99), data=st.data())
def test_a_restored_detector_goes_on_exactly(
    plan: list[tuple[int, float, bool]], seed: int, data: st.DataObject
) -> None:
    minutes = history(plan, seed)
    cut = data.draw(st.integers(0, len(minutes)))
    detector = Detector(RULE, LOCAL_TIME)
    detector.add_nodes(SPECS)
    run(detector, minutes[:cut])
    restored = Detector(RULE, LOCAL_TIME)
    restored.load(SPECS, detector.state())
    for one, other in zip(run(detector, minutes[cut:]), run(restored, minutes[cut:]), strict=True):
        assert same(one, other)
    for name, kept in detector.state().items():
        assert np.array_equal(kept, restored.state()[name]), name


@few
@given(plan=stretches, seed=st.integers(0, 99), data=st.data())
def test_a_service_run_alone_and_put_back_is_as_if_it_had_been_there(
    plan: list[tuple[int, float, bool]], seed: int, data: st.DataObject
) -> None:
    minutes = history(plan, seed)
    cut = data.draw(st.integers(1, len(minutes)))
    together, quiet_so_far, alone = (Detector(RULE, LOCAL_TIME) for _ in range(3))
    together.add_nodes(SPECS)
    quiet_so_far.add_nodes(SPECS)
    mine = [SPECS[4 + place] for place in ALONE]
    alone.add_nodes([NodeSpec(0, s.dimension, s.value, s.country) for s in mine])
    run(together, minutes[:cut])
    for counts in minutes[:cut]:
        others = counts.nodes < 4
        quiet_so_far.close_minute(
            MinuteCounts(
                counts.minute, counts.nodes[others], counts.counts[others], counts.spread[others]
            )
        )
        alone.close_minute(only_second(counts))
    quiet_so_far.graft(1, alone.extract(0))
    one, other = together.extract(1), quiet_so_far.extract(1)
    for name, kept in one.items():
        np.testing.assert_allclose(other[name], kept, rtol=1e-9, atol=1e-12, err_msg=name)
    assert findings(run(together, minutes[cut:])) == findings(run(quiet_so_far, minutes[cut:]))


@few
@given(plan=stretches, seed=st.integers(0, 99))
def test_what_comes_later_changes_no_decision(
    plan: list[tuple[int, float, bool]], seed: int
) -> None:
    minutes = history(plan, seed)
    whole, part = Detector(RULE, LOCAL_TIME), Detector(RULE, LOCAL_TIME)
    whole.add_nodes(SPECS)
    part.add_nodes(SPECS)
    cut = len(minutes) // 2
    assert findings(run(whole, minutes)[:cut]) == findings(run(part, minutes[:cut]))


def findings(outcomes: Sequence[MinuteOutcome]) -> list[tuple[int, str]]:
    return [(f.service, _words(f)) for outcome in outcomes for f in outcome.findings]


def _words(finding: Finding) -> str:
    return f"{type(finding).__name__} {finding.minute}"
