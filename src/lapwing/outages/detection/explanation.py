"""Why an outage was or was not declared: the detector's arithmetic, as it stands after a minute.

Reads the detector and changes nothing in it: its numbers must not depend on who looked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from math import exp
from typing import Any, Final

import msgspec
import numpy as np

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.layout import NEVER, Tables
from lapwing.outages.detection.model import FloatArray, IntArray, NodeSpec

MOST_SLICES: Final = 12

Counts = Mapping[int, int]
"""Reports by node; nodes without any may be missing."""


class Verdict(StrEnum):
    DECLARED = "declared"
    """In this very minute."""
    OPEN = "open"
    """Declared before, and not over yet."""
    LEARNING = "learning"
    """Too new for any declaration."""
    ENOUGH = "enough"
    """The evidence is at its threshold, and the next closed minute can declare."""
    HELD_BACK = "held_back"
    """The evidence is at its threshold, but rests on too few networks."""
    NOT_ENOUGH = "not_enough"


class NodeArithmetic(msgspec.Struct, frozen=True):
    """A slice's part; rates are reports per minute. The service's own node comes first."""

    dimension: str
    value: str
    label: str
    """Empty: it is filled where names are known."""
    observed: int
    """Reports counted in the minute."""
    expected: float
    upper: float
    """mu0: most that an ordinary minute is taken to bring on average."""
    dispersion: float
    """phi: variance over mean of ordinary minutes."""
    weight: float
    """Part of the service's evidence that this slice can carry, 0 to 1."""
    tried: tuple[float, ...]
    """R_j, the accumulated evidence for each of the rule's tried rates."""
    mixed: float
    """Their mean."""
    evidence: float
    """`weight` times `mixed`: what it adds to the service's evidence."""
    share: float
    """Of the service's evidence, 0 to 1."""
    run_start_minute: Minute | None
    """First minute of the run of evidence that goes on; None: there is no run."""
    run_reports: int
    run_expected: float
    """In the run, at the present rate."""
    echo: float
    """Added to `upper` for the next minute, since a report was counted a short while ago."""


class OpenOutage(msgspec.Struct, frozen=True):
    dimension: str
    value: str
    label: str
    """The slice that it is named after; dimension `service`: the whole."""
    onset_minute: Minute
    declared_minute: Minute
    confirmed: bool
    receding: bool


class Explanation(msgspec.Struct, frozen=True):
    """One service in one minute."""

    minute: Minute
    verdict: Verdict
    evidence: float
    """Sum over all slices, also those that are not listed."""
    log_evidence: float
    threshold: float
    log_threshold: float
    nodes: tuple[NodeArithmetic, ...]
    other_slices: int
    other_evidence: float
    """Of the slices that are not listed."""
    rhos: tuple[float, ...]
    """Multiples of `upper` (or of `slowest_outage_rate`) that are tried as an outage's rate."""
    slowest_outage_rate: float
    local_level: float
    """What the last hours bring, over what the week's pattern says."""
    tolerance: float
    """Factor on what is normal after an outage or a dismissal; 1: none."""
    tail: float
    """Reports per minute that may come besides, in the hours after an outage."""
    learns_until_minute: Minute | None
    tentative: bool
    """While it learns, the whole service may be declared, against a generous rate."""
    cap: float
    """Most that one minute's reports add to a log evidence..."""
    spread_cap: float
    """...and most where they come from many address blocks and networks."""
    outages: tuple[OpenOutage, ...]
    held_back: bool = False
    """In this minute a candidate was not admitted, since too few networks told of it."""


def explain(
    detector: Detector,
    specs: Sequence[NodeSpec],
    service: int,
    observed: Counts,
    since: Callable[[Minute], Counts],
    most_slices: int = MOST_SLICES,
    *,
    held_back: bool = False,
) -> Explanation:
    """The arithmetic of the minute that was closed last.

    `specs` says what each node is; `observed`: that minute's reports; `since(minute)`: those from
    that minute on; `held_back`: whether a candidate was not admitted in it. Raises ValueError
    before the first minute was closed.
    """
    if detector.minute is None:
        raise ValueError("no minute has been closed yet")
    tables, tick = _inside(detector)
    rule, services = detector.rule, tables.services
    rows = tables.rows_of(service)
    tried = _settled(tables, rows, tick)
    mixed = tried.mean(axis=1)
    weights = tables.nodes["weight"][rows].copy()
    open_now = detector.open_outages(service)
    declared = [one for one in open_now if one.declared_minute == detector.minute]
    for one in declared:
        weights[rows == one.node] = one.weight
    parts = mixed * weights
    total = max([float(parts.sum()), *(exp(one.log_evidence) for one in declared)])
    chosen = _heaviest(rows, parts, mixed, int(services["node"][service]), most_slices)
    listed = _Listing(detector, specs, observed, since, max(total, 1e-300))
    nodes = tuple(
        listed.node(int(rows[place]), tried[place], float(weights[place])) for place in chosen
    )
    learns_until = int(services["learns_until"][service])
    learning = learns_until > detector.minute
    outages = _open_outages(detector, specs, service)
    return Explanation(
        minute=detector.minute,
        verdict=_verdict(
            total >= exp(rule.log_threshold),
            learning and not bool(services["tentative"][service]),
            outages,
            detector.minute,
            held_back=held_back,
        ),
        evidence=total,
        log_evidence=float(np.log(max(total, 1e-300))),
        threshold=exp(rule.log_threshold),
        log_threshold=rule.log_threshold,
        nodes=nodes,
        other_slices=len(rows) - len(nodes),
        other_evidence=max(0.0, total - sum(node.evidence for node in nodes)),
        rhos=rule.rhos,
        slowest_outage_rate=rule.slowest_outage_rate,
        local_level=float(tables.profiles["level"][services["profile"][service]]),
        tolerance=float(services["tolerance"][service]),
        tail=float(tables.nodes["tail"][services["node"][service]]),
        learns_until_minute=learns_until if learning else None,
        tentative=learning and bool(services["tentative"][service]),
        cap=rule.log_evidence_cap,
        spread_cap=rule.log_evidence_spread_cap,
        outages=outages,
        held_back=held_back,
    )


def _inside(detector: Detector) -> tuple[Tables, int]:
    """The detector's tables, and how many minutes were listened to: what `tick` columns count."""
    return detector.tables, detector.tick


def _settled(tables: Tables, rows: IntArray, tick: int) -> FloatArray:
    """R_j as of now, without touching the columns (compare `Accumulation.settle`)."""
    nodes = tables.nodes
    decay = (tick - nodes["tick"][rows])[:, None] * nodes["empty"][rows]
    rest = nodes["rest"][rows]
    out: FloatArray = rest + (nodes["sr"][rows] - rest) * np.exp(decay)
    return out


def _heaviest(
    rows: IntArray, parts: FloatArray, mixed: FloatArray, own: int, most_slices: int
) -> list[int]:
    """Places in `rows`: the service's own node, then slices by what they add to the evidence;
    those that may not add any, by what they have."""
    ranked = np.lexsort((-mixed, -parts)).tolist()
    mine = int(np.flatnonzero(rows == own)[0])
    slices = [place for place in ranked if place != mine and mixed[place] > 0.0]
    return [mine, *slices[:most_slices]]


def _verdict(
    enough: bool,
    learning: bool,
    outages: tuple[OpenOutage, ...],
    minute: Minute,
    *,
    held_back: bool,
) -> Verdict:
    if any(one.declared_minute == minute for one in outages):
        return Verdict.DECLARED
    if outages:
        return Verdict.OPEN
    if held_back:
        return Verdict.HELD_BACK
    if learning:
        return Verdict.LEARNING
    return Verdict.ENOUGH if enough else Verdict.NOT_ENOUGH


class _Listing:
    """What is common to the slices of one explanation."""

    def __init__(
        self,
        detector: Detector,
        specs: Sequence[NodeSpec],
        observed: Counts,
        since: Callable[[Minute], Counts],
        total: float,
    ) -> None:
        self._rule = detector.rule
        self._minute: Minute = detector.minute or 0
        self._tables, self._tick = _inside(detector)
        self._specs = specs
        self._observed = observed
        self._since = since
        self._known: dict[Minute, Counts] = {}
        self._total = total

    def node(self, node: int, tried: FloatArray, weight: float) -> NodeArithmetic:
        spec = self._specs[node]
        evidence = weight * float(tried.mean())
        row = {name: self._tables.nodes[name][node] for name in _SHOWN}
        inverse_r = float(self._tables.services["inverse_r"][spec.service])
        upper, start = float(row["mu0"]), self._run_start(row)
        minutes = 0 if start is None else self._minute - start + 1
        return NodeArithmetic(
            dimension=spec.dimension.value,
            value=spec.value,
            label="",
            observed=self._observed.get(node, 0),
            expected=float(row["mid"]),
            upper=upper,
            dispersion=self._rule.dispersion_floor + upper * inverse_r,
            weight=weight,
            tried=tuple(float(one) for one in tried),
            mixed=float(tried.mean()),
            evidence=evidence,
            share=evidence / self._total,
            run_start_minute=start,
            run_reports=0 if start is None else self._reports_since(start).get(node, 0),
            run_expected=minutes * float(row["mid"]),
            echo=self._echo(int(row["reported"])),
        )

    def _run_start(self, row: Mapping[str, Any]) -> Minute | None:
        """Compare `accumulation.onset`; a CUSUM stands as of the row's own tick."""
        cusum = row["cusum"] + (self._tick - row["tick"]) * row["empty"]
        best = int(np.argmax(cusum))
        return int(row["start"][best]) if cusum[best] > 0.0 else None

    def _reports_since(self, start: Minute) -> Counts:
        if start not in self._known:
            self._known[start] = self._since(start)
        return self._known[start]

    def _echo(self, reported: int) -> float:
        """What `Accumulation.log_evidence` will add to the normal rate in the next minute."""
        if reported == NEVER:
            return 0.0
        rule = self._rule
        since = self._tick + 1 - reported
        return rule.echo_reports / rule.echo_fades * exp(-since / rule.echo_fades)


_SHOWN: Final = ("mid", "mu0", "cusum", "start", "tick", "empty", "reported")


def _open_outages(
    detector: Detector, specs: Sequence[NodeSpec], service: int
) -> tuple[OpenOutage, ...]:
    return tuple(
        OpenOutage(
            dimension=specs[one.node].dimension.value,
            value=specs[one.node].value,
            label="",
            onset_minute=one.onset_minute,
            declared_minute=one.declared_minute,
            confirmed=one.confirmed,
            receding=one.receding,
        )
        for one in detector.open_outages(service)
    )
