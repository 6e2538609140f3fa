"""Evidence over time: Shiryaev-Roberts sums and CUSUMs per node, brought forward only when
something happens there. Minutes without a report have a closed form:

    R <- (R + 1) q, m times  =  rest + (R - rest) q^m,   q = e_j(0), rest = q / (1 - q)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.columns import Columns
from lapwing.outages.detection.evidence import EmptyMinute, log_ratio
from lapwing.outages.detection.model import BoolArray, FloatArray, IntArray
from lapwing.outages.detection.rule import Rule

Rows = IntArray | slice
Stretches: TypeAlias = Sequence[tuple[Minute, int, float]]
"""First minute, minutes, and reports in them; oldest first."""


class Accumulation:
    """Works on the nodes' `sr`, `cusum`, `start` and `tick` columns. Holds no state of its own."""

    def __init__(self, rule: Rule, nodes: Columns, empty: EmptyMinute) -> None:
        self._rule = rule
        self._nodes = nodes
        self._empty = empty
        self._limit = math.exp(rule.log_evidence_limit)

    def renew(self, rows: Rows, mu0: FloatArray, phi: FloatArray) -> None:
        """New upper bounds of the normal rate and its variance factor; settle before."""
        q = self._empty.log_evidence(mu0, phi)
        self._nodes["mu0"][rows] = mu0
        self._nodes["empty"][rows] = q
        self._nodes["rest"][rows] = np.exp(q) / -np.expm1(q)

    def settle(self, rows: Rows, tick: int) -> None:
        """Brings these nodes forward over the empty minutes up to and including `tick`."""
        nodes = self._nodes
        decay = (tick - nodes["tick"][rows])[:, None] * nodes["empty"][rows]
        rest = nodes["rest"][rows]
        nodes["sr"][rows] = rest + (nodes["sr"][rows] - rest) * np.exp(decay)
        nodes["cusum"][rows] = np.maximum(nodes["cusum"][rows] + decay, 0.0)
        nodes["tick"][rows] = tick

    def absorb(self, rows: IntArray, log_e: FloatArray, minute: Minute, tick: int) -> FloatArray:
        """Adds the evidence of a minute with reports; returns the change of weighted evidence."""
        nodes = self._nodes
        before = nodes["sr"].take(rows, axis=0)
        rest = nodes["rest"].take(rows, axis=0)
        empty_minutes = tick - 1 - nodes["tick"][rows]
        decay = empty_minutes[:, None] * nodes["empty"].take(rows, axis=0)
        after = (rest + (before - rest) * np.exp(decay) + 1.0) * np.exp(log_e)
        np.minimum(after, self._limit, out=after)
        nodes["sr"][rows] = after
        cusum = np.maximum(nodes["cusum"].take(rows, axis=0) + decay, 0.0)
        start = nodes["start"].take(rows, axis=0)
        start[cusum == 0.0] = minute
        nodes["start"][rows] = start
        cusum += log_e
        nodes["cusum"][rows] = np.clip(cusum, 0.0, self._rule.log_evidence_limit, out=cusum)
        nodes["tick"][rows] = nodes["reported"][rows] = tick
        return _mean(after - before) * nodes["weight"][rows]

    def log_evidence(
        self,
        rows: IntArray,
        counts: FloatArray,
        phi: FloatArray,
        spread: BoolArray,
        since: IntArray,
    ) -> FloatArray:
        """log e_j of a minute's counts, capped; shape (M, J). `since`: minutes since the node's
        last report.

        For a while after a report the next one may come from the same household or street, so
        the normal rate is then taken that much larger; the tried rates stay. As the loss of an
        empty minute stays too, E[e_j] <= 1 holds for every rate up to the larger one.
        """
        rule, nodes = self._rule, self._nodes
        mu0 = nodes["mu0"][rows]
        echo = rule.echo_reports / rule.echo_fades * np.exp(-since / rule.echo_fades)
        log_e = log_ratio(counts, mu0 + echo, phi, self._empty.rates(mu0))
        log_e += nodes["empty"].take(rows, axis=0)
        cap = np.where(spread, rule.log_evidence_spread_cap, rule.log_evidence_cap)
        return np.minimum(log_e, cap[:, None], out=log_e)

    def restart(self, row: int, stretches: Stretches, phi: float) -> None:
        """A settled node's evidence afresh, from its counts in some stretches of time."""
        nodes = self._nodes
        sr, cusum, start = self.over(stretches, float(nodes["mu0"][row]), phi)
        nodes["sr"][row], nodes["cusum"][row] = sr, cusum
        nodes["start"][row] = np.where(start < 0, nodes["start"][row], start)

    def over(
        self, stretches: Stretches, mu0: float, phi: float
    ) -> tuple[FloatArray, FloatArray, IntArray]:
        """Accumulated evidence R_j, CUSUM and the first minute of its excursion (-1: none), where
        at most `mu0` reports a minute are normal, with variance `phi` times as large."""
        rule, usual = self._rule, np.array([mu0])
        empty = self._empty.log_evidence(usual, np.array([phi]))[0]
        rates = self._empty.rates(usual)
        sr, cusum = np.zeros_like(empty), np.zeros_like(empty)
        start = np.full(empty.shape, -1, np.int64)
        for began, length, count in stretches:
            log_e = length * empty
            if count >= 1.0:
                log_e = (
                    log_e
                    + log_ratio(
                        np.array([count]),
                        usual * length + rule.echo_reports,
                        np.array([phi]),
                        rates * length,
                    )[0]
                )
            log_e = np.minimum(log_e, rule.log_evidence_cap)
            sr = (sr + 1.0) * np.exp(log_e)
            start[cusum == 0.0] = began
            cusum = np.maximum(cusum + log_e, 0.0)
        return sr, cusum, start

    def clear(self, rows: Rows) -> None:
        """Forgets all evidence at these nodes."""
        for name in ("sr", "cusum"):
            self._nodes[name][rows] = 0.0

    def weighted(self, rows: Rows) -> FloatArray:
        """Each node's part of its service's evidence, as last settled."""
        out: FloatArray = _mean(self._nodes["sr"][rows]) * self._nodes["weight"][rows]
        return out


def _mean(tried: FloatArray) -> FloatArray:
    """Over the tried rates; much faster than NumPy's over so short an axis."""
    total = tried[:, 0].copy()
    for column in range(1, tried.shape[1]):
        total += tried[:, column]
    total /= tried.shape[1]
    return total


def onset(cusum: FloatArray, start: NDArray[np.integer], minute: Minute) -> Minute:
    """First minute of the excursion that best explains a node's evidence; `minute` if none."""
    best = int(np.argmax(cusum))
    return int(start[best]) if cusum[best] > 0.0 else minute
