"""What is worked out for whoever asks, beside the pages that are drawn once for everybody."""

from __future__ import annotations

from datetime import datetime

import msgspec

from lapwing.outages.detection.explanation import Explanation
from lapwing.outages.detection.surprise import Sign
from lapwing.outages.views import ServiceLink


class ExplanationView(msgspec.Struct, frozen=True):
    """Why an outage of a service was or was not declared when a minute ended."""

    at: datetime
    """The minute's end."""
    service: ServiceLink
    told: tuple[str, ...]
    """In sentences, the answer first."""
    explanation: Explanation
    worked_out_again: bool
    """Not read off the live detector, but folded again from kept counts."""
    notes: tuple[str, ...]
    """What such numbers leave out."""
    incident: str | None
    """Id of the incident on record that was going on then."""
    simulated: bool


class NearbyLine(msgspec.Struct, frozen=True):
    """What is reported from one place or network of a visitor's."""

    dimension: str
    """`city`, `area`, `country` or `network`."""
    label: str
    reports: int | None
    """Null: fewer than three, or none; nobody is told how many."""
    expected: float
    sign: Sign
    told: str


class ChosenCity(msgspec.Struct, frozen=True):
    id: int
    """GeoNames'."""
    name: str
    country: str


class NearbyView(msgspec.Struct, frozen=True):
    """ "Is it me?": one service, as seen from where somebody asks."""

    as_of: datetime
    service: ServiceLink
    condition: str
    """For everybody: `ok`, `suspected`, `down` or `recovering`."""
    answer: str
    """For everybody."""
    headline: str
    lines: tuple[NearbyLine, ...]
    """The nearest first; none where nothing is known of where the question comes from."""
    advice: tuple[str, ...]
    """What to try where nothing speaks for trouble."""
    window_min: int
    city: ChosenCity | None
    """The one that was chosen."""
    simulated: bool
