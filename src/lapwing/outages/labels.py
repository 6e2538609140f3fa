"""What slices are called for people."""

from __future__ import annotations

from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.model import Dimension
from lapwing.outages.places.gazetteer import Gazetteer


class Labels:
    """Names of places, platforms, symptoms and networks; what is unknown keeps its code."""

    def __init__(self, catalogue: Catalogue, gazetteer: Gazetteer) -> None:
        self._catalogue = catalogue
        self._gazetteer = gazetteer
        self._known: dict[tuple[str, Dimension, str], str] = {}

    def label(self, slug: str, dimension: Dimension, value: str) -> str:
        key = (slug, dimension, value)
        label = self._known.get(key)
        if label is None:
            label = self._known[key] = self._find(slug, dimension, value)
        return label

    def _find(self, slug: str, dimension: Dimension, value: str) -> str:
        match dimension:
            case Dimension.CITY:
                city = self._gazetteer.find_by_id(int(value))
                return f"City {value}" if city is None else city.name
            case Dimension.AREA:
                city = self._gazetteer.find_by_id(int(value))
                return f"Area {value}" if city is None else f"{city.name} area"
            case Dimension.REGION:
                return self._gazetteer.region_name(value) or value
            case Dimension.COUNTRY:
                known = self._gazetteer.find_country(value)
                return value if known is None else self._gazetteer.country(known).name
            case Dimension.PLATFORM | Dimension.SYMPTOM:
                return self._offered(slug, dimension, value)
            case Dimension.NETWORK:
                hashed = value.removeprefix("net-")
                return value if hashed == value else f"Network {hashed[:6]}"
            case _:
                service = self._catalogue.find(slug)
                return slug if service is None else service.name

    def _offered(self, slug: str, dimension: Dimension, value: str) -> str:
        service = self._catalogue.find(slug)
        if service is None:
            return value
        offered = service.symptoms if dimension is Dimension.SYMPTOM else service.platforms
        return next((one.label for one in offered if one.key == value), value)
