"""A network's reports come and go with the day of its country, not with that of the service."""

from __future__ import annotations

import numpy as np
import pytest
from watched_service import close, feed, new_detector, whole

from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.model import Declared, NodeSpec
from lapwing.outages.model import Dimension

DAY = 1440
OWN, INDIA, AMERICA, NETWORK = range(4)


def two_countries(*, network_in: str | None) -> Detector:
    return new_detector(
        whole(),
        NodeSpec(0, Dimension.COUNTRY, "IN", "IN"),
        NodeSpec(0, Dimension.COUNTRY, "US", "US"),
        NodeSpec(0, Dimension.NETWORK, "AS1", network_in),
        midstream=True,
    )


def counts(step: int, rng: np.random.Generator) -> dict[int, int]:
    """India reports in one half of the day, America in the other; all America by one network."""
    india = int(rng.poisson(3.0 if step % DAY < DAY // 2 else 0.1))
    america = int(rng.poisson(1.0 if step % DAY >= DAY // 2 else 0.1))
    return {OWN: india + america, INDIA: india, AMERICA: america, NETWORK: america}


def test_a_network_follows_the_day_of_its_country_which_is_no_outage_of_it() -> None:
    detector = two_countries(network_in="US")
    rng = np.random.default_rng(5)
    found = feed(detector, 2 * DAY, lambda step: counts(step, rng))
    expected = []
    for step in range(DAY):
        found += close(detector, counts(step, rng)).findings
        if step % (DAY // 2) == DAY // 4:
            expected.append(float(detector.expected(np.array([NETWORK]))[0]))

    assert expected[0] < 0.4 < 0.6 < expected[1]
    assert [one for one in found if isinstance(one, Declared)] == []


def test_one_with_more_reports_than_the_country_follows_the_service() -> None:
    detector = two_countries(network_in="IN")
    rng = np.random.default_rng(7)

    def elsewhere(step: int) -> dict[int, int]:
        reports = int(rng.poisson(1.0))
        return {OWN: reports, AMERICA: reports, NETWORK: reports, INDIA: int(step % 60 == 0)}

    feed(detector, DAY, elsewhere)
    assert detector.expected(np.array([NETWORK]))[0] == pytest.approx(1.0, rel=0.2)
