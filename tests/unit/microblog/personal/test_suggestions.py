"""Whom to follow, and why."""

from __future__ import annotations

from tests.sample_square import SampleSquare

from lapwing.accounts.entries import ProfileChanges, ProfileEdited
from lapwing.accounts.model import Role, Standing
from lapwing.microblog.model import Relation
from lapwing.microblog.personal.actions.suggesting import dismiss_suggestion
from lapwing.microblog.personal.suggestions import Suggestion

TEN_MINUTES_MS = 600_000


def suggested(town: SampleSquare, viewer_id: int) -> list[Suggestion]:
    town.pass_time(TEN_MINUTES_MS)
    return town.tables.suggestions.of(viewer_id, town.now_ms)


def ids(town: SampleSquare, viewer_id: int) -> list[int]:
    return [one.account_id for one in suggested(town, viewer_id)]


async def crowd(town: SampleSquare, *names: str) -> list[int]:
    return [await town.join(name) for name in names]


async def test_friends_of_friends_come_first_the_most_common_first(town: SampleSquare) -> None:
    ann, bob, eve, joe, zoe, far = await crowd(town, "ann", "bob", "eve", "joe", "zoe", "far")
    for one in (bob, eve):
        await town.follow(ann, one)
        await town.follow(one, zoe)
    await town.follow(bob, joe)
    for one in (bob, eve, joe):
        await town.follow(one, far)
    await town.relate(bob, Relation.FOLLOW, far, on=False)
    await town.relate(eve, Relation.FOLLOW, far, on=False)

    first, second, third = suggested(town, ann)
    assert [first.account_id, second.account_id, third.account_id] == [zoe, joe, far]
    assert first.why == "2 people you follow follow them"
    assert second.why == "One person you follow follows them"
    assert third.why == "Popular here: 1 follower"


async def test_whom_the_admins_show_and_who_tells_outages(town: SampleSquare) -> None:
    ann = await town.join("ann")
    admin = await town.join("admin", role=Role.ADMIN)
    expert = await town.join("expert")
    service = await town.join("x_outages", bot=True, service="x")
    await town.relate(admin, Relation.FEATURE, expert)

    reasons = {one.account_id: one.why for one in suggested(town, ann)}
    assert reasons == {
        expert: "Recommended by the people who run this server",
        service: "Tells the outages of a service that many here follow",
    }


async def test_who_is_never_suggested(town: SampleSquare) -> None:
    ann, bob = await crowd(town, "ann", "bob")
    await town.follow(ann, bob)
    names = ("followed", "asked", "muted", "blocked", "blocking", "shy", "fine")
    followed, asked, muted, blocked, blocking, shy, fine = await crowd(town, *names)
    silenced = await town.join("silenced", standing=Standing.SILENCED)
    bot = await town.join("bot", bot=True)
    for one in (followed, asked, muted, blocked, blocking, shy, fine, silenced, ann):
        await town.follow(bob, one)
    await town.follow(asked, bot)
    await town.follow(ann, followed)
    await town.relate(ann, Relation.REQUEST, asked)
    await town.relate(ann, Relation.MUTE, muted)
    await town.relate(ann, Relation.BLOCK, blocked)
    await town.relate(blocking, Relation.BLOCK, ann)
    await town.add(ProfileEdited(town.now_ms, shy, ProfileChanges(discoverable=False)))

    assert ids(town, ann) == [fine]


async def test_who_was_waved_away_does_not_come_back(town: SampleSquare) -> None:
    ann, bob, eve = await crowd(town, "ann", "bob", "eve")
    await town.follow(ann, bob)
    await town.follow(bob, eve)
    assert ids(town, ann) == [eve]
    await dismiss_suggestion(town.desk, town.viewer(ann), eve)

    assert ids(town, ann) == []


async def test_whom_somebody_follows_in_private_is_not_told(town: SampleSquare) -> None:
    ann, bob, eve = await crowd(town, "ann", "bob", "eve")
    await town.follow(ann, bob)
    await town.follow(bob, eve)
    await town.add(ProfileEdited(town.now_ms, bob, ProfileChanges(hides_relations=True)))

    assert [one.why for one in suggested(town, ann)] == ["Popular here: 1 follower"]


async def test_who_becomes_popular_is_seen_within_ten_minutes(town: SampleSquare) -> None:
    ann, bob = await crowd(town, "ann", "bob")
    assert ids(town, ann) == []
    eve = await town.join("eve")
    await town.join("x_outages", bot=True, service="x")
    await town.follow(bob, eve)
    assert town.tables.suggestions.of(ann, town.now_ms) == []

    assert len(ids(town, ann)) == 2
    await town.relate(bob, Relation.FOLLOW, eve, on=False)
    assert eve not in ids(town, ann)
