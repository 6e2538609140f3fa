"""Which reports count."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.outages.intake.caps import BLOCK_FLOOR, WINDOW_MIN, Caps
from lapwing.outages.model import ReportRow

NOON = 28_000_000 - 28_000_000 % 1440 + 720
DAY = 1440


def row(
    reporter: str | None = None,
    *,
    before: str | None = None,
    block: str | None = None,
    service: str = "x",
    minute: int = NOON,
    trusted: bool = False,
) -> ReportRow:
    return ReportRow(
        id=1,
        at_ms=minute * 60_000,
        service=service,
        reporter=reporter,
        reporter_before=before,
        block=block,
        trusted=trusted,
    )


def test_a_person_counts_once_per_service_in_the_window() -> None:
    caps = Caps()
    taken = [caps.take(row("ann"), NOON + passed) for passed in (0, 1, WINDOW_MIN - 1, WINDOW_MIN)]
    assert taken == [True, False, False, True]
    assert caps.take(row("ann", service="y"), NOON)
    assert caps.take(row("bob"), NOON)


def test_the_window_counts_from_the_report_that_counted() -> None:
    caps = Caps()
    taken = [minute for minute in range(NOON, NOON + 180) if caps.take(row("ann"), minute)]
    assert taken == [NOON, NOON + 60, NOON + 120]


def test_midnight_makes_nobody_two_persons() -> None:
    caps = Caps()
    assert caps.take(row("old-key", before="older"), NOON)
    assert not caps.take(row("new-key", before="old-key"), NOON + 5)


def test_reports_of_the_past_are_judged_in_their_own_time() -> None:
    caps = Caps()
    assert caps.take(row("ann"), NOON)
    assert caps.take(row("ann"), NOON - 500_000)
    assert not caps.take(row("ann"), NOON - 500_000 + 59)
    assert not caps.take(row("ann"), NOON - 59)
    assert not caps.take(row("ann"), NOON + 59)


def test_an_import_of_years_does_not_make_the_present_forget() -> None:
    caps = Caps()
    assert caps.take(row("ann"), NOON)
    for minute in range(NOON - 500_000, NOON - 400_000, 20):
        caps.take(row(f"past{minute}"), minute)
    assert not caps.take(row("ann"), NOON + 30)


def test_trusted_rows_and_rows_without_a_reporter_all_count() -> None:
    caps = Caps()
    assert all(caps.take(row("ann", trusted=True), NOON) for _ in range(10))
    assert all(caps.take(row(None), NOON) for _ in range(10))


def test_an_operators_reporter_is_not_exempt() -> None:
    caps = Caps()
    assert [caps.take(row("customer-7"), NOON) for _ in range(2)] == [True, False]


def test_an_unknown_block_brings_no_more_than_the_floor_each_minute() -> None:
    caps = Caps()
    flood = [caps.take(row(f"p{k}", block="odd"), NOON) for k in range(500)]
    assert sum(flood) == BLOCK_FLOOR
    assert caps.take(row("p501", block="odd"), NOON + 1)
    assert caps.take(row("other", block="honest"), NOON)


def ordinary_days(caps: Caps, days: int, *, start: int = NOON) -> int:
    """20 % of reports come from the carrier's shared block, the rest from blocks of their own."""
    for person, minute in enumerate(range(start, start + days * DAY, 3)):
        block = "carrier" if person % 5 == 0 else f"home{person}"
        caps.take(row(f"usual{person}", block=block), minute)
    return start + days * DAY


def outage(minute: int, count: int) -> Iterator[ReportRow]:
    chance = random.Random(5)
    for k in range(count):
        block = "carrier" if chance.random() < 0.2 else f"street{k}"
        yield row(f"hurt{minute}-{k}", block=block, minute=minute)


def test_a_carriers_shared_block_is_not_throttled_in_a_real_outage() -> None:
    caps = Caps()
    begin = ordinary_days(caps, 3)
    rows = list(outage(begin, 1000))
    counted = caps.select(rows)
    assert len(counted) >= 0.98 * len(rows)


def test_an_unusual_block_is_throttled_in_the_same_outage() -> None:
    caps = Caps()
    begin = ordinary_days(caps, 3)
    rows = list(outage(begin, 1000))
    rows += [row(f"bot{k}", block="farm", minute=begin) for k in range(1000)]
    random.Random(6).shuffle(rows)
    counted = caps.select(rows)
    assert sum(one.block == "farm" for one in counted) <= 5
    assert sum(one.block != "farm" for one in counted) >= 980


def test_a_flood_does_not_raise_its_own_share_on_the_same_day() -> None:
    caps = Caps()
    begin = ordinary_days(caps, 3) // DAY * DAY + DAY
    for minute in range(begin, begin + 600):
        for k in range(5):
            caps.take(row(f"bot{minute}-{k}", block="farm"), minute)
    flood = [caps.take(row(f"late{k}", block="farm"), begin + 700) for k in range(100)]
    assert sum(flood) == BLOCK_FLOOR


def test_a_block_refusal_does_not_use_up_the_persons_report() -> None:
    caps = Caps()
    for k in range(BLOCK_FLOOR):
        assert caps.take(row(f"p{k}", block="odd"), NOON)
    assert not caps.take(row("late", block="odd"), NOON)
    assert caps.take(row("late", block="odd"), NOON + 1)


def size(caps: Caps) -> int:
    return sum(len(part) for part in caps.picture().parts())


def test_what_is_remembered_stays_bounded() -> None:
    caps = Caps()
    for minute in range(NOON, NOON + 400 * 60, 60):
        for k in range(20):
            caps.take(row(f"{minute}-{k}", block=f"b{minute}-{k}"), minute)
    many = size(caps)
    for minute in range(NOON + 400 * 60, NOON + 1200 * 60, 60):
        for k in range(20):
            caps.take(row(f"{minute}-{k}", block=f"b{minute}-{k}"), minute)
    assert size(caps) < 3 * many


steps = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", None]),
        st.sampled_from(["a", "d", None]),
        st.sampled_from(["carrier", "home", None]),
        st.sampled_from(["x", "y"]),
        st.integers(-70, 300),
    ),
    max_size=60,
)


@given(steps=steps, cut=st.integers(0, 60))
@settings(deadline=None)
def test_going_on_from_a_checkpoint_is_going_on(
    steps: list[tuple[str | None, str | None, str | None, str, int]], cut: int
) -> None:
    rows = [
        row(reporter, before=before, block=block, service=service, minute=NOON + 17 * jump)
        for reporter, before, block, service, jump in steps
    ]
    whole = Caps()
    expected = [whole.take(one, one.at_ms // 60_000) for one in rows]
    first, second = Caps(), Caps()
    taken = [first.take(one, one.at_ms // 60_000) for one in rows[:cut]]
    second.restore(first.picture().parts())
    taken += [second.take(one, one.at_ms // 60_000) for one in rows[cut:]]
    assert taken == expected
    assert list(second.picture().parts()) == list(whole.picture().parts())


@given(steps=steps, cut=st.integers(0, 60), begun=st.booleans())
@settings(deadline=None)
def test_a_picture_is_of_the_instant_in_which_it_was_made(
    steps: list[tuple[str | None, str | None, str | None, str, int]], cut: int, begun: bool
) -> None:
    rows = [
        row(reporter, before=before, block=block, service=service, minute=NOON + 17 * jump)
        for reporter, before, block, service, jump in steps
    ]
    caps = Caps()
    caps.select(rows[:cut])
    whole = list(caps.picture().parts())
    parts = caps.picture().parts()
    taken = [next(parts)] if begun else []
    caps.select(rows[cut:])
    kept = Caps()
    kept.restore([*taken, *parts])
    assert list(kept.picture().parts()) == whole


def test_a_strange_checkpoint_is_refused() -> None:
    with pytest.raises(ValueError):
        Caps().restore([b"nothing"])
