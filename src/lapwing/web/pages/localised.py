"""Where and for whom an incident is, as its page draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lapwing.outages.incidents.localised import Localised, LocalisedPart
from lapwing.outages.model import Dimension
from lapwing.outages.story.where import chance, where_sentence
from lapwing.outages.story.wording import listed
from lapwing.outages.views import CityDot

_CITIES = (Dimension.CITY, Dimension.AREA)
"""Their values are ids of cities; an area's is that of the city in its middle."""
_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A part of the reports above normal."""

    label: str
    reports: int
    expected: float
    share: float
    """Of all that is above normal, 0 to 1."""
    chance: str
    """How often chance alone would bring it."""


@dataclass(frozen=True, slots=True)
class Where:
    sentence: str
    rows: tuple[Row, ...]
    as_of: datetime
    since: datetime
    earlier: tuple[tuple[datetime, str], ...]
    """Other answers that were given before, newest first, with the time of each."""


def where(answers: tuple[Localised, ...]) -> Where | None:
    """None where it was not worked out."""
    if not answers:
        return None
    newest = answers[-1]
    return Where(
        where_sentence(newest),
        tuple(_row(part) for part in newest.parts),
        newest.at,
        newest.since,
        tuple((one.since, where_sentence(one)) for one in reversed(answers[:-1])),
    )


def names_of(answers: tuple[Localised, ...]) -> Callable[[CityDot], bool]:
    """Whether a dot of the map is one of the places that the newest answer names."""
    parts = answers[-1].parts if answers else ()
    attributes = [one for part in parts for one in part.attributes]
    cities = {value for one in attributes if one.dimension in _CITIES for value in one.values}
    countries = {
        value for one in attributes if one.dimension == Dimension.COUNTRY for value in one.values
    }
    return lambda dot: str(dot.city) in cities or dot.country in countries


def _row(part: LocalisedPart) -> Row:
    names = [_shortened(attribute.labels) for attribute in part.attributes]
    return Row(
        label=" · ".join(names) or "Everywhere, for everybody",
        reports=part.reports,
        expected=part.expected,
        share=part.excess_share,
        chance=chance(part.p_value),
    )


def _shortened(labels: tuple[str, ...]) -> str:
    if len(labels) <= _MOST_NAMED:
        return listed(labels)
    return f"{', '.join(labels[: _MOST_NAMED - 1])} and {len(labels) - _MOST_NAMED + 1} more"
