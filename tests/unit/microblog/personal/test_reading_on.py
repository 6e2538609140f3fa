"""Markers and conversations: where one goes on reading."""

from __future__ import annotations

import pytest
from tests.sample_square import SampleSquare

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import AccountErased, PostDeleted, PostEdited
from lapwing.microblog.model import Post, Relation, Visibility
from lapwing.microblog.paging import Page
from lapwing.microblog.personal.actions.conversing import delete_conversation, read_conversation
from lapwing.microblog.personal.actions.notifying import set_markers


async def test_a_marker_counts_how_often_it_moved(town: SampleSquare) -> None:
    ann = await town.join("ann")
    await set_markers(town.desk, town.viewer(ann), {"home": 5})
    town.pass_time(10)
    moved = await set_markers(town.desk, town.viewer(ann), {"home": 4, "notifications": 9})

    assert (moved["home"].last_read_id, moved["home"].version, moved["home"].at_ms) == (
        4,
        2,
        town.now_ms,
    )
    assert moved["notifications"].version == 1
    with pytest.raises(Refusal, match="home and notifications only"):
        await set_markers(town.desk, town.viewer(ann), {"public": 4})


async def whisper(
    town: SampleSquare, author: int, *others: int, reply_to: Post | None = None
) -> Post:
    return await town.write(
        author, "psst", mentions=others, reply_to=reply_to, visibility=Visibility.MENTIONED
    )


async def test_a_conversation_is_there_for_all_its_people(town: SampleSquare) -> None:
    ann, bob, eve = [await town.join(name) for name in ("ann", "bob", "eve")]
    first = await whisper(town, ann, bob, eve)
    second = await whisper(town, bob, ann, reply_to=first)

    (of_ann,) = town.tables.conversations.page(ann, Page())
    (of_eve,) = town.tables.conversations.page(eve, Page())

    assert (of_ann.last_post_id, of_ann.account_ids, of_ann.unread) == (second.id, (bob,), True)
    assert (of_eve.last_post_id, of_eve.account_ids, of_eve.unread) == (
        first.id,
        (ann, bob),
        True,
    )
    (of_bob,) = town.tables.conversations.page(bob, Page())
    assert not of_bob.unread
    assert town.tables.conversations.count_unread(ann) == 1


async def test_public_posts_are_no_conversation(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    await town.write(ann, "@bob", mentions=(bob,))

    assert town.tables.conversations.page(bob, Page()) == []


async def test_reading_and_its_opposite(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    post = await whisper(town, ann, bob)
    (shown,) = town.tables.conversations.page(bob, Page())
    read = await read_conversation(town.desk, town.viewer(bob), shown.id)
    assert read is not None
    assert not read.unread

    again = await read_conversation(town.desk, town.viewer(bob), shown.id, unread=True)
    assert again is not None
    assert again.unread
    with pytest.raises(Refusal, match="no such conversation"):
        await read_conversation(town.desk, town.viewer(bob), 1)
    found = town.tables.conversations.find_with(bob, post)
    assert found is not None
    assert found.id == shown.id


async def test_a_deleted_conversation_comes_back_with_the_next_post(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    first = await whisper(town, ann, bob)
    (shown,) = town.tables.conversations.page(bob, Page())
    await delete_conversation(town.desk, town.viewer(bob), shown.id)
    assert town.tables.conversations.page(bob, Page()) == []
    assert len(town.tables.conversations.page(ann, Page())) == 1

    second = await whisper(town, ann, bob, reply_to=first)
    (back,) = town.tables.conversations.page(bob, Page())
    assert (back.id, back.last_post_id) == (second.id, second.id)


async def test_deleted_posts_leave_a_conversation(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    first = await whisper(town, ann, bob)
    second = await whisper(town, bob, ann, reply_to=first)
    await town.add(PostDeleted(town.now_ms, second.id, bob))
    (shown,) = town.tables.conversations.page(ann, Page())
    assert shown.last_post_id == first.id

    await town.add(PostDeleted(town.now_ms, first.id, ann))
    assert town.tables.conversations.page(ann, Page()) == []
    assert town.tables.conversations.page(bob, Page()) == []


async def test_who_is_mentioned_by_an_edit_joins_and_leaves(town: SampleSquare) -> None:
    ann, bob, eve = [await town.join(name) for name in ("ann", "bob", "eve")]
    post = await whisper(town, ann, bob)
    await town.add(
        PostEdited(town.now_ms, post.id, "psst", "", False, "en", (eve,), (), (), (), None)
    )

    assert town.tables.conversations.page(bob, Page()) == []
    assert len(town.tables.conversations.page(eve, Page())) == 1


async def test_blocked_people_start_no_conversation_and_old_ones_are_hidden(
    town: SampleSquare,
) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    await whisper(town, ann, bob)
    await town.relate(bob, Relation.BLOCK, ann)
    await whisper(town, ann, bob)

    assert town.tables.conversations.page(bob, Page()) == []


async def test_conversations_are_paged_by_their_newest_post(town: SampleSquare) -> None:
    ann, *others = [await town.join(f"person{number}") for number in range(8)]
    posts = [await whisper(town, one, ann) for one in others]
    ids = [post.id for post in reversed(posts)]

    def asked(**bounds: int) -> list[int]:
        shown = town.tables.conversations.page(ann, Page(limit=3, **bounds))
        return [one.last_post_id for one in shown]

    assert asked() == ids[:3]
    assert asked(max_id=ids[2]) == ids[3:6]
    assert asked(min_id=ids[6]) == ids[3:6]
    assert asked(since_id=ids[1]) == ids[:1]


async def test_who_is_erased_is_in_no_conversation(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    first = await whisper(town, ann, bob)
    await whisper(town, bob, ann, reply_to=first)
    await town.add(AccountErased(town.now_ms, bob))

    (shown,) = town.tables.conversations.page(ann, Page())
    assert shown.last_post_id == first.id
