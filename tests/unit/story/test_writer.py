from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from story_cases import ONSET, PLACES, PLATFORMS, SYMPTOMS, X, outage, part

from lapwing.outages.incidents.model import Change, Incident, SliceShare, State
from lapwing.outages.model import Platform, Service, Symptom
from lapwing.outages.story import POST_LIMIT, Telling, write

AN_HOUR_LATER = ONSET + timedelta(minutes=60)
THE_DAY_AFTER = ONSET + timedelta(days=1)


def tell(incident: Incident, now: datetime = THE_DAY_AFTER, **more: object) -> str:
    """Everything that is written, as one text."""
    telling = Telling(incident, X, now=now, time_zone="Asia/Kolkata", **more)  # type: ignore[arg-type] # the test's own
    story = write(telling)
    return "\n".join((story.headline, story.post, *story.article))


def test_the_reference_outage_is_told_whole() -> None:
    story = write(Telling(outage(), X, now=THE_DAY_AFTER, time_zone="Asia/Kolkata"))
    assert story.headline == "X had problems for 1 hour 18 minutes, mostly in India"
    assert story.post == (
        "X had problems from 10:37 to 11:55 IST on 21 December 2023 (1 h 18 min). "
        "Mostly Delhi, Mumbai and Bengaluru; also the United States and the United Kingdom. "
        "The site and the app load, posts don't. "
        "Around 65,000 reports in 15 minutes at the peak. "
        "No cause is known. Simulated data."
    )
    assert story.article == (
        "This is simulated data, not a real outage.",
        "The outage of X began at about 10:37 IST on Thursday, 21 December 2023. "
        "Lapwing noticed it at 10:39, 2 minutes later. "
        "About 1,200 people reported it within the first 20 minutes.",
        "Most of the reports came from India (64 %). "
        "Hit hardest were Delhi, Mumbai, Bengaluru, Kolkata, Chennai and Nagpur. "
        "People reported it from other countries too: the United States, the United Kingdom, "
        "Canada, Australia and Argentina.",
        "The site and the app load, posts don't. "
        'The symptom that people named most was "Posts don\'t load" (78 % of the excess), '
        'before "App doesn\'t work" and "Website doesn\'t open". '
        "Every platform was hit: Android, iOS, Web and Desktop.",
        "The peak was at about 11:22, with around 65,000 reports within 15 minutes "
        "and about 4,600 in the busiest minute. In all, around 150,000 reports were counted; "
        "61 would have been usual in the same time.",
        "Reports began to fall towards normal by 11:43. It ended at about 11:55 after "
        "1 hour 18 minutes: since then people report no more than usual.",
        "Nothing is known of the cause.",
    )


@pytest.mark.parametrize(
    ("state", "headline"),
    [
        (State.SUSPECTED, "People report problems with X, mostly in India"),
        (State.CONFIRMED, "X has problems, mostly in India"),
        (State.ONGOING, "X has problems, mostly in India"),
        (State.RECOVERING, "X is recovering after problems mostly in India"),
        (State.FALSE_ALARM, "False alarm: X had no outage on 21 December 2023"),
        (State.MERGED, "Part of another outage: X on 21 December 2023"),
    ],
)
def test_the_headline_tells_the_state(state: State, headline: str) -> None:
    story = write(Telling(outage(state), X, now=AN_HOUR_LATER, time_zone="Asia/Kolkata"))
    assert story.headline == headline


def test_an_open_outage_is_told_in_the_present_with_its_trend() -> None:
    per_minute = tuple((int(ONSET.timestamp()) // 60 + minute, 10 * minute) for minute in range(60))
    text = tell(outage(State.ONGOING), AN_HOUR_LATER, per_minute=per_minute)
    assert "Reports are rising: 7,800 in the last 15 minutes, 5,550 in the 15 before." in text
    assert "It has lasted 1 hour and is not over." in text
    assert "The peak so far was at about 11:22" in text


def test_what_recovers_is_not_said_to_rise() -> None:
    per_minute = tuple((int(ONSET.timestamp()) // 60 + minute, 10 * minute) for minute in range(60))
    text = tell(outage(State.RECOVERING), AN_HOUR_LATER, per_minute=per_minute)
    assert "rising" not in text


def test_in_the_first_minutes_the_count_is_so_far() -> None:
    incident = outage(State.SUSPECTED, reports_first_20_min=1, reports=1)
    text = tell(incident, ONSET + timedelta(minutes=4))
    assert "1 person has reported it so far." in text
    assert "1 report so far." in text
    assert "Whether it is an outage is not sure yet." in text


def test_nothing_is_said_of_what_is_not_known() -> None:
    incident = outage(leading=(), reports_first_20_min=0, peak_at=None, changes=(), simulated=False)
    story = write(Telling(incident, X, now=THE_DAY_AFTER))
    assert story.headline == "X had problems for 1 hour 18 minutes"
    assert "Mostly" not in story.post
    assert "platform" not in " ".join(story.article)
    assert "Where the reports come from is not known." in story.article
    assert "Simulated" not in story.post


def test_one_city_alone_is_named_as_the_place() -> None:
    places = (
        part("country", "US", "United States", 0.99, reports=40),
        part("city", "4726206", "San Antonio, TX", 0.93, reports=37),
    )
    text = tell(outage(leading=places))
    assert "mostly in San Antonio" in text
    assert "Nearly all of the reports came from the United States." in text
    assert "The place hit hardest was San Antonio." in text


def test_regions_stand_in_where_no_city_is_known() -> None:
    places = (part("region", "US.TX", "Texas", 0.8), part("region", "US.OH", "Ohio", 0.1))
    assert "Most of the reports came from Texas and Ohio." in tell(outage(leading=places))


def test_countries_without_a_majority_are_told_as_such() -> None:
    places = (
        part("country", "BR", "Brazil", 0.3),
        part("country", "PH", "Philippines", 0.2),
    )
    text = tell(outage(leading=places))
    assert "No one country stands out; the most reports came from Brazil (30 %)." in text
    assert "from other countries too: the Philippines." in text


def test_a_platform_that_stands_out_is_named() -> None:
    only = SliceShare("platform", "ios", "iOS", 900, 15.0, 0.95)
    assert "It was mostly seen on iOS." in tell(outage(leading=(only,)))


def test_a_login_failure_does_not_claim_that_the_site_loads() -> None:
    text = tell(outage(leading=(part("symptom", "login", "Can't log in", 0.8),)))
    assert "load" not in text
    assert 'Most say "Can\'t log in".' in text


def test_a_service_without_an_app_is_told_in_the_singular() -> None:
    service = Service(
        slug="hub",
        name="Hub",
        category="cloud",
        home_page="https://hub.example",
        symptoms=(Symptom("website", "Website doesn't open"), Symptom("pull", "Can't pull")),
        platforms=(Platform("web", "Web"),),
    )
    incident = outage(leading=(part("symptom", "pull", "Can't pull", 0.8),))
    story = write(Telling(incident, service, now=THE_DAY_AFTER))
    assert 'The site opens, but most say "Can\'t pull".' in story.post


def test_trusted_imports_are_said() -> None:
    whole = tell(outage(trusted_share=1.0))
    part_of_it = tell(outage(trusted_share=0.4))
    assert "These reports were counted without caps: imported by the operator." in whole
    assert "Of these reports, 40 % were counted without caps" in part_of_it


def test_the_operators_words_are_told_as_theirs() -> None:
    incident = outage(cause="A faulty\n release,  rolled back", title="Timelines stay empty on X")
    story = write(Telling(incident, X, now=THE_DAY_AFTER))
    assert story.headline == "Timelines stay empty on X"
    assert story.post.startswith("Timelines stay empty on X. X had problems")
    assert "The cause, in the operator's words: A faulty release, rolled back." in story.article


def test_a_false_alarm_gives_the_operators_reason() -> None:
    dismissed = Change(AN_HOUR_LATER, "ops", "dismissed", State.FALSE_ALARM, note="a drill")
    text = tell(outage(State.FALSE_ALARM, changes=(dismissed,)))
    assert "This was a false alarm, as an operator found at 11:37 IST" in text
    assert "a drill." in text
    assert "cause" not in text


def test_a_fall_that_was_only_noticed_after_the_end_is_not_told() -> None:
    receded = Change(ONSET + timedelta(minutes=79), "lapwing", "receded", State.RECOVERING)
    assert "began to fall" not in tell(outage(changes=(receded,)))


def test_a_second_outage_within_a_day_is_said() -> None:
    assert "It was the second time within 24 hours." in tell(outage(), earlier=(outage(),))


_WORDS = st.text(alphabet="abcdefg ABCéñ不\n.,'\"-", max_size=400)
_COUNTS = st.integers(0, 10**9)
_SHARES = st.floats(0, 1)


@st.composite
def _incidents(draw: st.DrawFn) -> Incident:
    state = draw(st.sampled_from(State))
    lasted_min = draw(st.none() | st.integers(0, 60 * 24 * 500))
    known = draw(st.lists(st.sampled_from((*PLACES, *PLATFORMS, *SYMPTOMS)), unique=True))
    leading = tuple(
        msgspec.structs.replace(
            found,
            label=draw(st.just(found.label) | _WORDS),
            excess_share=draw(_SHARES),
            reports=draw(_COUNTS),
        )
        for found in known
    )
    return outage(
        state,
        started_at=ONSET + timedelta(minutes=draw(st.integers(-600, 600))),
        ended_at=None if lasted_min is None else ONSET + timedelta(minutes=600 + lasted_min),
        peak_at=draw(st.none() | st.just(ONSET)),
        peak_per_minute=draw(_COUNTS),
        peak_15_min=draw(_COUNTS),
        reports=draw(_COUNTS),
        reports_first_20_min=draw(_COUNTS),
        expected=draw(st.floats(0, 1e9)),
        leading=leading,
        trusted_share=draw(_SHARES),
        simulated=draw(st.booleans()),
        cause=draw(st.none() | _WORDS),
        title=draw(st.none() | _WORDS),
    )


@given(
    incident=_incidents(),
    name=_WORDS.filter(lambda text: bool(text.split())),
    zone=st.sampled_from(("UTC", "Asia/Kolkata", "America/St_Johns", "America/Sao_Paulo")),
    later_min=st.integers(0, 10_000),
    earlier=st.integers(0, 3),
)
def test_whatever_the_data_the_text_is_clean_and_the_post_short(
    incident: Incident, name: str, zone: str, later_min: int, earlier: int
) -> None:
    service = Service(name, name, "social", "https://x.com", X.symptoms, X.platforms)
    telling = Telling(
        incident,
        service,
        now=ONSET + timedelta(minutes=later_min),
        time_zone=zone,
        per_minute=((int(ONSET.timestamp()) // 60, 5),),
        earlier=(outage(),) * earlier,
    )
    story = write(telling)
    assert 0 < len(story.post) <= POST_LIMIT
    assert story.headline
    for text in (story.headline, story.post, *story.article):
        assert "  " not in text
        assert "\n" not in text
        assert text == text.strip()
        assert not {"None", "nan", "inf"} & set(text.split())
    for text in (story.post, *story.article):
        assert text.rstrip("\"'").endswith((".", "!", "?", "…"))


def test_one_city_s_outage_is_told_as_local_while_its_country_is_as_usual() -> None:
    places = (
        SliceShare("country", "US", "United States", 282, 280.0, 0.02),
        SliceShare("region", "US.TX", "Texas", 140, 40.0, 0.93),
        SliceShare("city", "4726206", "San Antonio", 112, 5.0, 1.0),
        SliceShare("city", "4691930", "Fort Worth", 9, 3.0, 0.06),
    )
    incident = outage(leading=places, reports=282, expected=280.0, reports_first_20_min=1)
    story = write(Telling(incident, X, now=ONSET + timedelta(days=1)))
    told = " ".join(story.article)
    assert "in San Antonio" in story.headline
    assert "It was local: 112 reports came from San Antonio, where 5 would have been" in told
    assert "United States" not in told
