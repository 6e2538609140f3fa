from collections import Counter
from datetime import UTC, datetime

import pytest
from demo_world import EveryCity, X, service

from lapwing.kernel.instants import to_ms
from lapwing.outages.demo import REFERENCE_EVENT, reference_event
from lapwing.outages.model import ReportRow

CITIES = EveryCity()


@pytest.fixture(scope="module")
def rows() -> list[ReportRow]:
    return reference_event(X, CITIES)


@pytest.fixture(scope="module")
def per_minute(rows: list[ReportRow]) -> list[int]:
    start_ms = to_ms(REFERENCE_EVENT.started_at)
    counts = Counter((row.at_ms - start_ms) // 60_000 for row in rows)
    return [counts[minute] for minute in range(max(counts) + 1)]


def test_it_begins_at_10_37_in_india() -> None:
    assert REFERENCE_EVENT.started_at == datetime(2023, 12, 21, 5, 7, tzinfo=UTC)


def test_about_1200_people_report_in_the_first_20_minutes(per_minute: list[int]) -> None:
    assert sum(per_minute[:20]) == pytest.approx(1_200, rel=0.08)


def test_the_busiest_quarter_of_an_hour_brings_about_65000(per_minute: list[int]) -> None:
    quarters = [sum(per_minute[start : start + 15]) for start in range(len(per_minute))]
    assert max(quarters) == pytest.approx(65_000, rel=0.05)


def test_it_lasts_over_an_hour_and_fades(per_minute: list[int]) -> None:
    a_quarter = max(per_minute) / 4
    assert 65 <= max(minute for minute, count in enumerate(per_minute) if count > a_quarter) <= 80
    assert sum(per_minute[85:]) < 500


def test_the_six_indian_cities_lead(rows: list[ReportRow]) -> None:
    cities = Counter(row.city for row in rows if row.city is not None)
    told = [CITIES.find_city(name, country="IN") for name, _ in REFERENCE_EVENT.cities]
    assert [city for city, _ in cities.most_common(6)] == [city.id for city in told if city]


def test_india_and_the_five_other_countries_lead(rows: list[ReportRow]) -> None:
    countries = Counter(row.country for row in rows)
    assert {code for code, _ in countries.most_common(6)} == {"IN", "US", "GB", "CA", "AU", "AR"}
    assert countries["IN"] > len(rows) / 2


def test_posts_do_not_load_while_site_app_and_login_are_small(rows: list[ReportRow]) -> None:
    symptoms = Counter(row.symptom for row in rows)
    assert symptoms["feed"] > 0.7 * len(rows)
    assert sum(symptoms[key] for key in ("website", "app", "login")) < 0.2 * len(rows)


def test_every_platform_is_hit_and_none_has_nearly_all(rows: list[ReportRow]) -> None:
    platforms = Counter(row.platform for row in rows)
    assert set(platforms) == {"android", "ios", "web", "desktop"}
    assert max(platforms.values()) < 0.6 * len(rows)


def test_every_report_is_of_another_person_and_they_are_spread(rows: list[ReportRow]) -> None:
    assert len({row.reporter for row in rows}) == len(rows)
    assert len({row.network for row in rows}) > 50
    by_block = Counter((row.block, row.at_ms // 60_000) for row in rows)
    crowded = sum(count for count in by_block.values() if count > 2)
    assert crowded < 0.005 * len(rows)


def test_its_ids_are_apart_from_the_ordinary_reports(rows: list[ReportRow]) -> None:
    assert len({row.id for row in rows}) == len(rows)
    assert all((row.id >> 21) >= row.at_ms for row in rows)


def test_it_is_the_same_every_time(rows: list[ReportRow]) -> None:
    assert reference_event(X, CITIES) == rows


def test_a_catalogue_without_the_told_symptoms_still_gives_reports() -> None:
    rows = reference_event(service("x", symptoms="other more"), CITIES)
    assert {row.symptom for row in rows} == {"other", "more", None}
