"""Lists: theirs alone, of people they follow."""

from __future__ import annotations

import pytest
from tests.sample_square import SampleSquare

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import AccountErased
from lapwing.microblog.model import Relation
from lapwing.microblog.personal.actions.listing import (
    add_to_list,
    delete_list,
    edit_list,
    make_list,
    remove_from_list,
)
from lapwing.microblog.personal.lists import MOST_LISTS
from lapwing.microblog.personal.model import RepliesPolicy


async def test_a_list_is_made_changed_and_deleted(town: SampleSquare) -> None:
    ann = await town.join("ann")
    viewer = town.viewer(ann)
    made = await make_list(town.desk, viewer, "  Engineers ", RepliesPolicy.NONE, exclusive=True)
    assert (made.title, made.replies, made.exclusive) == ("Engineers", RepliesPolicy.NONE, True)

    edited = await edit_list(town.desk, viewer, made.id, exclusive=False)
    assert (edited.title, edited.replies, edited.exclusive) == (
        "Engineers",
        RepliesPolicy.NONE,
        False,
    )
    await delete_list(town.desk, viewer, made.id)
    assert town.tables.lists.of(ann) == []


async def test_nobody_else_knows_of_a_list(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    made = await make_list(town.desk, town.viewer(ann), "Secret")

    with pytest.raises(Refusal, match="no such list"):
        await delete_list(town.desk, town.viewer(bob), made.id)


@pytest.mark.parametrize("title", ["", "   ", "x" * 201])
async def test_a_list_has_a_short_title(town: SampleSquare, title: str) -> None:
    ann = await town.join("ann")
    with pytest.raises(Refusal) as refused:
        await make_list(town.desk, town.viewer(ann), title)
    assert refused.value.field == "title"


async def test_one_cannot_have_lists_without_end(town: SampleSquare) -> None:
    ann = await town.join("ann")
    for number in range(MOST_LISTS):
        await make_list(town.desk, town.viewer(ann), f"{number}")
    with pytest.raises(Refusal, match="at most 100 lists"):
        await make_list(town.desk, town.viewer(ann), "one more")


async def test_members_are_followed_and_go_when_they_are_not_any_more(town: SampleSquare) -> None:
    ann, bob, eve = [await town.join(name) for name in ("ann", "bob", "eve")]
    viewer = town.viewer(ann)
    made = await make_list(town.desk, viewer, "Engineers", exclusive=True)
    with pytest.raises(Refusal) as refused:
        await add_to_list(town.desk, viewer, made.id, (bob,))
    assert refused.value.code == "not_followed"

    await town.follow(ann, bob)
    await town.follow(ann, eve)
    await add_to_list(town.desk, viewer, made.id, (eve, bob))
    assert town.tables.lists.get(ann, made.id).members == (eve, bob)
    assert town.tables.lists.hidden_from_home(ann) == {bob, eve}
    assert town.tables.lists.with_member(ann, bob)
    with pytest.raises(Refusal, match="already been taken"):
        await add_to_list(town.desk, viewer, made.id, (bob,))

    await town.relate(ann, Relation.FOLLOW, bob, on=False)
    assert town.tables.lists.get(ann, made.id).members == (eve,)
    await town.relate(eve, Relation.BLOCK, ann)
    assert town.tables.lists.get(ann, made.id).members == ()
    assert town.tables.lists.hidden_from_home(ann) == frozenset()


async def test_members_are_taken_off(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    await town.follow(ann, bob)
    made = await make_list(town.desk, town.viewer(ann), "Engineers")
    await add_to_list(town.desk, town.viewer(ann), made.id, (bob,))
    await remove_from_list(town.desk, town.viewer(ann), made.id, (bob,))
    await remove_from_list(town.desk, town.viewer(ann), made.id, (bob,))

    assert town.tables.lists.get(ann, made.id).members == ()


async def test_streams_find_the_lists_that_a_post_is_on(town: SampleSquare) -> None:
    ann, bob, eve = [await town.join(name) for name in ("ann", "bob", "eve")]
    await town.follow(ann, bob)
    await town.follow(eve, bob)
    lists = [await make_list(town.desk, town.viewer(one), "L") for one in (ann, eve, ann)]
    for one in lists:
        await add_to_list(town.desk, town.viewer(one.account_id), one.id, (bob,))
    post = await town.write(bob, "hello")

    def found() -> set[int]:
        return {one.id for one in town.tables.lists.containing(post)}

    assert found() == {one.id for one in lists}
    await delete_list(town.desk, town.viewer(ann), lists[0].id)
    await town.add(AccountErased(town.now_ms, eve))
    assert found() == {lists[2].id}
    await town.add(AccountErased(town.now_ms, bob))
    assert found() == set()


@pytest.mark.parametrize(
    ("policy", "to_owner", "to_member", "to_followed", "to_stranger"),
    [
        (RepliesPolicy.FOLLOWED, True, True, True, False),
        (RepliesPolicy.LIST, True, True, False, False),
        (RepliesPolicy.NONE, True, False, False, False),
    ],
)
async def test_which_answers_are_on_a_list(
    town: SampleSquare,
    policy: RepliesPolicy,
    to_owner: bool,
    to_member: bool,
    to_followed: bool,
    to_stranger: bool,
) -> None:
    names = ("ann", "bob", "member", "followed", "stranger")
    ann, bob, member, followed, stranger = [await town.join(name) for name in names]
    for one in (bob, member, followed):
        await town.follow(ann, one)
    made = await make_list(town.desk, town.viewer(ann), "L", policy)
    await add_to_list(town.desk, town.viewer(ann), made.id, (bob, member))
    shown = town.tables.lists.get(ann, made.id)
    answers = [
        await town.write(bob, "yes", reply_to=await town.write(one, "?"))
        for one in (ann, member, followed, stranger)
    ]

    assert [town.tables.lists.shows_reply(shown, answer) for answer in answers] == [
        to_owner,
        to_member,
        to_followed,
        to_stranger,
    ]
