"""What mattered since the last visit, and by which rule."""

from __future__ import annotations

from tests.sample_square import DAY_MS, SampleSquare

from lapwing.microblog.model import Relation, Visibility
from lapwing.microblog.personal.actions.notifying import set_markers
from lapwing.microblog.personal.catch_up import (
    MOST_PER_AUTHOR,
    RULES,
    CatchUpItem,
    PostFacts,
    Reason,
    rank,
)


def test_each_rule_gives_its_points() -> None:
    found = [
        PostFacts(1, 10, answered=2),
        PostFacts(2, 20, reposted=1),
        PostFacts(3, 30, liked=1),
        PostFacts(4, 40, acts=6, usual=3.0),
        PostFacts(5, 50, outage=True),
        PostFacts(6, 60, close=True),
        PostFacts(7, 70, acts=5, usual=3.0),
        PostFacts(8, 80, acts=2, usual=0.0),
    ]

    ranked = [(item.post_id, item.points, item.reasons) for item in rank(found, 40)]

    assert ranked == [
        (1, 6, (Reason.ANSWERED,)),
        (5, 3, (Reason.OUTAGE,)),
        (4, 3, (Reason.UNUSUAL,)),
        (6, 2, (Reason.CLOSE,)),
        (2, 2, (Reason.REPOSTED,)),
        (3, 1, (Reason.LIKED,)),
    ]
    assert {reason for reason, _, _ in RULES} == set(Reason)


def test_the_two_strongest_reasons_are_told() -> None:
    (item,) = rank([PostFacts(1, 10, answered=1, reposted=2, liked=3, close=True)], 40)

    assert item.points == 3 + 4 + 3 + 2
    assert item.why == "2 people you follow reposted it; 1 person you follow answered"


def test_nobody_fills_the_list_alone() -> None:
    found = [PostFacts(number, 10, liked=9) for number in range(1, 9)]
    found.append(PostFacts(20, 20, liked=1))

    kept = [item.post_id for item in rank(found, 40)]

    assert kept == [8, 7, 6, 20]
    assert len(kept) == MOST_PER_AUTHOR + 1
    assert [item.post_id for item in rank(found, 2)] == [8, 7]


async def crowd(town: SampleSquare) -> list[int]:
    """Ann, who follows the next four, and a stranger."""
    ann, *others = [await town.join(f"person{number}") for number in range(6)]
    for one in others[:4]:
        await town.follow(ann, one)
    return [ann, *others]


def caught_up(town: SampleSquare, viewer_id: int) -> dict[int, CatchUpItem]:
    items = town.desk.catch_up.for_viewer(viewer_id, town.now_ms).items
    return {item.post_id: item for item in items}


async def test_what_followees_did_is_counted_by_person(town: SampleSquare) -> None:
    ann, bob, eve, joe, zoe, stranger = await crowd(town)
    post = await town.write(bob, "hello")
    for one in (eve, eve, joe, bob, stranger):
        await town.write(one, "yes", reply_to=post)
    await town.like(zoe, post)
    await town.like(stranger, post)
    await town.repost(joe, post)

    item = caught_up(town, ann)[post.id]

    assert item.points == 2 * 3 + 2 + 1 + 3
    assert item.why.startswith("2 people you follow answered")


async def test_what_followees_passed_on_is_there_too(town: SampleSquare) -> None:
    ann, bob, _, _, _, stranger = await crowd(town)
    post = await town.write(stranger, "news")
    await town.repost(bob, post)

    assert caught_up(town, ann)[post.id].why == "1 person you follow reposted it"


async def test_only_what_came_since_the_last_visit(town: SampleSquare) -> None:
    ann, bob, eve, *_ = await crowd(town)
    old = await town.write(bob, "old")
    town.pass_time(1000)
    new = await town.write(bob, "new")
    for post in (old, new):
        await town.like(eve, post)
    await set_markers(town.desk, town.viewer(ann), {"home": old.id})

    found = town.desk.catch_up.for_viewer(ann, town.now_ms)

    assert [item.post_id for item in found.items] == [new.id]
    assert (found.chosen_from, found.since_ms) == (1, old.created_ms)


async def test_who_comes_for_the_first_time_gets_a_day(town: SampleSquare) -> None:
    ann, bob, eve, *_ = await crowd(town)
    await town.like(eve, await town.write(bob, "old"))
    town.pass_time(DAY_MS + 1)
    new = await town.write(bob, "new")
    await town.like(eve, new)

    assert list(caught_up(town, ann)) == [new.id]


async def test_an_outage_matters(town: SampleSquare) -> None:
    ann, bob, *_ = await crowd(town)
    service = await town.join("x_outages", bot=True, service="x")
    await town.follow(ann, service)
    told = await town.write(service, "X is down")
    named = await town.write(bob, "$x again", services=("x",))
    await town.write(bob, "nothing")

    assert {key: item.why for key, item in caught_up(town, ann).items()} == {
        told.id: "About an outage",
        named.id: "About an outage",
    }


async def test_more_than_usual_is_measured_by_the_author(town: SampleSquare) -> None:
    ann, bob, eve, *_ = await crowd(town)
    fans = [await town.join(f"fan{number}") for number in range(4)]
    for author, usual in ((bob, 4), (eve, 1)):
        for _ in range(3):
            post = await town.write(author, "as ever")
            for fan in fans[:usual]:
                await town.like(fan, post)
    await set_markers(town.desk, town.viewer(ann), {"home": post.id})
    town.pass_time(1000)
    of_bob, of_eve = await town.write(bob, "today"), await town.write(eve, "today")
    for fan in fans:
        await town.like(fan, of_bob)
        await town.like(fan, of_eve)

    assert [item.reasons for item in caught_up(town, ann).values()] == [(Reason.UNUSUAL,)]
    assert list(caught_up(town, ann)) == [of_eve.id]


async def test_whom_one_talks_with_matters(town: SampleSquare) -> None:
    ann, bob, eve, *_ = await crowd(town)
    for _ in range(2):
        await town.write(ann, "yes", reply_to=await town.write(bob, "?"))
    await town.like(ann, await town.write(eve, "once"))
    await set_markers(town.desk, town.viewer(ann), {"home": town.square.posts.of(eve)[0]})
    post = await town.write(bob, "hello")
    await town.write(eve, "hello")

    assert {key: item.reasons for key, item in caught_up(town, ann).items()} == {
        post.id: (Reason.CLOSE,)
    }


async def test_what_one_may_not_see_or_does_not_want_is_left_out(town: SampleSquare) -> None:
    ann, bob, eve, joe, _, stranger = await crowd(town)
    hidden = await town.write(stranger, "secret", visibility=Visibility.FOLLOWERS)
    await town.repost(bob, hidden)
    await town.like(eve, await town.write(joe, "noise"))
    await town.relate(ann, Relation.MUTE, joe)

    assert caught_up(town, ann) == {}
