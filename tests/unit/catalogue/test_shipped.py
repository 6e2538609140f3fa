from __future__ import annotations

import time
from collections import Counter

import pytest

from lapwing.kernel.refusals import Refusal
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.catalogue.files import read_catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue()


def test_many_services_of_many_kinds_and_countries_are_watched(catalogue: Catalogue) -> None:
    countries = Counter(code for service in catalogue.services for code in service.countries)
    assert len(catalogue) >= 120
    assert {service.category for service in catalogue.services} == set(catalogue.categories)
    assert countries["IN"] >= 40
    assert all(countries[code] >= 5 for code in ("US", "GB", "DE", "FR", "BR", "AR", "CA", "AU"))


def test_every_service_offers_symptoms_and_platforms(catalogue: Catalogue) -> None:
    assert all(len(service.symptoms) >= 3 for service in catalogue.services)
    assert all(service.platforms and service.colour for service in catalogue.services)


def test_x_offers_what_the_reference_event_needs(catalogue: Catalogue) -> None:
    x = catalogue.get("x")
    assert [symptom.key for symptom in x.symptoms] == [
        *("feed", "post", "login", "app", "website", "messages", "notifications"),
        *("video", "spaces"),
    ]
    assert [platform.key for platform in x.platforms] == ["web", "android", "ios", "desktop"]


def test_spectrum_offers_what_its_customers_report(catalogue: Catalogue) -> None:
    spectrum = catalogue.get("spectrum")
    assert spectrum.countries == ("US",)
    assert {"internet", "tv", "phone", "internet_tv", "all"} <= {s.key for s in spectrum.symptoms}


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("twiter", "x"),
        ("Twitter", "x"),
        ("tiwtter", "x"),
        ("x", "x"),
        ("insta", "instagram"),
        ("instgram", "instagram"),
        ("jio", "jio"),
        ("hotstar", "jiohotstar"),
        ("gpay", "google-pay"),
        ("sbi", "sbi"),
        ("irtc", "irctc"),
        ("whatsap", "whatsapp"),
        ("CHAT gpt", "chatgpt"),
        ("itau", "itau"),
        ("aws", "aws"),
        ("at&t", "att"),
    ],
)
def test_what_people_type_finds_what_they_mean(catalogue: Catalogue, typed: str, slug: str) -> None:
    assert catalogue.search(typed)[0].slug == slug


@pytest.mark.parametrize("typed", ["", "   ", "qqqqqqq", "</>", "\x00", "'; --"])
def test_what_is_no_name_finds_nothing(catalogue: Catalogue, typed: str) -> None:
    assert catalogue.search(typed) == []


def test_the_limit_holds(catalogue: Catalogue) -> None:
    assert len(catalogue.search("a", limit=3)) == 3


def test_a_name_or_alias_leads_to_its_service(catalogue: Catalogue) -> None:
    assert catalogue.get_named("TWITTER").slug == "x"
    assert catalogue.get_named("credit agricole").slug == "credit-agricole"


def test_an_unknown_slug_is_refused_with_near_ones(catalogue: Catalogue) -> None:
    with pytest.raises(Refusal, match="instagram") as refused:
        catalogue.get("instagramm")
    assert (refused.value.code, refused.value.field) == ("unknown_service", "service")


def test_a_search_takes_a_few_milliseconds_at_most(catalogue: Catalogue) -> None:
    began = time.perf_counter()
    for _ in range(20):
        catalogue.search("instgram")
    assert time.perf_counter() - began < 0.5
