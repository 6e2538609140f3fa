"""Evidence of one minute: negative-binomial likelihood ratios that stay below 1 on average.

For a node whose normal rate is at most `mu0` and whose variance is at most `phi * mu0`, the
e-value e_j(y) of `y` reports compares the rate lambda_j = rho_j * max(mu0, floor) with mu0:

    e_j(y) = prod over i < y of (r_j + i) / (r_0 + i)  *  phi^-(r_j - r_0)  /  c_j
    r_0 = mu0 / (phi - 1),  r_j = lambda_j / (phi - 1)

c_j makes E[e_j] <= 1 for every dispersion between Poisson and phi, not only for phi itself.
It increases in y, so a smaller true rate than mu0 is covered too.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from lapwing.outages.detection.model import FloatArray
from lapwing.outages.detection.rule import Rule

_LEAST_LOG_DRIFT = -1e-9
_LOG_MU_EDGES = (np.log(1e-5), np.log(100.0))
_MU_STEPS = 36
_LOG_EXCESS_EDGES = (np.log(0.1), np.log(50.0))
"""Of phi - 1."""
_EXCESS_STEPS = 16
_TRUE_DISPERSIONS = 6


def log_ratio(
    counts: FloatArray, mu0: FloatArray, phi: FloatArray, rates: FloatArray
) -> FloatArray:
    """log e_j(y) - log e_j(0) for each node (rows) and each tried rate (columns).

    `counts` (1 or more), `mu0`, `phi` have shape (M,), `rates` (M, J); all rates above 0, phi
    above 1.
    """
    ratio: FloatArray = np.log(rates / mu0[:, None])
    several = np.flatnonzero(counts > 1.0)
    if several.size:
        y = counts[several, None]
        scale = 1.0 / (phi[several, None] - 1.0)
        r0 = mu0[several, None] * scale
        rj = rates[several] * scale
        ratio[several] = (gammaln(y + rj) - gammaln(rj)) - (gammaln(y + r0) - gammaln(r0))
    return ratio


class EmptyMinute:
    """log e_j(0): what a minute without a report takes away, correction c_j included."""

    def __init__(self, rule: Rule) -> None:
        self._rhos = np.asarray(rule.rhos)
        self._floor = rule.slowest_outage_rate
        self._table = _correction_table(rule.rhos, rule.slowest_outage_rate)

    def rates(self, mu0: FloatArray) -> FloatArray:
        """The tried rates lambda_j, shape (M, J)."""
        out: FloatArray = np.maximum(mu0, self._floor)[:, None] * self._rhos
        return out

    def log_evidence(self, mu0: FloatArray, phi: FloatArray) -> FloatArray:
        """Shape (M, J), all below 0."""
        excess = phi - 1.0
        drift = (self.rates(mu0) - mu0[:, None]) * (np.log(phi) / excess)[:, None]
        out: FloatArray = np.minimum(-drift - self.correction(mu0, phi), _LEAST_LOG_DRIFT)
        return out

    def correction(self, mu0: FloatArray, phi: FloatArray) -> FloatArray:
        """log c_j of the nearest cell; beyond the table's edges its edge holds."""
        row = _nearest(np.log(mu0), _LOG_MU_EDGES, _MU_STEPS)
        column = _nearest(np.log(phi - 1.0), _LOG_EXCESS_EDGES, _EXCESS_STEPS)
        out: FloatArray = self._table.take(row * _EXCESS_STEPS + column, axis=0)
        return out


def _nearest(values: FloatArray, edges: tuple[float, float], steps: int) -> NDArray[np.intp]:
    scaled = (values - edges[0]) * ((steps - 1) / (edges[1] - edges[0])) + 0.5
    out: NDArray[np.intp] = np.clip(scaled, 0.0, steps - 1.0).astype(np.intp)
    return out


@lru_cache(maxsize=8)
def _correction_table(rhos: tuple[float, ...], floor: float) -> FloatArray:
    """log c_j, not below 0; one row per cell of (mu0, phi), phi running fastest.

    Each cell takes the largest of its neighbours, so that the nearest cell errs to the safe side.
    """
    mus = np.exp(np.linspace(*_LOG_MU_EDGES, _MU_STEPS))
    phis = 1.0 + np.exp(np.linspace(*_LOG_EXCESS_EDGES, _EXCESS_STEPS))
    table = np.zeros((_MU_STEPS, _EXCESS_STEPS, len(rhos)))
    for row, mu in enumerate(mus):
        rates = np.maximum(mu, floor) * np.asarray(rhos)
        for column, phi in enumerate(phis):
            table[row, column] = np.maximum(_log_worst_mean(float(mu), float(phi), rates), 0.0)
    return _widest(table).reshape(-1, len(rhos))


def _widest(table: FloatArray) -> FloatArray:
    """Each cell's largest neighbour over rows and columns, itself included."""
    padded = np.pad(table, ((1, 1), (1, 1), (0, 0)), mode="edge")
    rows, columns, _ = table.shape
    shifts = [padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    out: FloatArray = np.maximum.reduce(shifts)
    return out


def _log_worst_mean(mu: float, phi: float, rates: FloatArray) -> FloatArray:
    """Log of the largest E[e_j] (without c_j) over true dispersions from Poisson to phi."""
    y = _support(mu, phi)
    log_e = _log_uncorrected(y, mu, phi, rates)
    worst = np.full(len(rates), -np.inf)
    for true_phi in np.geomspace(1.0, phi, _TRUE_DISPERSIONS):
        log_p = _log_probability(y, mu, float(true_phi))
        terms = log_p[:, None] + log_e
        top = terms.max(axis=0)
        worst = np.maximum(worst, top + np.log(np.exp(terms - top).sum(axis=0)))
    return worst


def _support(mu: float, phi: float) -> FloatArray:
    """Counts that carry all but a negligible part of E[e]."""
    top = min(mu * 30 + 12 * np.sqrt(mu * phi * 30) + 60 * phi, 4000.0)
    return np.arange(0.0, top + 1.0)


def _log_uncorrected(y: FloatArray, mu: float, phi: float, rates: FloatArray) -> FloatArray:
    r0, rj = mu / (phi - 1.0), rates / (phi - 1.0)
    out: FloatArray = (
        (gammaln(y[:, None] + rj) - gammaln(rj))
        - (gammaln(y + r0) - gammaln(r0))[:, None]
        - (rj - r0) * np.log(phi)
    )
    return out


def _log_probability(y: FloatArray, mu: float, phi: float) -> FloatArray:
    """Of counts `y` under a negative binomial with mean mu and variance phi * mu."""
    log_rate = y * np.log(mu) - mu if phi <= 1.0 else _log_negative_binomial(y, mu, phi)
    out: FloatArray = log_rate - gammaln(y + 1.0)
    return out


def _log_negative_binomial(y: FloatArray, mu: float, phi: float) -> FloatArray:
    """Without its y! term."""
    r = mu / (phi - 1.0)
    out: FloatArray = gammaln(y + r) - gammaln(r) - r * np.log(phi) + y * np.log((phi - 1.0) / phi)
    return out
