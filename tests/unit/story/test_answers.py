from datetime import timedelta

import pytest
from story_cases import ONSET, outage

from lapwing.outages.incidents.model import Incident, State
from lapwing.outages.story import answer, earlier_within_a_day, history

LATER = ONSET + timedelta(minutes=20)


def ask(incident: Incident | None, reports: int = 1_204, after_min: int = 20) -> str:
    now = ONSET + timedelta(minutes=after_min)
    return answer("X", incident, now=now, time_zone="Asia/Kolkata", reports=reports)


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (
            State.SUSPECTED,
            "Perhaps: more people than usual report problems with X since 10:37 IST; "
            "1,204 reports in 20 minutes",
        ),
        (State.CONFIRMED, "Yes: X has had problems since 10:37 IST; 1,204 reports in 20 minutes"),
        (State.ONGOING, "Yes: X has had problems since 10:37 IST; 1,204 reports in 20 minutes"),
        (
            State.RECOVERING,
            "It is recovering: X has had problems since 10:37 IST; 1,204 reports in 20 minutes",
        ),
        (State.FALSE_ALARM, "No: nobody reports more than usual"),
        (State.MERGED, "No: nobody reports more than usual"),
    ],
)
def test_the_answer_comes_first(state: State, line: str) -> None:
    assert ask(outage(state)) == line


def test_without_an_outage_the_answer_is_no() -> None:
    assert ask(None) == "No: nobody reports more than usual"


def test_one_report_is_singular() -> None:
    assert ask(outage(State.ONGOING), reports=1).endswith("; 1 report in 20 minutes")


def test_an_outage_that_is_just_over_is_part_of_the_answer_for_an_hour() -> None:
    just_over = "Not any more: X had problems until 11:55 IST; reports are back to normal"
    assert ask(outage(), after_min=100) == just_over
    assert ask(outage(), after_min=140) == "No: nobody reports more than usual"


def another(hours_before: int, lasted_min: int, state: State = State.RESOLVED) -> Incident:
    started_at = ONSET - timedelta(hours=hours_before)
    return outage(
        state,
        id=f"x-{hours_before}",
        started_at=started_at,
        ended_at=started_at + timedelta(minutes=lasted_min),
    )


def tell(*incidents: Incident, days: int = 90) -> str:
    since = ONSET - timedelta(days=days)
    now = ONSET + timedelta(hours=3)
    return history("X", incidents, now=now, time_zone="Asia/Kolkata", watched_since=since)


def test_a_service_that_never_failed() -> None:
    assert tell() == "No outage of X since 22 September 2023."
    assert history("X", [], now=LATER, time_zone="UTC") == "No outage of X on record."


def test_false_and_merged_ones_do_not_count() -> None:
    none = tell(another(5, 30, State.FALSE_ALARM), another(7, 30, State.MERGED))
    assert none == "No outage of X since 22 September 2023."


def test_a_single_outage() -> None:
    assert tell(outage()) == (
        "One outage of X since 22 September 2023: on 21 December 2023. It lasted 1 hour 18 minutes."
    )


def test_several_are_told_with_their_rate_median_and_longest() -> None:
    told = tell(outage(), another(24 * 30, 48), another(24 * 60, 300), another(24 * 10, 20))
    assert told == (
        "Four outages of X in the last 90 days, about one every 22 days. "
        "It usually takes 1 hour 3 minutes (median); the longest took 5 hours, on 22 October 2023."
    )


def test_the_second_within_24_hours_is_said() -> None:
    told = tell(outage(State.ONGOING), another(10, 30))
    assert told.endswith("The latest is the second within 24 hours.")


def test_an_earlier_outage_belongs_to_the_story_for_a_day() -> None:
    now = outage()
    others = [now, another(10, 30), another(25, 30), another(3, 5, State.FALSE_ALARM)]
    assert [found.id for found in earlier_within_a_day(now, others)] == ["x-10"]
