from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from tests.handoff_desk import URL, view_of
from tests.sample_views import ONSET

from lapwing.handoffs.incident_words import LONGEST_CAUSE, Stage, Telling, tellings
from lapwing.outages.views import IncidentView


def by_stage(view: IncidentView, told: tuple[Stage, ...] = ()) -> dict[Stage, Telling]:
    return {one.stage: one for one in tellings(view, URL, told)}


@pytest.mark.parametrize(
    ("state", "stages"),
    [
        ("suspected", "opening"),
        ("confirmed", "opening confirmation"),
        ("ongoing", "opening confirmation"),
        ("recovering", "opening confirmation peak recovery"),
        ("resolved", "opening confirmation peak end"),
        ("false_alarm", "opening"),
        ("merged", "opening"),
    ],
)
def test_each_state_has_its_posts(state: str, stages: str) -> None:
    assert [one.stage.value for one in tellings(view_of(state), URL)] == stages.split()


def test_the_opening_is_the_story_and_a_link_to_the_record() -> None:
    opening = by_stage(view_of())[Stage.OPENING]
    assert opening.text == (
        "X is suspected: people report problems.\n\n"
        "https://lapwing.example/incidents/x-20231221-0509"
    )


def test_times_are_told_where_the_outage_is() -> None:
    told = by_stage(view_of("resolved"))
    assert "10:41 IST" in told[Stage.CONFIRMATION].text
    assert "The peak of the X outage was at 11:11 IST, with 5,120 reports" in told[Stage.PEAK].text
    assert told[Stage.END].text.startswith(
        "Over at 11:49 IST, after 1 h 12 min: 88,412 reports of problems with X in all."
    )


def test_the_confirmation_says_the_same_while_the_figures_grow() -> None:
    confirmations = {
        by_stage(view_of(state))[Stage.CONFIRMATION].text
        for state in ("confirmed", "ongoing", "recovering", "resolved")
    }
    assert len(confirmations) == 1


def test_the_peak_is_one_so_far_until_all_is_over() -> None:
    assert " so far was " in by_stage(view_of("recovering"))[Stage.PEAK].text
    assert " so far" not in by_stage(view_of("resolved"))[Stage.PEAK].text


def test_an_outage_that_was_never_confirmed_has_no_peak() -> None:
    view = view_of("resolved", confirmed_at=None)
    assert Stage.PEAK not in by_stage(view)


def test_a_recovery_that_was_none_is_taken_back() -> None:
    told = by_stage(view_of("ongoing"), (Stage.OPENING, Stage.RECOVERY))
    assert told[Stage.RECOVERY].text.startswith("It looked like a recovery")


def test_an_end_that_was_none_is_taken_back() -> None:
    told = by_stage(view_of("ongoing"), (Stage.OPENING, Stage.END))
    assert told[Stage.END].text == "It seemed to be over, but is not: X is ongoing."


def test_part_of_a_larger_incident_leads_to_that_one() -> None:
    opening = by_stage(view_of("merged", merged_into="x-20231221-0515"))[Stage.OPENING]
    assert opening.text.endswith("https://lapwing.example/incidents/x-20231221-0515")


def test_only_the_opening_and_the_end_are_for_all() -> None:
    told = tellings(view_of("resolved", cause="A cable"), URL)
    assert [one.stage for one in told if one.is_for_all] == [Stage.OPENING, Stage.END]


def test_the_cause_comes_last_and_is_cut_to_a_posts_length() -> None:
    told = tellings(view_of("resolved", cause="a cable \n was cut " * 60), URL)
    assert told[-1].stage is Stage.CAUSE
    assert told[-1].text.startswith("The cause: a cable was cut a cable")
    assert told[-1].text.endswith("…")
    assert len(told[-1].text) <= LONGEST_CAUSE + len("The cause: ")


@pytest.mark.parametrize("state", ["suspected", "recovering", "resolved", "false_alarm"])
def test_everything_simulated_says_so(state: str) -> None:
    told = tellings(view_of(state, simulated=True, cause="Made up"), URL)
    assert told
    assert all("Simulated data." in one.text for one in told)


def test_a_story_that_says_so_by_itself_is_not_marked_twice() -> None:
    view = view_of(simulated=True)
    story = msgspec.structs.replace(view.story, post="X fails. Simulated data.")
    text = by_stage(msgspec.structs.replace(view, story=story))[Stage.OPENING].text
    assert text.count("Simulated") == 1


def test_a_minute_is_one_minute() -> None:
    view = view_of("resolved")
    summary = msgspec.structs.replace(
        view.summary, duration_min=1, ended_at=ONSET + timedelta(minutes=1)
    )
    told = by_stage(msgspec.structs.replace(view, summary=summary))
    assert "after 1 minute:" in told[Stage.END].text
