"""HTML from elsewhere."""

from __future__ import annotations

import pytest

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.text.parsing import parse
from lapwing.microblog.text.rendering import render_html
from lapwing.microblog.text.sanitising import LONGEST_HTML, sanitise_html


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>a<br>b</p>", "<p>a<br>b</p>"),
        ("<script>alert(1)</script>a", "a"),
        ('<img src=x onerror="alert(1)">a', "a"),
        ('<p onclick="x" style="color:red" class="p">a</p>', "<p>a</p>"),
        ('<span class="mention evil">a</span>', '<span class="mention">a</span>'),
        ('<a href="javascript:alert(1)">a</a>', '<a rel="nofollow noopener">a</a>'),
        ("<a href='https://a.org'>a</a>", '<a href="https://a.org" rel="nofollow noopener">a</a>'),
        ("<!-- x --><svg><script>1</script></svg>b", "b"),
        ("<h1>a</h1><b>c", "ac"),
    ],
)
def test_what_is_kept(html: str, kept: str) -> None:
    assert sanitise_html(html) == kept


def test_what_is_drawn_here_passes_but_for_its_rel() -> None:
    html = render_html(parse("@bob #tag https://a.org/b"), "https://here.org", {"bob"})
    cleaned = sanitise_html(html)
    for kept in ('class="u-url mention"', 'class="h-card"', 'class="invisible"', 'target="_blank"'):
        assert kept in cleaned


def test_too_much_is_refused() -> None:
    with pytest.raises(Refusal):
        sanitise_html("<" * (LONGEST_HTML + 1))
