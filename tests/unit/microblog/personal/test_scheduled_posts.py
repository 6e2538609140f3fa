"""Posts for later, and drafts."""

from __future__ import annotations

import pytest
from tests.sample_square import DAY_MS, SampleSquare

from lapwing.accounts.moderation_entries import Sanctioned
from lapwing.accounts.moderation_model import Act
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.composing import Draft
from lapwing.microblog.entries import AccountErased, PostDeleted
from lapwing.microblog.personal.actions.drafting import forget_draft, keep_draft
from lapwing.microblog.personal.actions.scheduling import (
    cancel_scheduled_post,
    move_scheduled_post,
    publish_due_posts,
    schedule_post,
)
from lapwing.microblog.personal.drafts import LONGEST_CONTENT, MOST_DRAFTS
from lapwing.microblog.personal.scheduled import MOST_A_DAY, SOONEST_MS

HOUR_MS = 3_600_000


async def test_a_post_is_written_when_it_is_due_and_once(town: SampleSquare) -> None:
    ann = await town.join("ann")
    made = await schedule_post(
        town.desk, town.viewer(ann), Draft("later"), town.now_ms + HOUR_MS, '{"text":"later"}'
    )
    assert await publish_due_posts(town.desk) == []
    town.pass_time(HOUR_MS)

    (post,) = await publish_due_posts(town.desk)

    assert (post.text, post.created_ms) == ("later", made.due_ms)
    assert town.square.posts.find(post.id) == post
    assert town.tables.scheduled.of(ann) == []
    assert await publish_due_posts(town.desk) == []


async def test_several_are_written_in_the_order_of_their_times(town: SampleSquare) -> None:
    ann = await town.join("ann")
    for hours in (3, 1, 2):
        due_ms = town.now_ms + hours * HOUR_MS
        await schedule_post(town.desk, town.viewer(ann), Draft(f"{hours}"), due_ms)
    town.pass_time(DAY_MS)

    assert [post.text for post in await publish_due_posts(town.desk)] == ["1", "2", "3"]


async def test_too_soon_is_refused_in_words_that_apps_know(town: SampleSquare) -> None:
    ann = await town.join("ann")
    with pytest.raises(Refusal, match="Validation failed: Scheduled at") as refused:
        await schedule_post(town.desk, town.viewer(ann), Draft("x"), town.now_ms + SOONEST_MS - 1)
    assert refused.value.field == "scheduled_at"
    await schedule_post(town.desk, town.viewer(ann), Draft("x"), town.now_ms + SOONEST_MS)


async def test_what_could_not_be_posted_now_cannot_be_scheduled(town: SampleSquare) -> None:
    ann = await town.join("ann")
    for draft in (
        Draft(""),
        Draft("x" * 501),
        Draft("x", reply_to_id=1),
        Draft("", media_ids=(7,)),
    ):
        with pytest.raises(Refusal):
            await schedule_post(town.desk, town.viewer(ann), draft, town.now_ms + HOUR_MS)
    assert town.tables.scheduled.of(ann) == []


async def test_so_many_a_day(town: SampleSquare) -> None:
    ann = await town.join("ann")
    due_ms = town.now_ms + 2 * DAY_MS
    for _ in range(MOST_A_DAY):
        await schedule_post(town.desk, town.viewer(ann), Draft("x"), due_ms)
    with pytest.raises(Refusal, match="exceeded the limit of 25 scheduled posts"):
        await schedule_post(town.desk, town.viewer(ann), Draft("x"), due_ms)
    await schedule_post(town.desk, town.viewer(ann), Draft("x"), due_ms + DAY_MS)


async def test_a_retried_request_schedules_once(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    due_ms = town.now_ms + HOUR_MS
    for who in (ann, ann, bob):
        await schedule_post(town.desk, town.viewer(who), Draft("x"), due_ms, request="key")

    assert [len(town.tables.scheduled.of(who)) for who in (ann, bob)] == [1, 1]


async def test_moving_and_cancelling(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    viewer = town.viewer(ann)
    made = await schedule_post(town.desk, viewer, Draft("x"), town.now_ms + HOUR_MS)
    moved = await move_scheduled_post(town.desk, viewer, made.id, town.now_ms + 2 * HOUR_MS)
    assert moved.due_ms == made.due_ms + HOUR_MS
    town.pass_time(HOUR_MS)
    assert await publish_due_posts(town.desk) == []
    with pytest.raises(Refusal, match="no such scheduled post"):
        await cancel_scheduled_post(town.desk, town.viewer(bob), made.id)

    await cancel_scheduled_post(town.desk, viewer, made.id)
    town.pass_time(HOUR_MS)
    assert await publish_due_posts(town.desk) == []


async def test_what_is_refused_when_due_stays_with_its_author_and_can_be_tried_again(
    town: SampleSquare,
) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    answered = await town.write(bob, "?")
    draft = Draft("yes", reply_to_id=answered.id)
    made = await schedule_post(town.desk, town.viewer(ann), draft, town.now_ms + HOUR_MS)
    await town.add(PostDeleted(town.now_ms, answered.id, bob))
    town.pass_time(HOUR_MS)

    assert await publish_due_posts(town.desk) == []
    assert town.tables.scheduled.get(ann, made.id).refused == "There is no such post."
    assert town.tables.scheduled.due(town.now_ms + DAY_MS) == []
    moved = await move_scheduled_post(town.desk, town.viewer(ann), made.id, town.now_ms + HOUR_MS)
    assert moved.refused == ""
    assert [one.id for one in town.tables.scheduled.due(moved.due_ms)] == [made.id]


async def test_suspended_people_post_nothing(town: SampleSquare) -> None:
    ann = await town.join("ann")
    await schedule_post(town.desk, town.viewer(ann), Draft("x"), town.now_ms + HOUR_MS)
    await town.add(Sanctioned(town.now_ms, 1, 0, ann, Act.SUSPEND, "spam"))
    town.pass_time(HOUR_MS)

    assert await publish_due_posts(town.desk) == []
    assert len(town.square.posts) == 0


async def test_drafts_are_kept_replaced_and_forgotten(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    viewer = town.viewer(ann)
    first = await keep_draft(town.desk, viewer, '{"text":"one"}', (5,))
    town.pass_time(1)
    second = await keep_draft(town.desk, viewer, '{"text":"two"}')
    town.pass_time(1)
    again = await keep_draft(town.desk, viewer, '{"text":"1"}', (6,), first.id)

    assert town.tables.drafts.of(ann) == [again, second]
    assert town.tables.media_ids() == {6}
    with pytest.raises(Refusal, match="no such draft"):
        await forget_draft(town.desk, town.viewer(bob), first.id)
    with pytest.raises(Refusal, match="no such draft"):
        await keep_draft(town.desk, town.viewer(bob), "{}", draft_id=first.id)
    await forget_draft(town.desk, viewer, first.id)
    await town.add(AccountErased(town.now_ms, ann))
    assert town.tables.drafts.of(ann) == []


async def test_drafts_are_few_and_small(town: SampleSquare) -> None:
    ann = await town.join("ann")
    with pytest.raises(Refusal, match="at most 20000 characters"):
        await keep_draft(town.desk, town.viewer(ann), "x" * (LONGEST_CONTENT + 1))
    for _ in range(MOST_DRAFTS):
        await keep_draft(town.desk, town.viewer(ann), "{}")
    with pytest.raises(Refusal, match="at most 50 drafts"):
        await keep_draft(town.desk, town.viewer(ann), "{}")
