"""What holds for every text that anybody may write."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.text.cleaning import clean_line, clean_text
from lapwing.microblog.text.hashtags import normalise_hashtag
from lapwing.microblog.text.lookalikes import skeleton
from lapwing.microblog.text.measuring import LINK_LENGTH, measure
from lapwing.microblog.text.parsing import parse
from lapwing.microblog.text.rendering import render_field, render_html, render_note
from lapwing.microblog.text.sanitising import ATTRIBUTES, CLASSES, TAGS, sanitise_html
from lapwing.microblog.text.segments import Link

_PIECES = st.sampled_from(
    [
        *("@bob", "@a@b.org", "#tag", "#नमस्ते", "$x", "https://example.com/a", "HTTP://a.bc?q=\"'&"),
        *("javascript:alert(1)", "<script>", "</p>", '" onclick="', "&lt;", "]]>", "<!--", "\n\n"),
        *("\u202e", "\u2066", "\u2069", "\u200d", "\u200c", "\ufe0f", "\u0301", "\U000e0041", "🏴"),
        *(
            "👩",
            "\r\n",
            "\u2028",
            "\x00",
            "क्",
            "ش",
            "が",
            "か\u3099",
            "\u0344",
            "\u1e9b\u0323",
            " ",
        ),
    ]
)
TEXTS = st.lists(_PIECES | st.text(max_size=8), max_size=14).map("".join)
ANY_TEXTS = TEXTS | st.text(st.characters(codec="utf-8", max_codepoint=0x10FFFF), max_size=60)
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e")
_VALUES = {"target": {"_blank"}, "translate": {"no"}}
_RELS = {"nofollow noopener", "nofollow noopener me", "tag"}


class _Reader(HTMLParser):
    """Asserts that there is nothing in the HTML but what posts may hold; keeps its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        if tag == "br":
            self.text += "\n"
        else:
            self.open.append(tag)
        for name, value in attrs:
            assert value is not None
            assert name in ATTRIBUTES[tag]
            if name == "href":
                assert value.lower().startswith(("http://", "https://"))
            elif name == "class":
                assert set(value.split()) <= CLASSES
            elif name == "rel":
                assert value in _RELS
            else:
                assert value in _VALUES[name]

    def handle_endtag(self, tag: str) -> None:
        if tag != "br":
            assert self.open.pop() == tag
        self.text += "\n" if tag == "p" else ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def _read(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader.text


def _slug_of(name: str) -> str | None:
    return name.lower() if name.isascii() and len(name) < 4 else None


def _without_blanks(text: str) -> str:
    return "".join(text.split()).casefold()


def _comparable(text: str) -> str:
    """As `_without_blanks`; mentions lose this host, and wide signs are narrow."""
    narrow = text.replace("＠", "@").replace("＃", "#")
    return _without_blanks(narrow).replace("@here.org", "")


@given(ANY_TEXTS)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    line = clean_line(text, field="x")
    assert clean_line(line, field="x") == line
    assert len(line.splitlines()) <= 1


@given(ANY_TEXTS)
def test_clean_text_plays_no_tricks(text: str) -> None:
    clean = clean_text(text)
    assert unicodedata.is_normalized("NFC", clean)
    assert not _DIRECTIONS.intersection(clean)
    assert all(each == "\n" or unicodedata.category(each) != "Cc" for each in clean)
    for line in clean.split("\n"):
        depth = 0
        for each in line:
            depth += (each in "\u2066\u2067\u2068") - (each == "\u2069")
            assert depth >= 0
        assert depth == 0


@given(st.text(max_size=20), st.characters(categories=["Cs"]), st.text(max_size=20))
def test_half_a_character_is_refused_wherever_it_is(before: str, half: str, after: str) -> None:
    with pytest.raises(Refusal, match="half of a character"):
        clean_text(before + half + after)


@given(ANY_TEXTS)
def test_the_segments_are_the_text(text: str) -> None:
    assert (
        "".join(segment.written for segment in parse(text, "here.org", _slug_of).segments) == text
    )


@given(ANY_TEXTS)
def test_html_holds_the_text_and_nothing_else(text: str) -> None:
    parsed = parse(text, "here.org", _slug_of)
    html = render_html(parsed, "https://here.org", {"bob", "a", "x"})
    assert _comparable(_read(html)) == _comparable(text)
    assert _without_blanks(_read(render_note(text))) == _without_blanks(text)
    assert _without_blanks(_read(render_field(text))) == _without_blanks(text)


@given(ANY_TEXTS)
def test_html_from_elsewhere_is_cut_to_what_posts_hold(html: str) -> None:
    cleaned = sanitise_html(html)
    assert "<script" not in cleaned.lower()
    _read(cleaned)
    assert sanitise_html(cleaned) == cleaned


@given(ANY_TEXTS)
def test_what_is_drawn_here_loses_no_text_when_it_is_cut(text: str) -> None:
    html = render_html(parse(clean_text(text), "here.org", _slug_of), "https://here.org", {"bob"})
    assert _read(sanitise_html(html)).split() == _read(html).split()


@given(ANY_TEXTS, ANY_TEXTS)
def test_lengths_add_up_and_are_never_more_than_code_points_but_for_links(
    text: str, warning: str
) -> None:
    assert measure(text, warning) == measure(text) + measure("", warning)
    links = sum(isinstance(segment, Link) for segment in parse(text).segments)
    assert measure(text) <= len(text) + LINK_LENGTH * links


@given(ANY_TEXTS)
def test_keys_of_names_are_stable(text: str) -> None:
    assert normalise_hashtag(normalise_hashtag(text)) == normalise_hashtag(text)
    assert skeleton(text) == skeleton(text.upper()) or not text.isascii()
