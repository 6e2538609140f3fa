"""Where and for whom, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from lapwing.outages.incidents.localised import Attribute, Localised, LocalisedPart
from lapwing.outages.model import Dimension
from lapwing.outages.story.wording import (
    counted,
    exact,
    in_a_sentence,
    listed,
    one_line,
    percent,
    sentence,
)

_MOST_NAMED = 6
_MOST_QUOTED = 3
_NEARLY_ALL = 0.9
_PLACES = (Dimension.CITY, Dimension.AREA, Dimension.REGION, Dimension.COUNTRY)


def where_sentence(localised: Localised | None) -> str:
    """`Nearly all of the excess is in San Antonio, on all platforms and networks.`; empty where
    it was not worked out."""
    if localised is None:
        return ""
    if not localised.parts:
        return "Too few reports so far to say where it is."
    first, *others = localised.parts
    told_by = frozenset(localised.told_by)
    text = _everywhere(first, told_by) if localised.everywhere else _part(first, told_by)
    rest = [_another(part) for part in others]
    return sentence("; ".join([text, *rest]))


def chance(p_value: float) -> str:
    """`less than 1 in 1,000,000`: of a p-value, for people."""
    if p_value >= 0.5:
        return "about even"
    limit = 10
    while p_value * limit * 10 <= 1.0 and limit < 1_000_000:
        limit *= 10
    return f"less than 1 in {exact(limit)}" if p_value * limit <= 1.0 else "less than 1 in 2"


def _everywhere(part: LocalisedPart, told_by: frozenset[str]) -> str:
    if Dimension.COUNTRY not in told_by:
        where = "Where it is, the reports do not say"
    else:
        where = "It is everywhere" + _all_of(told_by - {Dimension.COUNTRY})
    usual = round(part.expected)
    beside = f", where {exact(usual)} would have been usual" if usual else ""
    reports = counted(part.reports, "report", "reports")
    return f"{where}: {reports}{beside}"


def _part(part: LocalisedPart, told_by: frozenset[str]) -> str:
    if part.excess_share >= _NEARLY_ALL:
        much = "Nearly all of the reports above normal are"
    else:
        much = f"{percent(part.excess_share)} of the reports above normal are"
    return f"{much} {_attributes(part)}{_open(part, told_by)}"


def _another(part: LocalisedPart) -> str:
    if not part.attributes:
        return f"the rest ({percent(part.excess_share)}) is everywhere"
    return f"another {percent(part.excess_share)} are {_attributes(part)}"


def _attributes(part: LocalisedPart) -> str:
    said = {one.dimension: one for one in part.attributes}
    words = [f"in {_names(said[place])}" for place in _PLACES if place in said]
    if Dimension.NETWORK in said:
        many = len(said[Dimension.NETWORK].values) > 1
        words.append(f"on the network{'s' if many else ''} {_names(said[Dimension.NETWORK])}")
    if Dimension.PLATFORM in said:
        words.append(f"on {_names(said[Dimension.PLATFORM])}")
    if Dimension.SYMPTOM in said:
        words.append(f"about {_quoted(said[Dimension.SYMPTOM])}")
    return " ".join(words)


def _open(part: LocalisedPart, told_by: frozenset[str]) -> str:
    """What the excess is not concentrated on, after what it is."""
    said = {one.dimension for one in part.attributes}
    if not said.isdisjoint(_PLACES):
        return _all_of(told_by - said)
    return ", wherever people are" if Dimension.COUNTRY in told_by else ""


def _all_of(dimensions: frozenset[str]) -> str:
    named = ((Dimension.PLATFORM, "platforms"), (Dimension.NETWORK, "networks"))
    words = [word for dimension, word in named if dimension in dimensions]
    return f", on all {listed(words)}" if words else ""


def _names(attribute: Attribute) -> str:
    names = [one_line(label) for label in attribute.labels]
    if attribute.dimension == Dimension.COUNTRY:
        names = [in_a_sentence(name) for name in names]
    elif attribute.dimension == Dimension.AREA:
        names = [f"the {name}" for name in names]
    return _shortened(names)


def _quoted(attribute: Attribute) -> str:
    return _shortened([f'"{one_line(label)}"' for label in attribute.labels], _MOST_QUOTED)


def _shortened(names: Sequence[str], most: int = _MOST_NAMED) -> str:
    if len(names) <= most:
        return listed(names)
    more = len(names) - most + 1
    return f"{', '.join(names[: most - 1])} and {more} more"
