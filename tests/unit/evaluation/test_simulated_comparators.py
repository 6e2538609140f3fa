import numpy as np
import pytest

from lapwing.outages.evaluation.comparators import (
    C2,
    EWMA,
    FIXED,
    NAMES,
    Comparators,
    TimeOfDay,
    tuned_threshold,
)

MINUTES = 200
RATE = 0.4


def quiet(series: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    counts = np.random.default_rng(seed).poisson(RATE, (MINUTES, series)).astype(float)
    return counts, np.full((MINUTES, series), RATE)


def test_minutes_given_in_two_parts_are_judged_as_at_once() -> None:
    counts, mean = quiet()
    at_once = Comparators(3).judge(counts, mean)
    in_parts = Comparators(3)
    first = in_parts.judge(counts[:77], mean[:77])
    branch = in_parts.copy()
    branch.judge(counts[:50] + 9.0, mean[:50])
    second = in_parts.judge(counts[77:], mean[77:])

    for name in NAMES:
        joined = np.concatenate((first[name], second[name]))
        np.testing.assert_allclose(joined, at_once[name], rtol=1e-9, atol=1e-9, err_msg=name)


def test_a_cusum_is_the_sum_that_never_falls_below_zero() -> None:
    counts, mean = quiet(1)
    told = Comparators(1).judge(counts, mean)["Poisson CUSUM, 2 times"][:, 0]

    total, by_hand = 0.0, []
    for count in counts[:, 0]:
        total = max(0.0, total + count * np.log(2.0) - RATE)
        by_hand.append(total)

    np.testing.assert_allclose(told, by_hand, atol=1e-9)


def test_the_window_rules_compare_a_quarter_of_an_hour() -> None:
    counts = np.zeros((MINUTES, 1))
    counts[150:] = 2.0
    told = Comparators(1).judge(counts, np.full((MINUTES, 1), 0.2))

    assert told[FIXED][149] == 0.0
    assert told[FIXED][157] == pytest.approx(8 * 2.0 / (15 * 0.2))
    assert told[FIXED][-1] == pytest.approx(30.0 / 3.0)
    assert told[C2][164] == pytest.approx(30.0 / 0.5)


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_rises_clearly_in_an_outage(name: str) -> None:
    counts, mean = quiet()
    counts[170:] += 6.0
    told = Comparators(3).judge(counts, mean)[name]

    assert (told[-1] > 2.0 * told[100:170].max(axis=0)).all()
    assert EWMA in NAMES


def test_the_time_of_day_s_mean_is_of_the_same_hour_of_other_days() -> None:
    usual = TimeOfDay(1)
    for hour in range(72):
        usual.learn(hour, np.array([60.0 if hour % 24 == 9 else 0.0]))

    rates = usual.rates(72 + 9)[:, 0]

    assert rates.max() == pytest.approx(1.0, abs=0.02)
    assert usual.rates(72 + 12).max() == 0.0


def test_the_threshold_allows_as_many_alarms_as_it_may_and_no_more() -> None:
    peaks = np.array([[1.0, 9.0], [7.0, 8.0], [2.0, 3.0], [6.0, 1.0]])

    assert tuned_threshold(peaks, 0) == 9.0
    assert tuned_threshold(peaks, 1) == 7.0  # 9 and 8 follow each other: one alarm
    assert tuned_threshold(peaks, 2) == 6.0
    assert tuned_threshold(peaks, 3) < 6.0
