"""Where a place lies on the world map: Natural Earth I, turned so that no land is cut.

The build draws the shapes with d3-geo and the same numbers (frontend/build/world.ts); the unit
tests compare both. Formula: Šavrič et al. 2011, as in d3-geo's `geoNaturalEarth1`.
"""

from __future__ import annotations

import math

WIDTH = 2000
HEIGHT = 870
"""Down to 57 degrees south: without Antarctica."""
SCALE = 365.0
CENTRE_X = 1000.0
EQUATOR_Y = 506.0
CENTRAL_MERIDIAN = 11.0
"""Degrees east; the map's edge then runs through the Bering Strait."""


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Map units (x to the right, y down) of degrees north and east."""
    turned = (longitude - CENTRAL_MERIDIAN + 180.0) % 360.0 - 180.0
    phi, lam = math.radians(latitude), math.radians(turned)
    phi2 = phi * phi
    phi4 = phi2 * phi2
    x = lam * (
        0.8707 - 0.131979 * phi2 + phi4 * (-0.013791 + phi4 * (0.003971 * phi2 - 0.001529 * phi4))
    )
    y = phi * (
        1.007226 + phi2 * (0.015085 + phi4 * (-0.044475 + 0.028874 * phi2 - 0.005916 * phi4))
    )
    return CENTRE_X + SCALE * x, EQUATOR_Y - SCALE * y
