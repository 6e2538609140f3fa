from collections import Counter

import numpy as np

from lapwing.outages.detection.model import NodeSpec
from lapwing.outages.evaluation import simulated_world as world
from lapwing.outages.evaluation.simulation import START, Cohort, Reports, Stream, Traits, counted
from lapwing.outages.model import Dimension

SLICED = Cohort(seed=3, number=0, services=12, days=4, sliced=True)
ALONE = Cohort(seed=3, number=0, services=40, days=20)


def hours(cohort: Cohort, count: int) -> list[Reports]:
    stream = Stream(cohort, Traits(cohort))
    return [stream.next_hour() for _ in range(count)]


def test_a_cohort_is_the_same_run_every_time() -> None:
    for one, other in zip(hours(SLICED, 5), hours(SLICED, 5), strict=True):
        for name in Reports.__slots__:
            assert np.array_equal(getattr(one, name), getattr(other, name))


def test_an_established_service_has_its_reports_a_day() -> None:
    traits = Traits(ALONE)
    total = np.zeros(ALONE.services)
    for reports in hours(ALONE, 14 * 24):
        total += np.bincount(reports.service, minlength=ALONE.services)
    busy = ~traits.launched & (traits.per_day > 300.0)

    ratio = total[busy] / 14.0 / traits.per_day[busy]

    assert busy.sum() > 5
    assert 0.85 < np.exp(np.log(ratio).mean()) < 1.15
    assert (ratio > 0.6).all()
    assert (ratio < 1.7).all()


def test_a_launched_service_is_silent_before_its_day_and_grows_after_it() -> None:
    cohort = Cohort(seed=4, number=0, services=60, days=40)
    traits = Traits(cohort)
    launched = np.flatnonzero(traits.launched & (traits.per_day > 100.0))

    assert launched.size
    for service in launched.tolist():
        day = traits.launch_day[service]
        assert traits.level(day - 0.01)[service] == 0.0
        assert 0.0 < traits.level(day)[service] < 3.0
        assert traits.level(day + 90.0)[service] > 0.9 * traits.per_day[service]


def test_every_report_counts_once_in_each_dimension_but_perhaps_no_area() -> None:
    traits = Traits(SLICED)
    rng = SLICED.generator(2)
    reports = Stream(SLICED, traits).next_hour()
    positions, counts = counted(reports, traits, rng)
    number = positions % world.SLICES
    total = Counter[Dimension]()
    countries = (0, 1, 2)
    for each, count in zip(number.tolist(), counts.tolist(), strict=True):
        total[world.spec_of(0, each, countries).dimension] += count

    everything = len(reports.minute)
    assert everything > 50
    assert 0 < total.pop(Dimension.AREA) <= everything
    assert set(total.values()) == {everything}


def test_the_evening_comes_an_hour_later_by_utc_when_the_clocks_go_back() -> None:
    traits = Traits(ALONE)
    britain = world.COUNTRIES.index("GB")
    service, slot = np.argwhere(traits.countries == britain)[0]
    end_of_summer_time = START + 55 * 1440  # 27 October 2024
    monday = end_of_summer_time - 6 * 1440

    def peak(day: int) -> int:
        day_rates = [traits.season(day + 60 * hour)[service, slot] for hour in range(24)]
        return int(np.argmax(day_rates))

    traits.holidays[:] = False
    assert peak(monday + 7 * 1440) == (peak(monday) + 1) % 24


def test_the_world_s_places_fit_together() -> None:
    places = world.SimulatedPlaces()
    cities = [NodeSpec(0, Dimension.CITY, str(25 + city), "GB") for city in range(world.CITIES)]
    regions = [NodeSpec(0, Dimension.REGION, f"GB.{n}", "GB") for n in range(world.REGIONS)]

    assert sum(places.share(city) or 0.0 for city in cities) > 0.999
    assert sum(places.share(region) or 0.0 for region in regions) > 0.999
    assert places.area_of(25 + 3) == 25 + 3
    assert places.region_of(25 + 3) == "GB.3"
    assert {places.area_of(25 + city) for city in range(world.AREAS, world.CITIES)} > {None}
