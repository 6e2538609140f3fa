"""Floods and outages through the whole watch: what is declared, and where."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.kernel.instants import MS_PER_MINUTE, Minute
from lapwing.outages.detection.model import IntArray
from lapwing.outages.detection.rule import Rule
from lapwing.outages.evaluation.flood_run import BUSY, RULE_OFF, RULE_ON, Lived, attack, measure
from lapwing.outages.evaluation.flood_world import (
    CITIES,
    Drawn,
    Forger,
    Rows,
    people,
)
from lapwing.outages.model import ReportRow

SLUG = "600-0"
RENTED = 100_000


@functools.cache
def lived() -> Lived:
    """A service that is known for a day."""
    return Lived(Rule(warm_up=720), seed=7, days=1, volumes={600: 1})


def at(per_minute: float, length: int = 20) -> IntArray:
    counts = np.random.default_rng(3).poisson(per_minute, length)
    out: IntArray = np.repeat(np.arange(BUSY, BUSY + length), counts)
    return out


def reports(drawn: Drawn) -> dict[Minute, list[ReportRow]]:
    found: dict[Minute, list[ReportRow]] = {}
    for row in Rows(np.random.default_rng(1)).of(SLUG, drawn):
        found.setdefault(row.at_ms // MS_PER_MINUTE, []).append(row)
    return found


def forged(networks: Iterable[int], per_minute: float, *, blocks: int = 500) -> Drawn:
    minutes, names = at(per_minute), np.array(list(networks))
    turn = np.arange(len(minutes))
    return Drawn(minutes, names[turn % len(names)], turn % blocks, turn % CITIES)


def declared(drawn: Drawn, **how: Any) -> dict[str, bool]:
    """By scope, whether it is held as suspicious."""
    found = lived().first_declared(BUSY, 20, reports(drawn), **how)
    return {scope: one.held for (_, scope), one in found.items()}


RNG = np.random.default_rng(11)


def test_quiet_minutes_declare_nothing() -> None:
    nothing = np.zeros(0, np.int64)
    assert declared(Drawn(nothing, nothing, nothing, nothing)) == {}


def test_a_true_outage_is_declared_and_not_held() -> None:
    assert declared(people(RNG, at(6.0))).get("service") is False


def test_one_network_with_few_blocks_is_refused() -> None:
    flood = forged([RENTED], 200.0, blocks=4)
    assert declared(flood) == {}
    assert declared(flood, defended=False)


def test_ten_rented_networks_are_not_the_service() -> None:
    found = declared(forged(range(RENTED, RENTED + 10), 200.0))
    assert "service" not in found
    assert "place" not in found


def test_a_hundred_rented_networks_are_held_as_strangers() -> None:
    assert declared(forged(range(RENTED, RENTED + 100), 40.0)).get("service") is True


def test_the_outage_of_one_network_is_told_as_its_own() -> None:
    assert set(declared(people(RNG, at(3.0), network=1))) == {"network"}


def test_a_carrier_that_renumbers_is_no_outage() -> None:
    """Its reports come under a number that nobody knows; the old number falls silent."""
    moved = {
        minute: [_renumbered(row) if row.network == "AS0" else row for row in rows]
        for minute, rows in lived().ordinary.items()
    }
    assert lived().first_declared(BUSY, 120, {}, ordinary=moved) == {}


def _renumbered(row: ReportRow) -> ReportRow:
    return msgspec.structs.replace(row, network="AS777")


@pytest.mark.parametrize("city", [3, 8])
def test_the_outage_of_one_city_is_told_as_its_own(city: int) -> None:
    found = declared(people(RNG, at(2.0), city=city))
    assert found.get("place") is False


def test_reports_without_a_network_are_not_judged() -> None:
    """An operator's trusted import."""
    trusted = [
        ReportRow(n, minute * MS_PER_MINUTE, SLUG, country="US", trusted=True)
        for n, minute in enumerate(at(10.0).tolist())
    ]
    by_minute: dict[Minute, list[ReportRow]] = {}
    for row in trusted:
        by_minute.setdefault(row.at_ms // MS_PER_MINUTE, []).append(row)
    assert (SLUG, "service") in lived().first_declared(BUSY, 20, by_minute)


def test_several_known_networks_are_believed() -> None:
    assert "service" not in declared(forged(range(2), 20.0))
    assert "service" in declared(forged(range(10), 20.0))


def test_the_evaluation_counts_what_a_forger_needs() -> None:
    (one,) = attack(lived(), Forger(1, knowing=False), seed=1)
    assert set(one.needed.values()) == {None}
    (many,) = attack(lived(), Forger(100, knowing=True), seed=1)
    needed = many.needed["service"]
    assert needed is not None
    assert 5 <= needed <= 200


def test_the_evaluation_measures_what_true_outages_cost() -> None:
    found = {delay.defence: delay for delay in measure(lived(), "20 times", seed=1, rounds=1)}
    on, off = found[RULE_ON].median_min, found[RULE_OFF].median_min
    assert on is not None
    assert off is not None
    assert off <= on <= off + 2


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from([0, 5, RENTED]),
    st.lists(st.sampled_from([0, 1, 5, 40, 300]), min_size=5, max_size=20),
    st.sampled_from([1, 4, 50, 1000]),
    st.sampled_from([1, 2, 25]),
)
def test_one_network_raises_no_service_wide_incident_whatever_it_sends(
    network: int, per_minute: list[int], blocks: int, cities: int
) -> None:
    minutes = np.repeat(np.arange(BUSY, BUSY + len(per_minute)), per_minute)
    turn = np.arange(len(minutes))
    flood = Drawn(minutes, np.full(len(minutes), network), turn % blocks, turn % cities)
    found = declared(flood)
    assert "service" not in found
    assert "place" not in found
    if blocks < 5 or cities < 3:
        assert found == {}
