"""Five-minute counts through the live detector, as the benchmark's runner feeds them."""

from __future__ import annotations

import numpy as np
import pytest
from bench.nab import (
    BLOCK,
    LOG_THRESHOLD,
    QUIET_ROWS,
    ROWS_A_DAY,
    RULES,
    alarms,
    calibrated,
    evidence,
)
from bench.nab_folder import Series

START = 480_000 * 60


def series(counts: np.ndarray) -> Series:
    return Series(START + 5 * np.arange(len(counts)), counts)


def test_burst_is_told_once_and_what_follows_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(20.0, 2 * ROWS_A_DAY + 120)
    burst = 2 * ROWS_A_DAY + 100
    counts[burst : burst + 12] = 300
    whole = evidence(RULES[0], [series(counts), series(counts[:burst])])
    assert np.isfinite(whole).all()
    told = np.flatnonzero(alarms(calibrated(whole[:, 0], 2 * ROWS_A_DAY), LOG_THRESHOLD))
    assert told.tolist() in ([burst], [burst + 1])
    np.testing.assert_array_equal(whole[:burst, 0], whole[:burst, 1])


def test_one_alarm_an_episode() -> None:
    log_r = np.zeros(5 * QUIET_ROWS)
    log_r[[10, 11, 50, 50 + QUIET_ROWS, 51 + 2 * QUIET_ROWS]] = 8.0
    assert np.flatnonzero(alarms(log_r, 7.0)).tolist() == [10, 51 + 2 * QUIET_ROWS]
    assert alarms(log_r, 9.0).sum() == 0.0


def test_recurring_bursts_are_read_lower() -> None:
    log_r = np.zeros(20 * ROWS_A_DAY)
    log_r[100 :: ROWS_A_DAY // 2] = 15.0
    read = calibrated(log_r, 0)
    assert calibrated(log_r, 2 * BLOCK)[100] == 0.0
    assert read[100] == 15.0
    assert read[-ROWS_A_DAY:].max() < LOG_THRESHOLD
    assert (read <= log_r).all()


def test_files_of_other_clocks_are_refused() -> None:
    counts = np.ones(10, dtype=np.int64)
    later = Series(START + 1 + 5 * np.arange(10), counts)
    with pytest.raises(ValueError, match="one clock"):
        evidence(RULES[0], [series(counts), later])
