"""Cities, regions and countries of the world by id, by name and by position.

Names, positions, populations and time zones are GeoNames' (CC BY 4.0).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from rapidfuzz import fuzz, process

import lapwing
from lapwing.kernel.folding import fold
from lapwing.kernel.refusals import Refusal
from lapwing.outages.model import Place
from lapwing.outages.places.nearest import Centres, NearestCity
from lapwing.outages.places.packing import PackedPlaces, unpack

BUILT: Final = Path(lapwing.__file__).parent / "data" / "built" / "places.bin"
CITY_UNKNOWN: Final = "city_unknown"
"""Note of `resolve`: the city is not in the gazetteer, the place is its region or country."""
FAR_FROM_CITIES: Final = "far_from_cities"
"""Note of `resolve`: no city is near the coordinates."""

_REMEMBERED_NAMES = 65_536
_BIG_CITIES = 20_000
_ID_DIGITS = 10
_SHORT_PREFIX = 2


@dataclass(frozen=True, slots=True)
class City:
    """`id` is GeoNames'; `region` like `IN.16`; coordinates in degrees; `time_zone` IANA's."""

    id: int
    name: str
    country: str
    region: str | None
    latitude: float
    longitude: float
    population: int
    time_zone: str


@dataclass(frozen=True, slots=True)
class Country:
    """`latitude` and `longitude` are where its people are on average; `time_zone` is that of
    its most populous city."""

    code: str
    name: str
    latitude: float
    longitude: float
    time_zone: str


class Gazetteer:
    """Read-only once loaded. Lookups by name are remembered, positions never are."""

    def __init__(self, packed: PackedPlaces) -> None:
        self._ids: list[int] = np.frombuffer(packed.ids, "<u4").tolist()
        self._names = packed.names.split("\n") if packed.names else []
        self._latitudes = np.frombuffer(packed.latitudes, "<f4")
        self._longitudes = np.frombuffer(packed.longitudes, "<f4")
        self._populations = np.frombuffer(packed.populations, "<u4")
        self._country_of = np.frombuffer(packed.country_of, "<u2")
        self._region_of = np.frombuffer(packed.region_of, "<u2")
        self._zone_of = np.frombuffer(packed.zone_of, "<u2")
        self._zones = packed.time_zones
        self._region_codes = packed.region_codes
        self._region_names = dict(zip(packed.region_codes, packed.region_names, strict=True))
        self._regions_by_name = packed.regions_by_name
        self._countries = {
            each.code: Country(each.code, each.name, each.latitude, each.longitude, each.time_zone)
            for each in packed.countries
        }
        self._country_codes = list(self._countries)
        self._countries_by_name = packed.countries_by_name
        self._keys = packed.keys.split("\n") if packed.keys else []
        self._key_index = {key: index for index, key in enumerate(self._keys)}
        self._key_starts = np.frombuffer(packed.key_starts, "<u4")
        self._key_rows = np.frombuffer(packed.key_rows, "<u4")
        self._row_of = {city_id: row for row, city_id in enumerate(self._ids)}
        self._nearest = NearestCity(self._latitudes, self._longitudes, self._populations)
        self._resolve_names = lru_cache(maxsize=_REMEMBERED_NAMES)(self._resolve_names_afresh)

    @classmethod
    def load(cls, path: Path = BUILT) -> Gazetteer:
        """Refuses (`places_missing`, `places_unreadable`) when the built file is not good."""
        try:
            return cls(unpack(path.read_bytes()))
        except FileNotFoundError as error:
            raise Refusal(
                "places_missing",
                f"The file of places {path.name} has not been built yet; "
                "`python tools/build_places.py` builds it.",
            ) from error

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def countries(self) -> tuple[Country, ...]:
        return tuple(self._countries.values())

    def populations(self) -> tuple[dict[str, int], dict[str, int]]:
        """People by country (`IN`) and by region (`IN.16`): the sums over their cities."""
        people = self._populations.astype(np.float64)
        by_country = np.bincount(self._country_of, people, len(self._country_codes))
        by_region = np.bincount(self._region_of, people, len(self._region_codes))
        return (
            dict(zip(self._country_codes, by_country.astype(int).tolist(), strict=True)),
            dict(zip(self._region_codes, by_region.astype(int).tolist(), strict=True)),
        )

    def centres(self) -> Centres:
        """The cities that smaller places around them belong to."""
        big = np.flatnonzero(self._populations >= Centres.LEAST_PEOPLE)
        return Centres(
            np.array(self._ids, np.uint32)[big],
            (self._latitudes[big], self._longitudes[big]),
            self._populations[big],
            [self._country_codes[country] for country in self._country_of[big].tolist()],
        )

    def find_by_id(self, city_id: int) -> City | None:
        row = self._row_of.get(city_id)
        return None if row is None else self._city_at(row)

    def city(self, city_id: int) -> City:
        """Refuses (`unknown_city`) an id that is not in the gazetteer."""
        found = self.find_by_id(city_id)
        if found is None:
            raise Refusal("unknown_city", f"No city has the id {city_id}.", field="city")
        return found

    def country(self, code: str) -> Country:
        """Refuses (`unknown_country`) what is not an ISO code in capitals."""
        found = self._countries.get(code)
        if found is None:
            raise _unknown_country(code)
        return found

    def region_name(self, code: str) -> str | None:
        """The name of the region `IN.16`, in English where GeoNames has it so."""
        return self._region_names.get(code)

    def time_zone_of(self, country: str) -> str:
        """IANA name; `UTC` for a country without a city."""
        found = self._countries.get(country)
        return "UTC" if found is None else found.time_zone

    def find_country(self, text: str) -> str | None:
        """The ISO code for a code of two or three letters or a name, in any case."""
        if text in self._countries:
            return text
        return self._countries_by_name.get(fold(text))

    def find_region(self, text: str, country: str | None = None) -> str | None:
        """The code `US.TX` for `US.TX`, `TX`, `US-TX` or `Texas`.

        Without a country, only a text that means one region in the whole world is found.
        """
        found = self._regions_named(text, country)
        return found[0] if found and (country is not None or len(found) == 1) else None

    def find_city(
        self, name: str, region: str | None = None, country: str | None = None
    ) -> City | None:
        """The likeliest city of that name: its main name and its population speak for it.

        `region` and `country` are codes as `find_region` and `find_country` give them.
        """
        return next(self._cities_named(fold(name), region, country), None)

    def nearest_city(self, latitude: float, longitude: float) -> City | None:
        """The city whose surroundings hold the point; None farther than 100 km from all."""
        row, distance_km = self._nearest.find(latitude, longitude)
        return (
            None if row is None or distance_km > NearestCity.CITY_WITHIN_KM else self._city_at(row)
        )

    def suggest(self, text: str, country: str | None = None, limit: int = 8) -> list[City]:
        """Cities for what has been typed so far: big ones first, those of `country` before all.

        "springfield il" and "springfield, illinois" look in that region only. Where nothing
        begins with the text, the bigger cities are searched for a misspelt name.
        """
        typed = fold(text)
        if not typed:
            return []
        rows = self._rows_beginning(typed)
        if not rows:
            rows = self._rows_in_typed_region(typed, country) or self._rows_misspelt(typed, limit)
        code = None if country is None else self._country_index(country)
        rows.sort(key=lambda row: (self._country_of[row] != code, row))
        return [self._city_at(row) for row in rows[:limit]]

    def resolve(
        self,
        city: str | int | None = None,
        region: str | None = None,
        country: str | None = None,
        latitude: float | None = None,
        longitude: float | None = None,
        hints: tuple[str, ...] = (),
    ) -> tuple[Place, str | None]:
        """The place meant, and a note (`city_unknown`, `far_from_cities`) where it is coarser.

        Coordinates are used only where no city is given. `hints` are ISO codes of the countries
        in which the service works mainly: they decide what "TX" or "San Antonio" means when the
        country is not said. Refuses `unknown_country`, `unknown_region`,
        `coordinates_out_of_range` and `coordinates_incomplete`, naming the field.
        """
        if not city and (latitude is not None or longitude is not None):
            return self._resolve_position(latitude, longitude)
        return self._resolve_names(city or None, region or None, country or None, hints)

    def describe(self, place: Place) -> str | None:
        """The place in words, "San Antonio, Texas, United States"; None for nowhere."""
        parts: list[str] = []
        found = None if place.city is None else self.find_by_id(place.city)
        if found is not None:
            parts.append(found.name)
        region = place.region and self._region_names.get(place.region)
        if region and (found is None or found.name not in region):
            parts.append(region)
        if place.country in self._countries:
            parts.append(self._countries[place.country].name)
        return ", ".join(parts) or None

    def _resolve_position(
        self, latitude: float | None, longitude: float | None
    ) -> tuple[Place, str | None]:
        if latitude is None or longitude is None:
            missing = "latitude" if latitude is None else "longitude"
            raise Refusal(
                "coordinates_incomplete",
                "latitude and longitude are only good together; give both or neither.",
                field=missing,
            )
        for field, degrees, limit in (("latitude", latitude, 90), ("longitude", longitude, 180)):
            if not (math.isfinite(degrees) and -limit <= degrees <= limit):
                raise Refusal(
                    "coordinates_out_of_range",
                    f"{field} must be between -{limit} and {limit} degrees.",
                    field=field,
                )
        row, distance_km = self._nearest.find(latitude, longitude)
        if row is None or distance_km > NearestCity.COUNTRY_WITHIN_KM:
            return Place(), FAR_FROM_CITIES
        found = self._city_at(row)
        if distance_km > NearestCity.CITY_WITHIN_KM:
            return Place(country=found.country), FAR_FROM_CITIES
        return _place_of(found), None

    def _resolve_names_afresh(
        self,
        city: str | int | None,
        region: str | None,
        country: str | None,
        hints: tuple[str, ...],
    ) -> tuple[Place, str | None]:
        country_code = None if country is None else self.find_country(country)
        if country is not None and country_code is None:
            raise _unknown_country(country)
        region_code = None
        if region is not None:
            region_code = self._region_meant(region, city, country_code, hints)
            country_code = region_code.partition(".")[0]
        if city is None:
            return Place(country_code, region_code), None
        found = self._city_meant(city, region_code, country_code, hints)
        if found is None:
            return Place(country_code, region_code), CITY_UNKNOWN
        return _place_of(found), None

    def _region_meant(
        self, text: str, city: str | int | None, country: str | None, hints: tuple[str, ...]
    ) -> str:
        """The region's code; where several countries have it, the hints and the city decide."""
        found = self._regions_named(text, country)
        if country is not None or len(found) == 1:
            if found:
                return found[0]
            raise self._unknown_region(text, country, found)
        hinted = [code for code in found if code.partition(".")[0] in hints]
        if hinted:
            return hinted[0]
        key = fold(city) if isinstance(city, str) else ""
        cities = [next(self._cities_named(key, code), None) for code in found]
        biggest = max(filter(None, cities), key=lambda each: each.population, default=None)
        if biggest is None or biggest.region is None:
            raise self._unknown_region(text, country, found)
        return biggest.region

    def _city_meant(
        self, city: str | int, region: str | None, country: str | None, hints: tuple[str, ...]
    ) -> City | None:
        if isinstance(city, int) or (city.isdecimal() and len(city) <= _ID_DIGITS):
            return self.find_by_id(int(city))
        name = fold(city)
        countries = (country,) if country is not None else (*hints, None)
        for each in countries:
            found = next(self._cities_named(name, region, each), None)
            if found is not None:
                return found
        return self._city_before_comma(city, region, countries)

    def _city_before_comma(
        self, text: str, region: str | None, countries: Sequence[str | None]
    ) -> City | None:
        """ "San Antonio, TX": the part after the last comma names a region or a country; of
        "Nagpur, Maharashtra, India", as the report form suggests it, both are behind commas."""
        name, comma, rest = text.rpartition(",")
        if not comma:
            return None
        for country in countries:
            for code in self._regions_named(rest.strip(), country):
                if region in (None, code) and (found := self.find_city(name, code)) is not None:
                    return found
        named = self.find_country(rest.strip())
        if named is not None and (countries == (named,) or None in countries):
            within = self.find_city(name, region, named)
            return within or self._city_before_comma(name, region, (named,))
        return None

    def _regions_named(self, text: str, country: str | None) -> list[str]:
        code = text.strip().upper().replace("-", ".", 1)
        if code in self._region_names and country in (None, code.partition(".")[0]):
            return [code]
        head, dash, rest = text.strip().partition("-")
        if dash and head.upper() in self._countries and country in (None, head.upper()):
            iso = self._regions_named(rest, head.upper())
            if iso:
                return iso
        found = self._regions_by_name.get(fold(text), [])
        if country is None:
            return found
        return [each for each in found if each.partition(".")[0] == country]

    def _cities_named(
        self, key: str, region: str | None = None, country: str | None = None
    ) -> Iterator[City]:
        index = self._key_index.get(key)
        if index is None:
            return
        for row in self._rows_of_key(index):
            if region is not None and self._region_codes[self._region_of[row]] != region:
                continue
            if country is not None and self._country_codes[self._country_of[row]] != country:
                continue
            yield self._city_at(row)

    def _rows_of_key(self, index: int) -> list[int]:
        rows: list[int] = self._key_rows[
            self._key_starts[index] : self._key_starts[index + 1]
        ].tolist()
        return rows

    def _rows_beginning(self, prefix: str) -> list[int]:
        """Rows whose name begins so, in no order; of very short prefixes only the big cities'."""
        if len(prefix) <= _SHORT_PREFIX:
            begins = (
                row for row, name in enumerate(self._big_city_names) if name.startswith(prefix)
            )
            return list(islice(begins, 200))
        first = bisect_left(self._keys, prefix)
        last = bisect_left(self._keys, prefix + "\U0010ffff", lo=first)
        start, stop = int(self._key_starts[first]), int(self._key_starts[last])
        return list(set(self._key_rows[start:stop].tolist()))

    def _rows_in_typed_region(self, typed: str, country: str | None) -> list[int]:
        words = typed.split()
        for cut in range(len(words) - 1, 0, -1):
            index = self._key_index.get(" ".join(words[:cut]))
            if index is None:
                continue
            regions = set(self._regions_named(" ".join(words[cut:]), None))
            named = self.find_country(" ".join(words[cut:]))
            rows = [
                row
                for row in self._rows_of_key(index)
                if self._region_codes[self._region_of[row]] in regions
                or self._country_codes[self._country_of[row]] == named
            ]
            if rows:
                return rows
        return []

    def _rows_misspelt(self, typed: str, limit: int) -> list[int]:
        close = process.extract(
            typed,
            self._big_city_names,
            scorer=fuzz.ratio,
            score_cutoff=78,
            limit=limit,
        )
        return [row for _, _, row in close]

    @cached_property
    def _big_city_names(self) -> list[str]:
        return [fold(name) for name in self._names[:_BIG_CITIES]]

    def _country_index(self, code: str) -> int | None:
        return self._country_codes.index(code) if code in self._countries else None

    def _city_at(self, row: int) -> City:
        return City(
            id=self._ids[row],
            name=self._names[row],
            country=self._country_codes[self._country_of[row]],
            region=self._region_codes[self._region_of[row]] or None,
            latitude=round(float(self._latitudes[row]), 5),
            longitude=round(float(self._longitudes[row]), 5),
            population=int(self._populations[row]),
            time_zone=self._zones[self._zone_of[row]],
        )

    def _unknown_region(self, text: str, country: str | None, several: list[str]) -> Refusal:
        if several:
            where = ", ".join(sorted({code.partition(".")[0] for code in several}))
            return Refusal(
                "unknown_region",
                f"Several countries have a region {text[:60]!r} ({where}); give the country too.",
                field="region",
            )
        inside = f" of {self._countries[country].name}" if country in self._countries else ""
        return Refusal(
            "unknown_region",
            f"No region{inside} is called {text[:60]!r}; give its name or a code such as US.TX.",
            field="region",
        )


def _place_of(city: City) -> Place:
    return Place(city.country, city.region, city.id)


def _unknown_country(text: str) -> Refusal:
    return Refusal(
        "unknown_country",
        f"No country is called {text[:60]!r}; give its name or its ISO code, for example IN.",
        field="country",
    )
