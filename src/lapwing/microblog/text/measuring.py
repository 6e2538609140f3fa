"""How long a post is, as Mastodon counts: what people see as one character counts one."""

from __future__ import annotations

from typing import Final

import regex

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.text.parsing import parse
from lapwing.microblog.text.segments import ForeignMention, Link, Mention, ParsedText

LINK_LENGTH: Final = 23
"""What every link counts, however long: a long address costs nobody their words."""
_LINK = "x" * LINK_LENGTH
_FLAG = regex.compile(r"[\U0001f1e6-\U0001f1ff]{2}")
_CLUSTER = regex.compile(r"\X")


def measure(text: str, warning: str = "") -> int:
    """Characters of a clean text with its content warning."""
    return measure_parsed(parse(text), warning)


def measure_parsed(parsed: ParsedText, warning: str = "") -> int:
    """`measure` for a text that has been taken apart already."""
    counted = []
    for segment in parsed.segments:
        if isinstance(segment, Link):
            counted.append(_LINK)
        elif isinstance(segment, Mention | ForeignMention):
            counted.append(f"@{segment.name}")
        else:
            counted.append(segment.written)
    return count_characters(warning) + count_characters("".join(counted))


def count_characters(text: str) -> int:
    """Grapheme clusters (Unicode standard annex 29)."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    # Flags are paired here: the library looks back to a row's beginning for each of them.
    return sum(1 for _ in _CLUSTER.finditer(_FLAG.sub("x", text)))


def check_length(parsed: ParsedText, warning: str, most: int) -> None:
    """Refuses (`text_too_long`) a post of more than `most` characters."""
    length = measure_parsed(parsed, warning)
    if length > most:
        raise Refusal(
            "text_too_long",
            f"The post has {length} characters; at most {most} are allowed.",
            field="status",
        )
