"""What a few can add to the evidence is bounded, whatever they send."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.outages.detection.corroboration import (
    PARTNERS,
    Grouped,
    Normal,
    log_corroborated,
    log_more,
)
from lapwing.outages.detection.rule import Rule

RULE = Rule()
LENGTH = 46
NETWORKS = 20


def grouped(
    counts: dict[int, dict[int, int]], shares: list[float], weights: list[float] | None = None
) -> Grouped:
    """`counts`: by group, reports by minute."""
    cells = [(g, m, n) for g, minutes in counts.items() for m, n in minutes.items()]
    groups, minutes, reports = np.array(cells, np.int64).reshape(-1, 3).T
    return Grouped(
        minutes=np.repeat(minutes, reports),
        groups=np.repeat(groups, reports),
        shares=np.array(shares),
        weights=np.array(weights if weights is not None else [1.0] * len(shares)),
        length_min=LENGTH,
    )


def reached(reports: Grouped, mu0: float = 0.5, phi: float = 1.6) -> bool:
    found = log_corroborated(reports, Normal(mu0, phi), RULE, RULE.log_threshold)
    return found >= RULE.log_threshold


def every_minute(reports: int) -> dict[int, int]:
    return dict.fromkeys(range(LENGTH), reports)


floods = st.lists(
    st.tuples(
        st.floats(0.0, 1.0 / PARTNERS),
        st.dictionaries(st.integers(0, LENGTH - 1), st.integers(1, 2000), max_size=12),
    ),
    min_size=1,
    max_size=PARTNERS,
)


@settings(max_examples=80, deadline=None)
@given(floods, st.floats(1e-4, 50.0), st.floats(0.1, 20.0))
def test_a_coalition_of_partners_never_suffices_whatever_it_sends(
    flood: list[tuple[float, dict[int, int]]], mu0: float, excess: float
) -> None:
    counts = {group: minutes for group, (_, minutes) in enumerate(flood)}
    shares = [share for share, _ in flood]
    assert not reached(grouped(counts, shares), mu0, 1.3 + excess)


def test_a_flood_and_nothing_unusual_from_the_others_does_not_suffice() -> None:
    rng = np.random.default_rng(5)
    counts = {
        group: dict(enumerate(rng.poisson(0.5 / NETWORKS, LENGTH).tolist()))
        for group in range(NETWORKS)
    }
    counts[0] = every_minute(500)
    assert not reached(grouped(counts, [1.0 / NETWORKS] * NETWORKS))


def test_one_more_than_the_partners_suffices() -> None:
    counts = {group: every_minute(20) for group in range(PARTNERS + 2)}
    assert reached(grouped(counts, [0.05] * (PARTNERS + 2)))


@pytest.mark.parametrize("networks", [3, 6, 20])
def test_an_outage_of_all_networks_is_seen(networks: int) -> None:
    rng = np.random.default_rng(networks)
    counts = {
        group: {minute: int(rng.poisson(10.0 / networks)) for minute in range(LENGTH - 5, LENGTH)}
        for group in range(networks)
    }
    assert reached(grouped(counts, [1.0 / networks] * networks))


def test_strangers_weigh_less() -> None:
    counts = {group: every_minute(50) for group in range(6)}
    assert reached(grouped(counts, [0.01] * 6))
    assert not reached(grouped(counts, [0.01] * 6, [0.25] * 6))


def test_trusted_reports_have_no_cap() -> None:
    assert reached(grouped({0: every_minute(20)}, [0.5], [np.inf]))
    assert not reached(grouped({0: every_minute(20)}, [0.5]))


def test_an_outage_in_the_last_minutes_is_not_diluted_by_the_quiet_before() -> None:
    counts = {group: {LENGTH - 1: 4, LENGTH - 2: 4} for group in range(10)}
    assert reached(grouped(counts, [0.1] * 10))


@pytest.mark.parametrize("true_phi", [1.0001, 1.5, 3.0])
def test_the_evidence_of_a_normal_minute_is_at_most_one_on_average(true_phi: float) -> None:
    """Markov: capped evidence of normal reports reaches 5 nats hardly ever."""
    rng = np.random.default_rng(int(true_phi * 10))
    mu, size = 0.5, 0.5 / (true_phi - 1.0)
    exceeded = 0
    for _ in range(100):
        counts = rng.negative_binomial(size, size / (size + mu), LENGTH).tolist()
        reports = grouped({0: dict(enumerate(counts))}, [1.0], [np.inf])
        exceeded += log_corroborated(reports, Normal(mu, 3.0), RULE, 15.0) >= np.log(LENGTH / 0.05)
    assert exceeded <= 100 * 0.05


def test_more_reports_than_without_the_part_speak_for_growth() -> None:
    assert log_more(observed=130, expected=100, more=30) > 2.3
    assert log_more(observed=100, expected=100, more=30) < 0  # moved, not added
    assert log_more(observed=100, expected=100, more=0) == -np.inf
