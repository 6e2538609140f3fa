"""Which incidents follow one another, and which last side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from lapwing.outages.incidents.model import OPEN_STATES, Incident, Scope


def lane_of(incident: Incident) -> str:
    """Incidents of one lane follow one another; those of others may last beside them."""
    return lane_name(incident.service, incident.scope)


def lane_name(slug: str, scope: Scope | None) -> str:
    return slug if scope is None else f"{slug} {scope.dimension}={scope.value}"


def same_place(one: Scope | None, other: Scope | None) -> bool:
    return lane_name("", one) == lane_name("", other)


class LaneIndex:
    """Ids of each lane's latest incident, and of those that are open."""

    def __init__(self) -> None:
        self.latest: dict[str, str] = {}
        """By lane: of each service as a whole, and of each part of one that ever had one."""
        self._of_service: dict[str, dict[str, str]] = {}
        self._open: dict[str, dict[str, None]] = {}

    def set_latest(self, incident: Incident) -> None:
        lane = lane_of(incident)
        self.latest[lane] = incident.id
        self._of_service.setdefault(incident.service, {})[lane] = incident.id

    def note(self, incident: Incident) -> None:
        """Whether it is open now."""
        if incident.state in OPEN_STATES:
            self._open.setdefault(incident.service, {})[incident.id] = None
        elif incident.id in self._open.get(incident.service, ()):
            del self._open[incident.service][incident.id]

    def open_of(self, slug: str) -> Collection[str]:
        return self._open.get(slug, {}).keys()

    def open_services(self) -> list[str]:
        return [slug for slug, found in self._open.items() if found]

    def latest_of(self, slug: str) -> Iterable[str]:
        """One of each of the service's lanes."""
        return self._of_service.get(slug, {}).values()
