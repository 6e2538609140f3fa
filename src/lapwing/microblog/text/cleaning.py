"""Text from people, made safe to keep: no tricks with invisible or direction-changing characters.

What a script needs stays: joiners in Indic and Arabic words, in Persian and between emoji.
Sources: Unicode standard annexes 9 (directions), 15 (normal forms), 31 and 44 (ignorables).
"""

from __future__ import annotations

import unicodedata
from typing import Final

import regex

from lapwing.kernel.refusals import Refusal

LONGEST_TEXT: Final = 10_000
"""Code points that anything here looks at; counted before anything else is done."""
_MOST_MARKS: Final = 8

_LINE_ENDS = regex.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS: Final = dict.fromkeys(
    [number for number in (*range(0x20), *range(0x7F, 0xA0)) if number not in (0x09, 0x0A)]
) | {0x09: " "}
_NEVER_NEEDED = regex.compile(
    r"[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u202a-\u202e\u2060-\u2065\u206a-\u206f"
    r"\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]"
)
_SPECIAL = regex.compile(
    r"[\u200c\u200d\u2066-\u2069\ufe00-\ufe0f\U000e0020-\U000e01ef]"
    rf"|\p{{M}}{{{_MOST_MARKS + 1}}}"
)
_JOINING = (
    r"\p{Arab}\p{Syrc}\p{Mong}\p{Deva}\p{Beng}\p{Guru}\p{Gujr}\p{Orya}\p{Taml}\p{Telu}\p{Knda}"
    r"\p{Mlym}\p{Sinh}\p{Khmr}\p{Mymr}\p{Tibt}"
)
_VARIATION = r"\ufe00-\ufe0f\U000e0100-\U000e01ef"
_STRAY_VARIATIONS = regex.compile(rf"(?:^|(?<=[\s\p{{Cf}}{_VARIATION}]))[{_VARIATION}]")
_STRAY_JOINERS = regex.compile(
    rf"(?V1)(?<=[{_JOINING}&&[\p{{L}}\p{{M}}]])[\u200c\u200d](*SKIP)(*FAIL)"
    r"|(?<=[\p{Extended_Pictographic}\ufe0f\U0001f3fb-\U0001f3ff])\u200d"
    r"(?=\p{Extended_Pictographic})(*SKIP)(*FAIL)|[\u200c\u200d]"
)
_STRAY_TAGS = regex.compile(
    r"\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f(*SKIP)(*FAIL)|[\U000e0020-\U000e007f]"
)
_TOO_MANY_MARKS = regex.compile(rf"(\p{{M}}{{{_MOST_MARKS}}})\p{{M}}+")
_OPENING, _CLOSING = "\u2066\u2067\u2068", "\u2069"
_BLANK_IN_NAMES = regex.compile(r"[\u2066-\u2069\u2800\s]+")


def clean_text(text: str, *, field: str = "status", longest: int = LONGEST_TEXT) -> str:
    """The text in normal form C, its lines ended by "\\n", without blanks around it.

    Refuses (`text_too_long`) more than `longest` code points, and (`text_not_unicode`) what
    cannot be written as UTF-8.
    """
    if len(text) > longest:
        raise Refusal(
            "text_too_long",
            f"The text has {len(text)} characters; at most {longest} can be read.",
            field=field,
        )
    text = _LINE_ENDS.sub("\n", text).translate(_CONTROLS)
    if text.isascii():
        return text.strip()
    _check_encodable(text, field)
    text = _NEVER_NEEDED.sub("", unicodedata.normalize("NFC", text)).strip()
    if _SPECIAL.search(text):
        text = _without_strays(text).strip()
    return unicodedata.normalize("NFC", text)


def clean_line(text: str, *, field: str, longest: int = LONGEST_TEXT) -> str:
    """Clean text of one line, for names: runs of blanks are one space, directions are not set."""
    return _BLANK_IN_NAMES.sub(" ", clean_text(text, field=field, longest=longest)).strip()


def _check_encodable(text: str, field: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Refusal(
            "text_not_unicode",
            f"Character {error.start + 1} of the text is half of a character; write it anew.",
            field=field,
        ) from error


def _without_strays(text: str) -> str:
    text = _STRAY_TAGS.sub("", text)
    text = _STRAY_VARIATIONS.sub("", text)
    text = _STRAY_JOINERS.sub("", text)
    text = _TOO_MANY_MARKS.sub(r"\1", text)
    return "\n".join(map(_with_balanced_isolates, text.split("\n")))


def _with_balanced_isolates(line: str) -> str:
    """Without isolates that are not closed in their line, and closings of nothing."""
    if not any(mark in line for mark in (*_OPENING, _CLOSING)):
        return line
    kept = list(line)
    open_at: list[int] = []
    for at, character in enumerate(line):
        if character in _OPENING:
            open_at.append(at)
        elif character == _CLOSING:
            if open_at:
                open_at.pop()
            else:
                kept[at] = ""
    for at in open_at:
        kept[at] = ""
    return "".join(kept)
