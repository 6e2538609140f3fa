"""Hashes against those that the reference implementation (blurhash-python 1.2) gives."""

from __future__ import annotations

import pytest

from lapwing.microblog.media.blurhash import encode_blurhash


def gradient(width: int, height: int) -> bytes:
    return bytes(
        value
        for y in range(height)
        for x in range(width)
        for value in (x * 255 // (width - 1), y * 255 // (height - 1), (x + y) % 256)
    )


@pytest.mark.parametrize(
    ("width", "height", "columns", "rows", "expected"),
    [
        (16, 12, 4, 3, "L$Hx*D2:wxowqPR,jte;g0fjfQfj"),
        (8, 8, 4, 4, "UyI5X137fQxqusRmfQnRfQfQfQfQxqSyfQod"),
        (5, 7, 1, 1, "00Ihea"),
    ],
)
def test_hashes_are_those_of_the_reference(
    width: int, height: int, columns: int, rows: int, expected: str
) -> None:
    pixels = gradient(width, height)
    assert encode_blurhash(pixels, width, height, columns=columns, rows=rows) == expected


def test_one_colour() -> None:
    pixels = bytes((200, 30, 90)) * 64
    assert encode_blurhash(pixels, 8, 8) == "UNM^#v|zfQ|z|zsVfQsVfQfQfQfQ|zsVfQsV"


def test_what_is_no_picture_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no RGB picture"):
        encode_blurhash(b"123", 2, 2)
    with pytest.raises(ValueError, match="no RGB picture"):
        encode_blurhash(b"", 0, 4)
