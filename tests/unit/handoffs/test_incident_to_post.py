from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from tests.handoff_desk import TellingSquare, view_of
from tests.sample_views import ONSET, X

from lapwing.accounts.moderation_entries import Sanctioned
from lapwing.accounts.moderation_model import Act
from lapwing.handoffs.incident_to_post import EDIT_EVERY_MS, MOST_DRAWN, TOLD_LATE_MS
from lapwing.handoffs.incident_words import Stage
from lapwing.handoffs.telling_pace import LOCAL_THREADS_AN_HOUR, PUBLIC_MS, PUBLIC_OPENINGS
from lapwing.kernel.instants import to_ms
from lapwing.microblog.entries import MediaForgotten
from lapwing.microblog.model import Visibility
from lapwing.microblog.paging import Page
from lapwing.microblog.timelines import Timelines
from lapwing.outages.views import IncidentView, ServiceLink

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


@pytest.fixture
async def square() -> TellingSquare:
    made = TellingSquare()
    await made.accounts.open_missing()
    return made


def other(slug: str) -> ServiceLink:
    return ServiceLink(slug, slug.capitalize(), "social", None, None, slug[:2].upper())


def replies_in_order(square: TellingSquare, view: IncidentView) -> list[int]:
    """Ids of the thread, each of which answers the one before."""
    posts = [post for stage in Stage if (post := square.told(view, stage)) is not None]
    posts.sort(key=lambda post: post.id)
    assert [post.reply_to_id for post in posts] == [0, *(post.id for post in posts[:-1])]
    assert {post.thread_id for post in posts} == {posts[0].id}
    return [post.id for post in posts]


async def test_a_life_is_one_thread(square: TellingSquare) -> None:
    for state in ("suspected", "confirmed", "ongoing", "recovering", "resolved"):
        await square.telling.tell(view_of(state))
        square.now_ms += 6 * MINUTE_MS
    await square.telling.tell(view_of("resolved", cause="A cable was cut."))
    view = view_of("resolved")
    assert square.stages(view) == list(Stage)
    assert len(replies_in_order(square, view)) == len(Stage)
    account = square.accounts.find("x")
    assert account is not None
    assert account.username == "x_outages"
    assert {square.square.posts.get(one).account_id for one in square.square.posts.all_ids()} == {
        account.id
    }


async def test_the_end_answers_the_recovery_that_was_told(square: TellingSquare) -> None:
    for state in ("suspected", "recovering", "resolved"):
        await square.telling.tell(view_of(state))
        square.now_ms += 6 * MINUTE_MS
    end, recovery = (
        square.told(view_of(), Stage.END),
        square.told(view_of(), Stage.RECOVERY),
    )
    assert end is not None
    assert recovery is not None
    assert end.reply_to_id == recovery.id


async def test_opening_and_end_are_public_with_pictures_the_rest_is_not(
    square: TellingSquare,
) -> None:
    for state in ("suspected", "recovering", "resolved"):
        await square.telling.tell(view_of(state))
    for stage in Stage:
        post = square.told(view_of(), stage)
        if post is not None:
            is_for_all = stage in (Stage.OPENING, Stage.END)
            assert (post.visibility is Visibility.PUBLIC) == is_for_all
            assert bool(post.media) == is_for_all


async def test_the_post_names_its_service(square: TellingSquare) -> None:
    await square.telling.tell(view_of())
    assert square.opening(view_of()).services == ("x",)
    assert list(square.square.posts.about("x")) == [square.opening(view_of()).id]


async def test_nothing_is_told_twice(square: TellingSquare) -> None:
    for _ in range(3):
        await square.telling.tell(view_of("confirmed"))
        square.now_ms += 10 * MINUTE_MS
    assert len(square.square.posts) == 2
    assert square.opening(view_of()).edited_ms == 0


async def test_nothing_is_told_twice_after_a_restart(square: TellingSquare) -> None:
    await square.telling.tell(view_of("confirmed"))
    before = square.square.posts.all_ids()
    square.restart()
    await square.telling.tell(view_of("confirmed"))
    assert square.square.posts.all_ids() == before


async def test_what_a_restart_missed_is_made_up_for(square: TellingSquare) -> None:
    await square.telling.tell(view_of())
    square.restart()
    square.now_ms += 2 * HOUR_MS
    await square.telling.tell(view_of("resolved"))
    assert square.stages(view_of()) == [
        Stage.OPENING,
        Stage.CONFIRMATION,
        Stage.PEAK,
        Stage.END,
    ]


def grown(reports: int, state: str = "ongoing") -> IncidentView:
    view = view_of(state)
    story = msgspec.structs.replace(view.story, post=f"X fails: {reports} reports.")
    return msgspec.structs.replace(view, story=story)


async def test_growing_figures_edit_the_opening_every_five_minutes(square: TellingSquare) -> None:
    began_ms = square.now_ms
    for minute in range(21):
        square.now_ms = began_ms + minute * MINUTE_MS
        await square.telling.tell(grown(minute))
    opening = square.opening(view_of())
    edited = [version.created_ms for version in square.square.posts.versions[opening.id]]
    times = [*edited, opening.edited_ms]
    assert [(one - began_ms) // MINUTE_MS for one in times] == [0, 5, 10, 15, 20]
    assert "20 reports" in opening.text
    assert EDIT_EVERY_MS == 5 * MINUTE_MS


async def test_the_last_word_does_not_wait(square: TellingSquare) -> None:
    await square.telling.tell(grown(1))
    square.now_ms += MINUTE_MS
    await square.telling.tell(grown(2, "resolved"))
    assert "2 reports" in square.opening(view_of()).text


async def test_what_is_held_is_told_only_once_it_is_believed(square: TellingSquare) -> None:
    await square.telling.tell(view_of(held=True))
    assert not len(square.square.posts)
    await square.telling.tell(view_of("confirmed"))
    assert square.stages(view_of()) == [Stage.OPENING, Stage.CONFIRMATION]


async def test_a_false_alarm_edits_the_opening(square: TellingSquare) -> None:
    await square.telling.tell(view_of())
    await square.telling.tell(view_of("false_alarm"))
    assert square.stages(view_of()) == [Stage.OPENING]
    assert square.opening(view_of()).text.startswith("X is false_alarm")


@pytest.mark.parametrize("state", ["resolved", "false_alarm", "merged"])
async def test_what_was_over_before_it_was_told_is_no_news(
    square: TellingSquare, state: str
) -> None:
    await square.telling.tell(view_of(state))
    assert not len(square.square.posts)


async def test_what_began_long_ago_is_no_news(square: TellingSquare) -> None:
    square.now_ms = to_ms(ONSET + timedelta(minutes=2)) + TOLD_LATE_MS
    await square.telling.tell(view_of())
    assert not len(square.square.posts)


async def test_part_of_a_larger_one_leads_there_and_says_no_more(square: TellingSquare) -> None:
    await square.telling.tell(view_of("confirmed"))
    await square.telling.tell(view_of("merged", merged_into="x-20231221-0515"))
    assert square.opening(view_of()).text.endswith("/incidents/x-20231221-0515")
    assert square.stages(view_of()) == [Stage.OPENING, Stage.CONFIRMATION]


async def test_a_thread_that_was_deleted_stays_away(square: TellingSquare) -> None:
    await square.telling.tell(view_of("confirmed"))
    await square.withdraw(square.opening(view_of()))
    square.restart()
    square.now_ms += 10 * MINUTE_MS
    await square.telling.tell(view_of("resolved"))
    assert square.stages(view_of()) == [Stage.CONFIRMATION]


async def test_one_deleted_post_is_not_written_again(square: TellingSquare) -> None:
    await square.telling.tell(view_of("confirmed"))
    confirmation = square.told(view_of(), Stage.CONFIRMATION)
    assert confirmation is not None
    await square.withdraw(confirmation)
    await square.telling.tell(view_of("ongoing"))
    await square.telling.tell(view_of("resolved"))
    assert square.stages(view_of()) == [Stage.OPENING, Stage.PEAK, Stage.END]


async def test_what_was_deleted_is_in_the_checkpoint(square: TellingSquare) -> None:
    await square.telling.tell(view_of())
    await square.withdraw(square.opening(view_of()))
    kept = list(square.state.capture())
    again = type(square.state)()
    again.restore(kept)
    assert "incident/x-20231221-0509/opening" in again.withdrawn


async def test_pictures_are_drawn_anew_at_recovery_and_end_alone(square: TellingSquare) -> None:
    files = []
    for number, (state, minutes) in enumerate(
        [("suspected", 3), ("ongoing", 25), ("recovering", 61), ("recovering", 70)]
    ):
        square.now_ms = to_ms(ONSET) + minutes * MINUTE_MS
        await square.telling.tell(grown(number, state))
        files.append(square.opening(view_of()).media[0].file)
    assert files[0] == files[1] != files[2] == files[3]
    square.now_ms = to_ms(ONSET) + 76 * MINUTE_MS
    await square.telling.tell(grown(9, "resolved"))
    assert square.opening(view_of()).media[0].file not in files
    forgotten = [one for _, one in square.journal.read(0) if isinstance(one, MediaForgotten)]
    assert len(forgotten) == 2
    assert all(square.square.uploads.find(one.media_id) is None for one in forgotten)


async def test_a_suspended_account_tells_nothing(square: TellingSquare) -> None:
    account = square.accounts.find("x")
    assert account is not None
    people = square.state.accounts.people
    people.put(msgspec.structs.replace(account, standing="suspended"))
    await square.telling.tell(view_of())
    assert not len(square.square.posts)


async def test_a_local_incident_is_told_to_followers_alone(square: TellingSquare) -> None:
    for state in ("suspected", "resolved"):
        await square.telling.tell(view_of(state, place="Pune"))
    assert square.stages(view_of()) == [
        Stage.OPENING,
        Stage.CONFIRMATION,
        Stage.PEAK,
        Stage.END,
    ]
    assert not list(square.square.posts.public)


async def test_a_storm_of_local_incidents_is_no_storm_of_posts(square: TellingSquare) -> None:
    for number in range(300):
        place = f"Town {number}"
        await square.telling.tell(view_of(incident_id=f"x-20231221-{number}", place=place))
    assert len(square.square.posts) == LOCAL_THREADS_AN_HOUR
    await square.telling.tell(view_of(incident_id="x-20231221-whole"))
    assert len(list(square.square.posts.public)) == 1


async def test_those_that_waited_are_told_when_there_is_room(square: TellingSquare) -> None:
    towns = [view_of(incident_id=f"x-20231221-{one}", place=f"Town {one}") for one in range(5)]
    for town in towns:
        await square.telling.tell(town)
    square.now_ms += HOUR_MS + 1
    for town in towns:
        await square.telling.tell(town)
    assert all(square.telling.find_thread(town.summary.id) is not None for town in towns)


async def test_a_storm_of_whole_services_leaves_room_on_public_timelines() -> None:
    slugs = [f"service-{number}" for number in range(300)]
    square = TellingSquare(slugs)
    await square.accounts.open_missing()
    views = [view_of(service=other(slug), incident_id=f"{slug}-1") for slug in slugs]
    for view in views:
        await square.telling.tell(view)
    timelines = Timelines(square.square, lambda: square.now_ms)
    assert len(timelines.public(0, Page(limit=40))) == PUBLIC_OPENINGS
    assert len(square.square.posts) == 300
    square.restart()
    square.now_ms += PUBLIC_MS + 1
    late = view_of(service=other("service-0"), incident_id="service-0-2")
    await square.telling.tell(late)
    assert square.opening(late).visibility is Visibility.PUBLIC


async def test_the_end_is_as_public_as_the_opening_was() -> None:
    slugs = [f"service-{number}" for number in range(PUBLIC_OPENINGS + 1)]
    square = TellingSquare(slugs)
    await square.accounts.open_missing()
    for state in ("suspected", "resolved"):
        for slug in slugs:
            view = view_of(state, service=other(slug), incident_id=f"{slug}-1")
            await square.telling.tell(view)
    end = square.told(view_of(incident_id=f"{slugs[-1]}-1"), Stage.END)
    assert end is not None
    assert end.visibility is Visibility.QUIET


async def test_steps_tell_what_was_noted(square: TellingSquare) -> None:
    assert not await square.telling.step()
    square.views["x-20231221-0509"] = view_of()
    square.telling.note("x-20231221-0509")
    square.telling.note("x-20231221-0509")
    square.telling.note("gone-1")
    assert await square.telling.step()
    assert await square.telling.step()
    assert not await square.telling.step()
    assert square.stages(view_of()) == [Stage.OPENING]


async def test_what_could_not_be_looked_up_stays_noted(square: TellingSquare) -> None:
    async def away(incident_id: str) -> IncidentView:
        raise ConnectionError(incident_id)

    square.telling._find_incident = away
    square.telling.note("x-20231221-0509")
    with pytest.raises(ConnectionError):
        await square.telling.step()
    square.telling._find_incident = square.find
    square.views["x-20231221-0509"] = view_of()
    assert await square.telling.step()
    assert square.stages(view_of()) == [Stage.OPENING]


async def test_a_service_without_an_account_is_not_told(square: TellingSquare) -> None:
    await square.telling.tell(view_of(service=other("unheard-of")))
    assert not len(square.square.posts)
    assert X.slug in square.slugs


async def test_an_end_that_nobody_was_there_to_tell_is_unfinished(square: TellingSquare) -> None:
    resolved = view_of("resolved").summary
    assert not square.telling.is_unfinished(resolved)
    await square.telling.tell(view_of())
    assert square.telling.is_unfinished(resolved)
    await square.telling.tell(view_of("resolved"))
    assert not square.telling.is_unfinished(resolved)
    assert not square.telling.is_unfinished(view_of("false_alarm").summary)


async def test_what_moderators_delete_stays_away(square: TellingSquare) -> None:
    await square.telling.tell(view_of())
    opening = square.opening(view_of())
    await square.add(
        Sanctioned(
            square.now_ms, 1, 1, opening.account_id, Act.DELETE_POSTS, "Wrong", 0, (opening.id,)
        )
    )
    assert square.told(view_of(), Stage.OPENING) is None
    for _ in range(3):
        square.now_ms += 10 * MINUTE_MS
        await square.telling.tell(view_of("confirmed"))
    assert not len(square.square.posts)


async def test_the_thread_of_a_part_is_that_of_the_larger_one(square: TellingSquare) -> None:
    part, larger = view_of(incident_id="x-1", place="Pune"), view_of(incident_id="x-2")
    await square.telling.tell(part)
    assert square.telling.find_thread("x-1", "x-2") == square.opening(part)
    await square.telling.tell(larger)
    assert square.telling.find_thread("x-1", "x-2") == square.opening(larger)
    assert square.telling.find_thread("x-1") == square.opening(part)


async def test_what_is_open_is_looked_at_when_its_post_may_be_edited(
    square: TellingSquare,
) -> None:
    summary = view_of().summary
    assert square.telling.is_unfinished(summary)
    await square.telling.tell(view_of())
    assert not square.telling.is_unfinished(summary)
    square.now_ms += EDIT_EVERY_MS
    assert square.telling.is_unfinished(summary)
    unheard = view_of(service=other("unheard-of"), incident_id="unheard-of-1").summary
    assert not square.telling.is_unfinished(unheard)
    await square.withdraw(square.opening(view_of()))
    assert not square.telling.is_unfinished(summary)


async def test_local_ones_for_which_there_is_no_room_are_not_looked_at(
    square: TellingSquare,
) -> None:
    for number in range(LOCAL_THREADS_AN_HOUR):
        await square.telling.tell(view_of(incident_id=f"x-{number}", place="Pune"))
    assert not square.telling.is_unfinished(view_of(incident_id="x-9", place="Nagpur").summary)
    assert square.telling.is_unfinished(view_of(incident_id="x-10").summary)


async def test_in_a_storm_words_go_without_waiting_for_pictures() -> None:
    slugs = [f"service-{number}" for number in range(30)]
    square = TellingSquare(slugs)
    await square.accounts.open_missing()
    views = [view_of(service=other(slug), incident_id=f"{slug}-1") for slug in slugs]
    for view in views:
        square.views[view.summary.id] = view
        square.telling.note(view.summary.id)
    while await square.telling.step():
        pass
    assert len(square.square.posts) == 30
    assert square.drawn == [view.summary.id for view in views[-1 - MOST_DRAWN :]]
    square.now_ms = to_ms(ONSET) + 70 * MINUTE_MS
    recovering = view_of("recovering", service=other("service-0"), incident_id="service-0-1")
    await square.telling.tell(recovering)
    assert square.opening(recovering).media
