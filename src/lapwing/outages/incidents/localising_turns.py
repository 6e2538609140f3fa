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
"""At the close of a minute, over all incidents: some 0.3 s of work, in which nothing else is done.
"""

LOOK_EVERY_MS = 1_000
"""The rest has its turn between the entries of the journal, one incident in so long by the
entries' own time: some 50 ms, a twentieth of a processor, and 300 incidents in five minutes."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open incident that may be due for a new look."""

    incident: str
    declared: Minute
    reports: int
    expected: float
    before: Localised | None
    """The answer it has."""
    looked: Minute
    """The last minute in which it was looked at, with or without an answer; 0: never."""


def is_due(one: Candidate, now: Minute) -> bool:
    """At its declaration, 1, 2, 3, 5, 8, 13, ... minutes after it, and when its excess grew."""
    if one.looked == now:
        return False
    if one.before is None:
        return True
    looked = minute_of(one.before.at) - one.declared
    look, next_look = 1, 2
    while look <= looked:
        look, next_look = next_look, look + next_look
    grown = one.reports - one.expected >= GROWN * max(one.before.excess, 1.0)
    return now - one.declared >= look or grown


def in_turn(
    candidates: Iterable[Candidate], now: Minute, most: int = MOST_AT_ONCE
) -> tuple[list[str], bool]:
    """Ids of the incidents to look at now: those never looked at, the largest excess first, then
    those looked at longest ago; and whether others have to wait."""
    due = [one for one in candidates if is_due(one, now)]
    taken: list[str] = []
    reports = 0
    for one in sorted(due, key=_waiting_longest)[:most]:
        reports += one.reports
        if taken and reports > MOST_REPORTS_AT_ONCE:
            break
        taken.append(one.incident)
    return taken, len(taken) < len(due)


def _waiting_longest(one: Candidate) -> tuple[Minute, float, str]:
    return one.looked, one.expected - one.reports, one.incident
