"""Learns from a service's own quiet hours how far its evidence strays, and asks for more where
it strays further than the theory allows.

While all is as the null says, the peaks of log evidence R above a level u exceed it by 1 on
average (an exponential tail: P(R >= A) falls as 1 / A), in no more than p0 of all blocks of six
hours. Where the null is too low they exceed it by tau > 1, and in a larger part p of the blocks;
the evidence above u is then read as

    log R' = u + (log R - u) / tau - log(p / p0),        never more than log R

tau and p are shrunk to those of services of like volume:

    tau = max(1, (n0 tau_pool + sum of min(excess, 8 tau_pool)) / (n0 + number of excesses))
    p = max(p0, (n0 p_pool + number of excesses) / (n0 + number of blocks))

An outage is believed and teaches nothing, neither its hours nor what led to it; but no more than
one a week and service: what led to further ones is a peak like others, as a service that alarms
every other day would else never learn. A burst that nobody declared adds no more than 8 tau_pool
for each block that it lasts, and fades with the rest of what is remembered; to the pool a service
is no more than n0 peaks, so that one service in trouble does not dull the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.columns import Column, Columns
from lapwing.outages.detection.model import BoolArray, FloatArray, IntArray

_MINUTES_A_DAY: Final = 1440.0


@dataclass(frozen=True, slots=True)
class CalibrationRule:
    """Excesses are in natural logarithms of evidence."""

    block: int = 360
    """Minutes whose highest evidence is one peak."""
    peaks_from: float = 7.0
    """u. Log of three blocks of minutes: an ideal null passes it in a third of the blocks."""
    prior_peaks: float = 5.0
    """n0: weight of the pool against a service's own peaks, and most of these in the pool."""
    pool_prior_peaks: float = 200.0
    """Weight of the ideal null against what the services of a class have shown."""
    most_excess: float = 8.0
    """What one peak counts at most, in the pool's tau."""
    most_tau: float = 5.0
    """So that no service can be silenced: 1 + u + 5 (log A - u) is within an outage's reach."""
    believed_every: float = 7 * _MINUTES_A_DAY
    """A declared outage that comes sooner than this after the last believed one teaches."""
    half_life: float = 42 * _MINUTES_A_DAY
    """Of what is remembered of peaks, as long as the baseline's memory."""
    class_edges: tuple[float, ...] = (30.0, 600.0)
    """Reports a day between the classes of volume that are pooled."""

    @property
    def ideal_part(self) -> float:
        """p0: of blocks in which an ideal null passes u, at most (E[R_n] is at most n)."""
        return self.block / math.exp(self.peaks_from)


def calibration_columns() -> dict[str, Column]:
    """What is kept of each service, all of it: after a restart it goes on exactly."""
    return {
        "evidence_peak": Column("f8"),  # highest log evidence of the running block; 0: none
        "excess_sum": Column("f8"),
        "excess_count": Column("f8"),
        "blocks_seen": Column("f8"),
        "block_taught": Column("?"),  # a minute of the running block did
        "believed_in": Column("f8"),  # minutes until the next outage teaches nothing
        "tau": Column("f8", fill=1.0),
        "log_too_often": Column("f8"),  # log(p / p0)
    }


class SelfCalibration:
    """Works on the services' columns named above. Holds no state of its own."""

    def __init__(self, rule: CalibrationRule, services: Columns) -> None:
        self._rule = rule
        self._services = services

    def new_peaks(self, log_evidence: FloatArray) -> IntArray:
        """Services whose evidence, if it is that high, would be a new peak of their block."""
        level = np.maximum(self._services["evidence_peak"], self._rule.peaks_from)
        return np.flatnonzero(log_evidence > level)

    def see(self, log_evidence: FloatArray, teaches: BoolArray) -> None:
        """A minute's evidence of each service; `teaches` is False where an outage is open, has
        just ended, or the service's normal rate is not known yet."""
        peak = self._services["evidence_peak"]
        np.maximum(peak, log_evidence, out=peak, where=teaches)
        self._services["block_taught"][:] |= teaches

    def declare(self, service: int, log_evidence: float) -> None:
        """An outage is declared, at this evidence; `see` is not asked about this minute."""
        services, believed = self._services, self._services["believed_in"][service] <= 0.0
        if believed:
            services["believed_in"][service] = self._rule.believed_every
        peak = 0.0 if believed else max(services["evidence_peak"][service], log_evidence)
        services["evidence_peak"][service] = peak
        services["block_taught"][service] = not believed

    def teach(self, service: int, log_evidence: float, reports_a_day: FloatArray) -> None:
        """A peak beside the blocks: of an outage that was none, by an operator's word."""
        excess = np.zeros(len(reports_a_day))
        excess[service] = max(log_evidence - self._rule.peaks_from, 0.0)
        self._learn(excess, excess > 0.0, reports_a_day)

    def close_minute(self, minute: Minute, reports_a_day: FloatArray) -> bool:
        """Closes the block if `minute` is its last; whether anything is new. `reports_a_day`:
        what is expected of each service."""
        rule, services = self._rule, self._services
        if (minute + 1) % rule.block:
            return False
        kept = 2.0 ** (-rule.block / rule.half_life)
        for name in ("excess_sum", "excess_count", "blocks_seen"):
            services[name][:] *= kept
        excess = np.maximum(services["evidence_peak"] - rule.peaks_from, 0.0)
        self._learn(excess, services["block_taught"], reports_a_day)
        services["evidence_peak"][:] = 0.0
        services["block_taught"][:] = False
        services["believed_in"][:] = np.maximum(services["believed_in"] - rule.block, 0.0)
        return True

    def calibrated(self, log_evidence: FloatArray) -> FloatArray:
        """log R' of each service's log R."""
        u, services = self._rule.peaks_from, self._services
        above = u + (log_evidence - u) / services["tau"] - services["log_too_often"]
        return np.where(log_evidence > u, above, log_evidence)

    def thresholds(self, log_threshold: float) -> FloatArray:
        """The log R of each service from which on log R' is `log_threshold` or more."""
        u, services = self._rule.peaks_from, self._services
        if log_threshold <= u:
            return np.full(len(services), log_threshold)
        out: FloatArray = u + (log_threshold - u + services["log_too_often"]) * services["tau"]
        return out

    def _learn(self, excess: FloatArray, seen: BoolArray, reports_a_day: FloatArray) -> None:
        """One more block of the services that were `seen`, which passed u by `excess`."""
        services, rule = self._services, self._rule
        volume = np.searchsorted(rule.class_edges, reports_a_day, side="right")
        tau, _ = self._pooled(volume)
        services["excess_sum"][:] += np.minimum(excess, rule.most_excess * tau)
        services["excess_count"][:] += excess > 0.0
        services["blocks_seen"][:] += seen
        tau, part = self._pooled(volume)
        weight, count = rule.prior_peaks, services["excess_count"]
        mean = (weight * tau + services["excess_sum"]) / (weight + count)
        services["tau"][:] = np.clip(mean, 1.0, rule.most_tau)
        often = (weight * part + count) / (weight + services["blocks_seen"])
        services["log_too_often"][:] = np.log(np.maximum(often / rule.ideal_part, 1.0))

    def _pooled(self, volume: IntArray) -> tuple[FloatArray, FloatArray]:
        """Of each service's class: mean excess, 1 or more, and part of blocks, p0 or more."""
        services, rule = self._services, self._rule
        count, prior = services["excess_count"], rule.pool_prior_peaks
        classes = len(rule.class_edges) + 1
        weight = np.minimum(rule.prior_peaks / np.maximum(count, rule.prior_peaks), 1.0)
        total, peaks, blocks = (
            np.bincount(volume, weight * services[name], classes)
            for name in ("excess_sum", "excess_count", "blocks_seen")
        )
        tau = np.maximum((prior + total) / (prior + peaks), 1.0)
        part = (prior + peaks) / (prior / rule.ideal_part + blocks)
        return tau[volume], np.maximum(part, rule.ideal_part)[volume]
