"""From where the simulated reports come: countries, their cities and their networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from lapwing.outages.places.gazetteer import City

NETWORK_SHARES = (0.36, 0.26, 0.16, 0.10, 0.07, 0.05)
"""Of a country's reports, by network: two or three carriers have most people."""

BLOCKS_PER_NETWORK = 1 << 14

HOURS = (
    *(0.42, 0.27, 0.19, 0.16, 0.18, 0.30, 0.52, 0.78, 0.98, 1.10, 1.17, 1.21),
    *(1.24, 1.22, 1.19, 1.20, 1.25, 1.33, 1.44, 1.58, 1.66, 1.55, 1.19, 0.87),
)
"""How many report at each hour of their day, beside the mean; most in the evening."""

COUNTRIES: Mapping[str, tuple[float, str]] = {
    "IN": (
        0.20,
        "Delhi,Mumbai,Bengaluru,Kolkata,Chennai,Hyderabad,Ahmedabad,Pune,Jaipur,Lucknow,Nagpur,"
        "Kochi",
    ),
    "US": (
        0.20,
        "New York City,Los Angeles,Chicago,Houston,Phoenix,Philadelphia,Dallas,San Francisco,"
        "Seattle,Miami",
    ),
    "GB": (0.08, "London,Birmingham,Manchester,Glasgow,Leeds,Cardiff"),
    "BR": (0.06, "São Paulo,Rio de Janeiro,Brasília,Salvador,Curitiba"),
    "DE": (0.05, "Berlin,Hamburg,Munich,Köln,Frankfurt am Main"),
    "CA": (0.04, "Toronto,Montréal,Calgary,Ottawa,Vancouver"),
    "FR": (0.04, "Paris,Marseille,Lyon,Toulouse,Lille"),
    "AU": (0.035, "Sydney,Melbourne,Brisbane,Perth,Adelaide"),
    "JP": (0.04, "Tokyo,Osaka,Nagoya,Sapporo,Fukuoka"),
    "ID": (0.035, "Jakarta,Surabaya,Bandung,Medan,Makassar,Semarang"),
    "MX": (0.03, "Mexico City,Guadalajara,Monterrey,Puebla"),
    "AR": (0.025, "Buenos Aires,Córdoba,Rosario,Mendoza"),
    "IT": (0.03, "Rome,Milan,Naples,Turin,Palermo,Bologna"),
    "ES": (0.03, "Madrid,Barcelona,Valencia,Sevilla,Zaragoza,Málaga"),
    "NL": (0.02, "Amsterdam,Rotterdam,The Hague,Utrecht,Eindhoven"),
    "PL": (0.02, "Warsaw,Kraków,Łódź,Wrocław,Poznań,Gdańsk"),
    "TR": (0.02, "Istanbul,Ankara,İzmir,Bursa,Antalya"),
    "PH": (0.02, "Manila,Quezon City,Davao,Cebu City"),
    "ZA": (0.015, "Johannesburg,Cape Town,Durban,Pretoria"),
    "NG": (0.015, "Lagos,Kano,Ibadan,Abuja"),
    "PK": (0.015, "Karachi,Lahore,Faisalabad,Rawalpindi,Islamabad"),
    "BD": (0.01, "Dhaka,Chattogram,Khulna,Sylhet"),
    "AE": (0.01, "Dubai,Abu Dhabi,Sharjah"),
    "SG": (0.01, "Singapore"),
    "MY": (0.01, "Kuala Lumpur,Johor Bahru,George Town,Ipoh"),
    "SE": (0.01, "Stockholm,Gothenburg,Malmö,Uppsala"),
    "IE": (0.01, "Dublin,Cork,Galway,Limerick"),
    "NZ": (0.008, "Auckland,Wellington,Christchurch,Hamilton"),
}
"""Its part of the reports on a service that is used there, and its cities."""

WORLD = frozenset({"IN", "US", "GB", "BR", "DE", "CA", "FR", "AU", "JP", "AR", "MX", "SG"})
"""From where a service of no country in particular is reported on. Not from all: every slice
costs time when weeks are counted before the first page opens."""


class Cities(Protocol):
    """What of the gazetteer is needed here."""

    def find_city(
        self, name: str, region: str | None = None, country: str | None = None
    ) -> City | None: ...

    def time_zone_of(self, country: str) -> str: ...


def cities_of(country: str, gazetteer: Cities) -> Sequence[City]:
    """The country's cities of the table that the gazetteer knows."""
    names = COUNTRIES[country][1].split(",")
    found = (gazetteer.find_city(name, country=country) for name in names)
    return [city for city in found if city is not None]


def network(country: str, number: int) -> str:
    """What stands for a carrier: `IN-1` is the country's largest."""
    return f"{country}-{number + 1}"
