"""The rule for counts that come per quarter of an hour: what an archive of incidents keeps.

The same statistics as live, a bucket in the place of a minute: a normal rate with an upper bound,
negative-binomial e-values (`detection/evidence.py`), Shiryaev-Roberts sums and a threshold from
the budget. Two things are different, as an archive has only half a day per incident. The hours of
the day are known from earlier incidents of the service, or not at all, so the local level follows
faster and further. And what one alarm was about is taken as normal after it, fading, in the place
of a followed end: a window ends too soon for that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Final

import numpy as np

from lapwing.outages.detection.evidence import EmptyMinute, log_ratio
from lapwing.outages.detection.model import FloatArray
from lapwing.outages.detection.rule import Rule

BUCKET_MIN: Final = 15
_BUCKETS_A_YEAR: Final = 525_600 / BUCKET_MIN
_SMOOTHING: Final = ((-1, 0.25), (0, 0.5), (1, 0.25))


@dataclass(frozen=True, slots=True)
class Bucket:
    stamp: datetime
    """UTC; the count is taken as known then."""
    reports: int


@dataclass(frozen=True, slots=True)
class BucketRule:
    """Rates are reports per bucket, times are buckets. Set for all services alike."""

    alpha_per_year: float = 600.0
    """Alarms that chance may bring at most; see the methodology for why so many."""
    rhos: tuple[float, ...] = (2.0, 5.0, 20.0)
    least_outage_rate: float = 1.0
    """The tried rates are multiples of at least this."""
    dispersion_floor: float = 2.0
    dispersion_r: float = 4.0
    """Variance = floor * mean + mean^2 / r: reports of half a day wander more than of weeks."""
    z: float = 2.0
    """Standard errors by which the normal rate is taken larger than estimated, as live."""
    log_sd: float = 0.05
    """Of the normal rate's logarithm, however many reports it is known from."""
    least_normal: float = 0.05
    prior_rate: float = 0.3
    prior_buckets: float = 4.0
    """Of a service nothing is known of."""
    hour_pseudo_buckets: float = 16.0
    """Weight of a service's mean against an hour's own buckets."""
    level_half_life: float = 8.0
    level_pseudo_reports: float = 8.0
    """Most reports with which the hours of the day weigh against the last hours; fewer if they
    are known from fewer, so that a service nobody knows is soon known from its window."""
    prior_reports: float = 0.5
    """Least that they weigh."""
    level_least: float = 0.5
    learns_for: int = 8
    """Buckets at the beginning of a window, which begins in the middle of the service's life."""
    tolerance_half_life: float = 2.0
    one_outage: int = 6
    """For so many buckets after a declaration what grows is that outage, and no further one."""

    @property
    def log_threshold(self) -> float:
        return math.log(_BUCKETS_A_YEAR / self.alpha_per_year)


class HoursOfDay:
    """How many reports a bucket usually has in each hour of the day (UTC), and from how many
    buckets that is known."""

    def __init__(self, rule: BucketRule) -> None:
        self._rule = rule
        self._reports = np.zeros(24)
        self._buckets = np.zeros(24)

    def learn(self, buckets: Sequence[Bucket]) -> None:
        """From a window that is over, one bucket at least; what stands far out of it teaches
        nothing."""
        most = max(3.0, 3.0 * median(bucket.reports for bucket in buckets))
        for bucket in buckets:
            if bucket.reports <= most:
                self._reports[bucket.stamp.hour] += bucket.reports
                self._buckets[bucket.stamp.hour] += 1

    @property
    def buckets(self) -> float:
        return float(self._buckets.sum())

    def rates(self) -> FloatArray:
        rule = self._rule
        level = (self._reports.sum() + rule.prior_buckets * rule.prior_rate) / (
            self._buckets.sum() + rule.prior_buckets
        )
        reports, buckets = _smoothed(self._reports), _smoothed(self._buckets)
        c = rule.hour_pseudo_buckets
        out: FloatArray = (reports + c * level) / (buckets + c)
        return out


class BucketWatch:
    """One window of buckets, oldest first."""

    def __init__(self, rule: BucketRule, hours: HoursOfDay) -> None:
        self._rule = rule
        self._rates = hours.rates()
        self._known_buckets = hours.buckets
        minute_rule = Rule(rhos=rule.rhos, slowest_outage_rate=rule.least_outage_rate)
        self._empty = EmptyMinute(minute_rule)
        self._evidence = np.zeros(len(rule.rhos))
        self._past: list[tuple[float, float, float]] = []
        """Of each bucket its count, what is usual at its hour, and what was normal then."""
        self._seen = self._usual = self._tolerated = 0.0
        self._since_declared = rule.one_outage

    def take(self, bucket: Bucket) -> bool:
        """Whether an outage is declared with this bucket."""
        rule, y = self._rule, float(bucket.reports)
        usual = float(self._rates[bucket.stamp.hour])
        lent = self._lent(usual)
        normal = usual * self._level(lent)
        learns = len(self._past) < rule.learns_for
        self._since_declared += 1
        same = self._since_declared < rule.one_outage
        if learns:
            seen = [count for count, _, _ in self._past] + [y]
            normal = max(normal, sum(seen) / len(seen))
        self._past.append((y, usual, normal))
        bound = normal * (1.0 + self._doubt(lent))
        upper = max(bound, self._tolerated, rule.least_normal)
        self._evidence = np.minimum((self._evidence + 1.0) * np.exp(self._log_e(y, upper)), 1e12)
        ripe = float(np.log(self._evidence.mean())) >= rule.log_threshold
        declared = ripe and not learns and not same
        if declared:
            self._since_declared = 0
        if declared or learns or same:
            self._evidence[:] = 0.0
        self._tolerate(y, upper, bound, declared=declared)
        return declared

    def _log_e(self, y: float, upper: float) -> FloatArray:
        mu0 = np.array([upper])
        phi = self._rule.dispersion_floor + mu0 / self._rule.dispersion_r
        log_e = self._empty.log_evidence(mu0, phi)
        if y > 0.0:
            log_e = log_e + log_ratio(np.array([y]), mu0, phi, self._empty.rates(mu0))
        out: FloatArray = log_e[0]
        return out

    def _lent(self, usual: float) -> float:
        """The reports of other incidents that an hour's usual rate rests on, as far as they
        count here."""
        return min(self._rule.level_pseudo_reports, self._known_buckets / 24.0 * usual)

    def _level(self, lent: float) -> float:
        """How the last hours compare with the usual."""
        rule = self._rule
        if self._past:
            kept = 0.5 ** (1.0 / rule.level_half_life)
            y, usual, normal = self._past[-1]
            self._seen = self._seen * kept + min(y, 3.0 * normal + 3.0)
            self._usual = self._usual * kept + usual
        prior = rule.prior_reports + lent
        return max((self._seen + prior) / (self._usual + prior), rule.level_least)

    def _doubt(self, lent: float) -> float:
        """By what part the normal rate may be larger: rates wander, and it is known from so many
        reports of the last hours and of other incidents only."""
        rule = self._rule
        return rule.z * math.sqrt(rule.log_sd**2 + 1.0 / (1.0 + self._seen + lent))

    def _tolerate(self, y: float, upper: float, bound: float, *, declared: bool) -> None:
        """An alarm's own rate, and what it grows to, is its outage and no further one."""
        if declared or (self._tolerated > 0.0 and y > upper):
            self._tolerated = max(self._tolerated, y)
        self._tolerated *= 0.5 ** (1.0 / self._rule.tolerance_half_life)
        if self._tolerated < bound:
            self._tolerated = 0.0


def _smoothed(by_hour: FloatArray) -> FloatArray:
    out = np.zeros(24)
    for step, part in _SMOOTHING:
        out += part * np.roll(by_hour, -step)
    return out
