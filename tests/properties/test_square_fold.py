"""The keystone of pillar 2: a checkpoint and the entries after it give the same square."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.square_steps import ALL_STEPS, TAGS, Step, Story, captured, steps, told

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.model import Mark, Relation
from lapwing.microblog.paging import Page
from lapwing.microblog.personal.catch_up_reading import CatchUp
from lapwing.microblog.personal.notification_views import NotificationViews
from lapwing.microblog.state import SquareEntry, SquareState
from lapwing.microblog.timelines import Timelines

ALL = Page(limit=1000)
DAY_MS = 24 * 3_600_000


def seen(state: SquareState, story: Story, later_ms: int = 0) -> dict[str, Any]:
    """What people read: also what follows from indexes that no checkpoint holds."""
    square, tables, now_ms = state.square, state.personal, story.now_ms + later_ms
    timelines = Timelines(square, lambda: now_ms)
    timelines.followed_tags_of = tables.tags.followed_keys
    timelines.hidden_from_home_of = tables.lists.hidden_from_home
    views = NotificationViews(square, tables.notifications, lambda: now_ms)
    catch_up = CatchUp(square, tables.markers)
    read: dict[str, Any] = {
        "posts due": [one.id for one in tables.scheduled.due(now_ms + 10**9)],
        "polls due": tables.endings.polls_due(now_ms + 10**9),
        "mutes due": sorted(tables.endings.mutes_due(now_ms + 10**9)),
        "trends": (tables.trends.tags(now_ms), tables.trends.links(now_ms)),
        "tags": {tag: sorted(tables.tags.followers_of(tag)) for tag in TAGS},
        "tagged": {tag: list(square.posts.tagged(tag)) for tag in TAGS},
    }
    for one in story.people:
        read[f"account {one}"] = (
            timelines.home(one, ALL),
            timelines.public(one, ALL),
            timelines.account(0, one, ALL),
            [(kind, list(square.relations.to(one, kind))) for kind in Relation],
            views.page(one, ALL),
            views.groups(one, ALL),
            views.requests(one),
            tables.conversations.page(one, ALL),
            tables.trends.posts(one, now_ms),
            tables.suggestions.of(one, now_ms),
            catch_up.for_viewer(one, now_ms),
        )
    for post in story.posts:
        read[f"post {post.id}"] = (
            list(square.posts.replies_to(post.id)),
            list(square.posts.reposts_of(post.id)),
            list(square.posts.quotes_of(post.id)),
            [list(square.posts.markers(post.id, mark)) for mark in Mark],
            sorted(one.id for one in tables.lists.containing(post)),
        )
    return read


def apply_all(state: SquareState, entries: list[Any]) -> None:
    for entry in entries:
        try:
            state.apply(entry)
        except Refusal:
            continue


@settings(max_examples=250, deadline=None)
@given(steps(ALL_STEPS, 60, 130), st.floats(0, 1))
def test_a_restart_at_any_point_gives_the_same_state(made: list[Step], where: float) -> None:
    story = told(made)
    place = round(where * len(story.entries))
    before, after = SquareState(), SquareState()
    apply_all(before, story.entries[:place])
    after.restore(list(before.capture()))
    assert seen(after, story, DAY_MS) == seen(before, story, DAY_MS)
    apply_all(after, story.entries[place:])

    assert list(captured(after)) == list(captured(story.state))
    assert seen(after, story) == seen(story.state, story)


@settings(max_examples=60, deadline=None)
@given(steps(ALL_STEPS, 30, 60))
def test_a_refused_entry_changes_nothing(made: list[Step]) -> None:
    story = told(made)
    state = SquareState()
    for entry in story.entries:
        known = list(captured(state)) if entry in story.refused else None
        apply_all(state, [entry])
        assert known is None or list(captured(state)) == known


@settings(max_examples=60, deadline=None)
@given(steps(ALL_STEPS))
def test_entries_read_back_from_the_journal_are_the_same(made: list[Step]) -> None:
    decoder = msgspec.msgpack.Decoder(SquareEntry)
    for entry in told(made).entries:
        assert decoder.decode(msgspec.msgpack.encode(entry)) == entry
