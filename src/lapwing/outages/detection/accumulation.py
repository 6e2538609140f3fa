"""Evidence over time: Shiryaev-Roberts sums and CUSUMs per node, brought forward only when
something happens there. Minutes without a report have a closed form:

    R <- (R + 1) q, m times  =  R q^m + q (1 - q^m) / (1 - q),   q = e_j(0)
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.columns import Columns
from lapwing.outages.detection.evidence import EmptyMinute, log_ratio
from lapwing.outages.detection.model import BoolArray, FloatArray, IntArray
from lapwing.outages.detection.rule import Rule

Rows = IntArray | slice


class Accumulation:
    """Works on the nodes' `sr`, `cusum`, `start` and `tick` columns. Holds no state of its own."""

    def __init__(self, rule: Rule, nodes: Columns, empty: EmptyMinute) -> None:
        self._rule = rule
        self._nodes = nodes
        self._empty = empty
        self._limit = math.exp(rule.log_evidence_limit)

    def settle(self, rows: Rows, tick: int) -> None:
        """Brings these nodes forward over the empty minutes up to and including `tick`."""
        nodes = self._nodes
        q = nodes["empty"][rows]
        decay = (tick - nodes["tick"][rows])[:, None] * q
        nodes["sr"][rows] = _after_empty(nodes["sr"][rows], q, decay)
        nodes["cusum"][rows] = np.maximum(nodes["cusum"][rows] + decay, 0.0)
        nodes["tick"][rows] = tick

    def absorb(self, rows: IntArray, log_e: FloatArray, minute: Minute, tick: int) -> FloatArray:
        """Adds the evidence of a minute with reports; returns the change of weighted evidence."""
        nodes = self._nodes
        q = nodes["empty"][rows]
        before = nodes["sr"][rows]
        decay = (tick - 1 - nodes["tick"][rows])[:, None] * q
        after = (_after_empty(before, q, decay) + 1.0) * np.exp(log_e)
        np.minimum(after, self._limit, out=after)
        nodes["sr"][rows] = after
        cusum = np.maximum(nodes["cusum"][rows] + decay, 0.0)
        nodes["start"][rows] = np.where(cusum > 0.0, nodes["start"][rows], minute)
        nodes["cusum"][rows] = np.minimum(
            np.maximum(cusum + log_e, 0.0), self._rule.log_evidence_limit
        )
        nodes["tick"][rows] = tick
        change: FloatArray = (after - before).mean(axis=1) * nodes["weight"][rows]
        return change

    def log_evidence(
        self, rows: IntArray, counts: FloatArray, phi: FloatArray, spread: BoolArray
    ) -> FloatArray:
        """log e_j of a minute's counts, capped; shape (M, J)."""
        rule, nodes = self._rule, self._nodes
        mu0 = nodes["mu0"][rows]
        log_e = nodes["empty"][rows] + log_ratio(counts, mu0, phi, self._empty.rates(mu0))
        cap = np.where(spread, rule.log_evidence_spread_cap, rule.log_evidence_cap)
        out: FloatArray = np.minimum(log_e, cap[:, None])
        return out

    def clear(self, rows: Rows) -> None:
        """Forgets all evidence at these nodes."""
        for name in ("sr", "cusum"):
            self._nodes[name][rows] = 0.0

    def weighted(self, rows: Rows) -> FloatArray:
        """Each node's part of its service's evidence, as last settled."""
        out: FloatArray = self._nodes["sr"][rows].mean(axis=1) * self._nodes["weight"][rows]
        return out


def _after_empty(sr: FloatArray, q: FloatArray, decay: FloatArray) -> FloatArray:
    """`q` is log e_j(0), `decay` that times the number of empty minutes."""
    shrink = np.expm1(decay)
    grown: FloatArray = sr * (shrink + 1.0) + np.exp(q) * shrink / np.expm1(q)
    return grown


def onset(cusum: FloatArray, start: NDArray[np.integer], minute: Minute) -> Minute:
    """First minute of the excursion that best explains a node's evidence; `minute` if none."""
    best = int(np.argmax(cusum))
    return int(start[best]) if cusum[best] > 0.0 else minute
