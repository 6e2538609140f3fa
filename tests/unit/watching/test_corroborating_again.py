"""What is usual is what is known now, whoever asked before."""

from __future__ import annotations

import numpy as np
from tests.unit.watching.lived import START, Lived, fresh_watch

from lapwing.kernel.instants import minute_of
from lapwing.outages.checkpoint import packed, restore
from lapwing.outages.detection.model import MinuteCounts


def _hour(lived: Lived, networks: list[str]) -> None:
    for _ in range(60):
        network = networks[lived.minute % len(networks)]
        named = {"network": network, "block": f"{network}-{lived.minute}"}
        lived.report(1, trusted=False, reporter=f"r-{lived.minute}", **named)
        lived.jump(1)


def test_how_concentrated_a_stretch_is_does_not_depend_on_earlier_questions() -> None:
    lived = Lived()
    for _ in range(4):
        _hour(lived, ["a", "b", "c"])
    start, end = lived.minute - 60, lived.minute
    before = lived.watch.corroborating.concentration(0, 0, start, end)
    for _ in range(4):
        _hour(lived, ["a", "c", "c"])
    now = lived.watch.corroborating.concentration(0, 0, start, end)
    other = fresh_watch()
    assert lived.watch.records.incidents == {}
    assert restore(other, packed(lived.watch), [])
    assert now == other.corroborating.concentration(0, 0, start, end)
    assert now != before


def test_a_minute_of_which_only_counts_are_known_is_judged_in_that_minute() -> None:
    """As in a history of rollups: the counts of the closing minute are no silence."""
    watch = fresh_watch()
    watch.nodes.service("x")
    watch.close(MinuteCounts(START, np.array([0]), np.array([60]), np.array([True])))
    (incident,) = watch.records.incidents_of("x")
    assert minute_of(incident.detected_at) == START + 1


def _flood(lived: Lived, minutes: int) -> None:
    """From one network, a block for each."""
    for _ in range(minutes):
        for person in range(40):
            forged = {"network": "f", "block": f"f-{lived.minute}-{person}"}
            lived.report(1, trusted=False, reporter=f"r-{lived.minute}-{person}", **forged)
        lived.jump(1)


def test_a_service_is_beset_only_when_refusals_last() -> None:
    lived = Lived()
    for _ in range(4):
        _hour(lived, ["a", "b", "c"])
    beset = []
    for _ in range(30):
        _flood(lived, 1)
        judge = lived.watch.corroborating
        beset.append((judge.refused_of("x") is not None, judge.beset_of("x") is not None))
    first = beset.index((True, False))
    assert (False, True) not in beset
    assert beset[first : first + 3] == [(True, False), (True, False), (True, True)]
