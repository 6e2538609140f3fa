"""The HTML of posts and profiles."""

from __future__ import annotations

import pytest

from lapwing.microblog.text.parsing import parse
from lapwing.microblog.text.rendering import render_field, render_html, render_note

BASE = "https://here.org"


def _render(text: str, base_url: str = BASE, accounts: frozenset[str] = frozenset({"bob"})) -> str:
    return render_html(parse(text, "here.org", {"x": "x"}.get), base_url, accounts)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        (" \n ", ""),
        ("one", "<p>one</p>"),
        ("one\ntwo\n\nthree\n\n\n\nfour", "<p>one<br />two</p><p>three</p><p>four</p>"),
        ('<b> & "it\'s"', "<p>&lt;b&gt; &amp; &quot;it&#x27;s&quot;</p>"),
        (
            "@Bob",
            '<p><span class="h-card" translate="no"><a href="https://here.org/@bob" '
            'class="u-url mention">@<span>bob</span></a></span></p>',
        ),
        ("@nobody @bob@there.org", "<p>@nobody @bob@there.org</p>"),
        (
            "#Café",
            '<p><a href="https://here.org/tags/caf%C3%A9" class="mention hashtag" rel="tag">'
            "#<span>Café</span></a></p>",
        ),
        (
            "$x!",
            '<p><a href="https://here.org/services/x" class="service" translate="no">$x</a>!</p>',
        ),
        (
            "https://www.example.com/?a=1&b=2",
            '<p><a href="https://www.example.com/?a=1&amp;b=2" target="_blank" '
            'rel="nofollow noopener" translate="no"><span class="invisible">https://www.</span>'
            '<span class="">example.com/?a=1&amp;b=2</span><span class="invisible"></span></a></p>',
        ),
        (
            "https://example.com/0123456789abcdefghijklmnop",
            '<p><a href="https://example.com/0123456789abcdefghijklmnop" target="_blank" '
            'rel="nofollow noopener" translate="no"><span class="invisible">https://</span>'
            '<span class="ellipsis">example.com/0123456789abcdefgh</span>'
            '<span class="invisible">ijklmnop</span></a></p>',
        ),
    ],
)
def test_posts(text: str, html: str) -> None:
    assert _render(text) == html


def test_addresses_are_relative_where_no_base_is_given() -> None:
    html = _render("@bob #tag $x", base_url="")
    assert 'href="/@bob"' in html
    assert 'href="/tags/tag"' in html
    assert 'href="/services/x"' in html


def test_a_profile_has_only_web_links() -> None:
    assert render_note("@bob #tag\n\n$x <i>") == "<p>@bob #tag</p><p>$x &lt;i&gt;</p>"
    assert render_field("https://a.org\n<x>") == (
        '<a href="https://a.org" target="_blank" rel="nofollow noopener me" translate="no">'
        '<span class="invisible">https://</span><span class="">a.org</span>'
        '<span class="invisible"></span></a> &lt;x&gt;'
    )
