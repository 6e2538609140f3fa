"""Sizes, crops and focal points."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.media.geometry import (
    Focus,
    cover_box,
    fit_area,
    make_even,
    parse_focus,
)
from lapwing.microblog.media.limits import PREVIEW_PIXELS

SIDE = st.integers(1, 60_000)


@given(SIDE, SIDE, st.integers(1, 10_000_000))
def test_a_fitted_picture_is_no_larger_than_allowed_or_than_it_was(
    width: int, height: int, pixels: int
) -> None:
    fitted = fit_area(width, height, pixels)
    assert 1 <= fitted[0] <= width
    assert 1 <= fitted[1] <= height
    assert fitted[0] * fitted[1] <= pixels


@pytest.mark.parametrize(
    ("size", "fitted"),
    [((50, 50), (50, 50)), ((1280, 720), (640, 360)), ((3000, 4000), (415, 554))],
)
def test_previews_have_the_area_that_clients_expect(
    size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    assert fit_area(*size, PREVIEW_PIXELS) == fitted


def test_video_has_even_sides() -> None:
    assert make_even(321, 1) == (320, 2)


@given(SIDE, SIDE)
def test_a_crop_lies_within_the_picture(width: int, height: int) -> None:
    left, top, right, bottom = cover_box(width, height, (1500, 500))
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height


def test_a_crop_is_the_middle_part() -> None:
    assert cover_box(100, 60, (400, 400)) == (20, 0, 80, 60)
    assert cover_box(100, 60, (1500, 500)) == (0, 13, 100, 46)


def test_a_focal_point_is_read() -> None:
    assert parse_focus("-0.27,0.51") == Focus(-0.27, 0.51)
    assert parse_focus("0,1") == Focus(0, 1)


@pytest.mark.parametrize("text", ["", "1", "1,2", "a,b", "nan,0", "inf,0", "0,0,0", "0;0"])
def test_what_is_no_focal_point_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_focus(text)
    assert (refused.value.code, refused.value.field) == ("focus_invalid", "focus")
