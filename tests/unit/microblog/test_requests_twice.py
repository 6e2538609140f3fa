"""A request that comes twice brings one post, also where both come at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.sample_square import SampleSquare

from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.composing import Draft
from lapwing.microblog.actions.posting import delete_post, write_post
from lapwing.microblog.model import Post


class Later:
    """A journal that takes its time, as a disk does: others have their turn meanwhile."""

    def __init__(self, journal: MemoryJournal[Any]) -> None:
        self._journal = journal

    async def append(self, entry: Any) -> int:
        await asyncio.sleep(0)
        return await self._journal.append(entry)


class Sent:
    def __init__(self) -> None:
        self.sample = SampleSquare()
        self.sample.context.journal = Later(self.sample.journal)

    async def send(self, request: str) -> Post:
        ann = self.sample.square.accounts.find_named("ann")
        assert ann is not None
        viewer = self.sample.viewer(ann.id)
        return await write_post(self.sample.context, viewer, Draft("Hello"), request)

    @property
    def count(self) -> int:
        return len(self.sample.square.posts.all_ids())


@pytest.fixture
async def sent() -> Sent:
    sent = Sent()
    await sent.sample.join("ann")
    return sent


async def test_both_at_once_are_answered_with_one_post(sent: Sent) -> None:
    first, second = await asyncio.gather(sent.send("key"), sent.send("key"))
    assert first.id == second.id
    assert sent.count == 1


async def test_one_after_the_other(sent: Sent) -> None:
    assert (await sent.send("key")).id == (await sent.send("key")).id
    assert sent.count == 1


async def test_requests_without_a_key_are_not_one(sent: Sent) -> None:
    await asyncio.gather(sent.send(""), sent.send(""))
    assert sent.count == 2


async def test_a_key_whose_post_was_deleted_may_bring_another(sent: Sent) -> None:
    first = await sent.send("key")
    viewer = sent.sample.viewer(first.account_id)
    await delete_post(sent.sample.context, viewer, first.id)
    assert (await sent.send("key")).id != first.id


async def test_other_refusals_are_told(sent: Sent) -> None:
    with pytest.raises(Refusal, match="needs a text"):
        await write_post(sent.sample.context, sent.sample.viewer(_only(sent)), Draft(), "key")


def _only(sent: Sent) -> int:
    account = sent.sample.square.accounts.find_named("ann")
    assert account is not None
    return account.id
