"""Hashtags: what makes one, and the one name of its spellings."""

from __future__ import annotations

import unicodedata
from typing import Final

import regex

LONGEST_HASHTAG: Final = 100
WITHIN_HASHTAG: Final = r"[\p{L}\p{M}\p{Nd}\p{Pc}\u00b7\u30fb\u200c\u200d]"
"""Letters of all scripts with their marks, digits, "_", and what Catalan, Japanese, Persian and
Indic words join with."""
_NOT_LAST: Final = "\u00b7\u30fb\u200c\u200d"
_WHOLE = regex.compile(rf"[\p{{L}}\p{{Nd}}\p{{Pc}}]{WITHIN_HASHTAG}*+")
_LETTER = regex.compile(r"\p{L}")


def trim_hashtag(run: str) -> str:
    """The hashtag that begins a run of its characters, or nothing: a digit's row is no hashtag."""
    name = run.rstrip(_NOT_LAST)
    return name if len(name) <= LONGEST_HASHTAG and _LETTER.search(name) else ""


def normalise_hashtag(name: str) -> str:
    """The key under which all spellings of a hashtag are one: "Straße" and "STRASSE"."""
    if name.isascii():
        return name.lower()
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded)


def find_hashtag(typed: str) -> str | None:
    """The key for a hashtag as people ask for it, with or without its sign; None: not a hashtag."""
    name = unicodedata.normalize("NFC", typed.strip()[: 2 * LONGEST_HASHTAG]).lstrip("#＃")
    whole = _WHOLE.fullmatch(name)
    return normalise_hashtag(name) if whole and trim_hashtag(name) == name else None
