"""The arithmetic that is shown is the arithmetic that was done."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from tests.unit.detection.watched_service import START, city, close, new_detector, whole

from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.explanation import Explanation, Verdict, explain
from lapwing.outages.detection.model import Declared, MinuteOutcome

SPECS = [whole(), *(city(f"City {number}") for number in range(20))]


class Told:
    """A service with twenty cities, and what was counted of it."""

    def __init__(self, *, midstream: bool = False) -> None:
        self.detector: Detector = new_detector(*SPECS, midstream=midstream)
        self.counts: dict[int, Mapping[int, int]] = {}

    def close(self, counts: Mapping[int, int]) -> MinuteOutcome:
        outcome = close(self.detector, counts)
        self.counts[outcome.minute] = counts
        return outcome

    def since(self, start: int) -> Mapping[int, int]:
        sums: dict[int, int] = {}
        for minute, counts in self.counts.items():
            for node, count in counts.items() if minute >= start else ():
                sums[node] = sums.get(node, 0) + count
        return sums

    def explain(self, most_slices: int = 12) -> Explanation:
        minute = self.detector.minute
        assert minute is not None
        return explain(
            self.detector, SPECS, 0, self.counts[minute], self.since, most_slices=most_slices
        )


def lived(minutes: int, seed: int = 1) -> Told:
    told, rng = Told(), np.random.default_rng(seed)
    for _ in range(minutes):
        counts = rng.poisson(0.0005, 20).tolist()
        told.close({0: sum(counts)} | {place + 1: count for place, count in enumerate(counts)})
    return told


def test_the_parts_add_up_to_the_evidence_of_the_outcome() -> None:
    told = lived(600)
    outcome = told.close({0: 2, 3: 1, 4: 1})
    shown = told.explain(most_slices=20)
    assert sum(node.evidence for node in shown.nodes) == pytest.approx(shown.evidence)
    assert sum(node.share for node in shown.nodes) == pytest.approx(1.0)
    assert shown.log_evidence == pytest.approx(outcome.log_evidence[0], abs=0.01)
    assert shown.log_evidence <= outcome.log_evidence[0]
    assert shown.other_slices == 0
    assert all(node.evidence == pytest.approx(node.weight * node.mixed) for node in shown.nodes)
    assert all(node.mixed == pytest.approx(np.mean(node.tried)) for node in shown.nodes)


def test_what_is_not_listed_is_in_the_sum() -> None:
    told = lived(605)
    few, all_of_them = told.explain(most_slices=3), told.explain(most_slices=20)
    assert len(few.nodes) == 4
    assert few.other_slices == 17
    assert few.evidence == all_of_them.evidence
    listed = sum(node.evidence for node in few.nodes)
    assert few.other_evidence == pytest.approx(few.evidence - listed)
    assert all_of_them.nodes[:4] == few.nodes


def test_a_declaration_is_explained_as_one_with_the_evidence_that_it_was_made_on() -> None:
    told = lived(60)
    for _ in range(30):
        outcome = told.close({0: 2, 7: 2})
        shown = told.explain()
        declared = [one for one in outcome.findings if isinstance(one, Declared)]
        assert (shown.verdict is Verdict.DECLARED) == bool(declared)
        if declared:
            break
        assert shown.verdict is Verdict.NOT_ENOUGH
        assert shown.evidence < shown.threshold
    assert shown.log_evidence == pytest.approx(declared[0].log_evidence)
    assert shown.evidence >= shown.threshold == pytest.approx(math.exp(shown.log_threshold))
    (outage,) = shown.outages
    assert (outage.declared_minute, outage.onset_minute) == (
        outcome.minute,
        declared[0].onset_minute,
    )
    city_seven = next(node for node in shown.nodes if node.value == "City 6")
    assert city_seven.observed == 2
    assert city_seven.run_start_minute is not None
    assert city_seven.run_reports == told.since(city_seven.run_start_minute)[7]
    assert city_seven.run_expected < city_seven.run_reports
    told.close({})
    assert told.explain().verdict is Verdict.OPEN


def test_looking_changes_nothing() -> None:
    looked, alone = lived(303), lived(303)
    for step in range(40):
        counts = {0: step % 3, 5: step % 2}
        for told in (looked, alone):
            told.close({node: count for node, count in counts.items() if count})
        looked.explain()
    state, other = looked.detector.state(), alone.detector.state()
    assert all(np.array_equal(state[name], other[name]) for name in state)


def test_what_learns_cannot_declare_and_says_until_when() -> None:
    told = Told(midstream=True)
    for _ in range(30):
        told.close({0: 20, 1: 20})
    shown = told.explain()
    assert shown.verdict is Verdict.LEARNING
    assert shown.learns_until_minute == START + told.detector.rule.warm_up
    assert not shown.outages


def test_the_echo_is_what_the_next_minute_is_measured_against() -> None:
    told = lived(60)
    told.close({0: 1, 2: 1})
    rule = told.detector.rule
    fresh = next(node for node in told.explain(20).nodes if node.value == "City 1").echo
    assert fresh == pytest.approx(rule.echo_reports / rule.echo_fades * math.exp(-0.1))
    for _ in range(10):
        told.close({})
    faded = next(node for node in told.explain(20).nodes if node.value == "City 1").echo
    assert faded == pytest.approx(fresh * math.exp(-1.0))


def test_nothing_is_explained_before_the_first_minute() -> None:
    with pytest.raises(ValueError, match="no minute"):
        explain(new_detector(*SPECS), SPECS, 0, {}, lambda _: {})
