"""A post's segments as HTML, in exactly the shape that Mastodon's clients expect."""

from __future__ import annotations

from collections.abc import Container
from html import escape
from typing import Final
from urllib.parse import quote

import regex

from lapwing.microblog.text.parsing import parse_links
from lapwing.microblog.text.segments import Hashtag, Link, Mention, ParsedText, Segment, ServiceName

_SHOWN_OF_LINK: Final = 30
_PREFIX = regex.compile(r"(?i:https?)://(?:www\.)?+")
_PARAGRAPH = regex.compile(r"\n{2,}+")
_REL: Final = "nofollow noopener"


def render_html(parsed: ParsedText, base_url: str = "", accounts: Container[str] = ()) -> str:
    """Paragraphs of a post. `base_url`: "https://this.host", or nothing for relative addresses.

    `accounts`: names in lower case that exist; a mention of nobody stays text.
    """
    return _in_paragraphs(
        "".join(_render(segment, base_url, accounts) for segment in parsed.segments)
    )


def render_note(text: str) -> str:
    """A profile's note: paragraphs in which only web addresses are links."""
    return _in_paragraphs(_with_links(text))


def render_field(value: str) -> str:
    """The value of a profile's field: one line, and its links say that they are "me"."""
    return _with_links(value, f"{_REL} me").replace("\n", " ")


def service_path(slug: str) -> str:
    """Where the page of a service is."""
    return f"/services/{quote(slug, safe='')}"


def hashtag_path(name: str) -> str:
    """Where the page of a hashtag is; `name` is normalised."""
    return f"/tags/{quote(name, safe='')}"


def _with_links(text: str, rel: str = _REL) -> str:
    return "".join(
        _render_link(segment.written, rel) if isinstance(segment, Link) else escape(segment.written)
        for segment in parse_links(text).segments
    )


def _in_paragraphs(html: str) -> str:
    html = html.strip()
    if not html:
        return ""
    paragraphs = _PARAGRAPH.split(html) if "\n\n" in html else [html]
    return "".join(f"<p>{each.replace(chr(10), '<br />')}</p>" for each in paragraphs)


def _render(segment: Segment, base_url: str, accounts: Container[str]) -> str:
    if isinstance(segment, Link):
        return _render_link(segment.written, _REL)
    if isinstance(segment, Mention) and segment.name in accounts:
        return (
            f'<span class="h-card" translate="no"><a href="{escape(base_url)}/@{segment.name}" '
            f'class="u-url mention">@<span>{segment.name}</span></a></span>'
        )
    if isinstance(segment, Hashtag):
        address = escape(base_url) + hashtag_path(segment.name)
        return (
            f'<a href="{address}" class="mention hashtag" rel="tag">'
            f"#<span>{escape(segment.display)}</span></a>"
        )
    if isinstance(segment, ServiceName):
        address = escape(base_url) + service_path(segment.slug)
        return f'<a href="{address}" class="service" translate="no">{escape(segment.written)}</a>'
    return escape(segment.written)


def _render_link(address: str, rel: str) -> str:
    prefix = _PREFIX.match(address)
    start = prefix.end() if prefix else 0
    shown, hidden = address[start : start + _SHOWN_OF_LINK], address[start + _SHOWN_OF_LINK :]
    ellipsis = "ellipsis" if hidden else ""
    return (
        f'<a href="{escape(address)}" target="_blank" rel="{rel}" translate="no">'
        f'<span class="invisible">{escape(address[:start])}</span>'
        f'<span class="{ellipsis}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(hidden)}</span></a>'
    )
