"""By whose clock an incident is told."""

from __future__ import annotations

from lapwing.outages.incidents.model import Incident, Scope
from lapwing.outages.model import Dimension
from lapwing.outages.places.gazetteer import Gazetteer


def time_zone_of(incident: Incident | None, gazetteer: Gazetteer) -> str:
    """That of its place, or of the city where most of it is, else of the hardest-hit country."""
    if incident is None:
        return "UTC"
    if incident.scope is not None:
        zone = _zone_of_place(incident.scope, gazetteer)
        if zone is not None:
            return zone
    for part in incident.leading:
        if part.dimension == Dimension.CITY and part.excess_share > 0.5:
            city = gazetteer.find_by_id(int(part.value))
            if city is not None:
                return city.time_zone
    for part in incident.leading:
        if part.dimension == Dimension.COUNTRY:
            return gazetteer.time_zone_of(part.value)
    return "UTC"


def _zone_of_place(scope: Scope, gazetteer: Gazetteer) -> str | None:
    match scope.dimension:
        case Dimension.CITY | Dimension.AREA:
            city = gazetteer.find_by_id(int(scope.value))
            return None if city is None else city.time_zone
        case Dimension.COUNTRY | Dimension.REGION:
            return gazetteer.time_zone_of(scope.value.partition(".")[0])
        case _:
            return None
