from typing import Any

import numpy as np
import pytest
from tests.unit.localisation.reported import ONSET, Reported

from lapwing.outages.incidents import localising
from lapwing.outages.incidents.localised import Localised
from lapwing.outages.story.where import where_sentence

TEXAS = {"country": "US", "region": "US.TX"}
SAN_ANTONIO = TEXAS | {"city": 101}
SCHERTZ = TEXAS | {"city": 102}
AREA_OF = {101: 101, 102: 101}


def american_provider() -> Reported:
    """About 330 reports a day from 150 cities of 15 states; San Antonio has 3 % of them."""
    random = np.random.default_rng(20)
    usual = []
    for _ in range(320):
        city = int(random.integers(150))
        state = {"country": "US", "region": f"US.{city % 15}"}
        usual.append(state | {"city": city + 1000, "symptom": f"s{random.integers(4)}"})
    usual[::40] = [SAN_ANTONIO | {"symptom": f"s{n}"} for n in range(8)]
    return Reported(usual, AREA_OF | {city: city for city in range(1000, 1150)})


def attributes(localised: Localised, part: int = 0) -> dict[str, tuple[str, ...]]:
    return {one.dimension: one.values for one in localised.parts[part].attributes}


def test_a_city_s_morning_is_found_from_few_reports() -> None:
    service = american_provider()
    service.report(ONSET + 1, [SAN_ANTONIO | {"symptom": "s1"}])
    service.report(ONSET + 4, [SAN_ANTONIO | {"symptom": "s2"}])
    service.report(ONSET + 9, [SCHERTZ | {"symptom": "s1"}, SAN_ANTONIO | {"symptom": "s0"}])
    service.report(ONSET + 10, [SCHERTZ | {"symptom": "s3"}])
    found = service.localised(ONSET + 12)
    assert attributes(found) == {"region": ("US.TX",)}
    service.report(ONSET + 12, [SCHERTZ | {"symptom": "s1"}, SAN_ANTONIO | {"symptom": "s0"}])
    found = service.localised(ONSET + 13)
    assert attributes(found) == {"area": ("101",)}
    assert found.parts[0].reports == 7
    assert found.parts[0].excess_share == pytest.approx(1.0, abs=0.15)
    assert found.parts[0].p_value < 0.01


def test_a_city_s_morning_with_the_ordinary_reports_of_others() -> None:
    service = american_provider()
    for minute in range(1, 40, 4):
        given: list[dict[str, Any]] = [SAN_ANTONIO, {"country": "US", "region": "US.3"}]
        service.report(ONSET + minute, given[: 1 + (minute % 8 == 1)])
    found = service.localised(ONSET + 41)
    assert attributes(found) == {"city": ("101",)}
    assert found.parts[0].p_value < 1e-5
    assert "San" not in where_sentence(found)
    assert "in city 101" in where_sentence(found)
    assert found.told_by == ("country",)  # half of the reports name no symptom, all no platform


def world(random: np.random.Generator, reports: int, tilt: float) -> list[dict[str, Any]]:
    """From 12 countries with 5 cities each, on 4 platforms, over 3 networks a country."""

    def drawn(values: int) -> Any:
        weights = np.exp(random.normal(0.0, tilt, values)) / np.arange(1, values + 1)
        return random.choice(values, reports, p=weights / weights.sum())

    cities, platforms, networks = drawn(60), drawn(4), drawn(3)
    return [
        {
            "country": f"C{city % 12}",
            "region": f"C{city % 12}.1",
            "city": int(city),
            "platform": f"p{platform}",
            "network": f"AS{city % 12}{network}",
        }
        for city, platform, network in zip(cities, platforms, networks, strict=True)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_a_nation_wide_event_with_tilted_shares_is_everywhere(seed: int) -> None:
    random = np.random.default_rng(seed)
    service = Reported(world(random, 1500, 0.0))
    for minute in range(15):
        service.report(ONSET + minute, [])
    tilted = world(random, 600, 0.3)
    service.report(ONSET + 15, tilted)
    found = service.localised(ONSET + 16)
    assert found.everywhere
    assert len(found.parts) == 1
    assert "everywhere" in where_sentence(found)


def test_one_network_s_trouble_is_told_as_the_network_s() -> None:
    random = np.random.default_rng(7)
    service = Reported(world(random, 1500, 0.0))
    trouble = [
        one | {"network": "AS32"} for one in world(random, 3000, 0.0) if one["country"] == "C3"
    ]
    service.report(ONSET + 3, trouble[:60])
    found = service.localised(ONSET + 5)
    assert attributes(found) == {"network": ("AS32",)}
    assert where_sentence(found).startswith("Nearly all")


def test_a_city_in_trouble_is_not_told_as_the_networks_people_use_there() -> None:
    random = np.random.default_rng(8)
    service = Reported(world(random, 1500, 0.0))
    trouble = [one for one in world(random, 3000, 0.0) if one["city"] == 4]
    service.report(ONSET + 3, trouble[:40])
    found = service.localised(ONSET + 5)
    assert attributes(found) == {"city": ("4",)}


def test_where_nobody_reports_there_is_nothing_to_say() -> None:
    service = american_provider()
    found = service.localised(ONSET + 5)
    assert found.parts == ()
    assert not found.everywhere
    assert where_sentence(found) == "Too few reports so far to say where it is."


def test_of_very_many_reports_some_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(8)
    service = Reported(world(random, 1500, 0.0))
    trouble = [one for one in world(random, 9000, 0.0) if one["city"] == 4]
    service.report(ONSET + 3, trouble)
    whole = service.localised(ONSET + 5)
    monkeypatch.setattr(localising, "_MOST", len(trouble) // 3)
    thinned = service.localised(ONSET + 5)
    assert attributes(thinned) == attributes(whole)
    assert thinned.reports == whole.reports
    assert thinned.parts[0].reports == pytest.approx(whole.parts[0].reports, abs=4)
