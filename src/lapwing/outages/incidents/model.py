"""An incident and its life."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, TypeAlias

import msgspec

from lapwing.outages.detection.concentration import Concentration
from lapwing.outages.incidents.localised import Localised


class State(StrEnum):
    """SUSPECTED: declared by the statistics; CONFIRMED: borne out; ONGOING: confirmed and lasting;
    RECOVERING: falling; RESOLVED: over; FALSE_ALARM: an operator's word that it was none;
    MERGED: part of another incident."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    ONGOING = "ongoing"
    RECOVERING = "recovering"
    RESOLVED = "resolved"
    FALSE_ALARM = "false_alarm"
    MERGED = "merged"


OPEN_STATES = frozenset({State.SUSPECTED, State.CONFIRMED, State.ONGOING, State.RECOVERING})

StateFilter: TypeAlias = Literal[
    "open",
    "suspected",
    "confirmed",
    "ongoing",
    "recovering",
    "resolved",
    "false_alarm",
    "merged",
]
"""Which incidents are asked for: those of one state, or all that are open."""


def is_in(state: State, wanted: StateFilter | None) -> bool:
    """Whether an incident of this state is asked for; None asks for all."""
    if wanted == "open":
        return state in OPEN_STATES
    return wanted is None or state.value == wanted


class SliceShare(msgspec.Struct, frozen=True):
    """A slice of the outage: reports in it while it lasted, beside what was expected there."""

    dimension: str
    value: str
    label: str
    reports: int
    expected: float
    excess_share: float
    """Its part of the whole excess, 0 to 1."""


class Scope(msgspec.Struct, frozen=True):
    """The slice that a local incident is about."""

    dimension: str
    value: str
    label: str


class Change(msgspec.Struct, frozen=True):
    """One entry of an incident's history."""

    at: datetime
    by: str
    """`lapwing` for the detector, else the operator's token name."""
    act: str
    state: State
    note: str = ""
    details: dict[str, Any] = {}


class Incident(msgspec.Struct, frozen=True):
    """One outage of one service, or of a part of it. Instants are aware UTC; ids are stable across
    restarts: `x-20231221-0509` is the service and the minute of detection, `x-20231221-0509-2` the
    second one of that minute."""

    id: str
    service: str
    state: State
    started_at: datetime
    """Estimated onset."""
    detected_at: datetime
    confirmed_at: datetime | None = None
    peak_at: datetime | None = None
    ended_at: datetime | None = None
    peak_per_minute: int = 0
    """Most reports counted in one minute."""
    peak_15_min: int = 0
    """Most reports counted in 15 consecutive minutes."""
    reports: int = 0
    """Counted reports from onset to end (or now)."""
    reports_first_20_min: int = 0
    expected: float = 0.0
    """What would have been usual in the same time."""
    leading: tuple[SliceShare, ...] = ()
    """Slices by excess, per dimension the largest first."""
    networks_seen: int = 0
    trusted_share: float = 0.0
    """Share of reports from an operator's import, for which caps and network rules are off."""
    simulated: bool = False
    cause: str | None = None
    """In an operator's words; None: nothing is known."""
    title: str | None = None
    """An operator's own headline; None: the story writes it."""
    merged_into: str | None = None
    scope: Scope | None = None
    """Where it is, as it was declared; None: the whole service. Its figures are of there."""
    parts: tuple[str, ...] = ()
    """Ids of the incidents that became part of this one."""
    localised: tuple[Localised, ...] = ()
    """Where and for whom, the newest answer last."""
    concentration: Concentration | None = None
    """How few networks and blocks bring its reports; None: not known."""
    changes: tuple[Change, ...] = ()


def is_held(incident: Incident) -> bool:
    """Whether it stays suspected whatever the statistics say, as its reports are unlike those
    that usually come; an operator may still confirm it."""
    found = incident.concentration
    return incident.state is State.SUSPECTED and found is not None and found.suspicious
