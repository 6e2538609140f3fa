"""What a web page says of itself: Open Graph, Twitter's tags, or its title and description.

The page is a stranger's. Only the few tags that matter are looked at, in one pass whose time grows
with the length of the page alone: building the tree of a page that nests its tags deeply takes
parsers minutes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.text.cleaning import clean_line

TITLE_CHARACTERS: Final = 200
DESCRIPTION_CHARACTERS: Final = 500
NAME_CHARACTERS: Final = 100
_LONGEST_URL: Final = 2048
_MOST_TAGS: Final = 300
_LONGEST_TAG: Final = 8192

_TAG: Final = re.compile(
    r"""<!--.*?(?:-->|\Z)
    |<(?P<passed>script|style|template|svg)\b.*?(?:</(?P=passed)\b|\Z)
    |<title\b[^>]*+(?:>(?P<title>.*?)(?:</title\b|\Z)|\Z)
    |<meta\b(?P<meta>(?:[^>"']|"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))*+)(?:>|\Z)
    |<body\b(?P<body>)""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_ATTRIBUTE: Final = re.compile(
    r"""([^\s=>"'/]++)(?:\s*+=\s*+(?:"([^"]*+)"?|'([^']*+)'?|([^\s>"']*+)))?+|.""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Of one page, cleaned and cut to their lengths."""

    title: str
    description: str
    provider_name: str
    """What the page calls its site: a claim. Show the host of the address beside it."""
    author_name: str
    image_url: str
    """http or https, absolute; empty where there is none."""


def read_page(text: str, url: str) -> PageFacts | None:
    """`url` is where the page was found. None where the page has no title."""
    tags: dict[str, str] = {}
    for name, value in _tags(text):
        if value.strip():
            tags.setdefault(name, value)
    title = _line(tags, ("og:title", "twitter:title", "title"), TITLE_CHARACTERS)
    if not title:
        return None
    return PageFacts(
        title=title,
        description=_line(
            tags, ("og:description", "twitter:description", "description"), DESCRIPTION_CHARACTERS
        ),
        provider_name=_line(tags, ("og:site_name", "application-name"), NAME_CHARACTERS),
        author_name=_line(tags, ("author", "article:author", "og:article:author"), NAME_CHARACTERS),
        image_url=_image_url(tags, url),
    )


def _tags(text: str) -> Iterator[tuple[str, str]]:
    """Names in lower case and values, in the order of the page's head."""
    for number, found in enumerate(_TAG.finditer(text)):
        if number == _MOST_TAGS or found["body"] is not None:
            return
        if found["title"] is not None:
            yield "title", html.unescape(found["title"][:_LONGEST_TAG])
        elif found["meta"] is not None:
            attributes = _attributes(found["meta"][:_LONGEST_TAG])
            name = attributes.get("property") or attributes.get("name") or ""
            yield name.strip().lower(), attributes.get("content", "")


def _attributes(written: str) -> dict[str, str]:
    """The first of each name counts."""
    attributes: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(written):
        if name:
            attributes.setdefault(name.lower(), html.unescape("".join(values)))
    return attributes


def _line(tags: dict[str, str], names: tuple[str, ...], longest: int) -> str:
    """The first of these that says something, on one line."""
    for name in names:
        written = tags.get(name, "")[: 4 * longest]
        try:
            line = clean_line(written, field=name)
        except Refusal:  # half of a character
            continue
        if name in _NO_ADDRESSES and line.startswith(("http://", "https://")):
            continue
        if line:
            return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
    return ""


_NO_ADDRESSES: Final = ("article:author", "og:article:author")
"""Often the address of a profile, which is no name."""


def _image_url(tags: dict[str, str], url: str) -> str:
    for name in ("og:image:secure_url", "og:image:url", "og:image", "twitter:image"):
        written = tags.get(name, "").strip()
        if not written or len(written) > _LONGEST_URL:
            continue
        try:
            absolute = urljoin(url, written)
            parts = urlsplit(absolute)
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and parts.hostname and len(absolute) <= _LONGEST_URL:
            return absolute
    return ""
