"""Pages in the encodings that the web has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapwing.microblog.link_previews.charsets import decode_page


@pytest.mark.parametrize(
    ("text", "codec", "header"),
    [
        ("Störung", "utf-8", "text/html"),
        ("Störung", "utf-8", "text/html; charset=UTF-8"),
        ("Störung – „x“", "cp1252", "text/html; charset=ISO-8859-1"),
        ("сбой", "cp1251", 'text/html; charset="windows-1251"'),
        ("сбой", "koi8-r", "text/html;charset=KOI8-R"),
        ("障害", "shift_jis", "text/html; charset=Shift_JIS"),
        ("故障", "gbk", "text/html; charset=gb2312"),
        ("장애", "euc-kr", "text/html; charset=euc-kr"),
        ("Störung", "utf-8-sig", "text/html; charset=windows-1252"),
        ("障害", "utf-16", "text/html"),
    ],
)
def test_the_header_or_a_byte_order_mark_tells(text: str, codec: str, header: str) -> None:
    assert decode_page(text.encode(codec), header) == text


@pytest.mark.parametrize(
    "tag",
    ['<meta charset="windows-1251">', "<META http-equiv=x content='text/html; charset=cp1251'>"],
)
def test_the_page_tells_where_the_header_does_not(tag: str) -> None:
    tag = tag.replace("cp1251", "windows-1251")
    assert decode_page((tag + "сбой").encode("cp1251"), "text/html") == tag + "сбой"


@pytest.mark.parametrize(
    "name", ["rot13", "zip", "unicode_escape", "utf-7", "idna", "x" * 99, "mbcs"]
)
def test_no_page_reaches_the_other_codecs(name: str) -> None:
    assert decode_page(rb"\x41+AGE-", f"text/html; charset={name}") == r"\x41+AGE-"


@given(st.binary(max_size=200), st.text(max_size=50))
def test_it_never_fails(content: bytes, header: str) -> None:
    decode_page(content, "charset=" + header)
