"""Posts that say that a service fails: a weak signal, and never more."""

from __future__ import annotations

import pytest
from tests.unit.watching.lived import START, Lived, fresh_watch

from lapwing.outages.checkpoint import packed, restore
from lapwing.outages.counting.post_hints import (
    ACCOUNTS_FOR_MOST,
    HINT_MIN,
    MOST_PART,
    PostHints,
)
from lapwing.outages.journal import PostHint, PostsHinted


def hinted(minute: int, accounts: range, service: str = "x") -> PostsHinted:
    hints = [PostHint(service, f"account {one}") for one in accounts]
    return PostsHinted(minute * 60_000 + 1_000, hints)


def parts_of(entries: list[PostsHinted], minute: int) -> dict[str, float]:
    hints = PostHints()
    for entry in entries:
        hints.take(entry.at_ms, entry.hints)
    return hints.parts(minute)


def test_posts_stand_for_less_than_a_tenth_and_cost_a_tenth_of_the_budget_at_most() -> None:
    assert MOST_PART < 0.1
    assert 1.0 / (1.0 - MOST_PART) <= 1.1 + 1e-12


@pytest.mark.parametrize(
    ("accounts", "part"), [(1, 0.1), (5, 0.5), (ACCOUNTS_FOR_MOST, 1.0), (100_000, 1.0)]
)
def test_each_account_adds_its_part_up_to_the_most(accounts: int, part: float) -> None:
    entries = [hinted(START, range(accounts))]
    assert parts_of(entries, START) == {"x": pytest.approx(part * MOST_PART)}


def test_one_account_speaks_once_an_hour_however_often_it_posts() -> None:
    entries = [hinted(START + minute, range(1)) for minute in range(HINT_MIN)]
    assert parts_of(entries, START + HINT_MIN - 1) == {"x": pytest.approx(MOST_PART / 10)}
    assert parts_of(entries, START + HINT_MIN) == {}


def test_a_post_speaks_for_an_hour_of_its_own_service() -> None:
    entries = [hinted(START, range(3)), hinted(START + 30, range(3), "y")]
    assert parts_of(entries, START + HINT_MIN - 1).keys() == {"x", "y"}
    assert parts_of(entries, START + HINT_MIN).keys() == {"y"}


def test_what_is_posted_after_a_minute_says_nothing_of_it() -> None:
    assert parts_of([hinted(START + 1, range(3))], START) == {}


def test_any_number_of_posts_alone_never_declares() -> None:
    lived = Lived()
    lived.live(3 * 1440 // 10)  # a quiet service's first hours, with a report now and then
    lived.report(1)
    for _ in range(180):
        lived.tell(hinted(lived.minute, range(5_000)))
        lived.live(1)
    assert lived.watch.records.incidents == {}


def declared_after(reports: list[int], accounts: int) -> int | None:
    """Minutes from the first report to the incident."""
    lived = Lived()
    lived.live(2 * 1440 // 10)
    lived.report(1)
    lived.live(60)
    lived.tell(hinted(lived.minute, range(accounts)))
    for minute, count in enumerate(reports):
        lived.live(1, count)
        if lived.watch.records.incidents:
            return minute
    return None


@pytest.mark.parametrize(
    "reports", [[1] * 40, [2] * 30, [3, 0, 4, 0, 5] * 6, [60] * 3, [10, 12, 15, 20, 30] * 3]
)
def test_with_posts_an_outage_is_never_declared_later(reports: list[int]) -> None:
    without, with_posts = declared_after(reports, 0), declared_after(reports, 1_000)
    if without is not None:
        assert with_posts is not None
        assert with_posts <= without


def test_posts_on_a_service_nobody_ever_reported_change_nothing() -> None:
    lived = Lived()
    lived.tell(hinted(lived.minute, range(50), "unheard-of"))
    lived.live(5, 1)
    assert lived.watch.records.incidents == {}


def test_a_restart_knows_who_said_so() -> None:
    lived = Lived()
    lived.live(5, 1)
    lived.tell(hinted(lived.minute, range(4)))
    again = fresh_watch()
    assert restore(again, packed(lived.watch), [])
    minute = lived.minute
    assert again.hints.parts(minute) == lived.watch.hints.parts(minute) != {}


def test_the_journal_tells_it_again() -> None:
    entries = [hinted(START, range(7)), hinted(START + 5, range(3, 12))]
    assert parts_of(entries, START + 6) == parts_of(entries, START + 6)
    assert parts_of(entries, START + 6) == {"x": pytest.approx(MOST_PART)}
