"""When an incident is localised again: often at first, then as it grows, never all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lapwing.kernel.instants import Minute, minute_of
from lapwing.outages.incidents.localised import Localised

GROWN = 1.25
"""An excess that grew by a quarter is worth a new look."""

MOST_AT_ONCE = 6
MOST_REPORTS_AT_ONCE = 100_000
"""In one minute, over all incidents: some 0.3 s of work, in which nothing else is done. The rest
has its turn later."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open incident that may be due for a new look."""

    incident: str
    declared: Minute
    reports: int
    expected: float
    before: Localised | None
    """The answer it has."""


def is_due(one: Candidate, now: Minute) -> bool:
    """At its declaration, 1, 2, 3, 5, 8, 13, ... minutes after it, and when its excess grew."""
    if one.before is None:
        return True
    looked = minute_of(one.before.at) - one.declared
    look, next_look = 1, 2
    while look <= looked:
        look, next_look = next_look, look + next_look
    grown = one.reports - one.expected >= GROWN * max(one.before.excess, 1.0)
    return now - one.declared >= look or grown


def in_turn(candidates: Iterable[Candidate], now: Minute) -> list[str]:
    """Ids of the incidents to look at now: those never looked at, the largest excess first, then
    those looked at longest ago."""
    due = [one for one in candidates if is_due(one, now)]
    taken: list[str] = []
    reports = 0
    for one in sorted(due, key=_waiting_longest)[:MOST_AT_ONCE]:
        reports += one.reports
        if taken and reports > MOST_REPORTS_AT_ONCE:
            break
        taken.append(one.incident)
    return taken


def _waiting_longest(one: Candidate) -> tuple[Minute, float, str]:
    looked = 0 if one.before is None else minute_of(one.before.at)
    return looked, one.expected - one.reports, one.incident
