"""Who sees what, compared with a model that knows no index; and that blocks hold everywhere."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.square_model import PlainSquare
from tests.square_steps import ALL_STEPS, PUBLIC_STEPS, TAGS, Step, Story, steps, told

from lapwing.microblog.model import Mark, Post, Relation
from lapwing.microblog.paging import Page
from lapwing.microblog.personal.catch_up_reading import CatchUp
from lapwing.microblog.personal.notification_views import Chosen, NotificationViews
from lapwing.microblog.timelines import Timelines

ALL = Page(limit=1000)
SEEN_STEPS = [
    *PUBLIC_STEPS,
    *["follow", "block", "mute", "mention"] * 2,
    *["tag_follow", "post", "sanction"] * 5,
]


def plain(story: Story) -> PlainSquare:
    made = PlainSquare()
    refused = {id(entry) for entry in story.refused}
    for entry in story.entries:
        if id(entry) not in refused:
            made.take(entry)
    return made


def timelines_of(story: Story) -> Timelines:
    made = Timelines(story.state.square, lambda: story.now_ms)
    made.followed_tags_of = story.state.personal.tags.followed_keys
    return made


@settings(max_examples=250, deadline=None)
@given(steps([*SEEN_STEPS, "erase"], 40, 90))
def test_everybody_sees_what_the_model_says(made: list[Step]) -> None:
    story = told(made)
    model, square = plain(story), story.state.square

    for viewer in (0, *story.people):
        for post in story.posts:
            kept = square.posts.find(post.id)
            assert (kept is None) == (post.id not in model.posts)
            if kept is not None:
                seen = square.permissions.may_see(viewer, kept)
                assert seen == model.may_see(viewer, model.posts[post.id])


@settings(max_examples=250, deadline=None)
@given(steps([*SEEN_STEPS, "erase"], 40, 90))
def test_timelines_show_what_the_model_shows(made: list[Step]) -> None:
    story = told(made)
    model, timelines = plain(story), timelines_of(story)

    for viewer in (0, *story.people):
        assert timelines.public(viewer, ALL)[::-1] == model.public(viewer, story.now_ms)
    for viewer in story.people:
        home = timelines.home(viewer, ALL)
        assert home[::-1] == model.home(viewer, story.now_ms)
        newest = home[0] if home else 0
        assert timelines.newest_at_home(viewer, newest - 1) or not home
        for post in map(story.state.square.posts.find, (one.id for one in story.posts)):
            if post is not None:
                assert timelines.belongs_home(viewer, post) == (post.id in home)


def shown_to(story: Story, viewer: int) -> dict[str, list[int]]:
    """Ids of posts wherever posts are shown."""
    square, tables, now_ms = story.state.square, story.state.personal, story.now_ms
    timelines = timelines_of(story)
    views = NotificationViews(square, tables.notifications, lambda: now_ms)
    told_of = views.page(viewer, ALL, Chosen(with_filtered=True))
    shown = {
        "home": timelines.home(viewer, ALL),
        "public": timelines.public(viewer, ALL),
        "likes": timelines.marked(viewer, Mark.LIKE, ALL),
        "bookmarks": timelines.marked(viewer, Mark.BOOKMARK, ALL),
        "service": timelines.service(viewer, "x", ALL),
        "notifications": [one.subject_id for one in told_of if one.kind != "warning"],
        "conversations": [one.last_post_id for one in tables.conversations.page(viewer, ALL)],
        "trends": [one.post_id for one in tables.trends.posts(viewer, now_ms)],
        "catch up": [
            one.post_id for one in CatchUp(square, tables.markers).for_viewer(viewer, now_ms).items
        ],
    }
    for tag in TAGS:
        shown[f"tag {tag}"] = timelines.tag(viewer, tag, ALL)
    for one in story.people:
        shown[f"account {one}"] = timelines.account(viewer, one, ALL)
        shown[f"list with {one}"] = timelines.members(viewer, [one], ALL)
    for post in square.posts.of(viewer):
        above, below = timelines.thread(viewer, square.posts.get(post))
        shown[f"thread {post}"] = [*above, *below]
    return shown


@settings(max_examples=150, deadline=None)
@given(steps(ALL_STEPS, 40, 90), st.integers(0, 4), st.integers(0, 4))
def test_a_block_hides_each_from_the_other_everywhere(
    made: list[Step], one: int, other: int
) -> None:
    story = told([*made, ("block", one, other, 0, 0)])
    square, tables = story.state.square, story.state.personal
    pair = story.people[one], story.people[other]
    if one == other or not all(square.accounts.people.accounts[who].is_there for who in pair):
        return

    for viewer, hidden in (pair, pair[::-1]):
        for place, ids in shown_to(story, viewer).items():
            authors = {
                author for post_id in ids if post_id for author in authors_of(story, post_id)
            }
            assert hidden not in authors, place
        views = NotificationViews(square, tables.notifications, lambda: story.now_ms)
        told_of = views.page(viewer, ALL, Chosen(with_filtered=True))
        assert hidden not in {one.sender_id for one in told_of}
        assert hidden not in {one.sender_id for one in views.requests(viewer)}
        suggested = tables.suggestions.of(viewer, story.now_ms)
        assert hidden not in {one.account_id for one in suggested}
        assert all(hidden not in kept.members for kept in tables.lists.of(viewer))
        assert not square.relations.has(viewer, Relation.FOLLOW, hidden)


def authors_of(story: Story, post_id: int) -> set[int]:
    """Of the post and of what it reposts."""
    post: Post = story.state.square.posts.get(post_id)
    reposted = story.state.square.posts.find(post.repost_of_id)
    return {post.account_id} | ({reposted.account_id} if reposted is not None else set())


@settings(max_examples=150, deadline=None)
@given(steps(ALL_STEPS, 40, 90))
def test_nothing_is_shown_that_may_not_be_seen(made: list[Step]) -> None:
    story = told(made)
    square = story.state.square

    for viewer in story.people:
        for place, ids in shown_to(story, viewer).items():
            for post in (square.posts.get(post_id) for post_id in ids if post_id):
                assert square.permissions.may_see(viewer, post), place
