"""Pictures drawn by the real process."""

from __future__ import annotations

import asyncio

import pytest
from tests.sample_views import incident_view

from lapwing.adapters.svg_drawing import SvgDrawing
from lapwing.kernel.refusals import Unavailable
from lapwing.microblog.media.drawn import size_of_png
from lapwing.web.pages.assets import Assets
from lapwing.web.pages.incident_pictures import IncidentPictures


async def test_an_incident_is_drawn_while_the_loop_goes_on() -> None:
    assets = Assets()
    sketches = IncidentPictures(assets).sketches(incident_view())
    drawing = asyncio.create_task(SvgDrawing(assets.fonts()).png([one.svg for one in sketches]))
    turns = 0
    while not drawing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 100
    assert [size_of_png(png) for png in await drawing] == [(1200, 675), (1200, 675)]


async def test_what_is_no_svg_is_refused_and_the_next_is_drawn() -> None:
    drawing = SvgDrawing([])
    with pytest.raises(Unavailable, match="cannot be drawn"):
        await drawing.png(["<svg"])
    square = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'
    assert size_of_png((await drawing.png([square]))[0]) == (4, 4)


async def test_drawing_has_an_end() -> None:
    with pytest.raises(Unavailable, match="not drawn within"):
        await SvgDrawing([], longest_s=0.0).png(["<svg/>"])
