from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from demo_world import CATALOGUE, EveryCity, service

from lapwing.kernel.instants import from_ms, to_ms
from lapwing.outages.demo import Background, history
from lapwing.outages.demo.volumes import reports_per_day
from lapwing.outages.model import ReportRow

END = datetime(2023, 12, 21, 5, 0, tzinfo=UTC)
CITIES = EveryCity()


@pytest.fixture(scope="module")
def fortnight() -> list[ReportRow]:
    return [row for day in history(CATALOGUE, CITIES, 14, END) for row in day]


def test_history_is_ordered_and_covers_its_days_exactly(fortnight: list[ReportRow]) -> None:
    instants = [row.at_ms for row in fortnight]
    assert instants == sorted(instants)
    assert to_ms(END - timedelta(days=14)) <= instants[0]
    assert instants[-1] < to_ms(END)


def test_the_same_seed_gives_the_same_reports_and_another_seed_others() -> None:
    one, same, other = (
        [row for day in history(CATALOGUE, CITIES, 1, END, seed) for row in day]
        for seed in (7, 7, 8)
    )
    assert one == same
    assert one != other


def test_a_day_does_not_depend_on_the_days_before_it(fortnight: list[ReportRow]) -> None:
    last_day = [row for day in history(CATALOGUE, CITIES, 1, END) for row in day]
    assert last_day == fortnight[-len(last_day) :]


def test_ids_and_reporters_are_each_of_one_report(fortnight: list[ReportRow]) -> None:
    assert len({row.id for row in fortnight}) == len(fortnight)
    assert len({row.reporter for row in fortnight}) == len(fortnight)


def test_volumes_are_near_what_is_usual_for_each_service(fortnight: list[ReportRow]) -> None:
    counts = Counter(row.service for row in fortnight)
    for each, per_day in zip(CATALOGUE, reports_per_day(CATALOGUE), strict=True):
        if per_day > 20:
            assert counts[each.slug] / 14 == pytest.approx(per_day, rel=0.35)


def test_volumes_span_quiet_and_busy_services_whatever_the_catalogue() -> None:
    many = [service(f"service-{number}") for number in range(300)]
    volumes = reports_per_day(many)
    assert min(volumes) >= 0.5
    assert max(volumes) <= 750
    assert 5_000 < sum(volumes) < 12_000


def test_a_national_service_is_reported_on_from_its_countries_only(
    fortnight: list[ReportRow],
) -> None:
    assert {row.country for row in fortnight if row.service == "bank"} == {"IN"}
    assert {row.country for row in fortnight if row.service == "tram"} <= {"NZ", "ZA"}


def test_people_report_in_their_evening_more_than_in_their_night(
    fortnight: list[ReportRow],
) -> None:
    india = ZoneInfo("Asia/Kolkata")
    hours = Counter(from_ms(r.at_ms).astimezone(india).hour for r in fortnight if r.country == "IN")
    assert hours[20] > 4 * hours[3]


def test_bigger_cities_report_more(fortnight: list[ReportRow]) -> None:
    cities = Counter(row.city for row in fortnight if row.country == "IN")
    delhi, kochi = (CITIES.find_city(name, country="IN") for name in ("Delhi", "Kochi"))
    assert delhi is not None
    assert kochi is not None
    assert cities[delhi.id] > 3 * cities[kochi.id]


def test_counts_vary_more_than_chance_alone(fortnight: list[ReportRow]) -> None:
    """Over-dispersed: hours differ from their mean by more than Poisson's."""
    hourly = Counter(row.at_ms // 3_600_000 for row in fortnight if row.service == "instagram")
    by_hour_of_day: dict[int, list[int]] = {}
    for hour, count in hourly.items():
        by_hour_of_day.setdefault(hour % 24, []).append(count)
    ratios = []
    for counts in by_hour_of_day.values():
        mean = sum(counts) / len(counts)
        ratios.append(sum((count - mean) ** 2 for count in counts) / (len(counts) - 1) / mean)
    assert sum(ratios) / len(ratios) > 1.3


def test_services_of_countries_that_are_not_simulated_are_left_out() -> None:
    nowhere = Background([service("fjord", countries=("GL",)), *CATALOGUE], CITIES)
    assert "fjord" not in nowhere.words.services
