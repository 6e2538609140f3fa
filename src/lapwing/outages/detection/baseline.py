"""What is normal: hour-of-week rates learned robustly, the local level, shares of slices."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lapwing.outages.detection.columns import Columns
from lapwing.outages.detection.layout import BLOCK, BLOCKS_KEPT, HOURS_A_WEEK
from lapwing.outages.detection.model import BoolArray, FloatArray, IntArray
from lapwing.outages.detection.rule import Rule

_NEARLY: Final = 0.8
"""From this part of what is growth beyond doubt on, hours teach the pattern without it."""
_SMOOTHING: Final = ((-1, 0.25), (0, 0.5), (1, 0.25))

# People's reports over the hours of a civil day, mean 1: the first guess for a country that
# nothing is known of yet (few at night, most in the evening; half flat, as countries differ).
_WAKING: Final = np.array(
    [0.7, 0.45, 0.3, 0.25, 0.25, 0.3, 0.45, 0.7, 0.95, 1.1, 1.2, 1.25,
     1.25, 1.25, 1.25, 1.25, 1.3, 1.35, 1.4, 1.5, 1.5, 1.4, 1.2, 0.95]
)  # fmt: skip
_CIVIL_DAY: Final = 0.5 + 0.5 * _WAKING / _WAKING.mean()


class HourOfWeek:
    """Reads and teaches the hour-of-week profiles. Holds no state of its own."""

    def __init__(self, rule: Rule, profiles: Columns) -> None:
        self._rule = rule
        self._profiles = profiles
        self._prior_minutes = rule.prior_reports / rule.prior_per_day * 1440.0

    def look_ahead(self, hours: IntArray, prior_share: FloatArray, rows: IntArray | slice) -> None:
        """Sets the rates around this hour, to be interpolated between, for these profiles.

        `hours`: civil hour number of each profile; `prior_share`: its prior share of its service.
        """
        level = self.levels(prior_share)
        daily = self._daily()
        near = self._profiles["near"]
        for column, step in enumerate((-1, 0, 1)):
            rate, effective = self._rates(hours + step, level, daily)
            near[rows, column] = (rate * self._profiles["day_level"])[rows]
            if step == 0:
                known = self._profiles["reports"].sum(axis=1, dtype=np.float64)
                doubt = 1.0 / effective + 1.0 / (known + self._rule.prior_reports)
                self._profiles["effective"][rows] = 1.0 / doubt[rows]

    def levels(self, prior_share: FloatArray) -> FloatArray:
        """Reports per minute over the whole week, per profile."""
        profiles, rule = self._profiles, self._rule
        reports = profiles["reports"].sum(axis=1, dtype=np.float64)
        minutes = profiles["minutes"].sum(axis=1, dtype=np.float64)
        out: FloatArray = (reports + rule.prior_reports) / (minutes + self._prior_minutes)
        children = np.flatnonzero(profiles["parent"] >= 0)
        if children.size:
            guessed = out[profiles["parent"][children]] * prior_share[children]
            out[children] = (reports[children] + rule.prior_reports) / (
                minutes[children] + rule.prior_reports / guessed
            )
        return out

    def rates_at(self, hours: IntArray, prior_share: FloatArray) -> FloatArray:
        """The pattern's reports per minute in these civil hours, per profile."""
        return self._rates(hours, self.levels(prior_share), self._daily())[0]

    def follow_days(self, counts: FloatArray, pattern: FloatArray, teaches: FloatArray) -> None:
        """How the last days compare with the pattern, after an hour of `counts` where `pattern`
        were usual; `teaches`: 0 for an hour of an outage, per profile."""
        rule, profiles = self._rule, self._profiles
        kept = np.where(teaches > 0.0, 2.0 ** (-60.0 / rule.day_level_half_life), 1.0)
        usual = pattern * profiles["day_level"]
        counts = np.minimum(counts, 3.0 * usual + 3.0)
        for name, news in (("day_seen", counts), ("day_expected", pattern)):
            profiles[name][:] = profiles[name] * kept + news * (teaches > 0.0)
        prior = rule.day_level_pseudo_reports
        ratio = (profiles["day_seen"] + prior) / (profiles["day_expected"] + prior)
        profiles["day_level"][:] = np.clip(ratio, rule.day_level_least, rule.day_level_most)
        self._move_along()

    def _move_along(self) -> None:
        """What is growth beyond doubt goes into the whole week's pattern: else hours that were
        learnt while the service was small would be called outages week after week."""
        profiles, rows = self._profiles, self._growing()
        factor = np.maximum(profiles["day_level"][rows] / self._growth_level()[rows], 1.0)
        profiles["minutes"][rows] /= factor[:, None]
        profiles["day_expected"][rows] *= factor
        profiles["day_level"][rows] /= factor

    def _growing(self) -> IntArray:
        """Profiles whose days' level is growth, or close to it. None that is new: what is not
        learnt yet is no growth."""
        profiles, rule = self._profiles, self._rule
        rows = np.flatnonzero(profiles["day_level"] >= _NEARLY * self._growth_level())
        known = (profiles["minutes"][rows] > 0.0).sum(axis=1) >= rule.growth_from_hours
        out: IntArray = rows[known]
        return out

    def _growth_level(self) -> FloatArray:
        """The days' level that is more than chance, per profile."""
        rule = self._rule
        seen = self._profiles["day_seen"] + rule.day_level_pseudo_reports
        out: FloatArray = rule.growth_level * (1.0 + rule.growth_errors / np.sqrt(seen))
        return out

    def interpolate(self, minute_of_hour: float, rows: IntArray | slice) -> None:
        """Sets the pattern's rate for now, between the middles of neighbouring hours."""
        near = self._profiles["near"][rows]
        after = minute_of_hour / 60.0 - 0.5
        other = near[:, 0] if after < 0 else near[:, 2]
        self._profiles["rate"][rows] = near[:, 1] * (1.0 - abs(after)) + other * abs(after)

    def learn(
        self,
        hours: IntArray,
        counts: FloatArray,
        expected: FloatArray,
        weights: FloatArray,
        exposure: float,
    ) -> None:
        """Closes one hour: `counts` per profile in `exposure` minutes, where `expected` were. An
        hour of a service that grows counts for as many more minutes as its days are above the
        pattern, so that it teaches the pattern and not the growth."""
        rule, profiles = self._rule, self._profiles
        rows = np.arange(len(profiles))
        bins = hours % HOURS_A_WEEK
        kept = 2.0 ** (-1.0 / rule.hour_half_life_weeks)
        minutes = weights * exposure
        growing = self._growing()
        minutes[growing] *= profiles["day_level"][growing]
        for name, news in (("reports", weights * counts), ("minutes", minutes)):
            memory = profiles[name]
            memory[rows, bins] = kept * memory[rows, bins] + news
        telling = (expected >= 5.0) & (weights > 0.0)
        miss = np.log((counts + 0.5) / (expected + 0.5))
        wander = np.clip(miss**2 - rule.dispersion_floor / np.maximum(expected, 1.0), -1.0, 0.5)
        for name, news in (("log_sd_sum", wander), ("log_sd_count", np.ones_like(wander))):
            memory = profiles[name]
            memory[telling] = memory[telling] * 0.998 + news[telling]

    def weights(self, counts: FloatArray, expected: FloatArray) -> FloatArray:
        """Farrington and Noufaily's: how much an hour of these counts may teach, 0 to 1."""
        rule = self._rule
        m = np.maximum(expected, 1e-3)
        variance = rule.dispersion_floor + m * self.log_variance() + m / self._profiles["effective"]
        surprise = 1.5 * (counts ** (2 / 3) - m ** (2 / 3)) / (m ** (1 / 6) * np.sqrt(variance))
        down = (rule.robust_knee / np.maximum(surprise, rule.robust_knee)) ** 2
        thinned = np.minimum(1.0, m / np.maximum(counts, 1e-9))
        ordinary = (surprise < rule.robust_knee) | (counts <= rule.always_teaches)
        out: FloatArray = np.where(ordinary, 1.0, down * thinned)
        return out

    def growth_doubt(self) -> FloatArray:
        """Squared standard error of the logarithm of the rate for growth, which the days' level
        lags behind, per profile."""
        rising = np.maximum(self._profiles["day_level"] / self._rule.growth_doubt_from, 1.0)
        out: FloatArray = np.log(rising) ** 2
        return out

    def log_variance(self) -> FloatArray:
        """Squared standard deviation of hourly wander, per profile."""
        rule, profiles = self._rule, self._profiles
        prior = rule.log_sd_prior_hours
        total = rule.log_sd_prior**2 * prior + profiles["log_sd_sum"]
        out: FloatArray = np.maximum(total / (prior + profiles["log_sd_count"]), 0.0025)
        return out

    def _daily(self) -> tuple[FloatArray, FloatArray]:
        """Reports and minutes by hour of the civil day, shape (P, 24) each."""
        days = (len(self._profiles), HOURS_A_WEEK // 24, 24)
        reports = self._profiles["reports"].reshape(days).sum(axis=1, dtype=np.float64)
        minutes = self._profiles["minutes"].reshape(days).sum(axis=1, dtype=np.float64)
        return reports, minutes

    def _rates(
        self, hours: IntArray, level: FloatArray, daily: tuple[FloatArray, FloatArray]
    ) -> tuple[FloatArray, FloatArray]:
        """Rate of these civil hours and the effective reports behind it: hour of the week, leaning
        on hour of the day, leaning on the default day."""
        rule = self._rule
        c = rule.shape_pseudo_reports
        civil = self._profiles["zone"] >= 0
        shape = np.where(civil, _CIVIL_DAY[hours % 24], 1.0)
        day_reports, day_minutes = _smoothed(daily[0], hours), _smoothed(daily[1], hours)
        by_day = (day_reports + c * shape) / (day_minutes + c / level)
        reports = _smoothed(self._profiles["reports"], hours)
        minutes = _smoothed(self._profiles["minutes"], hours)
        rate: FloatArray = (reports + c * by_day / level) / (minutes + c / level)
        of_day = rule.first_day_reports + 2.0 * day_reports
        return rate, 2.0 * reports + c * of_day / (c + of_day)


def _smoothed(memory: NDArray[np.floating], hours: IntArray) -> FloatArray:
    rows = np.arange(len(memory))
    size = memory.shape[1]
    out = np.zeros(len(memory))
    for step, part in _SMOOTHING:
        out += part * memory[rows, (hours + step) % size]
    return out


class LocalLevel:
    """How the last hours compare with the week's usual, entering 20 minutes late."""

    def __init__(self, rule: Rule, nodes: Columns, profiles: Columns) -> None:
        self._rule = rule
        self._nodes = nodes
        self._profiles = profiles
        self._kept = 2.0 ** (-BLOCK / rule.level_half_life)

    def rotate(self, block: int, observed: int, frozen: BoolArray) -> None:
        """At the start of `block`: the one before is complete, the oldest enters.

        `observed`: minutes of the completed block in which somebody listened; `frozen` says per
        service whose level stays as it is (outages).
        """
        nodes, profiles = self._nodes, self._profiles
        profiles["lagged"][:, (block - 1) % BLOCKS_KEPT] = profiles["rate"] * observed
        slot = block % BLOCKS_KEPT
        enters = ~frozen
        seen, expected = profiles["level_seen"], profiles["level_expected"]
        own = nodes["blocks"][profiles["node"], slot]
        listens = enters[profiles["service"]]
        seen[:] = self._kept * seen + own * listens
        expected[:] = self._kept * expected + profiles["lagged"][:, slot] * listens
        level_seen = nodes["level_seen"]
        level_seen *= np.float32(self._kept)
        if frozen.any():
            level_seen += nodes["blocks"][:, slot] * enters[nodes["service"]]
        else:
            level_seen += nodes["blocks"][:, slot]
        nodes["blocks"][:, slot] = 0.0
        profiles["level"][:] = self.ratio(seen, expected)

    def forget(self, blocks: int) -> None:
        """So many blocks pass of which nothing is known; what was about to enter is dropped."""
        kept = self._kept**blocks
        for table, name in (
            (self._nodes, "level_seen"),
            (self._profiles, "level_seen"),
            (self._profiles, "level_expected"),
        ):
            table[name][:] *= kept
        self._nodes["blocks"][:] = 0.0
        self._profiles["lagged"][:] = 0.0

    def ratio(self, seen: FloatArray, expected: FloatArray) -> FloatArray:
        rule = self._rule
        prior = rule.level_pseudo_reports
        out: FloatArray = np.clip(
            (seen + prior) / (expected + prior), rule.level_least, rule.level_most
        )
        return out
