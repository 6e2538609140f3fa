import numpy as np
import pytest

from lapwing.outages.detection.rule import Rule
from lapwing.outages.evaluation.intervals import middle, poisson_rate, quantiles, resampled
from lapwing.outages.evaluation.null_run import (
    ALL,
    ALONE,
    LAUNCHED,
    SLICED,
    VOLUMES,
    ServiceYears,
    by_class,
    run_cohort,
)
from lapwing.outages.evaluation.simulation import Cohort

BUDGET = Rule().alpha_per_year


def test_a_rule_that_declares_too_easily_is_seen_to_break_the_promise() -> None:
    cohort = Cohort(seed=1, number=0, services=6, days=1)
    careless = run_cohort(cohort, Rule(alpha_per_year=5_000.0, z=0.0, z_busy=0.0, warm_up=360))

    result = by_class(ALONE, careless, BUDGET)[-1]

    assert result.volume == ALL
    assert result.low > BUDGET
    assert not result.holds


def test_the_rule_in_force_keeps_it_on_the_same_services() -> None:
    cohort = Cohort(seed=1, number=0, services=8, days=3, sliced=True)
    services = run_cohort(cohort, Rule())

    result = by_class(SLICED, services, BUDGET)[-1]

    assert result.holds
    assert result.services == len(services) > 3
    assert result.service_years == pytest.approx(len(services) * 1.0 / 365, rel=0.2)


def test_services_are_told_by_volume_and_launched_ones_apart() -> None:
    services = [
        ServiceYears(per_day=1.0, launched=False, years=10.0, false_incidents=2),
        ServiceYears(per_day=2.0, launched=False, years=10.0, false_incidents=0),
        ServiceYears(per_day=700.0, launched=False, years=10.0, false_incidents=0),
        ServiceYears(per_day=700.0, launched=True, years=5.0, false_incidents=9),
    ]

    results = {result.volume: result for result in by_class(ALONE, services, BUDGET)}

    assert list(results) == [VOLUMES[0], VOLUMES[3], LAUNCHED, ALL]
    assert results[VOLUMES[0]].rate == pytest.approx(0.1)
    assert results[VOLUMES[3]].rate == 0.0
    assert not results[LAUNCHED].holds
    assert results[ALL].false_incidents == 11


def test_the_interval_of_a_rate_is_the_exact_one() -> None:
    assert poisson_rate(0, 1.0) == (0.0, pytest.approx(3.689, abs=1e-3))
    assert poisson_rate(10, 2.0) == (pytest.approx(2.398, abs=1e-3), pytest.approx(9.195, abs=1e-3))


def test_resampled_quantiles_lie_around_the_quantile_even_where_some_are_missed() -> None:
    values = np.concatenate((np.arange(80.0), np.full(20, np.inf)))
    group = np.arange(100) // 2
    times = resampled(group)

    assert (times[:, 0] == times[:, 1]).all()
    low, high = middle(quantiles(values, times, 0.5))
    assert 25 < low < 50 < high < 75
    assert middle(quantiles(values, times, 0.99)) == (np.inf, np.inf)
