"""Over a small world, so that every rule can be seen."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapwing.kernel.refusals import Refusal
from lapwing.outages.model import Place
from lapwing.outages.places.gazetteer import CITY_UNKNOWN, FAR_FROM_CITIES, Gazetteer
from lapwing.outages.places.packing import (
    CityRecord,
    CountryRecord,
    RegionRecord,
    pack,
    unpack,
)

IN, US = "Asia/Kolkata", "America/Chicago"
CITIES = [
    CityRecord(1, "Delhi", "IN", "IN.07", 28.652, 77.231, 11_000_000, IN, ("New Delhi",)),
    CityRecord(2, "Mumbai", "IN", "IN.16", 19.073, 72.883, 12_700_000, IN, ("Bombay", "मुंबई")),
    CityRecord(3, "Noida", "IN", "IN.36", 28.58, 77.33, 640_000, IN),
    CityRecord(4, "Bombay", "NZ", "NZ.E7", -37.19, 174.98, 2_000, "Pacific/Auckland"),
    CityRecord(5, "San Antonio", "US", "US.TX", 29.424, -98.494, 1_500_000, US),
    CityRecord(6, "San Antonio", "US", "US.FL", 28.336, -82.274, 1_300, "America/New_York"),
    CityRecord(7, "St. Louis", "US", "US.MO", 38.627, -90.198, 300_000, US),
    CityRecord(8, "McKinney", "US", "US.TX", 33.198, -96.615, 200_000, US),
    CityRecord(9, "Suva", "FJ", "FJ.01", -18.142, 178.442, 90_000, "Pacific/Fiji"),
    CityRecord(10, "Hyderabad", "IN", "IN.40", 17.384, 78.456, 6_800_000, IN),
    CityRecord(11, "Hyderabad", "PK", "PK.05", 25.396, 68.377, 1_700_000, "Asia/Karachi"),
    CityRecord(12, "Nowhere", "XX", "XX.01", 0.0, 0.0, 5, "UTC"),
]
REGIONS = [
    RegionRecord("FJ.01", "Central"),
    RegionRecord("IN.07", "Delhi"),
    RegionRecord("IN.16", "Maharashtra", ("MH",)),
    RegionRecord("IN.23", "Punjab"),
    RegionRecord("IN.36", "Uttar Pradesh"),
    RegionRecord("IN.40", "Telangana"),
    RegionRecord("NZ.E7", "Auckland", ("TX",)),
    RegionRecord("PK.04", "Punjab"),
    RegionRecord("PK.05", "Sindh"),
    RegionRecord("US.FL", "Florida"),
    RegionRecord("US.MO", "Missouri"),
    RegionRecord("US.TX", "Texas"),
]
COUNTRIES = [
    CountryRecord("FJ", "Fiji", -18.0, 178.0, "Pacific/Fiji"),
    CountryRecord("IN", "India", 22.0, 79.0, IN, ("Bharat", "IND")),
    CountryRecord("NZ", "New Zealand", -41.0, 174.0, "Pacific/Auckland"),
    CountryRecord("PK", "Pakistan", 30.0, 70.0, "Asia/Karachi"),
    CountryRecord("US", "United States", 39.0, -92.0, US, ("USA", "United States of America")),
]


WORLD = Gazetteer(unpack(pack(CITIES, REGIONS, COUNTRIES)))


@pytest.fixture
def world() -> Gazetteer:
    return WORLD


def city_of(world: Gazetteer, *args: str | None, **kwargs: object) -> int | None:
    return world.resolve(*args, **kwargs)[0].city  # type: ignore[arg-type]  # the tests' short form


def test_a_city_is_read_back_as_it_was_packed(world: Gazetteer) -> None:
    city = world.city(5)
    assert (city.name, city.country, city.region) == ("San Antonio", "US", "US.TX")
    assert (city.population, city.time_zone) == (1_500_000, US)
    assert city.latitude == pytest.approx(29.424)
    assert city.longitude == pytest.approx(-98.494)


def test_a_city_of_no_known_country_is_left_out(world: Gazetteer) -> None:
    assert world.find_by_id(12) is None
    with pytest.raises(Refusal, match="No city has the id 12"):
        world.city(12)


@pytest.mark.parametrize(
    ("name", "city"),
    [
        ("mumbai", 2),
        ("MUMBAI ", 2),
        ("मुंबई", 2),
        ("New-Delhi", 1),
        ("Saint Louis", 7),
        ("st louis", 7),
    ],
)
def test_spelling_does_not_matter(world: Gazetteer, name: str, city: int) -> None:
    assert city_of(world, name) == city


def test_a_split_name_is_found(world: Gazetteer) -> None:
    assert city_of(world, "Mc Kinney", "TX", "US") == 8


def test_the_old_name_of_a_big_city_wins_over_a_village_of_that_name(world: Gazetteer) -> None:
    assert city_of(world, "Bombay") == 2
    assert city_of(world, "Bombay", None, "NZ") == 4


def test_the_most_populous_city_is_meant_unless_more_is_said(world: Gazetteer) -> None:
    assert city_of(world, "Hyderabad") == 10
    assert city_of(world, "Hyderabad", "Sindh") == 11
    assert city_of(world, "Hyderabad", hints=("PK",)) == 11


@pytest.mark.parametrize("region", ["TX", "tx", "Texas", "US.TX", "US-TX"])
def test_a_region_may_be_a_code_or_a_name(world: Gazetteer, region: str) -> None:
    assert world.resolve("San Antonio", region, "US") == (Place("US", "US.TX", 5), None)
    assert world.resolve(None, region, hints=("US",)) == (Place("US", "US.TX"), None)


def test_the_city_tells_which_country_a_region_is_of(world: Gazetteer) -> None:
    assert city_of(world, "San Antonio", "TX") == 5


def test_a_region_of_several_countries_is_refused_when_nothing_decides(world: Gazetteer) -> None:
    with pytest.raises(Refusal, match="Several countries have a region 'Punjab'") as refused:
        world.resolve(region="Punjab")
    assert (refused.value.code, refused.value.field) == ("unknown_region", "region")
    assert world.resolve(region="Punjab", hints=("IN",))[0] == Place("IN", "IN.23")


def test_a_region_brings_its_country(world: Gazetteer) -> None:
    assert world.resolve(region="Maharashtra")[0] == Place("IN", "IN.16")


@pytest.mark.parametrize("text", ["San Antonio, TX", "San Antonio, Texas", "san antonio,US"])
def test_a_city_may_be_followed_by_its_region_or_country(world: Gazetteer, text: str) -> None:
    assert city_of(world, text, hints=("US",)) == 5


@pytest.mark.parametrize("country", ["IN", None])
def test_a_city_may_be_followed_by_its_region_and_country(
    world: Gazetteer, country: str | None
) -> None:
    assert city_of(world, "Mumbai, Maharashtra, India", country=country) == 2


def test_a_city_of_another_country_is_not_taken(world: Gazetteer) -> None:
    found = world.resolve("Mumbai, Maharashtra, India", None, "US")
    assert found == (Place("US"), CITY_UNKNOWN)


def test_an_unknown_city_falls_back_to_what_is_known(world: Gazetteer) -> None:
    assert world.resolve("Flushing", "TX", "US") == (Place("US", "US.TX"), CITY_UNKNOWN)
    assert world.resolve("Flushing", None, "US") == (Place("US"), CITY_UNKNOWN)
    assert world.resolve("Flushing") == (Place(), CITY_UNKNOWN)


def test_a_city_of_another_region_is_not_taken(world: Gazetteer) -> None:
    assert world.resolve("Mumbai", "Delhi", "IN") == (Place("IN", "IN.07"), CITY_UNKNOWN)


def test_a_city_may_be_given_by_its_id(world: Gazetteer) -> None:
    assert city_of(world, "5") == 5
    assert world.resolve(5)[0] == Place("US", "US.TX", 5)
    assert world.resolve(999) == (Place(), CITY_UNKNOWN)
    assert world.resolve("9" * 5000) == (Place(), CITY_UNKNOWN)


def test_nothing_given_is_nowhere(world: Gazetteer) -> None:
    assert world.resolve() == (Place(), None)
    assert world.resolve("", "", "") == (Place(), None)


@pytest.mark.parametrize("text", ["IN", "in", "India", "bharat", "IND"])
def test_a_country_may_be_a_code_or_a_name(world: Gazetteer, text: str) -> None:
    assert world.find_country(text) == "IN"


def test_an_unknown_country_is_refused(world: Gazetteer) -> None:
    with pytest.raises(Refusal, match="No country is called 'Atlantis'") as refused:
        world.resolve(country="Atlantis")
    assert (refused.value.code, refused.value.field) == ("unknown_country", "country")


def test_an_unknown_region_is_refused(world: Gazetteer) -> None:
    with pytest.raises(Refusal, match="No region of India is called 'Texas'") as refused:
        world.resolve(region="Texas", country="IN")
    assert (refused.value.code, refused.value.field) == ("unknown_region", "region")


def test_coordinates_become_the_nearest_city(world: Gazetteer) -> None:
    assert world.resolve(latitude=29.5, longitude=-98.4) == (Place("US", "US.TX", 5), None)


def test_a_point_inside_a_big_city_is_of_that_city(world: Gazetteer) -> None:
    assert city_of(world, latitude=28.62, longitude=77.29) == 1
    assert city_of(world, latitude=28.58, longitude=77.35) == 3


def test_the_date_line_is_no_border(world: Gazetteer) -> None:
    assert city_of(world, latitude=-18.0, longitude=179.2) == 9
    found = world.nearest_city(-18.142, 178.442 - 360 + 360)
    assert found is not None
    assert found.id == 9
    assert world.resolve(latitude=-18.0, longitude=-179.0)[0] == Place("FJ")


def test_far_from_all_cities_only_the_country_or_nothing_is_said(world: Gazetteer) -> None:
    assert world.resolve(latitude=31.4, longitude=-98.5) == (Place("US"), FAR_FROM_CITIES)
    assert world.resolve(latitude=0.0, longitude=-30.0) == (Place(), FAR_FROM_CITIES)
    assert world.nearest_city(31.4, -98.5) is None


@pytest.mark.parametrize(
    ("latitude", "longitude", "field"),
    [
        (90.1, 0.0, "latitude"),
        (0.0, -180.5, "longitude"),
        (math.nan, 0.0, "latitude"),
        (0.0, math.inf, "longitude"),
    ],
)
def test_coordinates_off_the_globe_are_refused(
    world: Gazetteer, latitude: float, longitude: float, field: str
) -> None:
    with pytest.raises(Refusal) as refused:
        world.resolve(latitude=latitude, longitude=longitude)
    assert (refused.value.code, refused.value.field) == ("coordinates_out_of_range", field)


def test_half_a_position_is_refused(world: Gazetteer) -> None:
    with pytest.raises(Refusal) as refused:
        world.resolve(latitude=1.0)
    assert (refused.value.code, refused.value.field) == ("coordinates_incomplete", "longitude")


def test_a_city_given_by_name_wins_over_coordinates(world: Gazetteer) -> None:
    assert city_of(world, "Mumbai", latitude=29.4, longitude=-98.5) == 2


@pytest.mark.parametrize(
    ("typed", "country", "first"),
    [
        ("mum", None, 2),
        ("hyd", "PK", 11),
        ("hyd", None, 10),
        ("s", None, 5),
        ("san antonio fl", None, 6),
        ("san antonio, florida", None, 6),
        ("Mubmai", None, 2),
        ("मुं", None, 2),
    ],
)
def test_cities_are_suggested_while_typing(
    world: Gazetteer, typed: str, country: str | None, first: int
) -> None:
    assert world.suggest(typed, country)[0].id == first


@pytest.mark.parametrize("typed", ["", " ", "<>", "zzzz", "\x00"])
def test_nothing_is_suggested_for_what_is_no_name(world: Gazetteer, typed: str) -> None:
    assert world.suggest(typed) == []


def test_no_more_is_suggested_than_asked_for(world: Gazetteer) -> None:
    assert len(world.suggest("san", limit=1)) == 1


def test_a_place_is_told_in_words(world: Gazetteer) -> None:
    assert world.describe(Place("US", "US.TX", 5)) == "San Antonio, Texas, United States"
    assert world.describe(Place("IN", "IN.07", 1)) == "Delhi, India"
    assert world.describe(Place("IN", "IN.16")) == "Maharashtra, India"
    assert world.describe(Place()) is None


def test_time_zones_and_names_of_countries(world: Gazetteer) -> None:
    assert world.time_zone_of("IN") == IN
    assert world.time_zone_of("ZZ") == "UTC"
    assert world.country("US").name == "United States"
    assert world.region_name("IN.16") == "Maharashtra"
    assert world.region_name("IN.99") is None


def test_a_damaged_file_is_refused() -> None:
    packed = pack(CITIES, REGIONS, COUNTRIES)
    for damaged in (b"", packed[:-20], b"x" + packed):
        with pytest.raises(Refusal, match="build it again"):
            unpack(damaged)


def test_an_empty_world_finds_nothing() -> None:
    empty = Gazetteer(unpack(pack([], [], [])))
    assert empty.suggest("a") == []
    assert empty.nearest_city(0.0, 0.0) is None
    assert empty.resolve("Delhi") == (Place(), CITY_UNKNOWN)


_WORDS = st.one_of(
    st.none(), st.text(max_size=12), st.sampled_from(["TX", "IN", "Delhi", "-", ","])
)


@given(_WORDS, _WORDS, _WORDS)
def test_whatever_is_written_is_a_place_or_refused(
    city: str | None, region: str | None, country: str | None
) -> None:
    code, place = None, Place()
    try:
        place, _ = WORLD.resolve(city, region, country, hints=("US",))
    except Refusal as refused:
        code = refused.code
    assert code in {None, "unknown_region", "unknown_country"}
    assert place.city is None or WORLD.city(place.city).region == place.region
