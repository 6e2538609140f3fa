"""What people type, as a query."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from lapwing.kernel.instants import to_ms
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.search.queries import MOST_TERMS, SearchQuery, Term, parse_query


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("is it down", [Term(("is",)), Term(("it",)), Term(("down",), begun=True)]),
        ("x", [Term(("x",))]),
        ('"is it down"', [Term(("is", "it", "down"))]),
        ('"open end', [Term(("open", "end"))]),
        ("down-time", [Term(("down", "time"), begun=True)]),
        ("落ちた", [Term(("落", "ち", "た"))]),
        ("#XDown", [Term(("#xdown",), begun=True)]),
        ("@bob@here.org", [Term(("bob", "here", "org"), begun=True)]),
        ("foo:bar", [Term(("foo", "bar"), begun=True)]),
        ("FROM:@Bob", [Term((":from:bob",))]),
        ("from:me", [Term((":from:me",))]),
        ('from:"bob"', [Term((":from:bob",))]),
        ("has:embed", [Term((":has:link",))]),
        ("language:pt_BR", [Term((":language:pt",))]),
        ("has:", [Term(("has",), begun=True)]),
        ("+must", [Term(("must",), begun=True)]),
    ],
)
def test_terms(typed: str, wanted: list[Term]) -> None:
    assert parse_query(typed) == SearchQuery(tuple(wanted))


def test_a_minus_excludes() -> None:
    query = parse_query('x -down -"two words" -from:bob -')
    assert query.wanted == (Term(("x",)),)
    assert query.unwanted == (Term(("down",)), Term(("two", "words")), Term((":from:bob",)))


def test_one_may_ask_for_ones_own() -> None:
    assert parse_query("from:me", me="Ada").wanted == (Term((":from:ada",)),)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("during:2026-12", (2026, 12, 1), (2027, 1, 1)),
        ("during:2024-2-29", (2024, 2, 29), (2024, 3, 1)),
        ("during:2025", (2025, 1, 1), (2026, 1, 1)),
        ("after:2025-12-30 before:2026-01-01", (2025, 12, 31), (2026, 1, 1)),
        ("since:2026-01-01 since:2026-01-03 until:2026-01-05", (2026, 1, 3), (2026, 1, 5)),
    ],
)
def test_dates(typed: str, first: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    query = parse_query(typed)
    assert query.from_ms == to_ms(datetime(*first, tzinfo=UTC))
    assert query.until_ms == to_ms(datetime(*last, tzinfo=UTC))


def test_dates_are_those_of_the_asking_person() -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    midnight = datetime(2023, 12, 20, 18, 30, tzinfo=UTC)
    assert parse_query("since:2023-12-21", zone=india).from_ms == to_ms(midnight)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("before:yesterday", "write it as before:2026-01-31"),
        ("before:2026-13-01", "has no date"),
        ("during:2023-02-29", "has no date"),
        ("after:0000", "has no date"),
        ("during:9999", "has no date"),
        ("-before:2026", "no minus"),
        ("has:money", "there are media"),
        ("is:here", "there are reply"),
        ("a " * (MOST_TERMS + 1), "at most 24"),
        ("a" * 10_000, "at most 1000"),
    ],
)
def test_what_cannot_be_meant_is_refused(typed: str, message: str) -> None:
    with pytest.raises(Refusal, match=message) as refused:
        parse_query(typed)
    assert refused.value.field == "q"


def test_nothing_asks_for_nothing() -> None:
    for typed in ("", " \n", '""', "-", "' : ?!"):
        assert parse_query(typed).is_empty
