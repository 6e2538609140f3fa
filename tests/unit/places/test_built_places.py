"""Over the real files, which the set-up builds."""

from __future__ import annotations

from ipaddress import ip_address
from zoneinfo import ZoneInfo

import pytest

from lapwing.adapters.mmdb_geography import open_geography
from lapwing.outages.places.gazetteer import BUILT, Gazetteer


@pytest.fixture(scope="module")
def world() -> Gazetteer:
    return Gazetteer.load()


def test_the_file_stays_small() -> None:
    assert BUILT.stat().st_size < 4_000_000


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Delhi", "Delhi, India"),
        ("New Delhi", "Delhi, India"),
        ("Bombay", "Mumbai, Maharashtra, India"),
        ("Bangalore", "Bengaluru, Karnataka, India"),
        ("Calcutta", "Kolkata, West Bengal, India"),
        ("Madras", "Chennai, Tamil Nadu, India"),
        ("Nagpur", "Nagpur, Maharashtra, India"),
        ("Munich", "Munich, Bavaria, Germany"),
        ("Cologne", "Köln, North Rhine-Westphalia, Germany"),
        ("Sao Paulo", "São Paulo, Brazil"),
        ("NYC", "New York City, New York, United States"),
        ("London", "London, England, United Kingdom"),
        ("東京", "Tokyo, Japan"),
    ],
)
def test_cities_are_found_by_the_names_people_use(world: Gazetteer, name: str, found: str) -> None:
    assert world.describe(world.resolve(name)[0]) == found


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("MH", "IN", "IN.16"),
        ("IN-KA", None, "IN.19"),
        ("Orissa", "IN", "IN.21"),
        ("TX", "US", "US.TX"),
        ("ON", "CA", "CA.08"),
        ("NSW", "AU", "AU.02"),
        ("SP", "BR", "BR.27"),
        ("Bayern", "DE", "DE.02"),
        ("Bavaria", "DE", "DE.02"),
        ("CABA", "AR", "AR.07"),
    ],
)
def test_regions_are_found_by_their_codes_and_names(
    world: Gazetteer, text: str, country: str | None, code: str
) -> None:
    assert world.find_region(text, country) == code


@pytest.mark.parametrize(
    ("latitude", "longitude", "name"),
    [
        (28.6139, 77.2090, "Delhi"),
        (19.07, 72.88, "Mumbai"),
        (12.97, 77.59, "Bengaluru"),
        (28.5355, 77.3910, "Noida"),
        (29.42, -98.49, "San Antonio"),
        (40.7357, -74.1724, "Newark"),
        (51.5, -0.12, "London"),
        (-34.6, -58.38, "Buenos Aires"),
    ],
)
def test_positions_become_the_city_that_people_there_name(
    world: Gazetteer, latitude: float, longitude: float, name: str
) -> None:
    found = world.nearest_city(latitude, longitude)
    assert found is not None
    assert found.name == name


def test_every_country_has_a_time_zone_that_exists(world: Gazetteer) -> None:
    assert {ZoneInfo(country.time_zone).key for country in world.countries}
    assert world.time_zone_of("IN") == "Asia/Kolkata"
    assert len(world.countries) >= 240


def test_every_city_of_the_united_states_has_its_state(world: Gazetteer) -> None:
    assert all(city.region for city in world.suggest("springfield", "US", limit=20))


def test_an_address_has_its_country() -> None:
    geography = open_geography()
    assert geography.country_of(ip_address("49.36.0.1")) == "IN"
    assert geography.country_of(ip_address("2405:200::1")) == "IN"
