"""Notifications that say the same are one line."""

from __future__ import annotations

import pytest
from tests.sample_square import SampleSquare

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.model import Post, Relation
from lapwing.microblog.paging import Page
from lapwing.microblog.personal.actions import notifying
from lapwing.microblog.personal.model import NotificationKind as Kind
from lapwing.microblog.personal.notification_box import GROUP_LASTS_MS


async def crowd(town: SampleSquare, size: int) -> list[int]:
    return [await town.join(f"person{number}") for number in range(size)]


async def test_likes_of_one_post_are_a_group(town: SampleSquare) -> None:
    ann, *others = await crowd(town, 12)
    post, other = await town.write(ann, "one"), await town.write(ann, "two")
    for one in others:
        await town.like(one, post)
    await town.like(others[0], other)
    await town.repost(others[0], post)

    groups = town.desk.notifications.groups(ann, Page())

    assert [(group.kind.value, group.subject_id, group.count) for group in groups] == [
        ("repost", post.id, 1),
        ("like", other.id, 1),
        ("like", post.id, 11),
    ]
    assert groups[2].sender_ids == tuple(reversed(others))[:8]
    assert groups[2].newest_id == groups[2].notification_ids[0]


async def test_mentions_are_never_grouped_and_others_only_when_asked(town: SampleSquare) -> None:
    ann, bob, eve = await crowd(town, 3)
    post = await town.write(ann, "one")
    for one in (bob, eve):
        await town.like(one, post)
        await town.write(one, "@ann", mentions=(ann,), reply_to=post)

    assert len(town.desk.notifications.groups(ann, Page())) == 3
    assert len(town.desk.notifications.groups(ann, Page(), grouped_kinds=frozenset())) == 4


async def test_a_group_ends_after_half_a_day(town: SampleSquare) -> None:
    ann, *others = await crowd(town, 4)
    post = await town.write(ann, "one")
    await town.like(others[0], post)
    town.pass_time(GROUP_LASTS_MS - 1)
    await town.like(others[1], post)
    town.pass_time(2)
    await town.like(others[2], post)

    assert [group.count for group in town.desk.notifications.groups(ann, Page())] == [1, 2]


async def test_follows_of_one_day_are_a_group(town: SampleSquare) -> None:
    ann, *others = await crowd(town, 4)
    for one in others:
        await town.follow(one, ann)

    (group,) = town.desk.notifications.groups(ann, Page())
    assert (group.kind, group.count) == (Kind.FOLLOW, 3)


async def test_groups_are_paged_without_gap_or_repetition(town: SampleSquare) -> None:
    ann, *others = await crowd(town, 4)
    posts = [await town.write(ann, f"{number}") for number in range(7)]
    for one in others:
        for post in posts:
            await town.like(one, post)
    seen: list[int] = []
    page = Page(limit=3)
    while groups := town.desk.notifications.groups(ann, page):
        seen.extend(group.subject_id for group in groups)
        assert all(group.count == 3 for group in groups)
        page = Page(limit=3, max_id=min(group.page_min_id for group in groups))

    assert seen == [post.id for post in reversed(posts)]


async def test_groups_upwards_are_those_next_to_the_bound(town: SampleSquare) -> None:
    ann, bob = await crowd(town, 2)
    posts: list[Post] = [await town.write(ann, f"{number}") for number in range(5)]
    for post in posts:
        await town.like(bob, post)
    newest_first = town.desk.notifications.groups(ann, Page())
    oldest = newest_first[-1]

    above = town.desk.notifications.groups(ann, Page(limit=2, min_id=oldest.newest_id))

    assert [group.subject_id for group in above] == [posts[2].id, posts[1].id]
    assert town.desk.notifications.groups(ann, Page(since_id=newest_first[0].newest_id)) == []


async def test_who_was_blocked_since_is_not_counted(town: SampleSquare) -> None:
    ann, bob, eve = await crowd(town, 3)
    post = await town.write(ann, "one")
    for one in (bob, eve):
        await town.like(one, post)
    await town.relate(ann, Relation.MUTE, eve)

    (group,) = town.desk.notifications.groups(ann, Page())
    assert (group.count, group.sender_ids) == (1, (bob,))


async def test_a_group_is_dismissed_as_a_whole(town: SampleSquare) -> None:
    ann, bob, eve = await crowd(town, 3)
    post = await town.write(ann, "one")
    for one in (bob, eve):
        await town.like(one, post)
    await town.write(bob, "@ann", mentions=(ann,))
    mention, likes = town.desk.notifications.groups(ann, Page())
    viewer = town.viewer(ann)
    assert town.desk.notifications.get_group(ann, likes.key).count == 2
    assert town.desk.notifications.count_unread_groups(ann, likes.newest_id) == 1

    await notifying.dismiss_group(town.desk, viewer, likes.key)
    await notifying.dismiss_group(town.desk, viewer, mention.key)

    assert town.desk.notifications.groups(ann, Page()) == []
    with pytest.raises(Refusal, match="no such notification"):
        await notifying.dismiss_group(town.desk, viewer, likes.key)
