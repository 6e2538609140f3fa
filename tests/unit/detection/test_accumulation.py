from __future__ import annotations

import numpy as np
import pytest

from lapwing.outages.detection.accumulation import Accumulation, onset
from lapwing.outages.detection.evidence import EmptyMinute
from lapwing.outages.detection.layout import Tables
from lapwing.outages.detection.rule import Rule

RULE = Rule()
ROW = np.array([0])
LONG_AGO = np.array([1 << 20])


@pytest.fixture
def tables() -> Tables:
    tables = Tables(RULE)
    tables.nodes.extend(1)
    tables.nodes["weight"][:] = 1.0
    return tables


@pytest.fixture
def accumulation(tables: Tables) -> Accumulation:
    accumulation = Accumulation(RULE, tables.nodes, EmptyMinute(RULE))
    accumulation.renew(ROW, np.array([0.05]), np.array([1.35]))
    return accumulation


def test_jumping_over_empty_minutes_equals_walking_through_them(
    tables: Tables, accumulation: Accumulation
) -> None:
    q = np.exp(tables.nodes["empty"][0])
    news = accumulation.log_evidence(
        ROW, np.array([2.0]), np.array([1.35]), np.array([True]), LONG_AGO
    )
    walked = np.zeros(len(RULE.rhos))
    for tick in range(1, 40):
        walked = (walked + 1) * (np.exp(news[0]) if tick in (7, 30) else q)
    for tick in (7, 30):
        accumulation.absorb(ROW, news, 1000 + tick, tick)
    accumulation.settle(ROW, 39)
    np.testing.assert_allclose(tables.nodes["sr"][0], walked, rtol=1e-9)


def test_one_minute_from_few_networks_adds_no_more_than_the_cap(
    accumulation: Accumulation,
) -> None:
    crowd, phi = np.array([60.0]), np.array([1.35])
    few = accumulation.log_evidence(ROW, crowd, phi, np.array([False]), LONG_AGO)
    many = accumulation.log_evidence(ROW, crowd, phi, np.array([True]), LONG_AGO)
    assert few.max() == RULE.log_evidence_cap
    assert many.max() > RULE.log_evidence_cap


def test_onset_is_the_minute_in_which_the_lasting_excursion_began(
    tables: Tables, accumulation: Accumulation
) -> None:
    for tick in (3, 200, 201, 202):
        news = accumulation.log_evidence(
            ROW, np.array([3.0]), np.array([1.35]), np.array([True]), LONG_AGO
        )
        accumulation.absorb(ROW, news, 1000 + tick, tick)
    assert onset(tables.nodes["cusum"][0], tables.nodes["start"][0], 1202) == 1200


def test_onset_without_evidence_is_now() -> None:
    assert onset(np.zeros(3), np.array([5, 6, 7]), 99) == 99


def test_a_report_right_after_another_says_less_than_one_after_a_while(
    accumulation: Accumulation,
) -> None:
    one, phi, spread = np.array([1.0]), np.array([1.35]), np.array([True])

    at_once = accumulation.log_evidence(ROW, one, phi, spread, np.array([1]))
    later = accumulation.log_evidence(ROW, one, phi, spread, np.array([30]))
    alone = accumulation.log_evidence(ROW, one, phi, spread, LONG_AGO)

    assert (at_once < later).all()
    assert (later <= alone).all()
