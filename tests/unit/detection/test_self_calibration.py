"""Self-calibration over simulated e-detectors: many services of one rate, one tried multiple."""

from __future__ import annotations

import numpy as np
import pytest

from lapwing.outages.detection.columns import Columns
from lapwing.outages.detection.evidence import EmptyMinute, log_ratio
from lapwing.outages.detection.model import FloatArray
from lapwing.outages.detection.rule import Rule
from lapwing.outages.detection.self_calibration import (
    CalibrationRule,
    SelfCalibration,
    calibration_columns,
)

RHO = 2.0
MU0, PHI = 0.5, 1.5
"""The null of every service here: at most half a report a minute."""
DAY = 1440
MOST = 64
LOG_THRESHOLD = np.log(525_600 / 6.0)
"""Six false alarms a year."""


def log_e() -> FloatArray:
    """By count, 0 to MOST: the evidence of one minute."""
    rule = Rule(rhos=(RHO,))
    empty, mu0, phi = EmptyMinute(rule), np.full(MOST, MU0), np.full(MOST, PHI)
    at_zero = empty.log_evidence(mu0, phi)[:, 0]
    above = log_ratio(np.arange(1.0, MOST + 1), mu0, phi, empty.rates(mu0))[:, 0] + at_zero
    return np.concatenate([at_zero[:1], above])


class Simulated:
    """Services whose counts are negative binomial of a given mean; R as the detector has it."""

    def __init__(self, services: int, seed: int) -> None:
        self.services = Columns(calibration_columns())
        self.services.extend(services)
        self.calibration = SelfCalibration(CalibrationRule(), self.services)
        self.volume = np.full(services, 1440 * MU0)
        self._rng = np.random.default_rng(seed)
        self._plain_r = np.zeros(services)
        self._r = np.zeros(services)
        self._log_e = log_e()
        self._minute = 0

    def live(self, minutes: int, mean: float) -> tuple[int, int]:
        """Alarms at the plain and at the calibrated threshold; after one, its R starts again."""
        plain = calibrated = 0
        for y in self._counts(minutes, mean):
            log_e = self._log_e[y]
            self._plain_r = (self._plain_r + 1.0) * np.exp(log_e)
            alarmed = np.log(self._plain_r) >= LOG_THRESHOLD
            plain += int(alarmed.sum())
            self._plain_r[alarmed] = 0.0
            self._r = (self._r + 1.0) * np.exp(log_e)
            log_r = np.log(self._r)
            alarmed = self.calibration.calibrated(log_r) >= LOG_THRESHOLD
            calibrated += int(alarmed.sum())
            self.calibration.see(log_r, ~alarmed)
            self.calibration.close_minute(self._minute, self.volume)
            self._r[alarmed] = 0.0
            self._minute += 1
        return plain, calibrated

    def delays(self, mean: float, log_threshold: FloatArray, most: int) -> FloatArray:
        """Minutes until R first reaches its threshold while the mean is `mean`, `most` if never."""
        r, delay = self._r.copy(), np.full(len(self._r), float(most))
        for minute, y in enumerate(self._counts(most, mean)):
            r = (r + 1.0) * np.exp(self._log_e[y])
            delay[(np.log(r) >= log_threshold) & (delay == most)] = minute
        return delay

    def _counts(self, minutes: int, mean: float) -> np.ndarray:
        size = mean / (PHI - 1.0)
        return self._rng.negative_binomial(size, 1.0 / PHI, (minutes, len(self._r))).clip(max=MOST)


def test_ideal_null_leaves_the_evidence_as_it_is() -> None:
    simulated = Simulated(services=200, seed=1)
    simulated.live(3 * DAY, MU0)
    assert simulated.services["excess_count"].sum() > 100
    assert np.median(simulated.services["tau"]) == 1.0
    assert np.quantile(simulated.services["tau"], 0.9) < 1.25
    assert np.median(simulated.services["log_too_often"]) == 0.0


def test_weak_null_comes_back_to_its_budget_once_learnt_at_the_cost_of_minutes() -> None:
    services, days, weak = 250, 2, 1.3 * MU0
    simulated = Simulated(services, seed=2)
    simulated.live(3 * DAY, weak)
    plain, calibrated = simulated.live(days * DAY, weak)
    allowed = 6.0 * services * days / 365
    assert plain > 10 * allowed
    assert calibrated <= allowed
    most = 120
    asked = simulated.calibration.thresholds(LOG_THRESHOLD)
    late = simulated.delays(5 * MU0, asked, most)
    assert (late < most).all()
    cost = np.median(late) - np.median(
        simulated.delays(5 * MU0, np.full(services, LOG_THRESHOLD), most)
    )
    assert 0.0 < cost < 15.0


def new(services: int = 3, rule: CalibrationRule | None = None) -> tuple[Columns, SelfCalibration]:
    columns = Columns(calibration_columns())
    columns.extend(services)
    return columns, SelfCalibration(rule or CalibrationRule(), columns)


def block(calibration: SelfCalibration, peaks: list[float], teaches: list[bool]) -> None:
    """One block in which every service's evidence is at its peak once."""
    volume = np.full(len(peaks), 100.0)
    calibration.see(np.array(peaks), np.array(teaches))
    for minute in range(CalibrationRule().block):
        calibration.close_minute(minute, volume)


def test_declared_outage_does_not_teach() -> None:
    columns, calibration = new()
    block(calibration, [40.0, 40.0, 0.0], [False, True, True])
    assert columns["excess_count"].tolist() == [0.0, 1.0, 0.0]
    calibration.see(np.array([15.0, 0.0, 0.0]), np.array([True, True, True]))
    calibration.declare(0, 16.5)
    block(calibration, [0.0, 0.0, 0.0], [True, True, True])
    assert columns["excess_count"][0] == 0.0


def test_further_outages_of_a_week_teach() -> None:
    columns, calibration = new()
    quiet, teaches = [0.0, 0.0, 0.0], [True, True, True]
    counts = []
    for day in range(9):
        if day in (0, 2, 4, 8):
            calibration.see(np.array([15.0, 0.0, 0.0]), np.array(teaches))
            calibration.declare(0, 16.5)
        for _ in range(4):
            block(calibration, quiet, teaches)
        counts.append(float(columns["excess_count"][0]))
    assert np.flatnonzero(np.diff(counts, prepend=0.0) > 0.0).tolist() == [2, 4]
    assert columns["excess_count"][1:].tolist() == [0.0, 0.0]


def test_undeclared_burst_of_a_day_is_bounded() -> None:
    columns, calibration = new(50)
    for _ in range(4):
        block(calibration, [60.0] + [0.0] * 49, [True] * 50)
    n0, most = CalibrationRule().prior_peaks, CalibrationRule().most_excess
    assert 2.0 < columns["tau"][0] <= CalibrationRule().most_tau
    assert columns["tau"][0] < 2.0 * (n0 + 4 * most) / (n0 + 4)
    assert columns["tau"][1:].max() < 1.25
    for _ in range(8 * 4):
        block(calibration, [8.0] * 50, [True] * 50)
    assert columns["tau"][0] < 2.0
    assert columns["tau"][1] == pytest.approx(1.0, abs=0.01)


def test_never_more_eager_than_the_theory() -> None:
    columns, calibration = new()
    for _ in range(40):
        block(calibration, [7.05, 7.4, 9.0], [True] * 3)
    log_r = np.array([20.0, 20.0, 20.0])
    assert (columns["tau"] >= 1.0).all()
    assert (calibration.calibrated(log_r) <= log_r).all()
    assert (calibration.thresholds(16.5) >= 16.5).all()
    assert (calibration.thresholds(5.0) == 5.0).all()


def test_threshold_and_calibrated_evidence_say_the_same() -> None:
    columns, calibration = new()
    columns["tau"][:] = [1.0, 1.7, 4.0]
    columns["log_too_often"][:] = [0.0, 0.4, 1.0]
    at_threshold = calibration.thresholds(16.5)
    assert calibration.calibrated(at_threshold) == pytest.approx([16.5] * 3)
    assert calibration.calibrated(np.array([3.0, 6.9, -2.0])).tolist() == [3.0, 6.9, -2.0]


def test_only_new_peaks_need_exact_evidence() -> None:
    _, calibration = new()
    calibration.see(np.array([9.0, 0.0, 0.0]), np.array([True] * 3))
    assert calibration.new_peaks(np.array([8.5, 6.5, 7.5])).tolist() == [2]


def test_dismissed_alarm_teaches_at_once() -> None:
    columns, calibration = new()
    calibration.teach(1, 16.5, np.full(3, 100.0))
    assert columns["excess_count"].tolist() == [0.0, 1.0, 0.0]
    assert columns["tau"][1] > columns["tau"][0] >= 1.0


def test_classes_of_volume_are_pooled_apart() -> None:
    columns, calibration = new()
    volume = np.array([5.0, 5.0, 5000.0])
    for _ in range(30):
        calibration.see(np.array([12.0, 0.0, 0.0]), np.array([True] * 3))
        calibration.close_minute(359, volume)
    assert columns["tau"][0] > columns["tau"][1] > 1.05
    assert columns["tau"][2] == 1.0


def test_goes_on_exactly_from_a_copy_of_its_columns() -> None:
    one, other = Simulated(services=20, seed=4), Simulated(services=20, seed=5)
    one.live(500, 1.3 * MU0)
    rows = np.arange(20)
    other.services.put(rows, one.services.take(rows))
    columns = []
    for simulated in (one, other):
        rng = np.random.default_rng(6)
        for minute in range(500, 1500):
            simulated.calibration.see(rng.gumbel(5.0, 2.0, 20), np.ones(20, dtype=np.bool_))
            simulated.calibration.close_minute(minute, simulated.volume)
        columns.append(simulated.services.take(rows))
    assert columns[0]["excess_count"].sum() > 0.0
    for name in columns[0]:
        np.testing.assert_array_equal(columns[0][name], columns[1][name])
