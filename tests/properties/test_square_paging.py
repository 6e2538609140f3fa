"""Pages of timelines never skip and never repeat, whatever is written and deleted meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.square_model import page_of
from tests.square_steps import Step, Story, steps, told

from lapwing.microblog.id_sets import IdSet
from lapwing.microblog.paging import BIGGEST_ID, Page, merge, take
from lapwing.microblog.timelines import Timelines

WRITES = ["post", "post", "mention", "reply", "repost", "like", "edit"]
COMES_AND_GOES = [*WRITES, "delete", "delete"]
ALL = Page(limit=10_000)
Reads = Callable[[Page], list[int]]

meanwhile = st.lists(steps(COMES_AND_GOES, 0, 6), max_size=12)
histories = steps([*WRITES, "follow", "follow", "delete"], 10, 60)


def readers(story: Story) -> Iterator[Reads]:
    """Home of one who follows others, and what everybody sees."""
    timelines = Timelines(story.state.square, lambda: story.now_ms)
    viewer = story.people[1]
    yield lambda page: timelines.home(viewer, page)
    yield lambda page: timelines.public(0, page)


@settings(max_examples=150, deadline=None)
@given(histories, meanwhile, st.integers(1, 7), st.integers(0, 1))
def test_who_reads_down_gets_each_post_once(
    made: list[Step], later: list[list[Step]], limit: int, which: int
) -> None:
    story = told(made)
    read = list(readers(story))[which]
    at_first = read(ALL)
    got: list[int] = []
    page = Page(limit=limit)
    while ids := read(page):
        assert len(ids) <= limit
        got.extend(ids)
        page = Page(limit=limit, max_id=ids[-1])
        for step in later.pop() if later else ():
            story.tell(step)

    assert got == sorted(set(got), reverse=True)
    assert set(got) <= set(at_first)
    still_there = set(read(ALL))
    assert [one for one in at_first if one in still_there] == [
        one for one in got if one in still_there
    ]


@settings(max_examples=150, deadline=None)
@given(histories, meanwhile, st.integers(1, 7), st.integers(0, 1), st.integers(0, 30))
def test_who_reads_up_gets_each_post_once(
    made: list[Step], later: list[list[Step]], limit: int, which: int, start: int
) -> None:
    story = told(made)
    read = list(readers(story))[which]
    at_first = read(ALL)
    floor = at_first[start % len(at_first)] if at_first else 1
    got: list[int] = []
    page = Page(limit=limit, min_id=floor)
    while ids := read(page):
        assert len(ids) <= limit
        got.extend(ids[::-1])
        page = Page(limit=limit, min_id=ids[0])
        for step in later.pop() if later else ():
            story.tell(step)

    assert got == sorted(set(got))
    assert [one for one in reversed(read(ALL)) if one > floor] == [
        one for one in got if one in set(read(ALL))
    ]


id_lists = st.lists(st.lists(st.integers(1, 60), max_size=25), max_size=6)
bounds = st.integers(0, 62)


@settings(max_examples=400, deadline=None)
@given(id_lists, st.integers(1, 12), bounds, bounds, bounds, st.sets(st.integers(1, 60)))
def test_every_page_is_the_one_of_the_plain_list(
    sources: list[list[int]],
    limit: int,
    max_id: int,
    since_id: int,
    min_id: int,
    unseen: set[int],
) -> None:
    sets = [IdSet(source) for source in sources]
    page = Page(limit, max_id or BIGGEST_ID, since_id, min_id)
    shown = sorted({one for source in sources for one in source} - unseen)

    assert take(sets, page, lambda one: one not in unseen) == page_of(
        shown, limit, max_id, since_id, min_id
    )
    merged = list(merge(sets, page))
    assert merged == sorted(set(merged), reverse=not page.goes_up)
