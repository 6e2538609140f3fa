"""The index in memory keeps the newest posts, and no more."""

from __future__ import annotations

import pytest

from lapwing.microblog.search.posts import SearchablePost
from lapwing.microblog.search.queries import parse_query
from lapwing.microblog.search.recent import RecentPostSearch


def _post(number: int) -> SearchablePost:
    return SearchablePost(number, 1, "ada", f"down number{number}", 1_000 * number)


async def test_the_oldest_make_room() -> None:
    search = RecentPostSearch(capacity=64)
    for number in range(1, 201):
        await search.index([_post(number)])
        assert len(search) <= 64
    assert len(search) >= 62
    found = await search.search(parse_query("down"), 100)
    assert found == list(range(200, 200 - len(search), -1))
    assert await search.search(parse_query("number1"), 5) == [199, 198, 197, 196, 195]


async def test_posts_that_come_late_take_their_place() -> None:
    search = RecentPostSearch(capacity=3)
    await search.index([_post(number) for number in (5, 9, 7, 1, 6)])
    assert await search.search(parse_query("down"), 9) == [9, 7, 6]


async def test_words_of_removed_posts_are_forgotten() -> None:
    search = RecentPostSearch()
    await search.index([_post(1), _post(2)])
    assert await search.search(parse_query("number"), 9) == [2, 1]
    await search.remove([2])
    await search.index([_post(3)])
    assert await search.search(parse_query("number"), 9) == [3, 1]
    await search.remove([1, 3])
    assert len(search) == 0
    assert not search._with


def test_it_has_room_for_something() -> None:
    with pytest.raises(ValueError, match="capacity"):
        RecentPostSearch(0)
