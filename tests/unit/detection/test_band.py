import numpy as np

from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.model import MinuteCounts, NodeSpec
from lapwing.outages.detection.rule import Rule
from lapwing.outages.model import Dimension

START = 28_000_000


def minute(number: int, reports: int) -> MinuteCounts:
    nodes = np.zeros(1 if reports else 0, np.int64)
    return MinuteCounts(
        number, nodes, np.full(len(nodes), reports, np.int64), np.ones(len(nodes), np.bool_)
    )


def test_the_band_stays_where_it_was_after_an_outage() -> None:
    detector = Detector(Rule(), lambda country, number: 0)
    detector.add_nodes([NodeSpec(0, Dimension.SERVICE, "")])
    course = [0] * 120 + [60] * 40 + [0] * 60
    outcomes = [detector.close_minute(minute(START + n, y)) for n, y in enumerate(course)]
    found = [type(finding).__name__ for one in outcomes for finding in one.findings]
    assert "Recovered" in found
    assert outcomes[-1].upper[0] < 2 * outcomes[100].upper[0]
