"""What a file is, told by its content; and what is refused whatever it is called."""

from __future__ import annotations

import pytest
from tests.sample_media import animation, encoded, painting, photo

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.media.file_types import (
    CONTENT_TYPES,
    check_size,
    find_file_type,
    get_file_type,
)
from lapwing.microblog.media.limits import MIB, MediaLimits

SVG = (
    b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
)


@pytest.mark.parametrize(
    ("content", "content_type", "quick"),
    [
        (photo(), "image/jpeg", True),
        (encoded(painting(), "PNG"), "image/png", True),
        (encoded(painting(), "WEBP"), "image/webp", True),
        (encoded(painting(), "AVIF"), "image/avif", True),
        (animation("GIF"), "image/gif", False),
        (animation("PNG"), "image/png", False),
        (animation("WEBP"), "image/webp", False),
        (b"\0\0\0\x20ftypisom", "video/mp4", False),
        (b"\0\0\0\x20ftypmp42", "video/mp4", False),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime", False),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime", False),
        (b"\0\0\0\x20ftypM4A ", "audio/mp4", False),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video/webm", False),
        (b"OggS\0\2", "audio/ogg", False),
        (b"fLaC\0", "audio/flac", False),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav", False),
        (b"ID3\4", "audio/mpeg", False),
        (b"\xff\xfb\x90\x64", "audio/mpeg", False),
        (b"\xff\xf1\x50\x80", "audio/aac", False),
    ],
)
def test_types_are_told_by_the_first_bytes(content: bytes, content_type: str, quick: bool) -> None:
    found = get_file_type(content)
    assert (found.content_type, found.is_quick) == (content_type, quick)
    assert content_type in CONTENT_TYPES


@pytest.mark.parametrize(
    "content",
    [
        SVG,
        b"<html><script>",
        b"%PDF-1.7",
        b"PK\3\4",
        b"\x7fELF",
        b"#EXTM3U\nfile:///etc/passwd",
        b"ffconcat version 1.0\nfile /etc/passwd",
        b"II*\0",
        b"8BPS",
        b"\0\0\0\x20ftypheic",
        b"\x1a\x45\xdf\xa3\xa3\x42\x82\x88matroska",
        b"RIFF\0\0\0\0AVI LIST",
        b"\xff\xff\xff\xff",
        b"\xff",
        b"\0" * 100,
        b"\x89PNG",
    ],
)
def test_everything_else_is_refused(content: bytes) -> None:
    assert find_file_type(content) is None
    with pytest.raises(Refusal) as refused:
        get_file_type(content)
    assert refused.value.code == "media_type_unsupported"


def test_an_empty_file_is_refused_as_such() -> None:
    with pytest.raises(Refusal) as refused:
        get_file_type(b"")
    assert refused.value.code == "media_empty"


def test_a_picture_may_have_fewer_bytes_than_a_video() -> None:
    limits = MediaLimits()
    picture, moving = get_file_type(photo()), get_file_type(b"OggS")
    check_size(picture, 16 * MIB, limits)
    check_size(moving, 99 * MIB, limits)
    for file_type, size in ((picture, 16 * MIB + 1), (moving, 99 * MIB + 1)):
        with pytest.raises(Refusal) as refused:
            check_size(file_type, size, limits)
        assert refused.value.code == "media_too_large"


def test_a_description_has_a_limit() -> None:
    limits = MediaLimits(description_characters=5)
    limits.check_description("ÄÄÄÄÄ")
    with pytest.raises(Refusal, match="6 characters"):
        limits.check_description("123456")
