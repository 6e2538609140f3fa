"""The answer to where and for whom, as it stays with an incident."""

from __future__ import annotations

from datetime import datetime

import msgspec

MOST_KEPT = 50
"""Answers of one incident that are kept; the oldest but the first give way."""


class Attribute(msgspec.Struct, frozen=True):
    """Values of one dimension that an excess is concentrated on, largest excess first."""

    dimension: str
    values: tuple[str, ...]
    labels: tuple[str, ...]


class LocalisedPart(msgspec.Struct, frozen=True):
    """A part of the excess: reports that have all the attributes; none of them: everywhere, for
    everybody."""

    attributes: tuple[Attribute, ...]
    reports: int
    """In it, among those that say where they belong."""
    expected: float
    excess_share: float
    """Its part of the whole excess, 0 to 1."""
    p_value: float
    """How likely so concentrated an excess would be if all were alike everywhere; without
    attributes: so many reports, if nothing were wrong."""


class Localised(msgspec.Struct, frozen=True):
    """Where and for whom, as of `at`; no parts: too little excess to say."""

    at: datetime
    since: datetime
    """When this answer, with whatever figures, was first given."""
    reports: int
    expected: float
    parts: tuple[LocalisedPart, ...] = ()
    told_by: tuple[str, ...] = ()
    """Dimensions (of places, the country) of which most reports say something, and not all the
    same: where no attribute is one of them, it is all countries, all platforms, ..."""

    @property
    def everywhere(self) -> bool:
        return bool(self.parts) and not self.parts[0].attributes

    @property
    def excess(self) -> float:
        return self.reports - self.expected


def recorded(history: tuple[Localised, ...], new: Localised) -> tuple[Localised, ...]:
    """The history with the newest answer last: the same answer as before only renews figures."""
    if history and _answer(history[-1]) == _answer(new):
        return (*history[:-1], msgspec.structs.replace(new, since=history[-1].since))
    return (*history[:1], *history[1:][-(MOST_KEPT - 2) :], new)


def _answer(localised: Localised) -> tuple[frozenset[tuple[str, str]], ...]:
    return tuple(
        frozenset((one.dimension, value) for one in part.attributes for value in one.values)
        for part in localised.parts
    )
