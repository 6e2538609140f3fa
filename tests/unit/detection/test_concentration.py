"""When an outage's reports are out of line with where reports usually come from."""

from typing import Any

import numpy as np
import pytest

from lapwing.outages.detection.concentration import Concentration, concentration


def judged(networks: list[int], usual: list[float], **changed: Any) -> Concentration:
    """Every report from a block of its own unless it is said otherwise."""
    reports = sum(networks)
    given: dict[str, Any] = {
        "networks": np.array(networks),
        "usual": np.array(usual),
        "expected": 0.0,
        "blocks": np.ones(reports, np.int64),
        "usual_blocks": np.zeros(reports),
        "strange": np.zeros(len(networks)),
    }
    return concentration(**given | changed)


def test_reports_as_they_usually_come_are_in_line() -> None:
    found = judged([50, 30, 20], [0.5, 0.3, 0.2])
    assert not found.suspicious
    assert found.largest_network == 0.5
    assert found.effective_networks == found.effective_networks_usual == 2.63


def test_one_network_far_above_its_usual_part_is_suspicious() -> None:
    assert judged([80, 10, 10], [0.1, 0.5, 0.4]).suspicious
    assert not judged([80, 10, 10], [0.4, 0.3, 0.3]).suspicious


def test_what_is_usual_is_taken_off_first() -> None:
    found = judged([100, 60], [0.5, 0.5], expected=120.0)
    assert found.largest_network == 1.0
    assert found.effective_networks == 1.0


def test_one_block_is_suspicious_unless_it_is_usual() -> None:
    blocks = np.array([30, 35, 35])
    common: dict[str, Any] = {"blocks": blocks, "usual_blocks": np.array([0.1, 0.0, 0.1])}
    assert judged([50, 50], [0.5, 0.5], **common).suspicious
    common["usual_blocks"] = np.array([0.3, 0.3, 0.3])
    assert not judged([50, 50], [0.5, 0.5], **common).suspicious


def test_strangers_are_suspicious_where_known_networks_usually_report() -> None:
    strange = np.array([1.0, 1.0, 1.0, 0.0])
    usual = [0.01, 0.01, 0.01, 0.5]
    assert judged([20, 20, 20, 5], usual, strange=strange).suspicious
    assert not judged([5, 5, 5, 50], usual, strange=strange).suspicious


@pytest.mark.parametrize("reports", [1, 9])
def test_a_few_reports_are_not_judged(reports: int) -> None:
    assert not judged([reports], [0.01]).suspicious


def test_the_outage_of_one_network_is_judged_by_its_blocks_only() -> None:
    assert not judged([50], [0.05], one_network=True).suspicious
    blocks = {"blocks": np.array([40, 10]), "usual_blocks": np.zeros(2)}
    assert judged([50], [0.05], one_network=True, **blocks).suspicious


def test_no_excess_at_all() -> None:
    found = judged([5, 5], [0.5, 0.5], expected=100.0)
    assert found.largest_network == found.effective_networks == 0.0
