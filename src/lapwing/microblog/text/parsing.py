"""Takes a post's text apart: links, mentions, hashtags, services; by Mastodon's rules.

Every pattern is one run of one class of characters, taken without going back, and begins at a
sign (`@`, `#`, `$`, `http://`): the work grows with the length of the text, whatever is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import regex

from lapwing.microblog.text.hashtags import WITHIN_HASHTAG, normalise_hashtag, trim_hashtag
from lapwing.microblog.text.segments import (
    ForeignMention,
    Hashtag,
    Link,
    Mention,
    ParsedText,
    Plain,
    Segment,
    ServiceName,
)
from lapwing.microblog.text.usernames import LONGEST_USERNAME, is_username
from lapwing.microblog.text.web_addresses import Span, find_link_end

ServiceResolver: TypeAlias = Callable[[str], str | None]
"""Slug of the service that is called so (slug, name or alias, any case), or None."""

_LONGEST_SERVICE_NAME: Final = 60

_SIGN = regex.compile(r"(?i:https?)://|[@＠#＃$＄]")
_SCHEME = regex.compile(r"(?i:https?)://")
_USERNAME = regex.compile(r"[A-Za-z0-9_.-]{1,100}+")
_HOST = regex.compile(r"[\p{L}\p{M}\p{N}.-]{1,253}+(?::[0-9]{1,5}+)?+")
_HASHTAG = regex.compile(rf"(?=[\p{{L}}\p{{Nd}}\p{{Pc}}]){WITHIN_HASHTAG}++")
_SERVICE = regex.compile(r"(?=[\p{L}\p{Nd}])[\p{L}\p{M}\p{Nd}_.&+-]{1,200}+")
_LETTER = regex.compile(r"\p{L}")
_WORD = regex.compile(r"[\p{L}\p{M}\p{Nd}\p{Pc}]")


def parse(text: str, host: str = "", service_of: ServiceResolver | None = None) -> ParsedText:
    """The segments of a clean text. `host`: this server's, with its port where it has one."""
    return _Parser(text, host.casefold(), service_of, only_links=False).run()


def parse_links(text: str) -> ParsedText:
    """Only web addresses, for profiles."""
    return _Parser(text, "", None, only_links=True).run()


class _Parser:
    def __init__(
        self, text: str, host: str, service_of: ServiceResolver | None, *, only_links: bool
    ) -> None:
        self._text = text
        self._host = host
        self._service_of = service_of
        self._sign = _SCHEME if only_links else _SIGN
        self._segments: list[Segment] = []
        self._told = 0
        """Up to where the text is in `_segments`."""

    def run(self) -> ParsedText:
        at = 0
        while (sign := self._sign.search(self._text, at)) is not None:
            at = max(self._read(sign.start(), sign.end()), sign.end())
        self._add_plain(len(self._text))
        return ParsedText(tuple(self._segments))

    def _read(self, start: int, after_sign: int) -> int:
        """Reads what the sign begins, if it begins anything; where to go on."""
        sign = self._text[start]
        before = self._text[start - 1] if start else " "
        if sign in "hH":
            return self._read_link(start, after_sign, before)
        if sign in "@＠":
            return self._read_mention(start, after_sign, before)
        if sign in "#＃":
            return self._read_hashtag(start, after_sign, before)
        return self._read_service(start, after_sign, before)

    def _read_link(self, start: int, after_sign: int, before: str) -> int:
        if (before.isascii() and before.isalnum()) or before in "@＠$＄#＃":
            return after_sign
        span: Span = find_link_end(self._text, start, after_sign)
        if span.is_link:
            self._add(start, span.end, Link(self._text[start : span.end]))
        return span.end

    def _read_mention(self, start: int, after_sign: int, before: str) -> int:
        if before in "=/@＠" or _WORD.match(before):
            return after_sign
        run = _USERNAME.match(self._text, after_sign)
        if run is None:
            return after_sign
        name = run.group().rstrip(".-")
        end = after_sign + len(name)
        host = self._host_after(end)
        if not name or name[0] in ".-":
            return after_sign
        if host and host.casefold() != self._host:
            return self._add_foreign(start, end, name, host)
        end += len(host) + 1 if host else 0
        if is_username(name.lower()):
            self._add(start, end, Mention(self._text[start:end], name.lower()))
        return end

    def _host_after(self, at: int) -> str:
        """`other.host` of `@other.host`, or nothing."""
        if self._text[at : at + 1] != "@":
            return ""
        run = _HOST.match(self._text, at + 1)
        return run.group().rstrip(".-") if run else ""

    def _add_foreign(self, start: int, end: int, name: str, host: str) -> int:
        end += 1 + len(host)
        if "." in host and len(name) <= LONGEST_USERNAME:
            self._add(start, end, ForeignMention(self._text[start:end], name))
        return end

    def _read_hashtag(self, start: int, after_sign: int, before: str) -> int:
        if before in "=/)&#＃" or before.isalnum():
            return after_sign
        run = _HASHTAG.match(self._text, after_sign)
        if run is None:
            return after_sign
        display = trim_hashtag(run.group())
        if not display:
            return run.end()
        end = after_sign + len(display)
        tag = Hashtag(self._text[start:end], display, normalise_hashtag(display))
        self._add(start, end, tag)
        return end

    def _read_service(self, start: int, after_sign: int, before: str) -> int:
        if self._service_of is None or before in "$＄" or _WORD.match(before):
            return after_sign
        run = _SERVICE.match(self._text, after_sign)
        if run is None:
            return after_sign
        slug, length = _resolve(run.group()[:_LONGEST_SERVICE_NAME], self._service_of)
        if slug is None:
            return after_sign
        end = after_sign + length
        self._add(start, end, ServiceName(self._text[start:end], slug))
        return end

    def _add(self, start: int, end: int, segment: Segment) -> None:
        self._add_plain(start)
        self._segments.append(segment)
        self._told = end

    def _add_plain(self, end: int) -> None:
        if end > self._told:
            self._segments.append(Plain(self._text[self._told : end]))
            self._told = end


def _resolve(run: str, service_of: ServiceResolver) -> tuple[str | None, int]:
    """The service that the run names, and how long its name is: "x.com.", then "x.com", "x"."""
    for name in (run, run.rstrip(".&+-"), run.partition(".")[0].rstrip("&+-")):
        if _LETTER.search(name) and (slug := service_of(name)) is not None:
            return slug, len(name)
    return None, 0
