"""The words by which a text is found; the same for every index, so that all find the same."""

from __future__ import annotations

import unicodedata
from typing import Final

import regex

LONGEST_WORD: Final = 64
MOST_WORDS: Final = 5_000

_UNSPACED = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\u30fc\u3005"
)
_WORD = regex.compile(rf"(?V1)[{_UNSPACED}]|[[\p{{L}}\p{{M}}\p{{N}}_]--[{_UNSPACED}]]++")
_SIGNED = regex.compile(r"[#@$][\p{L}\p{M}\p{N}_]++")
_ACCENTS = regex.compile(r"[\u0300-\u036f]+")
_APOSTROPHES = regex.compile(r"(?<=\w)['’ʼ](?=\w)")
_ONE_UNSPACED = regex.compile(rf"[{_UNSPACED}]")


def fold_text(text: str) -> str:
    """One case, one width, no accents on Latin, Greek and Cyrillic letters; Indic vowels stay."""
    if text.isascii():
        return _APOSTROPHES.sub("", text.lower())
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return _APOSTROPHES.sub("", unicodedata.normalize("NFKC", _ACCENTS.sub("", apart)))


def words_of(text: str) -> list[str]:
    """In order. In scripts that put no blanks between words every character is one, and a
    phrase of them is found as it stands."""
    found = _WORD.findall(fold_text(text))
    return [word[:LONGEST_WORD] for word in found[:MOST_WORDS]]


def signed_words_of(text: str) -> list[str]:
    """Hashtags, mentions and services with their signs, each whole and once: "#xdown"."""
    found = _SIGNED.findall(fold_text(text))
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in found[:MOST_WORDS]))


def can_be_begun(word: str) -> bool:
    """Whether the word may be the beginning of a longer one that somebody is typing."""
    return len(word) > 1 and not _ONE_UNSPACED.match(word)


def key_of(fact: str) -> str:
    """What a post is ("from:bob"), as a word that is no word's beginning."""
    return f":{fact}"
