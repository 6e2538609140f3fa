"""How many people live where, and which places live together."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from lapwing.outages.detection.model import NodeSpec
from lapwing.outages.model import Dimension
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.places.nearest import Centres

_REMEMBERED: Final = 1 << 16


class PopulatedPlaces:
    """People in the gazetteer's cities; villages that it does not have are left out."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._of_country, self._of_region = gazetteer.populations()
        self._centres: Centres = gazetteer.centres()
        self.area_of = lru_cache(maxsize=_REMEMBERED)(self._find_area)

    def share(self, place: NodeSpec) -> float | None:
        """Of its country's people; None for what is no place, or where nobody is known to live.
        An area counts as its centre, which most of its reports come from."""
        match place.dimension:
            case Dimension.CITY | Dimension.AREA:
                city = self._gazetteer.find_by_id(int(place.value))
                if city is None:
                    return None
                people, country = city.population, city.country
            case Dimension.REGION:
                people, country = self._of_region.get(place.value, 0), place.country or ""
            case _:
                return None
        everybody = self._of_country.get(country, 0)
        return people / everybody if people > 0 and everybody > 0 else None

    def region_of(self, city: int) -> str | None:
        found = self._gazetteer.find_by_id(city)
        return None if found is None else found.region

    def _find_area(self, city: int) -> int | None:
        found = self._gazetteer.find_by_id(city)
        if found is None:
            return None
        centre = self._centres.strongest(
            found.latitude, found.longitude, found.population, found.country
        )
        return city if centre is None else centre
