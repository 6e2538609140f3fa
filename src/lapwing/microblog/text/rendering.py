"""A post's parts as HTML, in exactly the shape that Mastodon's clients expect."""

from __future__ import annotations

from collections.abc import Container
from html import escape
from typing import Final
from urllib.parse import quote

import regex

from lapwing.microblog.text.parsing import parse_links
from lapwing.microblog.text.parts import Hashtag, Link, Mention, ParsedText, Part, ServiceName

_SHOWN_OF_LINK: Final = 30
_PREFIX = regex.compile(r"(?i:https?)://(?:www\.)?+")
_PARAGRAPH = regex.compile(r"\n{2,}+")
_REL: Final = "nofollow noopener"


def render_html(parsed: ParsedText, base_url: str = "", accounts: Container[str] = ()) -> str:
    """Paragraphs of a post. `base_url`: "https://this.host", or nothing for relative addresses.

    `accounts`: names in lower case that exist; a mention of nobody stays text.
    """
    return _in_paragraphs("".join(_render(part, base_url, accounts) for part in parsed.parts))


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
        _render_link(part.written, rel) if isinstance(part, Link) else escape(part.written)
        for part in parse_links(text).parts
    )


def _in_paragraphs(html: str) -> str:
    html = html.strip()
    if not html:
        return ""
    paragraphs = _PARAGRAPH.split(html) if "\n\n" in html else [html]
    return "".join(f"<p>{each.replace(chr(10), '<br />')}</p>" for each in paragraphs)


def _render(part: Part, base_url: str, accounts: Container[str]) -> str:
    if isinstance(part, Link):
        return _render_link(part.written, _REL)
    if isinstance(part, Mention) and part.name in accounts:
        return (
            f'<span class="h-card" translate="no"><a href="{escape(base_url)}/@{part.name}" '
            f'class="u-url mention">@<span>{part.name}</span></a></span>'
        )
    if isinstance(part, Hashtag):
        address = escape(base_url) + hashtag_path(part.name)
        return (
            f'<a href="{address}" class="mention hashtag" rel="tag">'
            f"#<span>{escape(part.display)}</span></a>"
        )
    if isinstance(part, ServiceName):
        address = escape(base_url) + service_path(part.slug)
        return f'<a href="{address}" class="service" translate="no">{escape(part.written)}</a>'
    return escape(part.written)


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
