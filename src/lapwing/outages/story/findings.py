"""What an incident's slices say: where it is, on which platforms, and what fails.

A slice says something only by its excess, its part of the reports above what was expected.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lapwing.outages.incidents.model import Incident, Scope, SliceShare
from lapwing.outages.model import Dimension, Service
from lapwing.outages.story.wording import capital, in_a_sentence, listed, one_line

_MOST = 6
"""Places named at most in one list."""
_FEW_REPORTS = 2
"""Slices with no more reports above normal than this say nothing."""
_CITY_SHARE = 0.03
_COUNTRY_SHARE = 0.01
_PLATFORM_SHARE = 0.03
_STANDS_OUT = 0.75
"""From this share of the excess on, one platform is `mostly` the one."""
_LIFT = 1.3
"""And its share must be so many times what is usual on it."""
_DOMINATES = 0.5
_NEARLY_ALL = 0.9
_PLACES = frozenset({Dimension.COUNTRY, Dimension.REGION, Dimension.AREA, Dimension.CITY})
_DOORS = frozenset({"website", "app", "login", "all", "connect", "loading"})
"""Symptoms that say that one does not even get in."""
_DOORS_SHUT = 0.3
"""From this share on, it cannot be said that the site loads."""


def leading(incident: Incident, dimension: Dimension, share: float) -> list[SliceShare]:
    """The dimension's slices with at least this share of the excess, largest first."""
    found = [
        part
        for part in incident.leading
        if part.dimension == dimension
        and part.excess_share >= share
        and part.reports - part.expected > _FEW_REPORTS
        and one_line(part.label)
    ]
    return sorted(found, key=lambda part: -part.excess_share)


@dataclass(frozen=True, slots=True)
class Where:
    countries: tuple[SliceShare, ...]
    places: tuple[str, ...]
    """The finest that is known: cities, or else regions, hardest-hit first; of a local incident
    the cities in it, or else its own name."""
    local: SliceShare | None = None
    """The one place that has it while the service as a whole is as usual."""

    @property
    def country(self) -> str:
        """The hardest-hit one as in `in the United States`; empty if none is known."""
        return in_a_sentence(one_line(self.countries[0].label)) if self.countries else ""

    @property
    def one_place(self) -> bool:
        return len(self.places) == 1

    @property
    def other_countries(self) -> tuple[str, ...]:
        return tuple(in_a_sentence(one_line(part.label)) for part in self.countries[1:_MOST])

    def shortly(self) -> str:
        """`in Delhi and Mumbai`, `in India`; empty if nothing is known."""
        if self.countries and self.countries[0].excess_share < _DOMINATES:
            return ""
        if self.one_place:
            return f"in {self.places[0]}"
        if self.countries:
            return f"in {self.country}"
        return f"in {listed(self.places[:3])}" if self.places else ""


def in_scope(scope: Scope | None) -> str:
    """Where or for whom a local incident is, as it follows "has problems": ` in San Antonio`,
    ` on Android`; empty for the whole service."""
    if scope is None:
        return ""
    label = _short(scope.label)
    match scope.dimension:
        case Dimension.AREA:
            return f" in the {label}"
        case Dimension.COUNTRY:
            return f" in {in_a_sentence(label)}"
        case Dimension.CITY | Dimension.REGION:
            return f" in {label}"
        case Dimension.PLATFORM:
            return f" on {label}"
        case Dimension.NETWORK:
            return f" in one network ({label})"
        case _:
            return f' ("{label}")'


def _local(incident: Incident, scope: Scope) -> Where:
    """Its own slice, and the cities in it that have most of it."""
    cities = leading(incident, Dimension.CITY, _CITY_SHARE)
    place = (scope.dimension, scope.value)
    inside = _names(part for part in cities if (part.dimension, part.value) != place)
    own = next((one for one in incident.leading if (one.dimension, one.value) == place), None)
    if scope.dimension not in _PLACES:
        return Where((), (), own)
    return Where((), tuple(inside[:_MOST]) or (_short(scope.label),), own)


def where(incident: Incident) -> Where:
    if incident.scope is not None:
        return _local(incident, incident.scope)
    cities = leading(incident, Dimension.CITY, _CITY_SHARE)
    regions = leading(incident, Dimension.REGION, _CITY_SHARE)
    countries = leading(incident, Dimension.COUNTRY, _COUNTRY_SHARE)
    first = next(iter(cities or regions), None)
    if first is not None:
        excess = first.reports - first.expected
        if first.reports <= incident.reports < incident.expected + excess / 2:
            return Where((), tuple(_names([first])), first)
    return Where(
        countries=tuple(countries),
        places=tuple(_names(cities or regions)[:_MOST]),
    )


def _names(parts: Iterable[SliceShare]) -> list[str]:
    """Short labels, each once."""
    return list(dict.fromkeys(_short(part.label) for part in parts))


def _short(label: str) -> str:
    """Without what follows a comma (`San Antonio, TX`)."""
    return one_line(label.split(",", 1)[0]) or one_line(label)


@dataclass(frozen=True, slots=True)
class Platforms:
    every: bool
    """No platform stands out, and each that the service has is hit."""
    mostly: str
    """The one that stands out, else empty."""
    names: tuple[str, ...]
    """All that are hit, hardest-hit first."""

    def shortly(self) -> str:
        if self.every:
            return "every platform"
        return f"mostly on {self.mostly}" if self.mostly else ""


def platforms(incident: Incident, service: Service) -> Platforms:
    hit = leading(incident, Dimension.PLATFORM, _PLATFORM_SHARE)
    names = tuple(one_line(part.label) for part in hit)
    mostly = ""
    if hit and len(service.platforms) > 1 and hit[0].excess_share >= _STANDS_OUT:
        usual = hit[0].expected / incident.expected if incident.expected > 0 else 0.0
        if hit[0].excess_share >= _LIFT * usual:
            mostly = names[0]
    offered = {platform.key for platform in service.platforms}
    every = not mostly and len(offered) > 1 and offered <= {part.value for part in hit}
    return Platforms(every=every, mostly=mostly, names=names)


@dataclass(frozen=True, slots=True)
class What:
    """The symptom that people name most; all empty when nothing is known of it."""

    label: str
    share: float
    dominates: bool
    others: tuple[str, ...]
    opens: str
    """What still works, when people get in but then this fails: `the site and the app`."""

    def shortly(self) -> str:
        """`The site and the app load, posts don't`, `Mostly: "Can't log in"`."""
        if not self.dominates:
            return ""
        if not self.opens:
            return f'Most say "{self.label}"'
        ending = "" if " and " in self.opens else "s"
        subject = _subject(self.label)
        if subject:
            return f"{capital(self.opens)} load{ending}, {subject}"
        return f'{capital(self.opens)} open{ending}, but most say "{self.label}"'


NOTHING_NAMED: Final = What(label="", share=0.0, dominates=False, others=(), opens="")


def _subject(label: str) -> str:
    """`posts don't` of `Posts don't load`; empty for labels of another form."""
    for negation in ("don't load", "doesn't load", "don’t load", "doesn’t load"):
        if label.lower().endswith(f" {negation}"):
            return label[: -len(" load")].strip().lower()
    return ""


def what(incident: Incident, service: Service) -> What:
    named = leading(incident, Dimension.SYMPTOM, 0.0)
    if not named:
        return NOTHING_NAMED
    top = named[0]
    offered = {symptom.key for symptom in service.symptoms}
    doors = sum(part.excess_share for part in named if part.value in _DOORS)
    gets_in = top.value not in _DOORS and doors < _DOORS_SHUT and top.excess_share > doors
    site, app = "website" in offered, "app" in offered
    opens = ""
    if gets_in and (site or app):
        opens = "the site and the app" if site and app else "the site" if site else "the app"
    return What(
        label=one_line(top.label),
        share=top.excess_share,
        dominates=top.excess_share >= _DOMINATES,
        others=tuple(one_line(part.label) for part in named[1:4] if part.excess_share >= 0.02),
        opens=opens,
    )


def nearly_all(share: float) -> bool:
    return share >= _NEARLY_ALL
