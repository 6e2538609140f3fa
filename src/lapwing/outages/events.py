"""What the rest of Lapwing hears of pillar 1. msgspec structs, so that any bus carries them."""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class CountsChanged(msgspec.Struct, tag="counts_changed", frozen=True):
    """A service's live counts are other than before."""

    service: str


class MinuteClosed(msgspec.Struct, tag="minute_closed", frozen=True):
    minute: int


class IncidentChanged(msgspec.Struct, tag="incident_changed", frozen=True):
    """An incident was opened or is in another state, or its facts were edited."""

    incident: str
    service: str
    state_before: str | None
    state: str


OutageEvent: TypeAlias = CountsChanged | MinuteClosed | IncidentChanged
