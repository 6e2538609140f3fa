"""What in a post's text is a link, a mention, a hashtag or a service."""

from __future__ import annotations

from typing import Any

import pytest
import regex

from lapwing.microblog.text import parsing, web_addresses
from lapwing.microblog.text.parsing import parse, parse_links
from lapwing.microblog.text.segments import ForeignMention, Hashtag, Mention, Plain

SERVICES = {"x": "x", "twitter": "x", "x.com": "x", "disney+": "disney-plus", "at&t": "att"}
SERVICES |= {"prime-video": "prime-video", "ट्विटर": "x", "1und1": "1und1"}


def _service_of(name: str) -> str | None:
    return SERVICES.get(name.casefold())


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.com", ["https://example.com"]),
        ("HTTP://EXAMPLE.COM/A", ["HTTP://EXAMPLE.COM/A"]),
        ("example.com and www.example.com", []),
        ("ftp://example.com javascript://example.com", []),
        ("(https://example.com/a_(b))", ["https://example.com/a_(b)"]),
        ("[https://example.com/a],", ["https://example.com/a"]),
        ("https://example.com/a. Then", ["https://example.com/a"]),
        ("https://example.com/?q=a&b=c#d!", ["https://example.com/?q=a&b=c#d"]),
        ("https://example.com:8000/x", ["https://example.com:8000/x"]),
        ("https://example.com:800000", ["https://example.com"]),
        ("https://user@example.com", []),
        ("https://example.com@evil.org/", []),
        ("https://localhost/x https://a https://.com https://a..b", []),
        ("https://-a.com https://a-.com https://a.1", []),
        ("https://1.1.1.1/x https://999.1.1.1", ["https://1.1.1.1/x"]),
        ("https://münchen.example/ü", ["https://münchen.example/ü"]),
        ("https://example.comを見て", ["https://example.com"]),
        ("https://example.com/path「引用」", ["https://example.com/path"]),
        ("見てhttps://example.com/path", ["https://example.com/path"]),
        ("xhttps://example.com", []),
        ("https://उदाहरण.भारत/क", ["https://उदाहरण.भारत/क"]),
        ('"https://example.com/a"<b>', ["https://example.com/a"]),
        ("https://example.com/#tag @bob", ["https://example.com/#tag"]),
        ("https://a.org https://a.org", ["https://a.org"]),
        ("https://example.com/" + "a" * 2100, []),
        ("https://" + "a" * 64 + ".com", []),
        ("https://" + "a." * 200 + "com", []),
    ],
)
def test_links(text: str, links: list[str]) -> None:
    parsed = parse(text)
    assert parsed.links == links
    assert parsed.hashtags == {}
    assert "".join(segment.written for segment in parsed.segments) == text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@Bob, @ALICE_1!", ["bob", "alice_1"]),
        ("@bob@here.org @bob@HERE.org:", ["bob"]),
        ("@bob@there.org", []),
        ("bob@here.org mail@bob", []),
        ("@@bob /@bob =@bob", []),
        ("(@bob) -@bob「@bob」", ["bob"]),
        ("@bob.", ["bob"]),
        ("@b.ob @b-ob", []),
        ("@" + "a" * 30 + " @" + "b" * 31, ["a" * 30]),
        ("@ bob @", []),
        ("@bob@", ["bob"]),
        ("＠bob", ["bob"]),
        ("@x_outages is down", ["x_outages"]),
    ],
)
def test_mentions(text: str, names: list[str]) -> None:
    assert parse(text, "here.org").mentioned == names


def test_a_foreign_mention_is_one_part_with_its_local_name() -> None:
    assert parse("@a@b.org: hi", "here.org").segments == (
        ForeignMention("@a@b.org", "a"),
        Plain(": hi"),
    )
    assert parse("@a@localhost:8000", "localhost:8000").segments == (
        Mention("@a@localhost:8000", "a"),
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("#XDown", ["xdown"]),
        ("#नमस्ते #ट्विटर_बंद", ["नमस्ते", "ट्विटर_बंद"]),
        ("#தமிழ் #বাংলা #తెలుగు", ["தமிழ்", "বাংলা", "తెలుగు"]),
        ("#日本語タグ #サイバー・パンク・", ["日本語タグ", "サイバー・パンク"]),
        ("#می\u200cخواهم", ["می\u200cخواهم"]),
        ("#l·lusió", ["l·lusió"]),
        ("#2023 #1 #_ #__", []),
        ("#2023recap #_a", ["2023recap", "_a"]),
        ("a#b /#b =#b &#39; ##b", []),
        ("(#b)", ["b"]),
        ("#Straße #STRASSE #ＸＤｏｗｎ", ["strasse", "xdown"]),
        ("#a-b #c.d", ["a", "c"]),
        ("#1️⃣ #️⃣", []),
        ("＃wide", ["wide"]),
        ("#" + "a" * 100 + " #" + "b" * 101, ["a" * 100]),
        ("https://example.com/#no", []),
    ],
)
def test_hashtags(text: str, names: list[str]) -> None:
    assert list(parse(text).hashtags) == names


def test_a_hashtag_keeps_how_it_was_written_first() -> None:
    assert parse("#XDown #xdown").hashtags == {"xdown": "XDown"}
    assert parse("#XDown").segments == (Hashtag("#XDown", "XDown", "xdown"),)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("$x is down", ["$x"]),
        ("$X.", ["$X"]),
        ("$x.com, $twitter's", ["$x.com", "$twitter"]),
        ("$x.What", ["$x"]),
        ("$Disney+ $AT&T $prime-video", ["$Disney+", "$AT&T", "$prime-video"]),
        ("$ट्विटर", ["$ट्विटर"]),
        ("$1und1", ["$1und1"]),
        ("$20 $xy US$x $$x $ x $x-men", []),
    ],
)
def test_services(text: str, written: list[str]) -> None:
    segments = parse(text, "", _service_of).segments
    assert [segment.written for segment in segments if not isinstance(segment, Plain)] == written


def test_a_service_is_named_once_by_its_slug() -> None:
    assert parse("$x $Twitter $at&t", "", _service_of).services == ["x", "att"]
    assert parse("$x").services == []


def test_of_a_profile_only_web_addresses_are_links() -> None:
    parsed = parse_links("@bob #tag $x https://a.org/#b")
    assert parsed.links == ["https://a.org/#b"]
    assert parsed.mentioned == []
    assert parsed.hashtags == {}


class _Counting:
    """A pattern that adds up how many characters it went over."""

    def __init__(self, pattern: regex.Pattern[str], work: list[int]) -> None:
        self._pattern, self._work = pattern, work

    def _noted(self, name: str, text: str, at: int) -> Any:
        found = getattr(self._pattern, name)(text, at)
        reached = found.end() if found else len(text) if name == "search" else at
        self._work[0] += reached - at + 1
        return found

    def match(self, text: str, at: int = 0) -> Any:
        return self._noted("match", text, at)

    def search(self, text: str, at: int = 0) -> Any:
        return self._noted("search", text, at)

    def fullmatch(self, text: str) -> Any:
        return self._noted("fullmatch", text, 0)


HOSTILE = (
    *("http://", "https://a.bc/", "https://a.bc", "https://a.", "https://a.bc/!", "https://a.bc:1"),
    *(
        "@",
        "@a",
        "@a@",
        "@a@b",
        "@a.",
        "@a@b.c",
        "#",
        "#a",
        "#1",
        "#1·",
        "#_",
        "$",
        "$a",
        "$a.",
        "$x",
    ),
    *("#a https://", "@a.https://", "(https://a.bc/(", "https://a.bc/)", "é@a#b$c", "a", "\u0301"),
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_work_grows_with_the_length_only(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    work = [0]
    for module in (parsing, web_addresses):
        for name, value in list(vars(module).items()):
            if isinstance(value, regex.Pattern):
                monkeypatch.setattr(module, name, _Counting(value, work))
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    parsed = parse(text, "here.org", _service_of)
    assert "".join(segment.written for segment in parsed.segments) == text
    assert work[0] < 6 * len(text)
