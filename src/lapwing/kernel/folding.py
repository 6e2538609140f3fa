"""One spelling for all spellings of a name, so that names typed by people can be looked up."""

from __future__ import annotations

import re
import unicodedata

_DROPPED = re.compile(r"['’ʻʼ`´.]")
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_SPELT_OUT = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}
_JOINED = frozenset({"mc", "o"})


def fold(text: str) -> str:
    """Lower case, no accents, no punctuation, single spaces; "St. Louis" becomes "saint louis".

    Combining marks are dropped from Latin, Greek and Cyrillic letters only: in Indic scripts
    they are the vowels.
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    bare = _DROPPED.sub("", unicodedata.normalize("NFKD", plain))
    if bare.isascii():
        words = _SEPARATORS.sub(" ", bare).split()
    else:
        words = unicodedata.normalize("NFKC", "".join(map(_bare_letter, bare))).split()
    words = [_SPELT_OUT.get(word, word) for word in words]
    if len(words) > 1 and words[0] in _JOINED:
        words[:2] = [words[0] + words[1]]  # "mc kinney" is written "mckinney", "o fallon" "ofallon"
    return " ".join(words)


def _bare_letter(character: str) -> str:
    if "\u0300" <= character <= "\u036f":
        return ""
    if character.isalnum() or unicodedata.category(character).startswith("M"):
        return character
    return " "
