"""Turns what a sentence says of a service into cues, by the phrases of all languages at once.

What a post says of its own language is not asked: many never set theirs, and on the sentences of
the tests it made no difference.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

import regex

from lapwing.microblog.text.outage_claims.phrases import LANGUAGES
from lapwing.microblog.text.outage_claims.phrases.form import (
    DOWN,
    FAILS,
    NEUTRAL,
    TROUBLE,
    WORKS,
    Phrases,
)

_WITHOUT_BLANKS: Final = frozenset({"ja"})
_NEVER: Final = "(?!)"


class CueReader:
    """The phrases of all languages, compiled together; that takes a part of a second."""

    def __init__(self) -> None:
        chosen = list(LANGUAGES)
        self._steps = [
            (_compile("around", chosen), f"N {FAILS}"),
            (_compile("neutral", chosen), NEUTRAL),
            (_compile("fails", chosen), FAILS),
            (_compile("trouble", chosen), TROUBLE),
            (_compile("down", chosen), DOWN),
            (_compile("works", chosen), WORKS),
        ]
        self._denied = _compile("denied", chosen)
        self._topics = _compile("topics", chosen)
        self.filler = _fillers(chosen)

    def read(self, sentence: str) -> str:
        """The sentence (words between single blanks, blanks around) with cues for its phrases."""
        for pattern, cue in self._steps:
            sentence = pattern.sub(f" {cue} ", sentence)
        return " " + " ".join(sentence.split()) + " "

    def is_denied(self, cued: str) -> bool:
        return bool(self._denied.search(cued) or self._topics.search(cued))


def _compile(kind: str, languages: Iterable[str]) -> regex.Pattern[str]:
    spaced: list[str] = []
    unspaced: list[str] = []
    for code in languages:
        phrases: tuple[str, ...] = getattr(LANGUAGES[code], kind)
        (unspaced if code in _WITHOUT_BLANKS else spaced).extend(phrases)
    words = rf"(?<= )(?:{_joined(spaced)})(?= )"
    return regex.compile(f"{words}|(?:{_joined(unspaced)})")


def _fillers(languages: Iterable[str]) -> str:
    """One word that may stand between a name and its cue."""
    chosen: list[Phrases] = [LANGUAGES[code] for code in languages if code not in _WITHOUT_BLANKS]
    alternatives = _joined(words for phrases in chosen for words in phrases.fillers)
    runs = [
        f"(?:{_joined(LANGUAGES[code].fillers)})++" for code in languages if code in _WITHOUT_BLANKS
    ]
    return f"(?:{'|'.join([alternatives, *runs])})(?= )"


def _joined(alternatives: Iterable[str]) -> str:
    return unicodedata.normalize("NFC", "|".join(alternatives)) or _NEVER
