"""Home when the live read fails or comes back empty: what is shown, and what is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lapwing.accounts.entries import AccountDeleted, AccountOpened
from lapwing.accounts.model import Standing
from lapwing.kernel.refusals import Unavailable
from lapwing.microblog.entries import PostDeleted, PostWritten, RelationChanged
from lapwing.microblog.model import Post, Relation, Visibility
from lapwing.microblog.never_empty.home import Home, Source
from lapwing.microblog.never_empty.kept_pages import KeptPages
from lapwing.microblog.paging import Page
from lapwing.microblog.state import SquareState
from lapwing.microblog.timelines import Timelines

ANN, BOB, EVE = 1, 2, 3
NOON_MS = 1_700_000_000_000


class Breaking(Timelines):
    """Timelines whose home can be made to fail."""

    answer: Callable[[], list[int]] | None = None

    def home(self, viewer_id: int, page: Page) -> list[int]:
        return super().home(viewer_id, page) if self.answer is None else self.answer()


class Lived:
    def __init__(self) -> None:
        self.now_ms = NOON_MS
        self.state = SquareState()
        square = self.state.square
        for one, name in ((ANN, "ann"), (BOB, "bob"), (EVE, "eve")):
            self.state.apply(AccountOpened(NOON_MS, one, name, Standing.ACTIVE))
        self.relate(ANN, Relation.FOLLOW, BOB)
        self.kept = KeptPages()
        self.timelines = Breaking(square, lambda: self.now_ms)
        self.home = Home(square, self.timelines, self.kept, lambda: self.now_ms)

    def relate(self, one: int, relation: Relation, other: int, *, on: bool = True) -> None:
        self.state.apply(RelationChanged(NOON_MS, one, other, relation, on))

    def post(
        self, post_id: int, author: int = BOB, visibility: Visibility = Visibility.PUBLIC
    ) -> None:
        post = Post(post_id, author, NOON_MS, f"post {post_id}", visibility, thread_id=post_id)
        self.state.apply(PostWritten(NOON_MS, post))

    def fail(self, how: str) -> None:
        def breaks() -> list[int]:
            raise RuntimeError("a bug")

        self.timelines.answer = breaks if how == "raises" else list
        self.now_ms += 90_000


@pytest.fixture
def lived() -> Lived:
    made = Lived()
    made.post(100)
    made.post(101, visibility=Visibility.FOLLOWERS)
    made.post(102, EVE)
    return made


def test_live_is_live(lived: Lived) -> None:
    shown = lived.home.read(ANN, Page())
    assert (shown.ids, shown.source, shown.made_ms) == ((101, 100), Source.LIVE, NOON_MS)


@pytest.mark.parametrize("how", ["raises", "empty"])
def test_the_last_good_page_is_shown_with_its_age(lived: Lived, how: str) -> None:
    lived.home.read(ANN, Page())
    lived.fail(how)
    shown = lived.home.read(ANN, Page())
    assert (shown.ids, shown.source, shown.made_ms) == ((101, 100), Source.STALE, NOON_MS)


@pytest.mark.parametrize("how", ["raises", "empty"])
def test_the_kept_page_outlives_the_process(lived: Lived, how: str) -> None:
    lived.home.read(ANN, Page())
    packed = lived.kept.pack()
    again = Lived()
    again.post(100)
    again.post(101, visibility=Visibility.FOLLOWERS)
    again.kept.unpack(packed)
    again.fail(how)
    assert again.home.read(ANN, Page()).ids == (101, 100)


def test_deletes_and_blocks_apply_to_kept_pages(lived: Lived) -> None:
    lived.home.read(ANN, Page())
    lived.state.apply(PostDeleted(NOON_MS, 100, BOB))
    lived.fail("raises")
    assert lived.home.read(ANN, Page()).ids == (101,)
    lived.relate(BOB, Relation.BLOCK, ANN)
    shown = lived.home.read(ANN, Page())
    assert 101 not in shown.ids


def test_a_deleted_account_leaves_no_page(lived: Lived) -> None:
    lived.home.read(ANN, Page())
    lived.kept.pack()
    lived.state.apply(AccountDeleted(NOON_MS, ANN, ANN))
    assert lived.kept.has_changed
    assert lived.kept.find(ANN) is None


def test_what_followers_read_is_not_shown_to_who_follows_no_more(lived: Lived) -> None:
    lived.home.read(ANN, Page())
    lived.relate(ANN, Relation.FOLLOW, BOB, on=False)
    lived.relate(ANN, Relation.FOLLOW, EVE)
    lived.fail("raises")
    assert 101 not in lived.home.read(ANN, Page()).ids


def test_no_page_is_another_viewers(lived: Lived) -> None:
    lived.home.read(ANN, Page())
    lived.relate(EVE, Relation.FOLLOW, BOB)
    lived.fail("raises")
    shown = lived.home.read(EVE, Page())
    assert shown.source is Source.SNAPSHOT
    assert shown.ids == (102, 100)


def test_following_nobody_is_empty_and_no_failure(lived: Lived) -> None:
    assert lived.home.read(EVE, Page()).ids == (102,)
    assert lived.home.read(BOB, Page()).ids == (101, 100)
    fresh = Lived()
    fresh.fail("empty")
    assert fresh.home.read(EVE, Page()).ids == ()


def test_who_parted_from_all_is_shown_an_empty_page_not_the_old_one(lived: Lived) -> None:
    lived.home.read(ANN, Page())
    lived.relate(ANN, Relation.FOLLOW, BOB, on=False)
    shown = lived.home.read(ANN, Page())
    assert (shown.ids, shown.source) == ((), Source.LIVE)


def test_older_pages_come_from_the_kept_one_as_well(lived: Lived) -> None:
    lived.home.read(ANN, Page())
    lived.fail("raises")
    assert lived.home.read(ANN, Page(max_id=101)).ids == (100,)
    assert lived.home.read(ANN, Page(min_id=100)).ids == (101,)


def test_where_nothing_is_known_it_says_so(lived: Lived) -> None:
    lived.fail("raises")
    with pytest.raises(Unavailable, match="nothing of it is lost"):
        lived.home.read(ANN, Page())


def test_a_replica_says_since_when_it_hears_nothing(lived: Lived) -> None:
    home = Home(
        lived.state.square, lived.timelines, lived.kept, lambda: lived.now_ms, lambda: NOON_MS - 5
    )
    shown = home.read(ANN, Page())
    assert (shown.ids, shown.source, shown.made_ms) == ((101, 100), Source.REPLICA, NOON_MS - 5)
