"""Services by name in a sentence, and which names are words of the language too."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import regex

from lapwing.microblog.text.outage_claims.common_names import is_common_name

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\u30fc"
_TOKEN = regex.compile(
    rf"(?V1)[$#@]?(?:[{_UNSPACED}]++|[[\p{{L}}\p{{M}}\p{{N}}_]--[{_UNSPACED}]]++)|[,،、:()\[\]“”\"—–|/]"
)
_NOT_CONTRACTION = regex.compile(r"(?i)n['’]t\b")
_APOSTROPHES = regex.compile(r"['’ʼ`]")
_ACCENTS = regex.compile(r"[\u0300-\u036f\u064b-\u0652\u0670]+")
_SAME: Final = str.maketrans({"ı": "i", "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه"})
_ARABIC = regex.compile(r"\p{Arab}")
_ARABIC_PREFIX = regex.compile(r"^(?:[وف]?(?:بال|لل|ال|[بل])|و)")
_KATAKANA: Final = r"\p{Katakana}\u30fc"
COMMA: Final = ","


@dataclass(frozen=True, slots=True)
class Token:
    written: str
    folded: str
    sign: str = ""
    """`$`, `#` or `@` before it."""


@dataclass(frozen=True, slots=True)
class Named:
    """A service's name at tokens [start, end) of a sentence."""

    slug: str
    start: int
    end: int
    is_common: bool
    """Whether the name is a usual word, or a letter or two."""
    is_written_so: bool
    """With the capitals of the name, or with a sign."""


class ServiceNames:
    """The names of all watched services, prepared once."""

    def __init__(self, services: Iterable[tuple[str, Iterable[str]]]) -> None:
        """`services`: slug, and its name with all aliases."""
        self._by_words: dict[str, tuple[str, str]] = {}
        unspaced: list[str] = []
        for slug, names in services:
            for name in names:
                tokens = [each for each in tokenise(name) if each.folded != COMMA]
                key = " ".join(each.folded for each in tokens)
                if key:
                    self._by_words.setdefault(key, (slug, name))
                if regex.fullmatch(rf"[{_UNSPACED}]+", key):
                    unspaced.append(key)
        self._first_words = {key.partition(" ")[0] for key in self._by_words}
        self._most_words = max((key.count(" ") + 1 for key in self._by_words), default=0)
        self._by_hashtag = {key.replace(" ", ""): slug for key, (slug, _) in self._by_words.items()}
        self._unspaced = _any_of(unspaced)

    def find_hashtag(self, folded: str) -> str | None:
        """The slug of the service whose name is written so in a hashtag."""
        return self._by_hashtag.get(folded)

    def tokens_of(self, sentence: str) -> list[Token]:
        """The sentence's tokens; names in scripts without blanks stand alone."""
        tokens = tokenise(sentence)
        if self._unspaced is None:
            return tokens
        apart: list[Token] = []
        for token in tokens:
            if self._unspaced.search(token.folded):
                pieces = self._unspaced.split(token.folded)
                apart.extend(Token(piece, piece) for piece in pieces if piece)
            else:
                apart.append(token)
        return apart

    def find(self, tokens: list[Token]) -> Iterator[Named]:
        """The names in the sentence, the longest at each place."""
        at = 0
        while at < len(tokens):
            named = self._find_at(tokens, at)
            if named is None:
                at += 1
            else:
                yield named
                at = named.end

    def _find_at(self, tokens: list[Token], at: int) -> Named | None:
        first = tokens[at].folded
        if first not in self._first_words and not _ARABIC.match(first):
            return None
        for end in range(min(len(tokens), at + self._most_words), at, -1):
            key = " ".join(token.folded for token in tokens[at:end])
            found = self._by_words.get(key) or (end == at + 1 and self._find_in_arabic(key)) or None
            if found is not None:
                slug, name = found
                written = " ".join(token.written for token in tokens[at:end])
                is_written_so = tokens[at].sign != "" or _is_like(written, name)
                if is_written_so or not _is_two_letters(key):
                    return Named(slug, at, end, is_common_name(key), is_written_so)
        return None

    def _find_in_arabic(self, word: str) -> tuple[str, str] | None:
        """Arabic writes "the", "in" and "and" as the beginning of the word."""
        if not _ARABIC.match(word):
            return None
        return self._by_words.get(_ARABIC_PREFIX.sub("", word))


def tokenise(text: str) -> list[Token]:
    """Words in their order; marks that divide a sentence are a comma each."""
    plain = unicodedata.normalize("NFKC", text)
    plain = _APOSTROPHES.sub(" ", _NOT_CONTRACTION.sub("nt", plain))
    return [_token(found) for found in _TOKEN.findall(plain)]


def fold_word(word: str) -> str:
    """One case, no accents on Latin letters, no vowel signs on Arabic ones."""
    if word.isascii():
        return word.lower()
    apart = _ACCENTS.sub("", unicodedata.normalize("NFKD", word.casefold()))
    return unicodedata.normalize("NFC", apart).translate(_SAME)


def _token(found: str) -> Token:
    if len(found) == 1 and not found.isalnum():
        return Token(COMMA, COMMA)
    sign = found[0] if found[0] in "$#@" else ""
    word = found[len(sign) :]
    return Token(word, fold_word(word), sign)


def _is_two_letters(key: str) -> bool:
    """Two letters in lower case are a word of some language ("aa", "vi", "au") more often."""
    return len(key) == 2 and key.isalpha() and is_common_name(key)


def _is_like(written: str, name: str) -> bool:
    return written == name or written.isupper() or (len(name) > 2 and written[0].isupper())


def _any_of(names: list[str]) -> regex.Pattern[str] | None:
    if not names:
        return None
    longest_first = sorted(names, key=len, reverse=True)
    alternatives = "|".join(map(_alone, longest_first))
    return regex.compile(f"({alternatives})")


def _alone(name: str) -> str:
    """A name in Katakana is not the end of another word: "ライン" in "タイムライン"."""
    if regex.fullmatch(rf"[{_KATAKANA}]+", name):
        return rf"(?<![{_KATAKANA}]){name}(?![{_KATAKANA}])"
    return name
