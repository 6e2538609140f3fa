"""Pictures for accounts that have none: apps want one for everybody, and as PNG."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

import resvg_py

_AVATAR_PX: Final = 200
_CELLS: Final = 5
_HEADER_PX: Final = (600, 200)


@lru_cache(maxsize=2000)
def avatar_png(username: str) -> bytes:
    """A pattern that is the name's own, the same from left and right."""
    digest = hashlib.blake2b(username.encode(), digest_size=16).digest()
    hue = digest[0] * 360 // 256
    size = _AVATAR_PX // (_CELLS + 1)
    margin = size // 2
    squares = []
    for row in range(_CELLS):
        for column in range((_CELLS + 1) // 2):
            if digest[1 + row] >> column & 1:
                for place in {column, _CELLS - 1 - column}:
                    x, y = margin + place * size, margin + row * size
                    squares.append(f'<rect x="{x}" y="{y}" width="{size}" height="{size}"/>')
    return _png(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_AVATAR_PX}" height="{_AVATAR_PX}">'
        f'<rect width="100%" height="100%" fill="hsl({hue},45%,92%)"/>'
        f'<g fill="hsl({hue},55%,40%)">{"".join(squares)}</g></svg>'
    )


@lru_cache(maxsize=360)
def header_png(hue: int) -> bytes:
    """A plain sky of one colour."""
    width, height = _HEADER_PX
    return _png(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        '<defs><linearGradient id="sky" x2="0" y2="1">'
        f'<stop stop-color="hsl({hue},40%,55%)"/>'
        f'<stop offset="1" stop-color="hsl({hue},45%,80%)"/>'
        '</linearGradient></defs><rect width="100%" height="100%" fill="url(#sky)"/></svg>'
    )


def hue_of(username: str) -> int:
    return hashlib.blake2b(username.encode(), digest_size=16).digest()[0] * 360 // 256


def _png(svg: str) -> bytes:
    return bytes(resvg_py.svg_to_bytes(svg_string=svg))
