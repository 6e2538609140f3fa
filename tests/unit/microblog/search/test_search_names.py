"""Accounts and hashtags by name."""

from __future__ import annotations

import pytest

from lapwing.microblog.search.accounts import AccountIndex, AccountName, search_accounts
from lapwing.microblog.search.hashtags import search_hashtags

ACCOUNTS = [
    AccountName(1, "bob", "Robert Tables", followers=3),
    AccountName(2, "bobby", "Bobby", followers=90),
    AccountName(3, "ada_lovelace", "Ada Lovelace 👩‍💻", followers=7),
    AccountName(4, "grace", "Grace Hopper", followers=7),
    AccountName(5, "x_outages", "Outages of X", followers=1000),
    AccountName(6, "priya", "प्रिया शर्मा"),
    AccountName(7, "renee", "Renée Müller"),
    AccountName(8, "lovely", "Lo"),
]


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("bob", [1, 2]),
        ("@BOB@here.org", [1, 2]),
        ("bo", [2, 1]),
        ("lovel", [8, 3]),
        ("lovelace", [3]),
        ("Ada Love", [3]),
        ("ada lovelcae", [3]),
        ("lovlace", []),
        ("gracr", [4]),
        ("x", [5]),
        ("outages of", [5]),
        ("प्रिया", [6]),
        ("renee muller", [7]),
        ("rené", [7]),
        ("zzz", []),
        ("", []),
        ("@", []),
        ("\x00" * 10_000, []),
        ("a" * 10_000, []),
    ],
)
def test_accounts(typed: str, ids: list[int]) -> None:
    assert search_accounts(typed, ACCOUNTS, 10) == ids


def test_those_whom_one_follows_come_first_among_equals() -> None:
    index = AccountIndex(ACCOUNTS)
    assert index.search("bo", 10, preferred={1}) == [1, 2]
    assert index.search("bobby", 10, preferred={1}) == [2]
    assert index.search("bo", 1, offset=1) == [1]
    assert index.search("bo", 0) == []


def test_hashtags_by_their_beginning() -> None:
    tags = [("xdown", 40), ("x", 2), ("xmas", 90), ("नमस्ते", 5), ("down", 70)]
    assert search_hashtags("#X", tags, 10) == ["x", "xmas", "xdown"]
    assert search_hashtags("＃ＸＤ", tags, 10) == ["xdown"]
    assert search_hashtags("नम", tags, 10) == ["नमस्ते"]
    assert search_hashtags("x", tags, 1, offset=1) == ["xmas"]
    assert search_hashtags("#", tags, 10) == []
    assert search_hashtags("x" * 10_000, tags, 10) == []
