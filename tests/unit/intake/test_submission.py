"""From what was sent to what is kept."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapwing.kernel.instants import to_ms
from lapwing.kernel.refusals import Refusal
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.intake.desk import decode_report
from lapwing.outages.intake.submission import (
    ReportInput,
    Resolver,
    at_ms_of,
    cleaned,
    quoted,
    text_of,
)
from lapwing.outages.model import Place, Platform, Service, Symptom
from lapwing.outages.places.gazetteer import Gazetteer

NOW_MS = to_ms(datetime(2023, 12, 21, 5, 7, tzinfo=UTC))
X = Service(
    slug="x",
    name="X",
    category="social",
    home_page="https://x.com",
    symptoms=(Symptom("feed", "Posts don't load"), Symptom("login", "Login")),
    platforms=(Platform("android", "Android"), Platform("web", "Web")),
)
SPECTRUM = Service(
    slug="spectrum",
    name="Spectrum",
    category="isp",
    home_page="https://spectrum.net",
    symptoms=(),
    platforms=(),
    countries=("US",),
)
SAN_ANTONIO = 4726206


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    catalogue = Catalogue.of([X, SPECTRUM], {"social": "Social", "isp": "Internet"})
    return Resolver(catalogue, Gazetteer.load())


def refused(resolver: Resolver, **fields: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        resolver.resolve(msgspec.convert(fields, ReportInput))
    return caught.value


def test_names_become_keys_codes_and_ids(resolver: Resolver) -> None:
    given = ReportInput("x", "feed", "android", city="Mumbai", country="India")
    found = resolver.resolve(given)
    assert found[:6] == ("x", "feed", "android", "IN", "IN.16", 1275339)
    assert found.note is None
    assert resolver.resolve(given) is found


def test_labels_are_understood_as_keys(resolver: Resolver) -> None:
    found = resolver.resolve(ReportInput("x", "posts don't load", "ANDROID"))
    assert (found.symptom, found.platform) == ("feed", "android")


def test_a_city_that_is_not_known_falls_back_to_its_region(resolver: Resolver) -> None:
    found = resolver.resolve(ReportInput("spectrum", city="Nowhere Springs", region="TX"))
    assert (found.country, found.region, found.city) == ("US", "US.TX", None)
    assert found.note == "city_unknown"


def test_the_services_country_says_what_a_city_means(resolver: Resolver) -> None:
    assert resolver.resolve(ReportInput("spectrum", city="San Antonio")).city == SAN_ANTONIO


def test_coordinates_become_the_nearest_city(resolver: Resolver) -> None:
    found = resolver.resolve(ReportInput("x", latitude=29.43, longitude=-98.49))
    assert found.city == SAN_ANTONIO


def test_the_guess_stands_in_only_where_no_place_is_given(resolver: Resolver) -> None:
    assert resolver.resolve(ReportInput("x"), "IN").country == "IN"
    assert resolver.resolve(ReportInput("x", country="GB"), "IN").country == "GB"


def test_the_guess_says_what_a_city_means_and_stands_in_for_an_unknown_one(
    resolver: Resolver,
) -> None:
    assert resolver.resolve(ReportInput("x", city="Hyderabad"), "PK").country == "PK"
    assert resolver.resolve(ReportInput("x", city="Hyderabad"), "IN").country == "IN"
    found = resolver.resolve(ReportInput("x", city="Nowhere Springs"), "IN")
    assert (found.country, found.note) == ("IN", "city_unknown")


def test_a_city_as_the_form_suggests_it_is_understood(resolver: Resolver) -> None:
    suggested = ReportInput("x", city="Nagpur, Maharashtra, India", country="IN")
    plain = ReportInput("x", city="Nagpur", country="IN")
    assert resolver.resolve(suggested) == resolver.resolve(plain)
    assert resolver.resolve(suggested).note is None


def test_a_place_of_its_own_is_the_same(resolver: Resolver) -> None:
    report = decode_report(b'{"service":"x","place":{"city":"Delhi","country":"IN"}}')
    beside = ReportInput("x", city="Delhi", country="IN")
    assert resolver.resolve(report) == resolver.resolve(beside)


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"service": "nope"}, "unknown_service", "service"),
        ({"service": "x' OR 1=1 --"}, "unknown_service", "service"),
        ({"service": "x", "symptom": "<script>"}, "unknown_symptom", "symptom"),
        ({"service": "x", "symptom": "feed" + " " * 500}, "symptom_too_long", "symptom"),
        ({"service": "x", "platform": "fridge"}, "unknown_platform", "platform"),
        ({"service": "x", "country": "Atlantis"}, "unknown_country", "country"),
        ({"service": "x", "city": "y" * 201}, "city_too_long", "city"),
        ({"service": "x", "city": -1}, "unknown_city", "city"),
        (
            {"service": "x", "latitude": 91.0, "longitude": 0.0},
            "coordinates_out_of_range",
            "latitude",
        ),
        ({"service": "x", "latitude": 1.0}, "coordinates_incomplete", "longitude"),
        (
            {"service": "x", "city": "Delhi", "place": {"city": "Delhi"}},
            "place_given_twice",
            "place",
        ),
    ],
)
def test_what_is_wrong_is_named(
    resolver: Resolver, fields: dict[str, object], code: str, field: str
) -> None:
    refusal = refused(resolver, **fields)
    assert (refusal.code, refusal.field) == (code, field)


def test_a_changed_catalogue_is_not_answered_from_memory() -> None:
    class Changing:
        def __init__(self) -> None:
            self.service = X

        def find(self, slug: str) -> Service | None:
            return self.service if slug == "x" else None

    class Nowhere:
        def resolve(self, *_: object) -> tuple[Place, str | None]:
            return Place(), None

    catalogue = Changing()
    resolver = Resolver(catalogue, Nowhere())
    assert resolver.resolve(ReportInput("x", "feed")).symptom == "feed"
    catalogue.service = msgspec.convert(
        {**{name: getattr(X, name) for name in X.__slots__}, "symptoms": ()}, Service
    )
    with pytest.raises(Refusal, match="no symptom"):
        resolver.resolve(ReportInput("x", "feed"))


@pytest.mark.parametrize(
    "at",
    [
        "2023-12-21T05:07:00Z",
        "2023-12-21T10:37:00+05:30",
        1703135220,
        1703135220.0,
        1703135220000,
    ],
)
def test_times_are_understood(at: str | float) -> None:
    assert at_ms_of(at, NOW_MS) == NOW_MS


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("yesterday", "invalid_time"),
        ("", "invalid_time"),
        ("2023-12-21T05:07:00", "time_without_offset"),
        ("2023-12-21T05:10:00Z", "time_in_future"),
        ("9999-12-31T23:59:59-23:59", "time_in_future"),
        ("0001-01-01T00:00:00+23:59", "time_too_old"),
        ("2009-12-21T05:07:00Z", "time_too_old"),
        (0, "time_too_old"),
        (-1e300, "invalid_time"),
        (float("inf"), "invalid_time"),
        (float("nan"), "invalid_time"),
        (10**400, "invalid_time"),
    ],
)
def test_times_that_cannot_be_are_refused(at: str | float, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        at_ms_of(at, NOW_MS)
    assert (caught.value.code, caught.value.field) == (code, "at")


@given(at=st.one_of(st.text(), st.integers(), st.floats(), st.datetimes().map(str)))
def test_any_time_is_understood_or_refused(at: str | float) -> None:
    with suppress(Refusal):
        assert isinstance(at_ms_of(at, NOW_MS), int)


def test_text_is_data_whatever_it_looks_like() -> None:
    assert text_of("'; DROP TABLE reports; --") == "'; DROP TABLE reports; --"
    assert text_of("<b>down</b>") == "<b>down</b>"
    assert text_of("a\x00b\r\nc\u202edef\u2066\ud800") == "a b cdef"
    assert text_of(" \n ") is None
    with pytest.raises(Refusal) as caught:
        text_of("ü" * 281)
    assert caught.value.code == "text_too_long"


@given(st.text(st.characters(exclude_categories=())))
def test_cleaned_text_can_always_be_kept(text: str) -> None:
    msgspec.msgpack.encode(cleaned(text))
    assert len(quoted(text)) < 50


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "invalid_json", None),
        (b"{", "invalid_json", None),
        (b"\xff\xfe{}", "invalid_json", None),
        (b'{"service":"\\ud800"}', "invalid_json", None),
        (b'{"service":"\xff"}', "invalid_json", None),
        (b"[]", "invalid_field", None),
        (b'{"service":1}', "invalid_field", "service"),
        (b'{"service":"x","latitude":"north"}', "invalid_field", "latitude"),
        (b'{"service":"x","place":{"latitude":"north"}}', "invalid_field", "place.latitude"),
        (b'{"service":"x","at":{}}', "invalid_field", "at"),
        (b"{}", "missing_field", "service"),
        (b'{"service":"x","servise":"x"}', "unknown_field", "servise"),
        (b'{"service":"x","<script>`a":1}', "unknown_field", "<script>"),
    ],
)
def test_json_that_is_no_report_is_told_what_is_wrong(
    body: bytes, code: str, field: str | None
) -> None:
    with pytest.raises(Refusal) as caught:
        decode_report(body)
    assert (caught.value.code, caught.value.field) == (code, field)


@given(st.binary())
def test_any_bytes_are_a_report_or_refused(body: bytes) -> None:
    with suppress(Refusal):
        assert isinstance(decode_report(body), ReportInput)
