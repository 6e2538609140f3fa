"""Who is told what, and who is not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.sample_square import DAY_MS, SampleSquare

from lapwing.accounts.model import Role, Standing
from lapwing.accounts.moderation_entries import Sanctioned
from lapwing.accounts.moderation_model import Act
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import (
    AccountErased,
    FollowAnswered,
    PollEnded,
    PollVoted,
    PostDeleted,
    PostEdited,
)
from lapwing.microblog.model import Mark, Poll, Post, Relation, Visibility
from lapwing.microblog.paging import Page
from lapwing.microblog.personal.actions import notifying
from lapwing.microblog.personal.model import NotificationKind as Kind
from lapwing.microblog.personal.model import NotificationPolicy, Rule
from lapwing.microblog.personal.notification_box import MOST_KEPT
from lapwing.microblog.personal.notification_views import Chosen

HOUR_MS = 3_600_000


@pytest.fixture
async def pair(town: SampleSquare) -> tuple[int, int]:
    """Ann and Bob, who follow each other; the notifications of that are cleared."""
    ann, bob = await town.join("ann"), await town.join("bob")
    await town.follow(ann, bob)
    await town.follow(bob, ann)
    for one in (ann, bob):
        await notifying.clear_notifications(town.desk, town.viewer(one))
    return ann, bob


def told(
    town: SampleSquare, account_id: int, chosen: Chosen | None = None
) -> list[tuple[str, int]]:
    """(kind, who did it), newest first."""
    shown = town.desk.notifications.page(account_id, Page(limit=100), chosen or Chosen())
    return [(one.kind.value, one.sender_id) for one in shown]


def edit_of(
    town: SampleSquare, post: Post, text: str, mentions: tuple[int, ...] = ()
) -> PostEdited:
    return PostEdited(
        town.now_ms,
        post.id,
        text,
        "",
        False,
        "en",
        mentions or post.mentions,
        (),
        (),
        (),
        post.poll,
    )


async def test_everything_that_others_do_is_told(town: SampleSquare, pair: tuple[int, int]) -> None:
    ann, bob = pair
    post = await town.write(ann, "hello")
    await town.like(bob, post)
    await town.repost(bob, post)
    await town.write(bob, "@ann yes", mentions=(ann,), reply_to=post)
    await town.write(bob, "see this", quote_of=post)
    eve = await town.join("eve")
    await town.follow(eve, ann)
    zoe = await town.join("zoe")
    await town.relate(zoe, Relation.REQUEST, ann)

    assert told(town, ann) == [
        ("request", zoe),
        ("follow", eve),
        ("quote", bob),
        ("mention", bob),
        ("repost", bob),
        ("like", bob),
    ]
    assert told(town, bob) == []


async def test_the_subject_is_what_one_wants_to_read(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    post = await town.write(ann, "hello")
    await town.repost(bob, post)
    quote = await town.write(bob, "see this", quote_of=post)

    quoted, reposted = town.desk.notifications.page(ann, Page())

    assert (quoted.subject_id, reposted.subject_id) == (quote.id, post.id)
    assert quoted.at_ms == town.now_ms


async def test_who_asked_for_every_post_is_told_of_it_unless_it_answers_others(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    await town.follow(bob, ann, notifies=True)
    of_bob = await town.write(bob, "hello")
    own = await town.write(ann, "news")
    await town.write(ann, "more", reply_to=own)
    await town.write(ann, "@someone", reply_to=of_bob)
    await town.repost(ann, of_bob)

    assert told(town, bob) == [("repost", ann), ("post", ann), ("post", ann)]


async def test_a_mention_in_a_post_one_asked_for_is_told_once(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    await town.follow(bob, ann, notifies=True)
    await town.write(ann, "@bob look", mentions=(bob,))

    assert told(town, bob) == [("mention", ann)]


async def test_nobody_is_told_of_their_own_doings(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, _ = pair
    post = await town.write(ann, "@ann to myself", mentions=(ann,))
    await town.like(ann, post)
    await town.write(ann, "again", quote_of=post)

    assert told(town, ann) == []


async def test_a_follow_with_new_options_is_not_told_again(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    await town.follow(bob, ann, notifies=True)

    assert told(town, ann) == []


async def test_what_is_taken_back_goes(town: SampleSquare, pair: tuple[int, int]) -> None:
    ann, bob = pair
    post = await town.write(ann, "hello")
    await town.like(bob, post)
    repost = await town.repost(bob, post)
    mention = await town.write(bob, "@ann", mentions=(ann,))
    eve = await town.join("eve")
    await town.follow(eve, ann)
    await town.like(bob, post, on=False)
    await town.add(PostDeleted(town.now_ms, repost.id, bob))
    await town.add(PostDeleted(town.now_ms, mention.id, bob))
    await town.relate(eve, Relation.FOLLOW, ann, on=False)

    assert len(town.tables.notifications.box_of(ann)) == 0


async def test_a_deleted_post_takes_its_notifications_along(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    eve = await town.join("eve")
    await town.follow(eve, ann, notifies=True)
    post = await town.write(ann, "hello")
    await town.like(bob, post)
    await town.add(PostDeleted(town.now_ms, post.id, ann))

    assert told(town, eve) == []
    assert told(town, ann) == [("follow", eve)]


async def test_an_answered_request_is_done_with(town: SampleSquare, pair: tuple[int, int]) -> None:
    ann, _ = pair
    eve = await town.join("eve")
    await town.relate(eve, Relation.REQUEST, ann)
    await town.add(FollowAnswered(town.now_ms, ann, eve, True))

    assert told(town, ann) == []


@pytest.mark.parametrize("relation", [Relation.BLOCK, Relation.MUTE])
async def test_neither_blocked_nor_muted_people_get_through(
    town: SampleSquare, pair: tuple[int, int], relation: Relation
) -> None:
    ann, bob = pair
    before = await town.write(bob, "@ann before", mentions=(ann,))
    await town.relate(ann, relation, bob)
    await town.write(bob, "@ann after", mentions=(ann,))
    await town.like(bob, await town.write(ann, "mine"))

    assert told(town, ann) == []
    assert before.id


async def test_a_mute_that_leaves_notifications_or_is_over_holds_nothing_back(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    await town.relate(ann, Relation.MUTE, bob, hides_notifications=False)
    await town.write(bob, "@ann", mentions=(ann,))
    await town.relate(ann, Relation.MUTE, bob, ends_ms=town.now_ms + HOUR_MS)
    town.pass_time(HOUR_MS)
    await town.write(bob, "@ann", mentions=(ann,))

    assert len(told(town, ann)) == 2


async def test_whom_one_was_blocked_by_is_told_nothing(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    await town.write(bob, "@ann", mentions=(ann,))
    await town.relate(bob, Relation.BLOCK, ann)

    assert len(town.tables.notifications.box_of(ann)) == 0


async def test_suspended_people_are_silent_until_it_is_undone(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    await town.write(bob, "@ann", mentions=(ann,))
    await town.add(Sanctioned(town.now_ms, 1, 0, bob, Act.SUSPEND, "spam"))
    assert told(town, ann) == []

    await town.add(Sanctioned(town.now_ms, 2, 0, bob, Act.UNSUSPEND, "sorry"))
    assert told(town, ann) == [("mention", bob)]


async def test_posts_that_one_may_not_see_are_not_told_of(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    await town.follow(bob, ann, notifies=True)
    await town.write(ann, "among us", visibility=Visibility.MENTIONED)
    assert told(town, bob) == []

    await town.write(ann, "for followers", visibility=Visibility.FOLLOWERS)
    assert told(town, bob) == [("post", ann)]
    await town.relate(bob, Relation.FOLLOW, ann, on=False)
    assert told(town, bob) == []


async def test_muted_threads_are_silent(town: SampleSquare, pair: tuple[int, int]) -> None:
    ann, bob = pair
    post = await town.write(ann, "hello")
    answer = await town.write(bob, "@ann yes", mentions=(ann,), reply_to=post)
    await town.mark(ann, answer, Mark.MUTE_THREAD)
    await notifying.clear_notifications(town.desk, town.viewer(ann))
    await town.write(bob, "@ann and", mentions=(ann,), reply_to=answer)
    await town.like(bob, post)
    await town.write(bob, "@ann another", mentions=(ann,))

    assert told(town, ann) == [("mention", bob)]


async def test_a_polls_end_is_told_to_its_author_and_voters_once(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    post = await town.write(ann, "tea?", poll=Poll(("yes", "no"), town.now_ms + HOUR_MS))
    await town.add(PollVoted(town.now_ms, bob, post.id, (0,)))
    for _ in range(2):
        await town.add(PollEnded(town.now_ms + HOUR_MS, post.id))

    assert told(town, ann) == [("poll", ann)]
    assert told(town, bob) == [("poll", ann)]


async def test_an_edit_is_told_to_who_passed_the_post_on_once_an_hour(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    eve = await town.join("eve")
    post = await town.write(ann, "hello")
    await town.repost(bob, post)
    await town.write(eve, "see", quote_of=post)
    for text in ("one", "two", "three"):
        await town.add(edit_of(town, post, text))
        town.pass_time(HOUR_MS // 2 + 1)

    assert told(town, bob) == [("edit", ann), ("edit", ann)]
    assert told(town, eve) == [("quoted_edit", ann), ("quoted_edit", ann)]


async def test_an_edit_tells_only_whom_it_mentions_anew(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    eve = await town.join("eve")
    post = await town.write(ann, "@bob", mentions=(bob,))
    await notifying.clear_notifications(town.desk, town.viewer(bob))
    await town.add(edit_of(town, post, "@bob @eve", (bob, eve)))

    assert told(town, bob) == []
    assert told(town, eve) == [("mention", ann)]
    await town.add(edit_of(town, post, "@bob", (bob,)))
    assert len(town.tables.notifications.box_of(eve)) == 0


async def test_what_moderators_do_is_told(town: SampleSquare, pair: tuple[int, int]) -> None:
    ann, _ = pair
    await town.add(Sanctioned(town.now_ms, 77, 0, ann, Act.SILENCE, "Mind your words."))
    await town.add(Sanctioned(town.now_ms, 78, 0, ann, Act.UNSILENCE, ""))

    (warning,) = town.desk.notifications.page(ann, Page())
    assert (warning.kind, warning.subject_id, warning.sender_id) == (Kind.WARNING, 77, ann)


async def test_service_accounts_have_nobody_who_reads(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, _ = pair
    service = await town.join("x_outages", bot=True, service="x")
    await town.like(ann, await town.write(service, "X is down"))

    assert len(town.tables.notifications.box_of(service)) == 0


async def test_only_the_newest_are_kept(town: SampleSquare, pair: tuple[int, int]) -> None:
    ann, bob = pair
    for _ in range(MOST_KEPT + 5):
        await town.write(bob, "@ann", mentions=(ann,))

    box = town.tables.notifications.box_of(ann)
    assert len(box) == MOST_KEPT
    newest, *_ = town.desk.notifications.page(ann, Page(limit=1))
    assert newest.id == box.newest_id


async def test_who_is_erased_leaves_nothing(town: SampleSquare, pair: tuple[int, int]) -> None:
    ann, bob = pair
    await town.write(bob, "@ann", mentions=(ann,))
    await town.like(ann, await town.write(bob, "hello"))
    await town.add(AccountErased(town.now_ms, bob))

    assert told(town, ann) == []
    assert len(town.tables.notifications.box_of(bob)) == 0


# Policies


@pytest.mark.parametrize(
    ("policy", "age_days", "standing"),
    [
        (NotificationPolicy(for_not_following=Rule.FILTER), 400, Standing.ACTIVE),
        (NotificationPolicy(for_not_followers=Rule.FILTER), 400, Standing.ACTIVE),
        (NotificationPolicy(for_new_accounts=Rule.FILTER), 29, Standing.ACTIVE),
        (NotificationPolicy(), 400, Standing.SILENCED),
    ],
)
async def test_what_a_policy_filters_waits_as_a_request(
    town: SampleSquare, policy: NotificationPolicy, age_days: int, standing: Standing
) -> None:
    ann = await town.join("ann")
    eve = await town.join("eve", age_days=age_days, standing=standing)
    await notifying.set_policy(town.desk, town.viewer(ann), policy)
    first = await town.write(eve, "@ann hi", mentions=(ann,))
    town.pass_time(1000)
    second = await town.write(eve, "@ann hi?", mentions=(ann,))

    assert told(town, ann) == []
    assert told(town, ann, Chosen(with_filtered=True)) == [("mention", eve), ("mention", eve)]
    (request,) = town.desk.notifications.requests(ann)
    assert (request.sender_id, request.count, request.last_post_id) == (eve, 2, second.id)
    assert request.first_ms == first.created_ms


async def test_what_a_policy_drops_is_gone(town: SampleSquare) -> None:
    ann, eve = await town.join("ann"), await town.join("eve", age_days=1)
    policy = NotificationPolicy(for_not_following=Rule.FILTER, for_new_accounts=Rule.DROP)
    await notifying.set_policy(town.desk, town.viewer(ann), policy)
    await town.write(eve, "@ann hi", mentions=(ann,))

    assert len(town.tables.notifications.box_of(ann)) == 0


async def test_private_mentions_of_strangers_wait_unless_they_answer(town: SampleSquare) -> None:
    ann, eve = await town.join("ann"), await town.join("eve")
    await town.write(eve, "@ann psst", mentions=(ann,), visibility=Visibility.MENTIONED)
    assert told(town, ann) == []

    asked = await town.write(ann, "@eve what?", mentions=(eve,), visibility=Visibility.MENTIONED)
    await town.write(
        eve, "@ann this", mentions=(ann,), reply_to=asked, visibility=Visibility.MENTIONED
    )
    assert told(town, ann) == [("mention", eve)]


async def test_moderators_and_whom_one_follows_get_through_every_policy(
    town: SampleSquare,
) -> None:
    ann, bob = await town.join("ann"), await town.join("bob", age_days=1)
    mod = await town.join("mod", role=Role.MODERATOR)
    await town.follow(ann, bob)
    drops = dict.fromkeys(NotificationPolicy.__struct_fields__, Rule.DROP)
    policy = replace(NotificationPolicy(**drops), for_not_followers=Rule.ACCEPT)
    await notifying.set_policy(town.desk, town.viewer(ann), policy)
    await town.write(bob, "@ann", mentions=(ann,))
    await town.write(mod, "@ann", mentions=(ann,))

    assert told(town, ann) == [("mention", mod), ("mention", bob)]


async def test_an_accepted_request_lets_its_sender_through_from_then_on(
    town: SampleSquare,
) -> None:
    ann, eve = await town.join("ann"), await town.join("eve")
    policy = NotificationPolicy(for_not_following=Rule.FILTER)
    await notifying.set_policy(town.desk, town.viewer(ann), policy)
    await town.write(eve, "@ann", mentions=(ann,))
    await notifying.answer_notification_requests(town.desk, town.viewer(ann), (eve,), accepted=True)
    await town.write(eve, "@ann", mentions=(ann,))

    assert told(town, ann) == [("mention", eve), ("mention", eve)]
    assert town.desk.notifications.requests(ann) == []


async def test_a_dismissed_request_goes_and_the_next_one_waits_again(town: SampleSquare) -> None:
    ann, eve = await town.join("ann"), await town.join("eve")
    policy = NotificationPolicy(for_not_following=Rule.FILTER)
    await notifying.set_policy(town.desk, town.viewer(ann), policy)
    await town.write(eve, "@ann", mentions=(ann,))
    await notifying.answer_notification_requests(
        town.desk, town.viewer(ann), (eve,), accepted=False
    )
    assert town.desk.notifications.requests(ann) == []

    await town.write(eve, "@ann", mentions=(ann,))
    assert [one.count for one in town.desk.notifications.requests(ann)] == [1]


async def test_there_must_be_a_request_to_answer(town: SampleSquare) -> None:
    ann, eve = await town.join("ann"), await town.join("eve")
    with pytest.raises(Refusal, match="no such request"):
        await notifying.answer_notification_requests(
            town.desk, town.viewer(ann), (eve,), accepted=True
        )


# Reading


async def test_pages_by_every_bound(town: SampleSquare, pair: tuple[int, int]) -> None:
    ann, bob = pair
    for _ in range(10):
        await town.write(bob, "@ann", mentions=(ann,))
    read = town.desk.notifications.page
    ids = [one.id for one in read(ann, Page())]
    assert len(ids) == 10

    def asked(**bounds: int) -> list[int]:
        return [one.id for one in read(ann, Page(limit=3, **bounds))]

    assert asked() == ids[:3]
    assert asked(max_id=ids[2]) == ids[3:6]
    assert asked(since_id=ids[8]) == ids[:3]
    assert asked(min_id=ids[8]) == ids[5:8]
    assert asked(max_id=ids[5], min_id=ids[8]) == ids[6:8]
    assert not town.desk.notifications.has_newer(ann, ids[0])
    assert town.desk.notifications.has_newer(ann, ids[1])


async def test_kinds_and_senders_can_be_chosen(town: SampleSquare, pair: tuple[int, int]) -> None:
    ann, bob = pair
    eve = await town.join("eve")
    post = await town.write(ann, "hello")
    await town.like(bob, post)
    await town.like(eve, post)
    await town.repost(eve, post)

    assert told(town, ann, Chosen(kinds=frozenset({Kind.LIKE}))) == [("like", eve), ("like", bob)]
    assert told(town, ann, Chosen(sender_id=eve)) == [("repost", eve), ("like", eve)]


async def test_unread_is_what_came_after_the_marker(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    for _ in range(5):
        await town.write(bob, "@ann", mentions=(ann,))
    ids = [one.id for one in town.desk.notifications.page(ann, Page())]
    await notifying.set_markers(town.desk, town.viewer(ann), {"notifications": ids[3]})
    last_read = town.tables.markers.last_read(ann, "notifications")

    assert town.desk.notifications.count_unread(ann, last_read) == 3
    assert town.desk.notifications.count_unread(ann, 0, limit=2) == 2


async def test_one_can_be_read_and_dismissed_by_its_owner_only(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    await town.write(bob, "@ann", mentions=(ann,))
    (one,) = town.desk.notifications.page(ann, Page())
    assert town.desk.notifications.get(ann, one.id) == one
    with pytest.raises(Refusal, match="no such notification"):
        await notifying.dismiss_notification(town.desk, town.viewer(bob), one.id)

    await notifying.dismiss_notification(town.desk, town.viewer(ann), one.id)
    with pytest.raises(Refusal, match="no such notification"):
        town.desk.notifications.get(ann, one.id)


async def test_listeners_are_handed_what_was_made(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    heard: list[tuple[int, str]] = []
    town.square.listen(
        lambda change: heard.extend(
            (one.account_id, one.kind.value) for one in town.tables.notifications.made
        )
    )
    post = await town.write(ann, "@bob", mentions=(bob,))
    await town.mark(bob, post, Mark.BOOKMARK)
    await town.like(bob, post)

    assert heard == [(bob, "mention"), (ann, "like")]


async def test_ids_grow_even_within_a_millisecond_and_when_the_clock_steps_back(
    town: SampleSquare, pair: tuple[int, int]
) -> None:
    ann, bob = pair
    post = await town.write(ann, "hello")
    await town.like(bob, post)
    town.pass_time(-DAY_MS)
    await town.repost(bob, post)
    await town.write(bob, "@ann", mentions=(ann,))

    assert [kind for kind, _ in told(town, ann)] == ["mention", "repost", "like"]
