"""The question asked before an outage is declared: may this candidate be?

Whoever answers is given to the detector (`Detector.admit`); it is asked only when the
evidence has reached its threshold, and about a few slices of a service in a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from lapwing.kernel.instants import Minute


@dataclass(frozen=True, slots=True)
class Candidate:
    """An outage that would be declared now."""

    service: int
    node: int
    """Where the evidence is: the service's own node if it is everywhere."""
    onset: Minute
    """Estimated first minute."""
    minute: Minute
    """The minute that is closing."""
    mu0: float
    """Upper bound of the node's normal reports per minute, now."""
    phi: float
    """Variance over mean of its normal minutes."""
    log_threshold: float
    """Evidence (natural log) at which an outage is declared."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`admitted` False: nothing is declared and the evidence stays, so that the question comes
    again with the next minute."""

    admitted: bool
    node: int
    """Where it is declared: the candidate's own node, or another one that it comes down to."""


Admit: TypeAlias = Callable[[Candidate], Verdict]


def admit_all(candidate: Candidate) -> Verdict:
    """For a detector that nobody answers for."""
    return Verdict(True, candidate.node)
