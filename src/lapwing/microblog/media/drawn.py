"""Pictures that the server draws itself: known to be what they are, so nothing is decoded."""

from __future__ import annotations

import struct
from typing import Final

import msgspec

from lapwing.kernel.ids import IdSequence
from lapwing.microblog.media.meta import image_meta
from lapwing.microblog.model import Attachment, MediaKind
from lapwing.ports.media_files import KeptFile

_SIZE: Final = struct.Struct(">II")
_SIZE_AT: Final = 16
"""In a PNG, behind its signature and the head of its first chunk (PNG specification, 11.2.2)."""


def drawn_picture(
    ids: IdSequence, now_ms: int, account_id: int, kept: KeptFile, size: tuple[int, int], text: str
) -> Attachment:
    """`text` says what is to be seen, for those who do not."""
    return Attachment(
        id=ids.take(now_ms),
        account_id=account_id,
        kind=MediaKind.IMAGE,
        file=kept.key,
        preview=kept.key,
        description=text,
        meta=msgspec.json.encode(image_meta(size, size)).decode(),
    )


def size_of_png(png: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    width, height = _SIZE.unpack_from(png, _SIZE_AT)
    return width, height
