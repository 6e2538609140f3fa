"""A small catalogue and a gazetteer that knows every city of the demo."""

from __future__ import annotations

from zlib import crc32

from lapwing.outages.demo.world import COUNTRIES
from lapwing.outages.model import Platform, Service, Symptom
from lapwing.outages.places.gazetteer import City

_ZONES = {"IN": "Asia/Kolkata", "US": "America/New_York", "AR": "America/Argentina/Buenos_Aires"}


class EveryCity:
    """Cities by name and country; sizes are made up, the first of a country being the largest."""

    def find_city(
        self, name: str, region: str | None = None, country: str | None = None
    ) -> City | None:
        if country is None or name not in (names := COUNTRIES[country][1].split(",")):
            return None
        size = 10_000_000 // (1 + names.index(name))
        number = crc32(f"{country} {name}".encode())
        return City(number, name, country, f"{country}.1", 0.0, 0.0, size, "UTC")

    def time_zone_of(self, country: str) -> str:
        return _ZONES.get(country, "UTC")


def service(slug: str, *, countries: tuple[str, ...] = (), symptoms: str = "feed login") -> Service:
    return Service(
        slug=slug,
        name=slug.title(),
        category="social",
        home_page=f"https://{slug}.example",
        symptoms=tuple(Symptom(key, key.title()) for key in symptoms.split()),
        platforms=tuple(Platform(key, key.title()) for key in ("android", "ios", "web", "desktop")),
        countries=countries,
    )


X = service("x", symptoms="feed post login app website messages video notifications")
CATALOGUE = (
    X,
    service("instagram"),
    service("bank", countries=("IN",)),
    service("tram", countries=("NZ", "ZA")),
    *(service(f"service-{number}") for number in range(20)),
)
