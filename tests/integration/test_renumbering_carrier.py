"""A carrier that renumbers, from a server's first day until its service is known."""

import numpy as np
from tests.unit.detection.test_new_server import START_MIN, feed, fresh, row

from lapwing.outages.watch import Watch


def renumbered(days: int) -> Watch:
    """A carrier moves its people to a network of another name about twice a day."""
    chance = np.random.default_rng(7)
    watch = fresh()
    counts = chance.poisson(500 / 1440, days * 1440)
    number = 0
    for minute, count in enumerate(counts.tolist(), START_MIN):
        feed(watch, minute, [row(number + n, minute, number // 256) for n in range(count)])
        number += count
    return watch


def test_a_carrier_that_renumbers_for_days_alarms_nobody() -> None:
    assert list(renumbered(6).records.incidents) == []
