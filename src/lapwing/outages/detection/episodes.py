"""The course of an open outage: confirmed, receding, relapsed, recovered.

"Normal again" is evidence too: each minute compares the rate `theta` below which the outage counts
as over with a clearly smaller one, and a CUSUM adds the comparisons up.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.columns import Columns
from lapwing.outages.detection.layout import PEAK_MINUTES
from lapwing.outages.detection.model import Confirmed, Finding, Receding, Recovered, Relapsed
from lapwing.outages.detection.rule import Rule


class Watched(NamedTuple):
    """What a followed node brought in a minute."""

    reports: float
    mu0: float
    log_e: tuple[float, ...]
    """Evidence against normal, per tried rate."""


class Episodes:
    """Works on the services' columns of the open outage. Holds no state of its own."""

    def __init__(self, rule: Rule, services: Columns) -> None:
        self._rule = rule
        self._services = services

    def open(self, service: int, minute: Minute, onset: Minute, nodes: tuple[int, int]) -> None:
        """`nodes`: the service's own and the heaviest (the same twice if it is everywhere)."""
        s = self._services
        for name in ("recent", "peak", "calm", "fresh"):
            s[name][service] = 0.0
        s["confirmed"][service] = s["receding"][service] = False
        s["tracked"][service] = nodes
        s["onset"][service] = onset
        s["declared"][service] = minute
        s["calm_start"][service] = minute + 1
        s["open"][service] = True
        s["tolerance"][service] = 1.0
        s["tail"][service] = 0.0

    def follow(self, service: int, minute: Minute, watched: tuple[Watched, ...]) -> list[Finding]:
        """One more minute of an open outage; findings in the order of time."""
        s, rule = self._services, self._rule
        for place, seen in enumerate(watched):
            self._update(service, place, minute, seen)
        found: list[Finding] = []
        after_declaration = minute > int(s["declared"][service])
        if after_declaration and not s["confirmed"][service] and self._borne_out(service, watched):
            s["confirmed"][service] = True
            found.append(Confirmed(service, minute))
        calm = float(s["calm"][service].min())
        if not s["receding"][service] and calm >= rule.log_receding:
            s["receding"][service] = True
            found.append(Receding(service, minute))
        elif s["receding"][service] and calm <= 0.0:
            s["receding"][service] = False
            found.append(Relapsed(service, minute))
        if self._is_over(service, minute, calm):
            end = max(int(s["calm_start"][service].max()), int(s["onset"][service]) + 1)
            found.append(Recovered(service, minute, min(end, minute)))
        return found

    def afterglow(
        self, service: int, mu0: tuple[float, float], *, whole_peak: bool
    ) -> tuple[float, float]:
        """What must be called normal so that whatever stays below `theta` (or below the whole
        peak) is: a factor for the service, and a rate per minute for the slice.
        `mu0` is that of the followed nodes."""
        own, local = self._services["tracked"][service].tolist()
        stretch = 1.0 / self._rule.recovery_share_of_peak if whole_peak else 1.0
        peaks = (self._services["peak"][service] * stretch).tolist()
        factor = self._theta(peaks[0], mu0[0]) / mu0[0]
        return factor, 0.0 if local == own else self._theta(peaks[1], mu0[1])

    def _update(self, service: int, place: int, minute: Minute, seen: Watched) -> None:
        s = self._services
        recent = s["recent"][service, place]
        recent[minute % PEAK_MINUTES] = seen.reports
        peak = max(float(s["peak"][service, place]), float(recent.sum()) / PEAK_MINUTES)
        s["peak"][service, place] = peak
        theta = self._theta(peak, seen.mu0)
        calm_rate = min(max(seen.mu0, 0.4 * theta), 0.5 * theta)
        phi = self._rule.dispersion_floor + theta * float(s["inverse_r"][service])
        before = float(s["calm"][service, place])
        calm = max(0.0, before + log_calm(seen.reports, calm_rate, theta, phi))
        if calm == 0.0:
            s["calm_start"][service, place] = minute + 1
        s["calm"][service, place] = calm

    def _theta(self, peak: float, mu0: float) -> float:
        rule = self._rule
        return max(
            rule.recovery_times_normal * mu0,
            rule.recovery_share_of_peak * peak,
            rule.recovery_least_rate,
        )

    def _borne_out(self, service: int, watched: tuple[Watched, ...]) -> bool:
        fresh = self._services["fresh"][service]
        fresh[: len(watched)] += np.array([seen.log_e for seen in watched])
        np.minimum(fresh, self._rule.log_evidence_limit, out=fresh)
        return float(np.exp(fresh).mean()) >= self._rule.confirmation

    def _is_over(self, service: int, minute: Minute, calm: float) -> bool:
        s, rule = self._services, self._rule
        return (
            calm >= rule.log_recovery
            and minute - int(s["declared"][service]) >= rule.shortest_outage
            and minute + 1 - int(s["calm_start"][service].max()) >= rule.shortest_calm
        )


def log_calm(count: float, calm_rate: float, theta: float, phi: float) -> float:
    """Log likelihood ratio of `calm_rate` to `theta` (both per minute, the first smaller) for a
    negative-binomial count of variance phi times the mean. Decreases in the count."""
    r_calm, r_theta = calm_rate / (phi - 1.0), theta / (phi - 1.0)
    if count == 0.0:
        return (r_theta - r_calm) * math.log(phi)
    return float(
        gammaln(count + r_calm) - gammaln(r_calm) - gammaln(count + r_theta) + gammaln(r_theta)
    ) + (r_theta - r_calm) * math.log(phi)
