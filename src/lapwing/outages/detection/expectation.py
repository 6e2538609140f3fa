"""What is expected at every node: rate, upper bound, dispersion, weight; and what an hour teaches.

Works on the tables; holds nothing of its own but the countries' names.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.baseline import HourOfWeek, LocalLevel
from lapwing.outages.detection.layout import BLOCK, Tables
from lapwing.outages.detection.local_time import LocalTime
from lapwing.outages.detection.model import FloatArray, IntArray
from lapwing.outages.detection.rule import DIMENSIONS, Rule
from lapwing.outages.model import Dimension

Rows = IntArray | slice

_BAND: Final = 3.1
"""Standard deviations of the band that holds 99.9 % of normal minutes."""
_LEAST_RATE: Final = 1e-6
_SMALL_SLICE: Final = 5.0
"""Reports an hour that a slice may always learn, however unexpected."""


class Expectation:
    """`bounds` and the pattern are renewed every ten minutes, the lessons come every hour."""

    def __init__(self, rule: Rule, local_time: LocalTime, tables: Tables) -> None:
        self._rule = rule
        self._local_time = local_time
        self._tables = tables
        self._hour_of_week = HourOfWeek(rule, tables.profiles)
        self._level = LocalLevel(rule, tables.nodes, tables.profiles)
        self._is_place = np.isin(DIMENSIONS, [Dimension.AREA, Dimension.CITY])
        self._zones: list[str] = []
        """Countries by whose clocks profiles live; a profile's `zone` is a position here."""

    def zone_number(self, country: str) -> int:
        if country not in self._zones:
            self._zones.append(country)
        return self._zones.index(country)

    # --- the week's pattern ---

    def look_ahead(self, minute: Minute, profiles: Rows = slice(None)) -> None:
        """At the start of an hour (or of new profiles): the rates around it."""
        self._hour_of_week.look_ahead(self._civil_hours(minute), self._profile_prior(), profiles)

    def interpolate(self, minute: Minute, profiles: Rows = slice(None)) -> None:
        """The pattern's rate in the middle of the block that `minute` is in."""
        self._hour_of_week.interpolate(minute // BLOCK * BLOCK % 60 + BLOCK / 2, profiles)

    def _profile_prior(self) -> FloatArray:
        nodes = self._tables.nodes
        out: FloatArray = nodes["prior_share"][self._tables.profiles["node"]].astype(np.float64)
        return out

    def _civil_hours(self, minute: Minute) -> IntArray:
        offsets = [self._local_time(country, minute) for country in self._zones]
        ahead = np.array([*offsets, 0], dtype=np.int64)
        out: IntArray = (minute + ahead[self._tables.profiles["zone"]]) // 60
        return out

    # --- every ten minutes ---

    def close_block(self, minute: Minute, observed: int) -> None:
        """At the start of a block: what the one before says of level and dispersion; afterglows
        fade. `observed`: its minutes in which somebody listened."""
        services = self._tables.services
        self._see_empty_minutes(observed)
        frozen = services["whole"] | (services["level_from"] > minute)
        self._level.rotate(minute // BLOCK, observed, frozen)
        self._fade_tolerance(1)

    def fade(self, last: Minute, minute: Minute) -> None:
        """Over a time in which nobody listened, from `last` to `minute`."""
        blocks = minute // BLOCK - last // BLOCK
        self._level.forget(blocks)
        self._fade_tolerance(blocks)

    def _fade_tolerance(self, blocks: int) -> None:
        services = self._tables.services
        kept = 2.0 ** (-BLOCK * blocks / services["tolerance_half_life"])
        services["tolerance"][:] = np.maximum(services["tolerance"] * kept, 1.0)

    def bounds(self, rows: Rows) -> tuple[FloatArray, FloatArray]:
        """Renews the expected rate; returns its upper bound and the variance factor there."""
        tables, rule = self._tables, self._rule
        nodes, profiles, services = tables.nodes, tables.profiles, tables.services
        service = nodes["service"][rows]
        own, learned = nodes["own"][rows], nodes["learned"][rows]
        profile = self._profiles_of(rows)
        whole = nodes["learned"][profiles["node"]][profile]
        concentration = rule.share_concentration
        pseudo = np.maximum(concentration * nodes["prior_share"][rows], rule.share_least_reports)
        share = np.minimum((learned + pseudo) / (whole + concentration), 1.0)
        share = np.where(own, 1.0, share)
        lagged = share * (profiles["level_expected"] * profiles["level"])[profile]
        level = self._level.ratio(nodes["level_seen"][rows], lagged)
        pattern = (profiles["rate"] * profiles["level"])[profile]
        mid = pattern * share * np.where(own, 1.0, level)
        nodes["mid"][rows] = mid
        doubt = self._hour_of_week.log_variance() + self._hour_of_week.growth_doubt()
        doubt = (doubt + 1.0 / profiles["effective"])[profile]
        doubt += np.where(own, 0.0, 1.0 / (learned + pseudo))
        busy = profiles["rate"][services["profile"]] * 1440.0 > rule.busy_per_day
        z = np.where(busy, rule.z_busy, rule.z)
        upper = mid * (1.0 + z[service] * np.sqrt(doubt))
        is_whole = nodes["dimension"][rows] == 0
        if services["tentative"].any():
            unknown = services["tentative"][service] & is_whole
            upper = np.where(unknown, np.maximum(upper, rule.unknown_rate), upper)
        services["upper"][service[is_whole]] = upper[is_whole]
        mu0 = upper * services["tolerance"][service] * nodes["left"][rows] + nodes["tail"][rows]
        is_place = self._is_place[nodes["dimension"][rows]]
        mu0 = np.maximum(mu0, np.where(is_place, rule.least_place_rate, _LEAST_RATE))
        return mu0, rule.dispersion_floor + mu0 * services["inverse_r"][service]

    def _profiles_of(self, rows: Rows) -> IntArray:
        """Whose pattern each of these nodes follows: of a network with more reports than the
        country that it is said to be in, the service's."""
        nodes, profiles = self._tables.nodes, self._tables.profiles
        profile = nodes["profile"][rows].astype(np.int64)
        spread = nodes["learned"][rows] > nodes["learned"][profiles["node"]][profile]
        wider = spread & (profiles["parent"][profile] >= 0)
        out: IntArray = np.where(wider, profiles["parent"][profile], profile)
        return out

    def renew_weights(self, rows: Rows = slice(None)) -> None:
        """The tree: a part on the whole service, a part on each dimension; within it nearly all
        by share, a little evenly, with room for slices not seen yet. Of nobody's weight are slices
        that an open outage explains, and those of a service of which a new server knows nothing
        yet. `rows`: all of some neighbouring services' nodes."""
        nodes, services = self._tables.nodes, self._tables.services
        service, dimension = nodes["service"][rows], nodes["dimension"][rows]
        if not service.size:
            return
        width, first = len(DIMENSIONS), int(service.min())
        span = slice(first, int(service.max()) + 1)
        group = (service - first) * width + dimension
        size = (span.stop - first) * width
        count = np.bincount(group, minlength=size)
        mid = nodes["mid"][rows]
        whole = np.repeat(nodes["mid"][services["node"][span]], width)
        whole = np.maximum(np.bincount(group, mid, size), whole)
        rule = self._rule
        by_share = mid / whole[group]
        covered = np.bincount(group, by_share, size)
        by_share = by_share**rule.weight_power
        by_share *= (covered / np.maximum(np.bincount(group, by_share, size), _LEAST_RATE))[group]
        evenly = 1.0 / (1.5 * count + rule.unseen_slices)[group]
        of_dimension = np.array([rule.tree[dimension] for dimension in DIMENSIONS])
        within = (1.0 - rule.weight_evenly) * by_share + rule.weight_evenly * evenly
        slices = dimension != 0
        within[~slices] = 1.0
        within[slices & (services["tentative"][service] | nodes["explained"][rows])] = 0.0
        nodes["weight"][rows] = of_dimension[dimension] * within

    def band(self) -> tuple[FloatArray, FloatArray]:
        """Expected rate and upper edge of a normal minute, per service; not to be written to.

        What is tolerated for a while after an outage is not normal, and not in it.
        """
        nodes, services = self._tables.nodes, self._tables.services
        mid = nodes["mid"][services["node"]]
        upper = self._edge(services["upper"], services["inverse_r"])
        for array in (mid, upper):
            array.setflags(write=False)
        return mid, upper

    def band_at(self, node: int) -> tuple[float, float]:
        """The same for any slice."""
        nodes, services = self._tables.nodes, self._tables.services
        service = int(nodes["service"][node])
        usual = (nodes["mu0"][node] - nodes["tail"][node]) / services["tolerance"][service]
        mid = float(nodes["mid"][node])
        edge = self._edge(np.array([max(usual, mid)]), services["inverse_r"][[service]])
        return mid, float(edge[0])

    def _edge(self, mu0: FloatArray, inverse_r: FloatArray) -> FloatArray:
        phi = self._rule.dispersion_floor + mu0 * inverse_r
        out: FloatArray = mu0 + _BAND * np.sqrt(phi * mu0) + 1.0
        return out

    # --- dispersion ---

    def see_counts(self, rows: IntArray, y: FloatArray) -> None:
        """Squares of the services' minutes with reports; of the empty ones at the block's end."""
        nodes, services = self._tables.nodes, self._tables.services
        mid, mu0, service = nodes["mid"][rows], nodes["mu0"][rows], nodes["service"][rows]
        spread = np.sqrt(self._rule.dispersion_floor * mu0 + mu0**2)
        y = np.minimum(y, mu0 + 6.0 * spread + 2.0)
        news = (y * y - 2.0 * y * mid) / (1.0 + mid) ** 2
        services["excess_square"][service] += np.where(services["open"][service], 0.0, news)

    def _see_empty_minutes(self, observed: int) -> None:
        """The part of the mean squares that does not depend on the counts."""
        services, rule = self._tables.services, self._rule
        mid = self._tables.nodes["mid"][services["node"]]
        scale = np.where(services["open"], 0.0, float(observed)) / (1.0 + mid) ** 2
        kept = 2.0 ** (-BLOCK / rule.dispersion_half_life)
        news = (mid * mid - rule.dispersion_floor * mid) * scale
        services["excess_square"][:] = (services["excess_square"] + news) * kept
        services["mean_square"][:] = (services["mean_square"] + mid * mid * scale) * kept
        prior = rule.dispersion_prior_minutes
        inverse = (services["excess_square"] + prior / rule.dispersion_r) / (
            services["mean_square"] + prior
        )
        services["inverse_r"][:] = np.clip(inverse, 0.02, 1.0)

    # --- every hour ---

    def learn(self, hour: int, slot: int, exposure: float, minute: Minute) -> None:
        """Hour number `hour`, counted in `slot`, teaches; `minute` is now."""
        tables, rule = self._tables, self._rule
        nodes, profiles, services = tables.nodes, tables.profiles, tables.services
        civil = self._civil_hours(hour * 60)
        counts = nodes["hours"][profiles["node"], slot].astype(np.float64)
        pattern = self._hour_of_week.rates_at(civil, self._profile_prior()) * exposure
        expected = pattern * profiles["day_level"]
        weights = self._hour_of_week.weights(counts, expected)
        untouched = ~services["tainted"][:, slot]
        certain = (services["learns_until"] > minute) | (services["whole"] & untouched)
        weights = np.where(certain[profiles["service"]], 1.0, weights)
        weights *= untouched[profiles["service"]]
        self._hour_of_week.learn(civil, counts, expected, weights, exposure)
        self._hour_of_week.follow_days(counts, pattern, weights)
        seen = nodes["hours"][:, slot].astype(np.float64)
        most = np.maximum(_SMALL_SLICE, 4.0 * nodes["mid"] * exposure)
        trusting = nodes["own"] | certain[nodes["service"]]
        learnt = np.where(trusting, seen, np.minimum(seen, most)) * weights[nodes["profile"]]
        kept = 2.0 ** (-1.0 / (168.0 * rule.share_half_life_weeks))
        nodes["learned"][:] = nodes["learned"] * kept + learnt

    def clear_hour(self, slot: int) -> None:
        self._tables.nodes["hours"][:, slot] = 0.0
        self._tables.services["tainted"][:, slot] = False
