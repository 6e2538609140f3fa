"""What the story is written from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lapwing.kernel.instants import Minute
from lapwing.outages.incidents.model import Incident
from lapwing.outages.model import Service


@dataclass(frozen=True, slots=True)
class Telling:
    """An incident with what is needed to tell it; labels of slices are in `incident.leading`."""

    incident: Incident
    service: Service
    now: datetime
    """The present, aware UTC; the story of an open incident is as of then."""
    time_zone: str = "UTC"
    """IANA name of the zone in which times are told."""
    per_minute: tuple[tuple[Minute, int], ...] = ()
    """Counted reports of the service per minute since the onset, oldest first; minutes without
    reports may be left out. Only an open incident's trend is read from it."""
    earlier: tuple[Incident, ...] = ()
    """Other outages of the service that began within 24 hours before this one."""
