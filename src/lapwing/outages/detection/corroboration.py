"""Do enough who are independent of each other say so? Evidence in which each of them is bounded.

The evidence of a stretch of minutes is added up group by group (networks, address blocks,
cities), and what one group adds is capped:

    log E = max over starts k of  log mean_j exp( sum_g min( sum_(t >= k) log e_(j,g,t), C_g ) )

With C = (threshold + log J) / (partners + 1) no `partners` groups can reach the threshold by
themselves, whatever they send, and one more can. A group's e-value compares
lambda = share * rho_j * max(mu0, floor) with mu = share * mu0 and charges the full lambda - mu
for every minute:

    e(y) = prod over i < y of (r_j + i) / (r_0 + i)  *  exp(mu - lambda),   r = rate / (phi - 1)

For a Poisson count its mean is at most 1, as each factor is at most lambda / mu. For a negative
binomial of variance phi' * mu, 1 < phi' <= phi, it is at most exp((lambda - mu) *
(log phi' / (phi' - 1) - 1)) <= 1. So it needs no table of corrections.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from lapwing.outages.detection.evidence import log_ratio
from lapwing.outages.detection.model import FloatArray, IntArray
from lapwing.outages.detection.rule import Rule

PARTNERS: Final = 2
"""So many networks (or cities) together cannot raise an alarm."""
BLOCK_PARTNERS: Final = 4
"""So many address blocks of one network together cannot. Blocks are cheaper than networks."""

_LEAST_SHARE: Final = 1e-6
_CELLS: Final = 1 << 18
"""Groups x minutes handled at once."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """The reports of a stretch of minutes by who brought them."""

    minutes: IntArray
    """By report: 0 .. length_min - 1."""
    groups: IntArray
    """By report: number of its group."""
    shares: FloatArray
    """By group: its usual part of such reports; together at most 1."""
    weights: FloatArray
    """By group: which part of the common cap is its own; infinite: it has none."""
    length_min: int


@dataclass(frozen=True, slots=True)
class Normal:
    """What is normal at the slice that is asked about."""

    mu0: float
    """Upper bound of its reports per minute."""
    phi: float
    """Their variance over their mean."""


def log_corroborated(
    reports: Grouped, normal: Normal, rule: Rule, threshold: float, partners: int = PARTNERS
) -> float:
    """The largest capped evidence (natural log) over all starts of the stretch.

    `partners` is at least 1, the threshold more than `partners` x log of the number of tried rates.

    At least `threshold` means: it takes more than `partners` groups to say this.
    """
    rates = max(normal.mu0, rule.slowest_outage_rate) * np.asarray(rule.rhos)
    drift = rates - normal.mu0
    caps = (threshold + math.log(len(rates))) / (partners + 1) * reports.weights
    length = reports.length_min
    minutes_left = np.arange(length, 0, -1.0)[:, None]
    unseen = max(0.0, 1.0 - float(reports.shares.sum()))
    total = -unseen * drift * minutes_left
    order = np.argsort(reports.groups, kind="stable")
    groups, minutes = reports.groups[order], reports.minutes[order]
    size = max(1, _CELLS // length)
    for first in range(0, len(reports.shares), size):
        cut = slice(*np.searchsorted(groups, [first, first + size]).tolist())
        shares = np.maximum(reports.shares[first : first + size], _LEAST_SHARE)
        since = _since(groups[cut] - first, minutes[cut], shares, normal, rates, rule, length)
        since -= (shares[:, None] * drift)[:, None, :] * minutes_left
        total += np.minimum(since, caps[first : first + size, None, None]).sum(axis=0)
    top = total.max(axis=1)
    by_start = top + np.log(np.exp(total - top[:, None]).mean(axis=1))
    return float(by_start.max())


def _since(
    groups: IntArray,
    minutes: IntArray,
    shares: FloatArray,
    normal: Normal,
    rates: FloatArray,
    rule: Rule,
    length: int,
) -> FloatArray:
    """Log of the products over reports from each minute to the end, shape (groups, minutes, J)."""
    cells, counts = np.unique(groups * length + minutes, return_counts=True)
    out = np.zeros((len(shares), length, len(rates)))
    share = shares[cells // length]
    spread = max(0.0, normal.phi - rule.dispersion_floor)
    phi = rule.dispersion_floor + share * spread
    ratio = log_ratio(counts.astype(np.float64), share * normal.mu0, phi, share[:, None] * rates)
    out.reshape(-1, len(rates))[cells] = ratio
    out[:] = out[:, ::-1].cumsum(axis=1)[:, ::-1]
    return out


def log_more(observed: float, expected: float, more: float) -> float:
    """Log likelihood ratio (Poisson) of `expected + more` reports to `expected`: whether a whole
    has really grown by what one of its parts brings more. Below 0 where the part's reports are
    missing elsewhere."""
    if more <= 0.0:
        return -math.inf
    return observed * math.log1p(more / max(expected, 1e-9)) - more
