"""The words of pillar 1: services, places, reports and the slices in which they are counted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec


class Dimension(StrEnum):
    """By what reports are counted. SERVICE is the whole; its only value is the empty string."""

    SERVICE = "service"
    COUNTRY = "country"
    REGION = "region"
    CITY = "city"
    PLATFORM = "platform"
    SYMPTOM = "symptom"
    NETWORK = "network"
    AREA = "area"
    """Cities that live together, by the id of the one that the others belong to."""


SLICED_BY = tuple(dimension for dimension in Dimension if dimension is not Dimension.SERVICE)


@dataclass(frozen=True, slots=True)
class Slice:
    """A counted part of a service's reports, for example those of one city."""

    service: str
    dimension: Dimension = Dimension.SERVICE
    value: str = ""


@dataclass(frozen=True, slots=True)
class Symptom:
    """What fails, as people say it: key `feed`, label "Posts don't load"."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Platform:
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Service:
    """A watched service, as the catalogue has it."""

    slug: str
    name: str
    category: str
    home_page: str
    symptoms: tuple[Symptom, ...]
    platforms: tuple[Platform, ...]
    aliases: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    """ISO codes of the countries it serves mainly; empty: the whole world."""
    icon: str | None = None
    """Slug of its picture in the icon sprite; None: initials are drawn."""
    colour: str | None = None
    """Its own colour as six hex digits, for the initials and the icon."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report comes from; each level may be missing; a city brings the others."""

    country: str | None = None
    """ISO 3166-1 alpha-2."""
    region: str | None = None
    """GeoNames first-level code with its country, for example `IN.07`, `US.TX`."""
    city: int | None = None
    """GeoNames id."""


class ReportRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One accepted report as the journal keeps it. Fields are only ever added at the end.

    `reporter`, `network` and `block` are keyed hashes or an operator's own words, never an
    address; `reporter_before` is the same person under the previous day's key, so that midnight
    does not count anybody twice.
    """

    id: int
    at_ms: int
    service: str
    symptom: str | None = None
    platform: str | None = None
    country: str | None = None
    region: str | None = None
    city: int | None = None
    reporter: str | None = None
    reporter_before: str | None = None
    network: str | None = None
    block: str | None = None
    trusted: bool = False
    """From an operator's import without reporter or network: caps and network rules are off."""
    text: str | None = None
    idempotency_key: str | None = None
