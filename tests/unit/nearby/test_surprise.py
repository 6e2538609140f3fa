"""Small counts near one visitor: yes, perhaps, or nothing to go by."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from lapwing.outages.detection.rule import Rule
from lapwing.outages.detection.surprise import Sign, chance_of, sign_of

RULE = Rule()


@pytest.mark.parametrize(
    ("reports", "expected", "has_problems", "sign"),
    [
        (14, 0.4, False, Sign.YES),
        (14, 0.4, True, Sign.YES),
        (4, 0.02, False, Sign.MAYBE),
        (4, 0.02, True, Sign.YES),
        (3, 0.4, True, Sign.MAYBE),
        (120, 110.0, False, Sign.NONE),
        (40, 0.0, False, Sign.YES),
        (0, 2.0, True, Sign.NONE),
        (0, 0.1, True, Sign.TOO_FEW),
    ],
)
def test_signs(reports: int, expected: float, has_problems: bool, sign: Sign) -> None:
    assert sign_of(reports, expected, has_problems=has_problems, rule=RULE) is sign


@pytest.mark.parametrize("expected", [0.0, 0.01, 0.4, 5.0])
@pytest.mark.parametrize("has_problems", [True, False])
def test_nothing_tells_whether_anybody_or_nobody_reported(
    expected: float, has_problems: bool
) -> None:
    signs = {sign_of(n, expected, has_problems=has_problems, rule=RULE) for n in (0, 1, 2)}
    assert len(signs) == 1


@pytest.mark.parametrize("mean", [0.05, 0.5, 4.0, 60.0])
def test_ordinary_counts_are_seldom_taken_for_trouble(mean: float) -> None:
    chance = np.random.default_rng(7)
    size = mean / 0.3  # a variance of 1.3 times the mean
    counts = chance.negative_binomial(size, 1.0 / 1.3, 20_000).tolist()
    yes = sum(sign_of(n, mean, has_problems=False, rule=RULE) is Sign.YES for n in counts)
    assert yes / len(counts) < 0.002


def test_the_chance_falls_with_every_report_and_adds_up() -> None:
    chances = [chance_of(n, 0.4, RULE) for n in range(1, 30)]
    assert all(more < less for less, more in pairwise(chances))
    mean = 1.5 * 0.4 + 0.2
    assert sum(chances) == pytest.approx(mean, rel=1e-6)  # E[Y] is the sum of P(Y >= n)
