"""Stories and answers of local incidents say where, and nothing of elsewhere."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from story_cases import ONSET, X, outage, part

from lapwing.outages.incidents.localised import Attribute, Localised, LocalisedPart
from lapwing.outages.incidents.model import Change, Incident, Scope, State
from lapwing.outages.story.answers import answer, earlier_within_a_day
from lapwing.outages.story.findings import where
from lapwing.outages.story.telling import Telling
from lapwing.outages.story.writer import write
from lapwing.outages.views import Story

NOW = ONSET + timedelta(minutes=50)
AREA = Scope("area", "4726206", "San Antonio area")


def local(scope: Scope = AREA, state: State = State.ONGOING, **facts: object) -> Incident:
    known: dict[str, object] = {
        "scope": scope,
        "reports": 104,
        "expected": 5.01,
        "leading": (
            part(scope.dimension, scope.value, scope.label, 1.0, 104),
            part("city", "4726206", "San Antonio", 0.8, 83),
            part("city", "4674023", "Boerne", 0.1, 11),
        ),
        "networks_seen": 0,
    }
    return outage(state, **{**known, **facts})


def told(incident: Incident) -> Story:
    return write(Telling(incident, X, now=NOW, time_zone="America/Chicago"))


@pytest.mark.parametrize(
    ("scope", "headline"),
    [
        (AREA, "X has problems in the San Antonio area"),
        (Scope("city", "1", "Akron, OH"), "X has problems in Akron"),
        (Scope("region", "US.TX", "Texas"), "X has problems in Texas"),
        (Scope("country", "US", "United States"), "X has problems in the United States"),
        (Scope("platform", "ios", "iOS"), "X has problems on iOS"),
        (Scope("network", "AS55836", "AS55836"), "X has problems in one network (AS55836)"),
        (Scope("symptom", "feed", "Posts don't load"), 'X has problems ("Posts don\'t load")'),
    ],
)
def test_the_headline_says_where(scope: Scope, headline: str) -> None:
    assert told(local(scope)).headline == headline


@pytest.mark.parametrize("state", list(State))
def test_every_state_says_where_in_headline_and_post(state: State) -> None:
    story = told(local(state=state))
    assert "in the San Antonio area" in story.headline
    assert "in the San Antonio area" in story.post
    assert len(story.post) <= 280


def test_the_article_tells_of_the_place_and_what_was_usual_there() -> None:
    text = " ".join(told(local()).article)
    assert "104 reports came from the San Antonio area, where 5 would have been usual" in text
    assert "Hit hardest are San Antonio and Boerne" in text


def test_the_article_says_nothing_twice() -> None:
    everywhere = LocalisedPart((), 20, 9.0, 0.1, 1e-4)
    whole = LocalisedPart((Attribute("area", (AREA.value,), (AREA.label,)),), 104, 5.0, 0.9, 1e-7)
    again = Localised(NOW, NOW, 104, 5.0, (whole, everywhere), ("country",))
    text = " ".join(told(local(localised=(again,))).article)
    assert "above normal are" not in text
    assert text.count("104 reports") == 1
    other = LocalisedPart((Attribute("area", ("1",), ("Arlington area",)),), 104, 5.0, 0.95, 1e-7)
    beside = msgspec.structs.replace(again, parts=(other,))
    text = " ".join(told(local(localised=(beside,))).article)
    assert "Nearly all of the reports above normal are in the Arlington area" in text


def test_one_symptom_s_incident_names_it_once() -> None:
    scope = Scope("symptom", "feed", "Posts don't load")
    leading = (part("symptom", "feed", "Posts don't load", 1.0, 104),)
    text = " ".join(told(local(scope, leading=leading)).article)
    assert 'named "Posts don\'t load"' in text
    assert "The symptom that people named most" not in text


def test_its_places_are_the_towns_in_it_or_else_its_name() -> None:
    assert where(local()).places == ("San Antonio", "Boerne")
    assert where(local(leading=())).places == ("San Antonio area",)


def test_a_part_of_a_larger_one_says_so() -> None:
    merged = Change(NOW, "lapwing", "merged", State.MERGED, details={"into": "x-20231221-0540"})
    incident = local(state=State.MERGED, changes=(merged,), merged_into="x-20231221-0540")
    assert "became part of a larger outage of X" in " ".join(told(incident).article)


def test_the_answer_says_where() -> None:
    said = answer("X", local(), now=NOW, time_zone="America/Chicago", reports=60)
    assert said.startswith("Yes: X has had problems in the San Antonio area since")
    assert said.endswith("60 reports in 20 minutes")


def test_trouble_elsewhere_is_no_second_time() -> None:
    earlier = timedelta(hours=3)
    there = local(id="x-a", started_at=ONSET - earlier, state=State.RESOLVED)
    akron = Scope("city", "9", "Akron")
    elsewhere = outage(State.RESOLVED, id="x-b", scope=akron, started_at=ONSET - earlier)
    whole = outage(State.RESOLVED, id="x-c", started_at=ONSET - earlier)
    found = earlier_within_a_day(local(id="x-d"), (there, elsewhere, whole))
    assert {one.id for one in found} == {"x-a", "x-c"}
