"""Sizes in pixels, and the point of a picture that must stay in sight when it is cropped."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lapwing.kernel.refusals import Refusal


def fit_area(width: int, height: int, pixels: int) -> tuple[int, int]:
    """Width and height of the same shape with at most `pixels` of area; never larger, never 0."""
    if width * height <= pixels:
        return width, height
    scale = math.sqrt(pixels / (width * height))
    fitted_width = min(max(1, math.floor(width * scale)), pixels)
    return fitted_width, min(max(1, math.floor(height * scale)), max(1, pixels // fitted_width))


def make_even(width: int, height: int) -> tuple[int, int]:
    """Rounded down to even numbers, as 4:2:0 video needs them; at least 2."""
    return max(2, width & ~1), max(2, height & ~1)


def cover_box(width: int, height: int, wanted: tuple[int, int]) -> tuple[int, int, int, int]:
    """The middle part of a picture that has the shape of `wanted`: left, top, right, bottom."""
    wanted_width, wanted_height = wanted
    part_width = min(width, max(1, round(height * wanted_width / wanted_height)))
    part_height = min(height, max(1, round(width * wanted_height / wanted_width)))
    left, top = (width - part_width) // 2, (height - part_height) // 2
    return left, top, left + part_width, top + part_height


@dataclass(frozen=True, slots=True)
class Focus:
    """From -1 (left, bottom) over 0 (middle) to 1 (right, top)."""

    x: float
    y: float


def parse_focus(text: str) -> Focus:
    """From `x,y`, as clients write it; refuses (`focus_invalid`) everything else."""
    parts = text.split(",")
    try:
        x, y = (float(part) for part in parts)
    except ValueError:
        x = y = math.nan
    if not (-1 <= x <= 1 and -1 <= y <= 1):
        raise Refusal(
            "focus_invalid",
            "The focal point takes two numbers from -1 to 1 with a comma, such as 0.25,-0.5.",
            field="focus",
        )
    return Focus(x, y)
