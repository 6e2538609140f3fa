"""What goes into the detector and what comes out. The statistics: docs/methodology.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute
from lapwing.outages.model import Dimension

IntArray: TypeAlias = NDArray[np.int64]
FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A slice as the detector counts it. `service` is the service's number, 0 upwards."""

    service: int
    dimension: Dimension
    value: str
    country: str | None = None
    """Whose civil time its week follows; None: UTC."""


@dataclass(frozen=True, slots=True)
class MinuteCounts:
    """The counted reports of one minute at the nodes that had any.

    `nodes` (int64, sorted, unique) and `counts` (int64, > 0) have one length; `spread` says at
    which of them the reports came from enough address blocks and networks (or are trusted), so
    that their evidence is not capped. `observed` is False for a minute in which nobody listened
    (the server was down): it is no exposure and teaches nothing.
    """

    minute: Minute
    nodes: IntArray
    counts: IntArray
    spread: BoolArray
    observed: bool = True


@dataclass(frozen=True, slots=True)
class Declared:
    """The evidence at a service reached its threshold: an outage is declared."""

    service: int
    minute: Minute
    """The minute whose closing brought the alarm."""
    onset_minute: Minute
    """Estimated first minute of the outage."""
    log_evidence: float
    log_threshold: float
    node: int
    """The node that carries most of the evidence; the service's own node if it is everywhere."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The declared outage was borne out by what followed (see the methodology)."""

    service: int
    minute: Minute
    node: int


@dataclass(frozen=True, slots=True)
class Receding:
    """Reports have begun to fall towards normal."""

    service: int
    minute: Minute
    node: int


@dataclass(frozen=True, slots=True)
class Relapsed:
    """They rose again before the end was sure."""

    service: int
    minute: Minute
    node: int


@dataclass(frozen=True, slots=True)
class Recovered:
    """Back to normal; the outage ended at the start of `end_minute`."""

    service: int
    minute: Minute
    node: int
    end_minute: Minute


@dataclass(frozen=True, slots=True)
class Grown:
    """The outage at `node` is part of a larger one now: that at `into`, which holds it."""

    service: int
    minute: Minute
    node: int
    into: int


Finding: TypeAlias = Declared | Confirmed | Receding | Relapsed | Recovered | Grown
"""`node` says which of a service's outages it is about."""


@dataclass(frozen=True, slots=True)
class OpenOutage:
    """An outage that is being followed."""

    service: int
    node: int
    """The service's own node if it is everywhere."""
    onset_minute: Minute
    declared_minute: Minute
    log_evidence: float
    """The service's at the declaration; 0: an operator declared it."""
    weight: float
    """Of the node, at the declaration: while it is open the node has none."""
    confirmed: bool
    receding: bool
    peak: float
    """Most reports per minute in 15 minutes since the declaration."""


@dataclass(frozen=True, slots=True)
class MinuteOutcome:
    """What one closed minute brought. Arrays have one entry per service number."""

    minute: Minute
    expected: FloatArray
    """Reports that were expected in this minute (the middle, not the upper bound)."""
    upper: FloatArray
    """Upper edge of the band in which a normal minute lies (about 99.9 %)."""
    log_evidence: FloatArray
    findings: tuple[Finding, ...]
    """In the order of service numbers, then of time."""
