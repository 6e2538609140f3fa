from __future__ import annotations

import struct
import xml.etree.ElementTree as ElementTree

import msgspec
import pytest
from tests import sample_views
from tests.sample_views import HOSTILE_NAME

from lapwing.web.pages import cards, icons
from lapwing.web.pages.rendering import Pages

PAGES = Pages()


def test_preview_images_are_1200_by_630() -> None:
    for image in (
        PAGES.service_card_png(sample_views.service_view()),
        PAGES.incident_card_png(sample_views.incident_view()),
    ):
        assert struct.unpack(">II", image[16:24]) == (1200, 630)


def test_hostile_names_leave_a_card_well_formed() -> None:
    card = PAGES.service_card_svg(sample_views.service_view(name=HOSTILE_NAME))
    ElementTree.fromstring(card)
    view = sample_views.incident_view()
    story = msgspec.structs.replace(view.story, headline=HOSTILE_NAME * 20)
    ElementTree.fromstring(PAGES.incident_card_svg(msgspec.structs.replace(view, story=story)))


def test_a_card_says_that_its_data_is_simulated() -> None:
    view = sample_views.service_view()
    assert "Simulated data" in PAGES.service_card_svg(view)
    real = msgspec.structs.replace(view, simulated=False)
    assert "Simulated data" not in PAGES.service_card_svg(real)


@pytest.mark.parametrize("text", ["", "short", "a word " * 40, "x" * 400])
def test_wrapped_text_fits_its_lines(text: str) -> None:
    lines = cards.wrapped(text, 50, 1000, 3)
    assert len(lines) <= 3
    assert all(cards.width_of(line, 50) <= 1000 for line in lines)
    if len(text) > 100:
        assert lines[-1].endswith("…")


@pytest.mark.parametrize("colour", ["000000", "ffffff", "1ed760", "ffe600", "777777", "e40000"])
def test_a_badge_is_readable_on_every_colour(colour: str) -> None:
    one, other = sorted((icons.luminance(colour), icons.luminance(icons.ink_on(colour))))
    assert (other + 0.05) / (one + 0.05) >= 4.5
