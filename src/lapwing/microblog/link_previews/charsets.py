"""From the bytes of a web page to its text."""

from __future__ import annotations

import codecs
import re
from typing import Final

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED_WITHIN: Final = 1024
_IN_HEADER: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.ASCII | re.IGNORECASE)
_IN_PAGE: Final = re.compile(
    rb"<meta\s[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{1,40})", re.ASCII | re.IGNORECASE
)
_CODECS: Final = {
    **dict.fromkeys(("iso-8859-1", "latin1", "us-ascii", "ascii", "windows-1252"), "cp1252"),
    **{f"windows-{number}": f"cp{number}" for number in (1250, 1251, *range(1253, 1259), 874)},
    **{f"iso-8859-{number}": f"iso8859-{number}" for number in (*range(2, 9), 10, 13, 14, 15, 16)},
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "euc-jp": "euc-jp",
    "iso-2022-jp": "iso2022-jp",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-16": "utf-16-le",
}
"""Names that pages use (WHATWG Encoding Standard), and Python's codec for each; UTF-8 is what
every other name means: Python has codecs that no page should reach."""


def decode_page(content: bytes, content_type_header: str) -> str:
    """Never fails: what cannot be decoded becomes U+FFFD. First a byte order mark counts, then
    the header, then what the page says of itself."""
    for mark, codec in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(codec, "replace")
    in_header = _IN_HEADER.search(content_type_header)
    in_page = _IN_PAGE.search(content[:_DECLARED_WITHIN])
    name = "utf-8"
    if in_header is not None:
        name = in_header[1]
    elif in_page is not None:
        name = in_page[1].decode("ascii")
    return content.decode(_CODECS.get(name.lower(), "utf-8"), "replace")
