import math

import numpy as np
import pytest
from scipy.stats import binom
from tests.unit.localisation.made_reports import CITIES, CITY_LEVEL, TILT, Nation, both

from lapwing.outages.detection.localisation.problem import Choice, Problem, condensed
from lapwing.outages.detection.localisation.search import Search
from lapwing.outages.detection.localisation.shares import Shares
from lapwing.outages.detection.localisation.significance import PValues, tail


def test_nothing_can_be_said_against_a_part_of_which_nothing_is_known() -> None:
    with np.errstate(all="raise", under="ignore"):
        assert tail(40, 40, 1.0 - 1e-12, ordinary=0.5, sd=200.0) == pytest.approx(0.5, abs=0.1)


def test_without_tilt_the_tail_is_the_binomial_s() -> None:
    exact = float(binom.sf(11, 40, 0.2))
    assert tail(12, 40, 0.2, ordinary=1.0, sd=0.4) == pytest.approx(exact, rel=1e-3)
    assert tail(12, 40, 0.2, ordinary=0.0, sd=0.0) == pytest.approx(exact, rel=1e-3)


def test_the_tail_is_that_of_simulated_tilts() -> None:
    random = np.random.default_rng(1)
    odds = 0.25 / 0.75 * np.exp(0.5 * random.normal(size=400_000))
    part = 0.3 * 0.25 + 0.7 * odds / (1.0 + odds)
    simulated = float((random.binomial(60, part) >= 28).mean())
    assert tail(28, 60, 0.25, ordinary=0.3, sd=0.5) == pytest.approx(simulated, rel=0.05)


def test_no_report_inside_is_no_evidence() -> None:
    assert tail(0, 50, 0.1, 0.5, 0.4) == 1.0


def least_p_value(problem: Problem) -> float:
    """Of what the search finds and of every single city: what a reader could be shown."""
    shares = Shares(problem)
    p_values = PValues(problem, shares)
    tried = [(Choice(CITY_LEVEL, (city,)), None, None) for city in range(CITIES)]
    return min(p_values.overall(subset) for subset in [*tried, Search(problem).best().subset])


@pytest.mark.parametrize(
    ("expected", "excess", "tilt"), [(60, 0, 0.0), (20, 200, 0.2), (5, 80, TILT)]
)
def test_p_values_hold_when_everything_is_alike(expected: int, excess: int, tilt: float) -> None:
    """Super-uniform: at most a fraction p of the p-values is p or less."""
    found = []
    for seed in range(25):
        nation = Nation(seed)
        reports = both(nation.draw(int(nation.random.poisson(expected))), nation.draw(excess, tilt))
        found.append(least_p_value(condensed(nation.problem(reports, float(expected)))))
    for level in (0.02, 0.1, 0.3):
        allowed = level * len(found)
        assert sum(p <= level for p in found) <= allowed + 2.0 * math.sqrt(allowed)


def test_a_local_excess_has_a_small_p_value() -> None:
    nation = Nation(0)
    reports = both(nation.draw(20), nation.draw(20, city=(5,)))
    problem = condensed(nation.problem(reports, 20.0))
    p_values = PValues(problem, Shares(problem))
    assert p_values.overall((Choice(CITY_LEVEL, (5,)), None, None)) < 1e-4
    assert p_values.overall((None, None, None)) == 1.0
