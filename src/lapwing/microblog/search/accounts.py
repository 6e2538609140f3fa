"""Finds accounts by name, also half typed and misspelt."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from heapq import nsmallest
from typing import Final

from rapidfuzz.distance import OSA

from lapwing.microblog.search.words import fold_text, words_of

LONGEST_NAME_ASKED: Final = 100
_SAME, _BEGINS, _WORD_BEGINS, _INSIDE, _MISSPELT = range(5)
_INSIDE_FROM: Final = 3
_ONE_MISTAKE_FROM, _TWO_MISTAKES_FROM = 4, 7


@dataclass(frozen=True, slots=True)
class AccountName:
    """An account as search sees it."""

    id: int
    username: str
    display_name: str = ""
    followers: int = 0


class AccountIndex:
    """Names of some thousand accounts, folded once."""

    def __init__(self, accounts: Iterable[AccountName]) -> None:
        self._names = [
            (account, account.username.lower(), " ".join(words_of(account.display_name)))
            for account in accounts
        ]

    def search(
        self, text: str, limit: int, offset: int = 0, preferred: Container[int] = ()
    ) -> list[int]:
        """Ids, the best first: the same name, names that begin so, words that begin so, names that
        hold it, misspelt ones; among equals those in `preferred` (whom one follows), then those
        with more followers. Nothing for no text."""
        username = _username_of(text)
        words = " ".join(words_of(text[:LONGEST_NAME_ASKED]))
        if not (username or words) or limit <= 0:
            return []
        ranked = []
        for account, name, display_name in self._names:
            rank = _rank(username, words, name, display_name)
            if rank is not None:
                stranger = account.id not in preferred
                ranked.append((*rank, stranger, -account.followers, name, account.id))
        return [each[-1] for each in nsmallest(offset + limit, ranked)[offset:]]


def search_accounts(
    text: str, accounts: Iterable[AccountName], limit: int, preferred: Container[int] = ()
) -> list[int]:
    """`AccountIndex.search` for accounts that are looked at once."""
    return AccountIndex(accounts).search(text, limit, preferred=preferred)


def _username_of(text: str) -> str:
    """The name of "@name@this.host"; nothing where there are several words."""
    asked = text.strip()[:LONGEST_NAME_ASKED].lower().lstrip("@").partition("@")[0]
    return "" if " " in asked else fold_text(asked)


def _rank(username: str, words: str, name: str, display_name: str) -> tuple[int, int] | None:
    """How the account matches, and by how many typing mistakes; None when it does not."""
    found = [
        rank
        for typed, term in ((username, name), (words, display_name))
        if typed and term and (rank := _match(typed, term)) is not None
    ]
    return min(found, default=None)


def _match(typed: str, term: str) -> tuple[int, int] | None:
    if term == typed:
        return _SAME, 0
    if term.startswith(typed):
        return _BEGINS, 0
    if f" {typed}" in term or f"_{typed}" in term:
        return _WORD_BEGINS, 0
    if len(typed) >= _INSIDE_FROM and typed in term:
        return _INSIDE, 0
    allowed = (len(typed) >= _ONE_MISTAKE_FROM) + (len(typed) >= _TWO_MISTAKES_FROM)
    if not allowed or typed[0] not in term[:2]:
        return None
    mistakes = min(
        OSA.distance(typed, term, score_cutoff=allowed),
        OSA.distance(typed, term[: len(typed)], score_cutoff=allowed),
    )
    return (_MISSPELT, mistakes) if mistakes <= allowed else None
