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


class NullClass(msgspec.Struct, frozen=True):
    """Simulated services of one kind with which nothing was wrong. Rates are false incidents per
    service and year; `low` and `high` hold the true one in 95 of 100 cases."""

    counted: str
    volume: str
    services: int
    service_years: float
    false_incidents: int
    rate: float
    low: float
    high: float
    budget: float
    holds: bool


class NullRun(msgspec.Struct, frozen=True):
    """What `lapwing evaluate null` found for this version."""

    budget: float
    days: int
    seed: int
    holds: bool
    classes: tuple[NullClass, ...]


class ObservedRate(msgspec.Struct, frozen=True):
    """Per service and year, with the interval that holds the true one in 95 of 100 cases."""

    events: int
    rate: float
    low: float
    high: float


class OwnRecord(msgspec.Struct, frozen=True):
    """What this server declared while it watched."""

    since_at: datetime
    services: int
    """Those that somebody ever reported on."""
    service_years: float
    declared: int
    borne_out: int
    """Confirmed by the reports that followed, or by an operator."""
    dismissed: ObservedRate
    """False alarms, by an operator's word."""
    dismissed_or_never_borne_out: ObservedRate
    """Also those that ended unconfirmed: at most so many were false."""


class CalibrationView(msgspec.Struct, frozen=True):
    """The false-alarm rate that is promised, beside what was observed."""

    as_of: datetime
    budget: float
    """False alarms per service and year that this server's rule allows."""
    simulated_run: NullRun | None
    """Null: none is recorded for this version."""
    own: OwnRecord | None
    """Null: this server is younger than a day."""
    simulated: bool
    """A demo: its own record is made up."""
