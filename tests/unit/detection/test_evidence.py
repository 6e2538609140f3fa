"""Evidence must not favour an outage on average while everything is normal."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import nbinom, poisson

from lapwing.outages.detection.evidence import EmptyMinute, log_ratio
from lapwing.outages.detection.rule import Rule

EMPTY = EmptyMinute(Rule())
COUNTS = np.arange(0.0, 1200.0)


def log_e(mu0: float, phi: float, counts: np.ndarray = COUNTS) -> np.ndarray:
    mu, factor = np.full(len(counts), mu0), np.full(len(counts), phi)
    ratio = log_ratio(counts, mu, factor, EMPTY.rates(mu))
    ratio[counts == 0.0] = 0.0
    return ratio + EMPTY.log_evidence(mu, factor)


def log_probability(mean: float, phi: float) -> np.ndarray:
    if phi == 1.0:
        return poisson.logpmf(COUNTS, mean)
    return nbinom.logpmf(COUNTS, mean / (phi - 1.0), 1.0 / phi)


@pytest.mark.parametrize("mu0", [2e-5, 0.002, 0.02, 0.09, 0.41, 1.7, 9.3, 25.0])
@pytest.mark.parametrize("phi", [1.3, 1.42, 2.7, 9.9])
def test_mean_evidence_of_a_normal_minute_is_at_most_one(mu0: float, phi: float) -> None:
    evidence = log_e(mu0, phi)
    for true_mean in (mu0, 0.8 * mu0, 0.1 * mu0):
        for true_phi in (1.0, 1.0 + 0.3 * (phi - 1.0), 1.0 + 0.7 * (phi - 1.0), phi):
            log_mean = logsumexp(log_probability(true_mean, true_phi)[:, None] + evidence, axis=0)
            assert (log_mean <= 1e-9).all(), (true_mean, true_phi, log_mean)


@pytest.mark.parametrize("mu0", [0.0005, 0.3, 12.0])
def test_evidence_grows_with_the_count(mu0: float) -> None:
    assert (np.diff(log_e(mu0, 1.5, np.arange(0.0, 200.0)), axis=0) > 0).all()


@pytest.mark.parametrize("mu0", [0.0005, 0.3, 12.0, 3000.0])
def test_a_minute_without_reports_always_speaks_against_an_outage(mu0: float) -> None:
    assert (log_e(mu0, 1.5, np.array([0.0])) < 0).all()


def test_ratio_of_one_report_is_the_ratio_of_rates() -> None:
    mu = np.array([0.01])
    rates = EMPTY.rates(mu)
    ratio = log_ratio(np.array([1.0]), mu, np.array([1.3]), rates)
    np.testing.assert_allclose(ratio, np.log(rates / 0.01))
