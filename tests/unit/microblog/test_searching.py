"""What is found while the database lacks posts, and that it gets them again."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

import pytest
from tests.sample_square import SampleSquare

from lapwing.accounts.entries import AccountDeleted
from lapwing.accounts.moderation_entries import Sanctioned
from lapwing.accounts.moderation_model import Act
from lapwing.kernel.refusals import Unavailable
from lapwing.microblog.search.posts import SearchablePost
from lapwing.microblog.search.queries import parse_query
from lapwing.microblog.search.recent import RecentPostSearch
from lapwing.microblog.searching import Searching, accounts_touched, posts_touched


class Index(RecentPostSearch):
    """The database's index: it may refuse what is written, hang, and lose what it has."""

    def __init__(self) -> None:
        super().__init__(1000)
        self.refuses = False
        self.hangs = False

    async def index(self, posts: Sequence[SearchablePost]) -> None:
        await self._pass()
        await super().index(posts)

    async def remove(self, ids: Collection[int]) -> None:
        await self._pass()
        await super().remove(ids)

    async def _pass(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.refuses:
            raise Unavailable("The database is locked.")


class Sought:
    """A square that is searched."""

    def __init__(self) -> None:
        self.sample = SampleSquare()
        self.index = Index()
        square = self.sample.square
        self.searching = Searching(square, self.index, lambda: self.sample.now_ms)
        square.listen(self.searching.hear)

    async def find(self, text: str = "ducks") -> list[int]:
        return await self.searching.find(0, text, limit=20)

    async def write_up(self) -> None:
        while await self.searching.step():
            pass


@pytest.fixture
async def sought() -> Sought:
    sought = Sought()
    await sought.searching.begin(())
    ann = await sought.sample.join("ann")
    for number in range(3):
        await sought.sample.write(ann, f"ducks {number}")
    await sought.write_up()
    return sought


async def _write(sought: Sought) -> int:
    ann = sought.sample.square.accounts.find_named("ann")
    assert ann is not None
    return (await sought.sample.write(ann.id, "more ducks")).id


async def test_what_the_database_refused_is_found_and_brought_later(sought: Sought) -> None:
    sought.index.refuses = True
    post_id = await _write(sought)
    assert (await sought.find())[0] == post_id
    assert len(await sought.find()) == 4
    sought.index.refuses = False
    await sought.write_up()
    assert len(sought.index) == 4


async def test_posts_are_found_while_the_database_is_not_asked_any_more(sought: Sought) -> None:
    sought.index.refuses = True
    for count in range(4, 10):
        post_id = await _write(sought)
        assert (await sought.find())[0] == post_id
        assert len(await sought.find()) == count


async def test_what_was_on_its_way_when_nobody_waited_any_more_is_brought_later(
    sought: Sought,
) -> None:
    sought.index.hangs = True
    await _write(sought)
    step = asyncio.create_task(sought.searching.step())
    await asyncio.sleep(0)
    assert sought.searching.waiting == 0
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    assert sought.searching.waiting == 1
    sought.index.hangs = False
    await sought.write_up()
    assert len(sought.index) == 4


async def test_an_answer_without_posts_that_were_there_counts_as_a_failure(
    sought: Sought,
) -> None:
    before = await sought.find()
    await sought.index.remove(before)
    assert await sought.find() == before
    await sought.write_up()
    assert len(sought.index) == 3


async def test_an_index_of_which_some_is_lost_is_written_anew_whole(sought: Sought) -> None:
    before = await sought.find()
    await sought.index.remove(before[1:])
    assert await sought.find("ducks 1") == before[1:2]
    await sought.write_up()
    assert len(sought.index) == 3


async def test_it_is_not_written_anew_again_and_again(sought: Sought) -> None:
    before = await sought.find()
    for _ in range(2):
        await sought.index.remove(before[1:2])
        assert await sought.find() == before
        waiting = sought.searching.waiting
        await sought.write_up()
    assert waiting == 1


async def test_what_is_on_later_pages_is_not_missed_on_the_first(sought: Sought) -> None:
    before = await sought.find()
    first = await sought.searching.find(0, "ducks", limit=2)
    second = await sought.searching.find(0, "ducks", limit=2, before_id=first[-1])
    assert [*first, *second] == before
    assert not sought.searching.waiting


async def test_a_start_after_an_account_was_deleted_takes_its_posts_out(sought: Sought) -> None:
    sample = sought.sample
    ann = sample.square.accounts.find_named("ann")
    assert ann is not None
    ben = await sample.join("ben")
    post = await sample.write(ben, "ducks of ben")
    hidden = await sample.write(ben, "ducks that a moderator takes away")
    await sought.write_up()
    entries = [
        AccountDeleted(sample.now_ms, ann.id, ann.id),
        Sanctioned(sample.now_ms, ben, 5, ben, Act.DELETE_POSTS, "", post_ids=(hidden.id,)),
    ]
    for entry in entries:
        await sample.add(entry)
    again = Searching(sample.square, sought.index, lambda: sample.now_ms)
    await again.begin(posts_touched(entries), accounts_touched(entries))
    assert len(sought.index) == 5
    while await again.step():
        pass
    found = await sought.index.search(parse_query("ducks"), 10)
    assert found == [post.id]


async def test_where_the_index_is_not_known_all_deleted_accounts_go(sought: Sought) -> None:
    sample = sought.sample
    ann = sample.square.accounts.find_named("ann")
    assert ann is not None
    await sample.add(AccountDeleted(sample.now_ms, ann.id, ann.id))
    again = Searching(sample.square, sought.index, lambda: sample.now_ms)
    await again.begin(None)
    await again.step()
    assert len(sought.index) == 0
