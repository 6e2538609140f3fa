"""What people type to find posts: words, "phrases", -words, from:bob, has:media, before:2026-01-01.

Nothing that is typed is an error but what cannot be meant otherwise: a date that is none, a
trait that nothing has, more than can be looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

import regex

from lapwing.kernel.instants import to_ms
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.search.words import LONGEST_WORD, can_be_begun, fold_text, key_of, words_of

LONGEST_QUERY: Final = 1_000
MOST_TERMS: Final = 24

_PIECE = regex.compile(r'[^\s"]*+"[^"]*+"?+|[^\s"]++')
_MINUS: Final = "-−–"
_DATE = regex.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_HAS: Final = ("media", "image", "video", "audio", "poll", "link", "warning")
_IS: Final = ("reply", "quote", "sensitive")
_SYNONYMS: Final = {"embed": "link", "links": "link", "images": "image", "photo": "image"}
_DATES: Final = frozenset({"before", "after", "during", "since", "until"})


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow one another; with `begun`, the last may go on ("twi" finds "twitter")."""

    words: tuple[str, ...]
    begun: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    wanted: tuple[Term, ...] = ()
    """All of them."""
    unwanted: tuple[Term, ...] = ()
    """None of them."""
    from_ms: int | None = None
    """Not before; milliseconds since 1970."""
    until_ms: int | None = None
    """Before."""

    @property
    def is_empty(self) -> bool:
        return self == SearchQuery()


def parse_query(text: str, *, me: str | None = None, zone: tzinfo = UTC) -> SearchQuery:
    """`me`: the asking account's name, for from:me; `zone`: in which dates are meant.

    Refuses (`query_too_long`, `query_unclear`).
    """
    if len(text) > LONGEST_QUERY:
        raise Refusal(
            "query_too_long", f"A search has at most {LONGEST_QUERY} characters.", field="q"
        )
    reader = _Reader(me, zone)
    pieces = _PIECE.findall(text)
    for number, piece in enumerate(pieces, start=1):
        reader.read(piece, is_last=number == len(pieces))
    return reader.result()


class _Reader:
    def __init__(self, me: str | None, zone: tzinfo) -> None:
        self._me = me
        self._zone = zone
        self._wanted: list[Term] = []
        self._unwanted: list[Term] = []
        self._from_ms: list[int] = []
        self._until_ms: list[int] = []

    def read(self, piece: str, *, is_last: bool) -> None:
        excluded = piece[0] in _MINUS and len(piece) > 1
        body = piece[1:] if excluded or piece[0] == "+" else piece
        head, quote, quoted = body.partition('"')
        operator, colon, value = head.partition(":")
        value = quoted.rstrip('"') if quote and not value else value
        if colon and value and self._read_operator(operator.lower(), value, excluded=excluded):
            return
        self._add_words(head, excluded=excluded, begun=is_last and not quote and not excluded)
        self._add_words(quoted, excluded=excluded)

    def result(self) -> SearchQuery:
        if len(self._wanted) + len(self._unwanted) > MOST_TERMS:
            raise _unclear(f"A search has at most {MOST_TERMS} words and conditions.")
        return SearchQuery(
            tuple(self._wanted),
            tuple(self._unwanted),
            max(self._from_ms, default=None),
            min(self._until_ms, default=None),
        )

    def _read_operator(self, operator: str, value: str, *, excluded: bool) -> bool:
        if operator == "from":
            self._add_fact(f"from:{self._name_of(value)}", excluded=excluded)
        elif operator in ("has", "is"):
            self._add_fact(f"{operator}:{_trait(operator, value)}", excluded=excluded)
        elif operator == "language":
            code = value.lower().replace("_", "-").partition("-")[0][:LONGEST_WORD]
            self._add_fact(f"language:{code}", excluded=excluded)
        elif operator in _DATES:
            if excluded:
                raise _unclear(f"{operator}: takes no minus; before: and after: are opposites.")
            self._add_date(operator, value)
        else:
            return False
        return True

    def _name_of(self, value: str) -> str:
        name = value.lower().lstrip("@").partition("@")[0]
        if name == "me" and self._me is not None:
            return self._me.lower()
        return name[:LONGEST_WORD]

    def _add_date(self, operator: str, value: str) -> None:
        start_ms, end_ms = _span_of(operator, value, self._zone)
        if operator in ("before", "until"):
            self._until_ms.append(start_ms)
        elif operator == "after":
            self._from_ms.append(end_ms)
        else:
            self._from_ms.append(start_ms)
        if operator == "during":
            self._until_ms.append(end_ms)

    def _add_words(self, text: str, *, excluded: bool, begun: bool = False) -> None:
        words = tuple(words_of(text))
        if not words:
            return
        if text[0] in "#@$" and len(signed := fold_text(text)[:LONGEST_WORD]) > 1:
            whole = signed[0] + "".join(words)
            words = (whole,) if signed.startswith(whole) else words
        begun = begun and can_be_begun(words[-1])
        self._add(Term(words, begun), excluded=excluded)

    def _add_fact(self, fact: str, *, excluded: bool) -> None:
        self._add(Term((key_of(fact),)), excluded=excluded)

    def _add(self, term: Term, *, excluded: bool) -> None:
        (self._unwanted if excluded else self._wanted).append(term)


def _trait(operator: str, value: str) -> str:
    known = _HAS if operator == "has" else _IS
    asked = value.lower()
    asked = _SYNONYMS.get(asked, asked)
    if asked not in known:
        raise _unclear(f"{operator}:{value[:20]} is not known; there are {', '.join(known)}.")
    return asked


def _span_of(operator: str, value: str, zone: tzinfo) -> tuple[int, int]:
    """From the first millisecond of a day, month or year to that of the next."""
    match = _DATE.fullmatch(value)
    try:
        if match is None:
            raise ValueError(value)
        year, month, day = (int(part) if part else None for part in match.groups())
        first = datetime(year or 0, month or 1, day or 1, tzinfo=zone)
        if day is not None:
            following = first + timedelta(days=1)
        elif month is not None:
            following = (first + timedelta(days=32)).replace(day=1)
        else:
            following = first.replace(year=first.year + 1)
        return to_ms(first), to_ms(following)
    except (ValueError, OverflowError) as error:
        raise _unclear(
            f"{operator}:{value[:20]} has no date; write it as {operator}:2026-01-31."
        ) from error


def _unclear(message: str) -> Refusal:
    return Refusal("query_unclear", message, field="q")
