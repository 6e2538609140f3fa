"""What a page shows, and the same as JSON: `queries.py` builds these, `web/` only draws them.

Instants are aware UTC; counts are reports as counted, after caps.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from lapwing.outages.detection.concentration import Concentration
from lapwing.outages.incidents.localised import Localised
from lapwing.outages.incidents.model import Change, Scope, SliceShare


class Point(msgspec.Struct, frozen=True, array_like=True):
    """One step of a chart."""

    minute: int
    """Start, in minutes since 1970 UTC."""
    reports: int
    expected: float
    upper: float


class Series(msgspec.Struct, frozen=True):
    step_min: int
    points: tuple[Point, ...]


class Shading(msgspec.Struct, frozen=True):
    """A span of a chart in which an incident lasted; `end_minute` None: still."""

    incident: str
    start_minute: int
    end_minute: int | None


class Bar(msgspec.Struct, frozen=True):
    """A slice in the bars and in the table behind the map."""

    dimension: str
    value: str
    label: str
    reports: int
    expected: float
    share: float
    """Of all reports of that dimension, 0 to 1."""


class CityDot(msgspec.Struct, frozen=True):
    """A city (or, where no city is known, a country's middle) on the map."""

    city: int | None
    label: str
    country: str
    latitude: float
    longitude: float
    reports: int
    expected: float


class ServiceLink(msgspec.Struct, frozen=True):
    slug: str
    name: str
    category: str
    icon: str | None
    colour: str | None
    initials: str


class IncidentSummary(msgspec.Struct, frozen=True):
    id: str
    service: ServiceLink
    state: str
    headline: str
    started_at: datetime
    detected_at: datetime
    ended_at: datetime | None
    duration_min: int
    reports: int
    peak_15_min: int
    places: tuple[str, ...]
    """Labels of the hardest-hit places, hardest first."""
    simulated: bool
    confirmed_at: datetime | None = None
    peak_per_minute: int = 0
    leading: tuple[SliceShare, ...] = ()
    """Slices by excess, per dimension the largest first."""
    scope: Scope | None = None
    """Where it is, and whose reports these are; null: the whole service."""
    place: str | None = None
    """Where a local incident is; null: it is the whole service's."""


class ServiceCard(msgspec.Struct, frozen=True):
    """A service on the board."""

    service: ServiceLink
    condition: str
    """`ok`, `suspected`, `down` or `recovering`."""
    answer: str
    since_at: datetime | None
    reports_1h: int
    expected_1h: float
    change: float | None
    """Reports of the last 15 minutes over those of the 15 before; None: too few to say."""
    sparkline: tuple[int, ...]
    """Reports of the last 24 hours in 48 half hours, oldest first."""
    places: tuple[str, ...]
    incident: str | None
    countries: tuple[str, ...] = ()
    """ISO codes of the countries it serves mainly; empty: the whole world."""
    also: tuple[IncidentSummary, ...] = ()
    """Local incidents that are open beside `incident`, the largest first."""
    time_zone: str = "UTC"
    """IANA name of the zone that the answer tells times in."""


class BoardView(msgspec.Struct, frozen=True):
    """The home page."""

    as_of: datetime
    down: tuple[ServiceCard, ...]
    """Hardest first: most excess now."""
    fine: tuple[ServiceCard, ...]
    """All others, by name."""
    categories: tuple[tuple[str, str, int], ...]
    """Key, label, services in it."""
    countries: tuple[tuple[str, str, int], ...]
    dots: tuple[CityDot, ...]
    """Reports of the last hour, all services."""
    recent: tuple[IncidentSummary, ...]
    reports_1h: int
    simulated: bool
    stale_since: datetime | None = None
    """Set while something behind is away: the board is as of then."""


class ServiceView(msgspec.Struct, frozen=True):
    as_of: datetime
    service: ServiceLink
    category_label: str
    home_page: str
    aliases: tuple[str, ...]
    condition: str
    answer: str
    """"Yes: X has had problems since 10:37; 1,204 reports in 20 minutes"."""
    symptoms: tuple[tuple[str, str], ...]
    """Key and label, as offered on the report buttons."""
    platforms: tuple[tuple[str, str], ...]
    incident: IncidentSummary | None
    """The first of those that are open."""
    series: Series
    """24 hours."""
    shadings: tuple[Shading, ...]
    reports_1h: int
    expected_1h: float
    dots: tuple[CityDot, ...]
    countries: tuple[Bar, ...]
    cities: tuple[Bar, ...]
    platform_bars: tuple[Bar, ...]
    symptom_bars: tuple[Bar, ...]
    network_bars: tuple[Bar, ...]
    past: tuple[IncidentSummary, ...]
    history: str
    """How often it fails and how long it usually takes, in words."""
    simulated: bool
    stale_since: datetime | None = None
    also: tuple[IncidentSummary, ...] = ()
    """Local incidents that are open beside `incident`, the largest first."""
    time_zone: str = "UTC"
    """IANA name of the zone that answer and history tell times in."""


class Frame(msgspec.Struct, frozen=True):
    """One step of the incident map's time slider; only dots that have reports in it."""

    minute: int
    reports: int
    dots: tuple[tuple[int, int], ...]
    """Index into `IncidentView.dots`, reports in this frame."""


class Story(msgspec.Struct, frozen=True):
    """Written from the data alone."""

    headline: str
    post: str
    """At most 280 characters."""
    article: tuple[str, ...]
    """Paragraphs."""
    time_zone: str
    """IANA name of the zone that its times are told in."""


class IncidentPart(msgspec.Struct, frozen=True):
    """An incident that became part of a larger one."""

    id: str
    place: str | None
    """Where it was; null: it was the whole service's."""
    started_at: datetime


class IncidentView(msgspec.Struct, frozen=True):
    as_of: datetime
    summary: IncidentSummary
    story: Story
    confirmed_at: datetime | None
    peak_at: datetime | None
    peak_per_minute: int
    reports_first_20_min: int
    expected: float
    trusted_share: float
    networks_seen: int
    series: Series
    """From an hour before the onset to an hour after the end."""
    shadings: tuple[Shading, ...]
    dots: tuple[CityDot, ...]
    """Sums over the whole incident."""
    frames: tuple[Frame, ...]
    frame_min: int
    leading: tuple[SliceShare, ...]
    changes: tuple[Change, ...]
    cause: str | None
    merged_into: str | None
    parts: tuple[IncidentPart, ...] = ()
    """The incidents that became part of this one, in the order of their onsets."""
    localised: tuple[Localised, ...] = ()
    """Where and for whom: every answer that was given, the newest last."""
    concentration: Concentration | None = None
    """How few networks and blocks bring its reports; null: not known."""
    held: bool = False
    """It stays suspected whatever the numbers say, as its reports are unlike those that usually
    come."""
    stale_since: datetime | None = None


class SliceCounts(msgspec.Struct, frozen=True):
    """Reports of one slice, minute by minute."""

    dimension: str
    value: str
    label: str
    reports: tuple[int, ...]


class CountsView(msgspec.Struct, frozen=True):
    """A service's live counts per minute and slice; the first slice is the whole service."""

    as_of: datetime
    service: str
    start_minute: int
    """Of the first count, in minutes since 1970 UTC."""
    slices: tuple[SliceCounts, ...]
