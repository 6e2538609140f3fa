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
    """What an outage's node brought in a minute."""

    reports: float
    mu0: float
    inverse_r: float
    """1 over the negative-binomial size of its service."""
    log_e: tuple[float, ...]
    """Evidence against normal, per tried rate."""


class Episodes:
    """Works on the outages' rows. Holds no state of its own."""

    def __init__(self, rule: Rule, outages: Columns) -> None:
        self._rule = rule
        self._outages = outages

    def begin(self, row: int, minute: Minute, onset: Minute) -> None:
        """A blank row's outage is declared at the close of `minute`."""
        outages = self._outages
        outages["onset"][row] = onset
        outages["declared"][row] = minute
        outages["calm_start"][row] = minute + 1

    def follow(self, row: int, minute: Minute, seen: Watched) -> list[Finding]:
        """One more minute of an open outage; findings in the order of time."""
        outages, rule = self._outages, self._rule
        calm = self._update(row, minute, seen)
        service, node = int(outages["service"][row]), int(outages["node"][row])
        found: list[Finding] = []
        after_declaration = minute > int(outages["declared"][row])
        if after_declaration and not outages["confirmed"][row] and self._borne_out(row, seen):
            outages["confirmed"][row] = True
            found.append(Confirmed(service, minute, node))
        if not outages["receding"][row] and calm >= rule.log_receding:
            outages["receding"][row] = True
            found.append(Receding(service, minute, node))
        elif outages["receding"][row] and calm <= 0.0:
            outages["receding"][row] = False
            found.append(Relapsed(service, minute, node))
        if self._is_over(row, minute, calm):
            end = max(int(outages["calm_start"][row]), int(outages["onset"][row]) + 1)
            found.append(Recovered(service, minute, node, min(end, minute)))
        return found

    def afterglow(self, row: int, mu0: float, *, whole_peak: bool) -> float:
        """The rate per minute that must be called normal at the outage's node so that whatever
        stays below `theta` (or below the whole peak) is. `mu0` is that of the node."""
        stretch = 1.0 / self._rule.recovery_share_of_peak if whole_peak else 1.0
        return self._theta(float(self._outages["peak"][row]) * stretch, mu0)

    def resume(self, row: int, minute: Minute) -> None:
        """Its end was no end; `minute` is the last one that is closed."""
        outages = self._outages
        outages["receding"][row] = False
        outages["calm"][row] = 0.0
        outages["calm_start"][row] = minute + 1

    def _update(self, row: int, minute: Minute, seen: Watched) -> float:
        """Evidence, so far, that it is over."""
        outages = self._outages
        recent = outages["recent"][row]
        recent[minute % PEAK_MINUTES] = seen.reports
        peak = max(float(outages["peak"][row]), float(recent.sum()) / PEAK_MINUTES)
        outages["peak"][row] = peak
        theta = self._theta(peak, seen.mu0)
        calm_rate = min(max(seen.mu0, 0.4 * theta), 0.5 * theta)
        phi = self._rule.dispersion_floor + theta * seen.inverse_r
        before = float(outages["calm"][row])
        calm = max(0.0, before + log_calm(seen.reports, calm_rate, theta, phi))
        if calm == 0.0:
            outages["calm_start"][row] = minute + 1
        outages["calm"][row] = calm
        return calm

    def _theta(self, peak: float, mu0: float) -> float:
        rule = self._rule
        return max(
            rule.recovery_times_normal * mu0,
            rule.recovery_share_of_peak * peak,
            rule.recovery_least_rate,
        )

    def _borne_out(self, row: int, seen: Watched) -> bool:
        fresh = self._outages["fresh"][row]
        fresh += np.array(seen.log_e)
        np.minimum(fresh, self._rule.log_evidence_limit, out=fresh)
        return float(np.exp(fresh).mean()) >= self._rule.confirmation

    def _is_over(self, row: int, minute: Minute, calm: float) -> bool:
        outages, rule = self._outages, self._rule
        return (
            calm >= rule.log_recovery
            and minute - int(outages["declared"][row]) >= rule.shortest_outage
            and minute + 1 - int(outages["calm_start"][row]) >= rule.shortest_calm
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
