"""Where notifications are pushed, and what ends by itself."""

from __future__ import annotations

import base64

import pytest
from msgspec.structs import replace
from tests.sample_square import SampleSquare

from lapwing.accounts.entries import SessionBegun, SessionEnded
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import PostDeleted, PostEdited
from lapwing.microblog.model import Poll, Relation
from lapwing.microblog.personal.actions.ending import end_what_is_over
from lapwing.microblog.personal.actions.pushing import (
    change_push,
    stop_push,
    subscribe_to_push,
)
from lapwing.microblog.personal.model import NotificationKind as Kind
from lapwing.microblog.personal.model import PushPolicy, PushSubscription
from lapwing.microblog.personal.push_subscriptions import MOST_SUBSCRIPTIONS

HOUR_MS = 3_600_000
ENDPOINT = "https://push.example/abc"
P256DH = base64.urlsafe_b64encode(b"\4" + bytes(64)).decode().rstrip("=")
AUTH = base64.urlsafe_b64encode(bytes(16)).decode()


async def subscribe(
    town: SampleSquare, account_id: int, session_id: int, policy: PushPolicy = PushPolicy.ALL
) -> PushSubscription:
    digest = session_id.to_bytes(32)
    await town.add(
        SessionBegun(town.now_ms, session_id, account_id, digest, town.now_ms + HOUR_MS, "Firefox")
    )
    viewer = town.viewer(account_id, session_id)
    return await subscribe_to_push(
        town.desk, viewer, ENDPOINT, P256DH, AUTH, (Kind.LIKE, Kind.MENTION), policy
    )


async def pushed(town: SampleSquare, author: int, liker: int) -> list[int]:
    """Sessions to which a like is pushed."""
    await town.like(liker, await town.write(author, "hello"))
    (told,) = town.tables.notifications.made
    return [one.session_id for one in town.tables.push_subscriptions.wanting(told)]


async def test_each_session_has_a_subscription_of_its_own(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    await subscribe(town, ann, 7)
    await subscribe(town, ann, 8)
    assert await pushed(town, ann, bob) == [7, 8]

    await change_push(town.desk, town.viewer(ann, 8), kinds=(Kind.MENTION,))
    assert await pushed(town, ann, bob) == [7]
    gone = town.tables.push_subscriptions.get(ann, 7)
    await stop_push(town.desk, replace(gone, endpoint="https://push.example/another"))
    assert await pushed(town, ann, bob) == [7]
    await stop_push(town.desk, gone)
    assert await pushed(town, ann, bob) == []
    with pytest.raises(Refusal, match="Nothing is pushed"):
        await change_push(town.desk, town.viewer(ann, 7))


async def test_nothing_is_pushed_to_a_session_that_ended(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    await subscribe(town, ann, 7)
    await town.add(SessionEnded(town.now_ms, 7, ann))

    assert await pushed(town, ann, bob) == []


@pytest.mark.parametrize(
    ("policy", "if_followed", "if_follower"),
    [
        (PushPolicy.ALL, True, True),
        (PushPolicy.FOLLOWED, True, False),
        (PushPolicy.FOLLOWER, False, True),
        (PushPolicy.NONE, False, False),
    ],
)
async def test_whose_doings_are_pushed(
    town: SampleSquare, policy: PushPolicy, if_followed: bool, if_follower: bool
) -> None:
    names = ("ann", "followed", "follower")
    ann, followed, follower = [await town.join(name) for name in names]
    await town.follow(ann, followed)
    await town.follow(follower, ann)
    await subscribe(town, ann, 7, policy)

    assert bool(await pushed(town, ann, followed)) is if_followed
    assert bool(await pushed(town, ann, follower)) is if_follower


async def test_subscriptions_do_not_pile_up(town: SampleSquare) -> None:
    ann = await town.join("ann")
    for session_id in range(1, MOST_SUBSCRIPTIONS + 3):
        await subscribe(town, ann, session_id)

    kept = [one.session_id for one in town.tables.push_subscriptions.of(ann)]
    assert kept == list(range(3, MOST_SUBSCRIPTIONS + 3))


@pytest.mark.parametrize(
    ("endpoint", "p256dh", "auth"),
    [
        ("http://push.example", P256DH, AUTH),
        ("https://user@push.example", P256DH, AUTH),
        ("https://", P256DH, AUTH),
        ("https://[", P256DH, AUTH),
        ("https://push.example/" + "x" * 2000, P256DH, AUTH),
        ("javascript:alert(1)", P256DH, AUTH),
        (ENDPOINT, "AAAA", AUTH),
        (ENDPOINT, P256DH, "not base64 at all"),
        (ENDPOINT, P256DH, "ü"),
        (ENDPOINT, "", ""),
    ],
)
async def test_wrong_subscriptions_are_refused(
    town: SampleSquare, endpoint: str, p256dh: str, auth: str
) -> None:
    ann = await town.join("ann")
    with pytest.raises(Refusal) as refused:
        await subscribe_to_push(town.desk, town.viewer(ann), endpoint, p256dh, auth)
    assert (refused.value.field or "").startswith("subscription")


async def test_polls_end_at_their_time(town: SampleSquare) -> None:
    ann = await town.join("ann")
    poll = Poll(("yes", "no"), town.now_ms + HOUR_MS)
    post = await town.write(ann, "?", poll=poll)
    gone = await town.write(ann, "?", poll=poll)
    longer = await town.write(ann, "?", poll=poll)
    await town.add(PostDeleted(town.now_ms, gone.id, ann))
    moved = replace(poll, ends_ms=poll.ends_ms + 1)
    await town.add(PostEdited(town.now_ms, longer.id, "?", "", False, "en", (), (), (), (), moved))
    assert not await end_what_is_over(town.desk)
    town.pass_time(HOUR_MS)
    assert town.tables.endings.polls_due(town.now_ms) == [post.id]

    assert await end_what_is_over(town.desk)
    assert not await end_what_is_over(town.desk)
    town.pass_time(1)
    assert town.tables.endings.polls_due(town.now_ms) == [longer.id]


async def test_mutes_end_at_their_time_unless_they_were_renewed(town: SampleSquare) -> None:
    ann, bob, eve = [await town.join(name) for name in ("ann", "bob", "eve")]
    for other in (bob, eve):
        await town.relate(ann, Relation.MUTE, other, ends_ms=town.now_ms + HOUR_MS)
    await town.relate(ann, Relation.MUTE, eve)
    town.pass_time(HOUR_MS)

    assert await end_what_is_over(town.desk)
    assert not await end_what_is_over(town.desk)
    assert list(town.square.relations.of(ann, Relation.MUTE)) == [eve]
