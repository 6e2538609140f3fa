"""BlurHash: some thirty characters from which a client paints a blurred picture before it has the
real one. The algorithm: https://github.com/woltapp/blurhash/blob/master/Algorithm.md"""

from __future__ import annotations

import math
from operator import mul
from typing import Final, TypeAlias

_DIGITS: Final = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
)
_Colour: TypeAlias = tuple[float, float, float]


def encode_blurhash(
    pixels: bytes, width: int, height: int, *, columns: int = 4, rows: int = 4
) -> str:
    """The hash of `columns` by `rows` cosine components (1 to 9 each).

    `pixels` are sRGB, three bytes each, row by row; a picture of some 32 by 32 is enough, and a
    larger one only takes longer.
    """
    if len(pixels) != 3 * width * height or not width * height:
        raise ValueError(f"{len(pixels)} bytes are no RGB picture of {width}x{height}")
    components = _components(pixels, width, height, columns, rows)
    mean, waves = components[0], components[1:]
    largest = max((abs(value) for wave in waves for value in wave), default=0.0)
    step = max(0, min(82, math.floor(largest * 166 - 0.5))) if waves else 0
    scale = (step + 1) / 166 if waves else 1.0
    return "".join(
        (
            _base83(columns - 1 + (rows - 1) * 9, 1),
            _base83(step, 1),
            _base83(_encode_mean(mean), 4),
            *(_base83(_encode_wave(wave, scale), 2) for wave in waves),
        )
    )


def _components(pixels: bytes, width: int, height: int, columns: int, rows: int) -> list[_Colour]:
    """By rows, then columns; first along each line, then across the lines."""
    across = [
        [math.cos(math.pi * column * x / width) for x in range(width)] for column in range(columns)
    ]
    sums = [[[0.0, 0.0, 0.0] for _ in range(columns)] for _ in range(rows)]
    for y in range(height):
        line = pixels[3 * width * y : 3 * width * (y + 1)]
        channels = [[_LINEAR[value] for value in line[channel::3]] for channel in range(3)]
        down = [math.cos(math.pi * row * y / height) for row in range(rows)]
        for column in range(columns):
            for channel in range(3):
                along = sum(map(mul, across[column], channels[channel]))
                for row in range(rows):
                    sums[row][column][channel] += along * down[row]
    return [
        _scaled(sums[row][column], (1 if row == column == 0 else 2) / (width * height))
        for row in range(rows)
        for column in range(columns)
    ]


def _scaled(colour: list[float], factor: float) -> _Colour:
    red, green, blue = colour
    return red * factor, green * factor, blue * factor


def _encode_mean(colour: _Colour) -> int:
    red, green, blue = (_to_srgb(value) for value in colour)
    return red << 16 | green << 8 | blue


def _encode_wave(colour: _Colour, scale: float) -> int:
    red, green, blue = (_quantised(value / scale) for value in colour)
    return red * 19 * 19 + green * 19 + blue


def _quantised(value: float) -> int:
    root = math.copysign(math.sqrt(abs(value)), value)
    return max(0, min(18, math.floor(root * 9 + 9.5)))


def _base83(value: int, length: int) -> str:
    digits = []
    for _ in range(length):
        value, digit = divmod(value, 83)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def _to_linear(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _to_srgb(value: float) -> int:
    part = max(0.0, min(1.0, value))
    curved = part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
    return int(curved * 255 + 0.5)


_LINEAR: Final = [_to_linear(value) for value in range(256)]
