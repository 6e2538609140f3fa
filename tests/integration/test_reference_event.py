"""The whole reference event at full speed: quiet weeks, the outage, and its story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from heapq import merge
from itertools import chain, groupby

import pytest

from lapwing.kernel.instants import MS_PER_MINUTE, to_ms
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.catalogue.files import read_catalogue
from lapwing.outages.demo import REFERENCE_EVENT, Background, reference_event
from lapwing.outages.demo.facts import LEARNING_MIN
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.local_time import ZoneLocalTime
from lapwing.outages.detection.rule import Rule
from lapwing.outages.incidents.model import Incident, State
from lapwing.outages.journal import ReportsTaken, TimePassed
from lapwing.outages.labels import Labels
from lapwing.outages.model import Dimension, ReportRow
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.story import Telling, write
from lapwing.outages.watch import Watch

QUIET_DAYS = 14
"""As the demo shows them; the first week only teaches. Over many weeks the rule may raise some
false alarm: 370 services are allowed one in ten days together."""
START = REFERENCE_EVENT.started_at
END = START + timedelta(hours=4)


@dataclass(frozen=True)
class Replayed:
    watch: Watch
    catalogue: Catalogue
    before: tuple[Incident, ...]
    """What was found in the quiet weeks."""

    @property
    def incident(self) -> Incident:
        (found,) = self.watch.records.incidents_of("x")
        return found

    def leading(self, dimension: Dimension) -> list[str]:
        return [part.label for part in self.incident.leading if part.dimension == dimension]


def _fold(watch: Watch, position: int, rows: Iterable[ReportRow]) -> int:
    """Minute by minute, each when it ends; returns the last position."""
    for minute, part in groupby(rows, key=lambda row: row.at_ms // MS_PER_MINUTE):
        position += 1
        watch.apply(position, ReportsTaken((minute + 1) * MS_PER_MINUTE - 1, list(part)))
        watch.closed.clear()
    return position


def _quiet(background: Background) -> Iterator[ReportRow]:
    days = background.between(START - timedelta(days=QUIET_DAYS), START)
    return chain.from_iterable(days)


@pytest.fixture(scope="module")
def replayed() -> Replayed:
    gazetteer, catalogue = Gazetteer.load(), read_catalogue()
    zones = {country.code: country.time_zone for country in gazetteer.countries}
    watch = Watch(
        Detector(Rule(warm_up=LEARNING_MIN), ZoneLocalTime(zones)),
        Labels(catalogue, gazetteer).label,
        simulated=True,
        midstream=True,
    )
    background = Background(catalogue.services, gazetteer)
    position = _fold(watch, 0, _quiet(background))
    before = tuple(watch.records.incidents.values())
    on_the_day = chain.from_iterable(background.between(START, END))
    event = reference_event(catalogue.get("x"), gazetteer)
    position = _fold(watch, position, merge(on_the_day, event, key=lambda row: row.at_ms))
    watch.apply(position + 1, TimePassed(to_ms(END)))
    return Replayed(watch, catalogue, before)


def test_nothing_is_found_in_the_quiet_weeks(replayed: Replayed) -> None:
    assert [incident.id for incident in replayed.before] == []


def test_only_the_failing_service_has_an_incident(replayed: Replayed) -> None:
    assert {incident.service for incident in replayed.watch.records.incidents.values()} == {"x"}


def test_the_onset_is_told_within_three_minutes_of_10_37_in_india(replayed: Replayed) -> None:
    assert abs(replayed.incident.started_at - START) <= timedelta(minutes=3)
    assert replayed.incident.detected_at - START <= timedelta(minutes=5)


def test_about_1200_people_report_in_the_first_20_minutes(replayed: Replayed) -> None:
    assert 1_000 <= replayed.incident.reports_first_20_min <= 1_400


def test_the_busiest_quarter_of_an_hour_has_around_65000(replayed: Replayed) -> None:
    assert 55_000 <= replayed.incident.peak_15_min <= 75_000


def test_the_six_indian_cities_lead(replayed: Replayed) -> None:
    assert replayed.leading(Dimension.CITY)[:6] == [city for city, _ in REFERENCE_EVENT.cities]


def test_india_leads_before_the_five_other_countries(replayed: Replayed) -> None:
    first, *others = replayed.leading(Dimension.COUNTRY)[:6]
    assert first == "India"
    assert set(others) == {
        "Argentina",
        "Australia",
        "Canada",
        "United Kingdom",
        "United States",
    }


def test_every_platform_is_among_the_leading(replayed: Replayed) -> None:
    offered = {platform.label for platform in replayed.catalogue.get("x").platforms}
    assert set(replayed.leading(Dimension.PLATFORM)) == offered


def test_posts_do_not_load_is_the_symptom(replayed: Replayed) -> None:
    assert replayed.leading(Dimension.SYMPTOM)[0] == "Posts don't load"


def test_it_lasts_over_an_hour_and_is_resolved(replayed: Replayed) -> None:
    incident = replayed.incident
    assert incident.state is State.RESOLVED
    assert incident.ended_at is not None
    assert timedelta(hours=1) < incident.ended_at - incident.started_at < timedelta(hours=2)


def test_the_story_tells_all_of_it(replayed: Replayed) -> None:
    service = replayed.catalogue.get("x")
    story = write(Telling(replayed.incident, service, now=END, time_zone="Asia/Kolkata"))
    text = " ".join((story.headline, *story.article))
    told = [
        *("10:3", "IST", "21 December 2023", "within the first 20 minutes", "1 hour"),
        *("Delhi, Mumbai, Bengaluru, Kolkata, Chennai and Nagpur", "India"),
        *("Argentina", "Australia", "Canada", "the United Kingdom", "the United States"),
        *("The site and the app load, posts don't.", "Every platform was hit", "It ended"),
        *("Nothing is known of the cause.", "simulated"),
    ]
    assert [words for words in told if words not in text] == []
    assert story.headline.startswith("X had problems for 1 hour")
    assert "Simulated data." in story.post
