"""Trends count people, not posts, and forget."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from tests.sample_square import DAY_MS, SampleSquare

from lapwing.accounts.entries import ProfileChanges, ProfileEdited
from lapwing.accounts.model import Standing
from lapwing.accounts.moderation_entries import Sanctioned
from lapwing.accounts.moderation_model import Act
from lapwing.microblog.entries import (
    AccountErased,
    CardFound,
    PostDeleted,
    PostEdited,
    PostHidden,
)
from lapwing.microblog.model import Card, Post, Relation, Visibility
from lapwing.microblog.personal.trend_counts import HALF_LIFE_MS
from lapwing.microblog.personal.trends import OLDEST_POST_MS

MINUTE_MS = 60_000


async def crowd(town: SampleSquare, size: int) -> list[int]:
    return [await town.join(f"person{number}") for number in range(size)]


def trending(town: SampleSquare) -> list[str]:
    town.pass_time(MINUTE_MS)
    return [one.tag for one in town.tables.trends.tags(town.now_ms)]


async def test_people_count_not_posts(town: SampleSquare) -> None:
    ann, bob, eve = await crowd(town, 3)
    for _ in range(20):
        await town.write(ann, tags=("spam",))
    for one in (bob, eve):
        await town.write(one, tags=("Tea",))

    assert trending(town) == ["Tea"]
    (tea,) = town.tables.trends.tags(town.now_ms)
    assert (tea.people, tea.posts) == (2, 2)
    assert tea.why == "2 people in the last day; usually hardly anybody"


async def test_more_people_are_more(town: SampleSquare) -> None:
    everybody = await crowd(town, 6)
    for place, one in enumerate(everybody):
        await town.write(one, tags=("all", "some") if place < 3 else ("all",))

    assert trending(town) == ["all", "some"]


async def test_what_is_used_every_day_must_be_used_more_than_usual(town: SampleSquare) -> None:
    everybody = await crowd(town, 6)
    for _ in range(7):
        for one in everybody[:4]:
            await town.write(one, tags=("morning",))
        town.pass_time(DAY_MS)
    for one in everybody[:4]:
        await town.write(one, tags=("morning",))
    for one in everybody[:3]:
        await town.write(one, tags=("news",))

    assert trending(town) == ["news", "morning"]
    assert town.tables.trends.tags(town.now_ms)[1].why.endswith("usually 4 a day")


async def test_trends_fade_and_end(town: SampleSquare) -> None:
    everybody = await crowd(town, 2)
    for one in everybody:
        await town.write(one, tags=("tea",))
    town.pass_time(MINUTE_MS)
    fresh = town.tables.trends.tags(town.now_ms)[0].score
    town.pass_time(HALF_LIFE_MS)
    faded = town.tables.trends.tags(town.now_ms)[0].score
    assert faded == pytest.approx(fresh / 2)

    town.pass_time(HALF_LIFE_MS)
    assert town.tables.trends.tags(town.now_ms) == []


@pytest.mark.parametrize(
    "parts",
    [
        {"visibility": Visibility.QUIET},
        {"visibility": Visibility.FOLLOWERS},
        {"sensitive": True},
        {"warning": "beware"},
        {"tags": (*(f"tag{number}" for number in range(10)), "tea")},
    ],
)
async def test_what_never_counts(town: SampleSquare, parts: dict[str, Any]) -> None:
    for one in await crowd(town, 3):
        await town.write(one, **({"tags": ("tea",)} | parts))

    assert "tea" not in trending(town)


async def test_whose_posts_never_count(town: SampleSquare) -> None:
    silenced = await town.join("silenced", standing=Standing.SILENCED)
    bot = await town.join("bot", bot=True)
    shy = await town.join("shy")
    await town.add(ProfileEdited(town.now_ms, shy, ProfileChanges(discoverable=False)))
    ann, bob = await town.join("ann"), await town.join("bob")
    for one in (silenced, bot, shy, ann):
        await town.write(one, tags=("tea",))
    assert trending(town) == []

    await town.write(bob, tags=("tea",))
    assert trending(town) == ["tea"]
    await town.add(Sanctioned(town.now_ms, 1, 0, bob, Act.SUSPEND, "spam"))
    assert trending(town) == []


async def test_what_is_taken_back_counts_no_more(town: SampleSquare) -> None:
    ann, bob, eve, joe = await crowd(town, 4)
    posts = [await town.write(one, tags=("tea",)) for one in (ann, bob, eve, joe)]
    assert town.tables.trends.history("TEA", town.now_ms)[0].people == 4
    await town.add(PostDeleted(town.now_ms, posts[0].id, ann))
    await town.add(
        PostEdited(town.now_ms, posts[1].id, "", "", False, "en", (), ("cake",), (), (), None)
    )
    await town.add(PostHidden(town.now_ms, posts[2].id))
    assert [day.people for day in town.tables.trends.history("tea", town.now_ms)] == [1] + [0] * 6
    assert town.tables.trends.history("cake", town.now_ms)[0].posts == 1

    await town.add(AccountErased(town.now_ms, joe))
    assert town.tables.trends.history("tea", town.now_ms)[0].people == 0


async def test_a_week_is_told_by_day(town: SampleSquare) -> None:
    ann, bob = await crowd(town, 2)
    await town.write(ann, tags=("tea",))
    town.pass_time(2 * DAY_MS)
    for one in (ann, ann, bob):
        await town.write(one, tags=("tea",))

    history = town.tables.trends.history("tea", town.now_ms)
    assert [(day.posts, day.people) for day in history[:3]] == [(3, 2), (0, 0), (1, 1)]
    assert history[0].begins_ms == town.now_ms // DAY_MS * DAY_MS
    assert len(history) == 7


async def test_links_trend_by_the_page_they_lead_to(town: SampleSquare) -> None:
    ann, bob = await crowd(town, 2)
    card = Card("https://example.org/news", "News")
    posts = [await town.write(one, "see") for one in (ann, bob)]
    for post in posts:
        await town.add(CardFound(town.now_ms, post.id, card))
    town.pass_time(MINUTE_MS)
    (link,) = town.tables.trends.links(town.now_ms)
    assert (link.card, link.people) == (card, 2)

    await town.add(CardFound(town.now_ms, posts[0].id, replace(card, url="https://other.org")))
    town.pass_time(MINUTE_MS)
    assert town.tables.trends.links(town.now_ms) == []


def trending_posts(town: SampleSquare, viewer_id: int = 0) -> list[int]:
    town.pass_time(MINUTE_MS)
    return [one.post_id for one in town.tables.trends.posts(viewer_id, town.now_ms)]


async def liked(town: SampleSquare, post: Post, people: list[int]) -> None:
    for one in people:
        await town.like(one, post)


async def test_posts_trend_by_what_people_do_with_them(town: SampleSquare) -> None:
    ann, *others = await crowd(town, 7)
    quiet, some, many = [await town.write(ann, text) for text in ("quiet", "some", "many")]
    await town.like(ann, quiet)
    await town.like(others[0], quiet)
    await liked(town, some, others[:3])
    for one in others[:2]:
        await town.write(one, "yes", reply_to=many)
        await town.like(one, many)

    assert trending_posts(town) == [many.id, some.id]
    points = {one.post_id: one.score for one in town.tables.trends.posts(0, town.now_ms)}
    assert points[many.id] == pytest.approx(points[some.id] * 2)


async def test_old_posts_and_answers_do_not_trend(town: SampleSquare) -> None:
    ann, *others = await crowd(town, 4)
    post = await town.write(ann, "hello")
    answer = await town.write(ann, "and", reply_to=post)
    for one in (post, answer):
        await liked(town, one, others)
    assert trending_posts(town) == [post.id]

    town.pass_time(OLDEST_POST_MS)
    assert trending_posts(town) == []


async def test_trending_posts_are_not_shown_to_whom_they_are_hidden_from(
    town: SampleSquare,
) -> None:
    ann, *others = await crowd(town, 5)
    post = await town.write(ann, "hello")
    await liked(town, post, others[:3])
    await town.relate(others[3], Relation.MUTE, ann)
    assert trending_posts(town, others[3]) == []
    assert trending_posts(town, others[0]) == [post.id]

    await town.add(PostDeleted(town.now_ms, post.id, ann))
    assert town.tables.trends.posts(0, town.now_ms) == []
