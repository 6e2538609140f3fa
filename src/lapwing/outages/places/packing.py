"""The file format of the gazetteer: columns, names and a name index, packed small.

`tools/build_places.py` writes it, `gazetteer.py` reads it. Rows are cities, the most populous
first, so that a smaller row number is a bigger city.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from lapwing.kernel.folding import fold
from lapwing.kernel.refusals import Refusal

VERSION = 1
ALTERNATE_NAME_WEIGHT = 0.02
"""A city's alternate name counts as this share of its population against cities whose main name
it is: "Bombay" is Mumbai and not the village in New Zealand, "Victoria" is not Hong Kong."""


@dataclass(frozen=True, slots=True)
class CityRecord:
    """A city as the build has it; coordinates in degrees, `region` like `IN.16` or empty."""

    id: int
    name: str
    country: str
    region: str
    latitude: float
    longitude: float
    population: int
    time_zone: str
    alternate_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CountryRecord:
    """A country as the build has it; `latitude` and `longitude` are its middle in degrees."""

    code: str
    name: str
    latitude: float
    longitude: float
    time_zone: str
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegionRecord:
    code: str
    name: str
    other_names: tuple[str, ...] = ()


class PackedCountry(msgspec.Struct, array_like=True, frozen=True):
    code: str
    name: str
    latitude: float
    longitude: float
    time_zone: str


class PackedPlaces(msgspec.Struct, frozen=True):
    """What the file holds. Byte fields are little-endian arrays with one element per city,
    `key_*` with one per folded name: the rows of key k are `key_rows[key_starts[k]:...[k+1]]`."""

    version: int
    ids: bytes
    """uint32, GeoNames ids."""
    latitudes: bytes
    """float32, degrees."""
    longitudes: bytes
    """float32, degrees."""
    populations: bytes
    """uint32."""
    country_of: bytes
    """uint16, index into `countries`."""
    region_of: bytes
    """uint16, index into `region_codes`, whose first entry is the empty string."""
    zone_of: bytes
    """uint16, index into `time_zones`."""
    names: str
    """Line by line."""
    countries: list[PackedCountry]
    region_codes: list[str]
    region_names: list[str]
    time_zones: list[str]
    countries_by_name: dict[str, str]
    regions_by_name: dict[str, list[str]]
    keys: str
    """Folded names, line by line, sorted."""
    key_starts: bytes
    """uint32, one more than keys."""
    key_rows: bytes
    """uint32, the best first."""


def pack(
    cities: Iterable[CityRecord],
    regions: Sequence[RegionRecord],
    countries: Sequence[CountryRecord],
) -> bytes:
    """The file's bytes. Cities of a region or country that is not given lose it or are left out."""
    country_index = {country.code: index for index, country in enumerate(countries)}
    kept = [city for city in cities if city.country in country_index]
    kept.sort(key=lambda city: (-city.population, city.id))
    zones = sorted({city.time_zone for city in kept})
    zone_index = {zone: index for index, zone in enumerate(zones)}
    region_codes = ["", *(region.code for region in regions)]
    region_index = {code: index for index, code in enumerate(region_codes)}
    keys, starts, rows = _name_index(kept)
    places = PackedPlaces(
        version=VERSION,
        ids=_array([city.id for city in kept], "<u4"),
        latitudes=_array([city.latitude for city in kept], "<f4"),
        longitudes=_array([city.longitude for city in kept], "<f4"),
        populations=_array([city.population for city in kept], "<u4"),
        country_of=_array([country_index[city.country] for city in kept], "<u2"),
        region_of=_array([region_index.get(city.region, 0) for city in kept], "<u2"),
        zone_of=_array([zone_index[city.time_zone] for city in kept], "<u2"),
        names="\n".join(city.name for city in kept),
        countries=[
            PackedCountry(each.code, each.name, each.latitude, each.longitude, each.time_zone)
            for each in countries
        ],
        region_codes=region_codes,
        region_names=["", *(region.name for region in regions)],
        time_zones=zones,
        countries_by_name=_countries_by_name(countries),
        regions_by_name=_regions_by_name(regions),
        keys="\n".join(keys),
        key_starts=_array(starts, "<u4"),
        key_rows=_array(rows, "<u4"),
    )
    return zlib.compress(msgspec.msgpack.encode(places), 9)


def unpack(packed: bytes) -> PackedPlaces:
    """Refuses (`places_unreadable`) what was not written by `pack` of this version."""
    try:
        places = msgspec.msgpack.decode(zlib.decompress(packed), type=PackedPlaces)
    except (zlib.error, msgspec.DecodeError) as error:
        raise _unreadable() from error
    if places.version != VERSION:
        raise _unreadable()
    return places


def _unreadable() -> Refusal:
    return Refusal(
        "places_unreadable",
        "The file of places is damaged or of another version; build it again with "
        "`python tools/build_places.py`.",
    )


def _array(values: Sequence[float], dtype: str) -> bytes:
    return np.asarray(values, dtype=dtype).tobytes()


def _name_index(cities: Sequence[CityRecord]) -> tuple[list[str], list[int], list[int]]:
    """Sorted folded names, where each one's rows start, and the rows, the likeliest first."""
    scores: dict[str, dict[int, float]] = {}
    for row, city in enumerate(cities):
        main = fold(city.name)
        for key in {main, *map(fold, city.alternate_names)}:
            if key:
                weight = 1.0 if key == main else ALTERNATE_NAME_WEIGHT
                scores.setdefault(key, {})[row] = weight * (city.population + 1)
    keys = sorted(scores)
    starts, rows = [0], list[int]()
    for key in keys:
        of_key = scores[key]
        rows.extend(sorted(of_key, key=lambda row: (-of_key[row], row)))
        starts.append(len(rows))
    return keys, starts, rows


def _countries_by_name(countries: Sequence[CountryRecord]) -> dict[str, str]:
    """Main names win over other countries' other names."""
    by_name: dict[str, str] = {}
    for country in countries:
        for name in country.other_names:
            by_name.setdefault(fold(name), country.code)
    by_name.update({fold(country.name): country.code for country in countries})
    by_name.update({fold(country.code): country.code for country in countries})
    return by_name


def _regions_by_name(regions: Sequence[RegionRecord]) -> dict[str, list[str]]:
    """Folded name or code -> codes, those whose main name it is first."""
    by_name: dict[str, dict[str, None]] = {}
    for names_of in (_main_names, _other_names):
        for region in regions:
            for name in names_of(region):
                by_name.setdefault(name, {})[region.code] = None
    return {name: list(codes) for name, codes in by_name.items()}


def _main_names(region: RegionRecord) -> set[str]:
    return {fold(region.name), fold(region.code.partition(".")[2])}


def _other_names(region: RegionRecord) -> set[str]:
    return {folded for name in region.other_names if (folded := fold(name))}
