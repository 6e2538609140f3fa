from __future__ import annotations

from typing import Any

import pytest
from tests.sample_square import SampleSquare

from lapwing.accounts.model import Standing
from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.handoffs.post_to_hint import READ_AT_ONCE, PostHints
from lapwing.microblog.entries import PostDeleted
from lapwing.microblog.model import Post, Visibility
from lapwing.microblog.text.outage_claims.claims import OutageClaims
from lapwing.outages.journal import PostHint, PostsHinted

CLAIMS = OutageClaims([("x", ("X", "Twitter")), ("github", ("GitHub",))])
HOUR_MS = 3_600_000


class HintingSquare(SampleSquare):
    def __init__(self) -> None:
        super().__init__()
        self.outages: MemoryJournal[Any] = MemoryJournal()
        self.hints = PostHints(
            self.square,
            CLAIMS.made_in,
            lambda account_id: f"key of {account_id}",
            self.outages,
            lambda: self.now_ms,
        )
        self.square.listen(self.hints.hear)

    async def told(self) -> list[PostHint]:
        """What the watch is told of all that was posted."""
        while self.hints.waiting:
            await self.hints.step()
        entries = [entry for _, entry in self.outages.read(0)]
        assert all(isinstance(entry, PostsHinted) for entry in entries)
        return [hint for entry in entries for hint in entry.hints]


@pytest.fixture
def square() -> HintingSquare:
    return HintingSquare()


async def test_a_public_post_that_says_so_is_a_hint(square: HintingSquare) -> None:
    asha = await square.join("asha")
    await square.write(asha, "Twitter is down again")
    await square.write(asha, "Lovely weather, and github works")
    assert await square.told() == [PostHint("x", f"key of {asha}")]


async def test_one_account_is_one_hint_an_hour_for_each_service(square: HintingSquare) -> None:
    asha = await square.join("asha")
    for _ in range(5):
        await square.write(asha, "Twitter is down")
        await square.write(asha, "GitHub is down")
    assert [hint.service for hint in await square.told()] == ["x", "github"]
    square.now_ms += HOUR_MS
    await square.write(asha, "Twitter is down")
    assert len(await square.told()) == 3


async def test_only_people_in_good_standing_are_heard(square: HintingSquare) -> None:
    for who in (
        await square.join("robot", bot=True),
        await square.join("x_outages", service="x"),
        await square.join("new", standing=Standing.UNCONFIRMED),
        await square.join("rude", standing=Standing.SILENCED),
    ):
        await square.write(who, "Twitter is down")
    assert await square.told() == []


@pytest.mark.parametrize(
    "visibility", [Visibility.QUIET, Visibility.FOLLOWERS, Visibility.MENTIONED]
)
async def test_only_public_posts_are_read(square: HintingSquare, visibility: Visibility) -> None:
    asha = await square.join("asha")
    await square.write(asha, "Twitter is down", visibility=visibility)
    assert await square.told() == []


async def test_an_incident_is_not_confirmed_by_its_own_thread(square: HintingSquare) -> None:
    asha, told_by = await square.join("asha"), await square.join("x_outages", service="x")
    opening = await square.write(told_by, "X is down", subject="incident/x-1/opening")
    answer = await square.write(asha, "Twitter is down for me too", reply_to=opening)
    await square.write(asha, "Yes, Twitter is down", reply_to=answer)
    await square.repost(asha, opening)
    assert await square.told() == []


async def test_a_post_that_went_before_it_was_read_says_nothing(square: HintingSquare) -> None:
    asha = await square.join("asha")
    post: Post = await square.write(asha, "Twitter is down")
    await square.add(PostDeleted(square.now_ms, post.id, asha))
    assert await square.told() == []


async def test_posts_are_read_some_at_a_time(square: HintingSquare) -> None:
    people = [await square.join(f"person_{number}") for number in range(READ_AT_ONCE + 1)]
    for one in people:
        await square.write(one, "Twitter is down")
    await square.hints.step()
    assert square.hints.waiting == 1
    await square.hints.step()
    assert square.hints.waiting == 0
    assert len(await square.told()) == len(people)
