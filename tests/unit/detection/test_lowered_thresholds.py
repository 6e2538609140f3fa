"""What posts stand for need not be brought by reports."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.unit.detection.watched_service import RULE, close, new_detector, quiet, whole

from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.model import Declared


def rising(detector: Detector, part: float, seed: int) -> tuple[int | None, float]:
    """The minute of the declaration as reports come, and the log evidence then."""
    quiet(detector, 600)
    detector.lower_thresholds({0: part} if part else {})
    for minute, reports in enumerate(np.random.default_rng(seed).poisson(0.7, 120).tolist()):
        for found in close(detector, {0: reports}).findings:
            if isinstance(found, Declared):
                return minute, found.log_evidence
    return None, 0.0


@pytest.mark.parametrize("seed", range(6))
def test_evidence_counts_as_far_as_it_is_asked_for(seed: int) -> None:
    full, evidence = rising(new_detector(), 0.0, seed)
    assert full is not None
    assert evidence >= RULE.log_threshold
    for part in (1 / 110, 1 / 11, 0.9, 0.999):
        lowered, less = rising(new_detector(), part, seed)
        assert lowered is not None
        assert lowered <= full
        assert less >= RULE.log_threshold + math.log(1.0 - part)


def test_it_is_lowered_for_that_service_alone_and_until_it_is_said_otherwise() -> None:
    earlier, _ = rising(new_detector(), 0.999, 1)
    full, _ = rising(new_detector(), 0.0, 1)
    assert earlier is not None
    assert full is not None
    assert earlier < full
    other = new_detector(whole(0), whole(1))
    other.lower_thresholds({1: 0.999})
    quiet(other, 600)
    assert (
        next(
            step
            for step, reports in enumerate(np.random.default_rng(1).poisson(0.7, 120).tolist())
            if any(isinstance(one, Declared) for one in close(other, {0: reports}).findings)
        )
        == full
    )
