"""The article's paragraphs, each as its sentences without the full stops.

What is not known is not written; a paragraph of which nothing is known is empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lapwing.kernel.instants import Minute, minute_of
from lapwing.outages.incidents.model import OPEN_STATES, Incident, Scope, SliceShare, State
from lapwing.outages.model import Dimension
from lapwing.outages.story.findings import (
    NOTHING_NAMED,
    Platforms,
    What,
    Where,
    in_scope,
    nearly_all,
)
from lapwing.outages.story.telling import Telling
from lapwing.outages.story.wording import (
    Times,
    about,
    capital,
    counted,
    exact,
    listed,
    minutes_between,
    one_line,
    ordinal,
    percent,
    span,
)

_FIRST_MIN = 20
_TREND_MIN = 15
_RISING = 1.25
_FALLING = 0.8


def notice(incident: Incident) -> str:
    return "This is simulated data, not a real outage" if incident.simulated else ""


def beginning(telling: Telling, name: str, times: Times) -> Sequence[str]:
    """When it began, how soon it was noticed, and the first 20 minutes."""
    incident = telling.incident
    started = (
        f"{times.with_zone(incident.started_at)} on {times.weekday(incident.started_at)},"
        f" {times.day(incident.started_at)}"
    )
    if incident.state is State.FALSE_ALARM:
        opening = f"More reports of problems with {name} than usual came in from {started}"
    elif incident.state is State.SUSPECTED:
        opening = f"More people than usual report problems with {name} since about {started}"
    else:
        opening = f"The outage of {name} began at about {started}"
    return (opening, _noticed(incident, times), _first_minutes(telling), _trust(incident))


def _noticed(incident: Incident, times: Times) -> str:
    late_min = minutes_between(incident.started_at, incident.detected_at)
    if late_min < 1:
        return "Lapwing noticed it within a minute"
    at = times.beside(incident.detected_at, incident.started_at)
    return f"Lapwing noticed it at {at}, {span(late_min)} later"


def _first_minutes(telling: Telling) -> str:
    incident = telling.incident
    age_min = minutes_between(incident.started_at, incident.ended_at or telling.now)
    if incident.reports_first_20_min <= 0:
        return ""
    people = counted(incident.reports_first_20_min, "person", "people")
    if age_min < _FIRST_MIN:
        verb = "has" if incident.reports_first_20_min == 1 else "have"
        if incident.state in OPEN_STATES:
            return f"{capital(people)} {verb} reported it so far"
        return f"{capital(people)} reported it"
    return f"{capital(people)} reported it within the first 20 minutes"


def _trust(incident: Incident) -> str:
    if incident.trusted_share <= 0:
        return ""
    whose = (
        "These reports were"
        if incident.trusted_share >= 0.995
        else f"Of these reports, {percent(incident.trusted_share)} were"
    )
    return f"{whose} counted without caps: imported by the operator"


def places(incident: Incident, where: Where) -> Sequence[str]:
    verb = "come" if incident.state in OPEN_STATES else "came"
    if incident.scope is not None:
        return (_in_scope(incident, incident.scope), *_towns(incident, incident.scope, where))
    if where.local is not None:
        return (_locally(incident, where.local, where.places[0]),)
    if not where.countries:
        if not where.places:
            return ("Where the reports come from is not known",)
        how = "Nearly all" if where.one_place else "Most"
        return (f"{how} of the reports {verb} from {listed(where.places)}",)
    share = where.countries[0].excess_share
    if nearly_all(share):
        first = f"Nearly all of the reports {verb} from {where.country}"
    elif share >= 0.5:
        first = f"Most of the reports {verb} from {where.country} ({percent(share)})"
    else:
        first = (
            f"No one country stands out; the most reports {verb} from"
            f" {where.country} ({percent(share)})"
        )
    towns = ""
    if where.one_place:
        towns = f"The place hit hardest {_is(incident)} {where.places[0]}"
    elif where.places:
        towns = f"Hit hardest {_is(incident, many=True)} {listed(where.places)}"
    others = where.other_countries
    also = f"People reported it from other countries too: {listed(others)}" if others else ""
    return (first, towns, also)


def _in_scope(incident: Incident, scope: Scope) -> str:
    """What alone is counted in a local incident."""
    label = one_line(scope.label.split(",", 1)[0])
    match scope.dimension:
        case Dimension.PLATFORM:
            whose = f"were about {label}"
        case Dimension.SYMPTOM:
            whose = f'named "{label}"'
        case Dimension.NETWORK:
            whose = f"came from one network ({label})"
        case _:
            whose = f"came from {in_scope(scope).removeprefix(' in ')}"
    usual = round(incident.expected)
    return (
        f"Only a part of the service {_is(incident)} meant:"
        f" {counted(incident.reports, 'report', 'reports')} {whose}, where"
        f" {exact(usual) if usual else 'hardly any'} would have been usual in that time"
    )


def _towns(incident: Incident, scope: Scope, where: Where) -> Sequence[str]:
    inside = where.places
    if not inside or inside == (one_line(scope.label.split(",", 1)[0]),):
        return ()
    return (f"Hit hardest {_is(incident, many=len(inside) > 1)} {listed(inside)}",)


def _locally(incident: Incident, local: SliceShare, place: str) -> str:
    usual = round(local.expected)
    return (
        f"It {_is(incident)} local: {counted(local.reports, 'report', 'reports')} came from"
        f" {place}, where {exact(usual) if usual else 'hardly any'} would have been usual in that"
        " time; elsewhere people reported about as much as ever"
    )


def _is(incident: Incident, *, many: bool = False) -> str:
    if incident.state in OPEN_STATES:
        return "are" if many else "is"
    return "were" if many else "was"


def symptoms(incident: Incident, what: What, platforms: Platforms) -> Sequence[str]:
    """What fails, and on which platforms; nothing that a local incident's slice says already."""
    fails = ""
    only = None if incident.scope is None else incident.scope.dimension
    if only == Dimension.SYMPTOM:
        what = NOTHING_NAMED
    if what.label:
        fails = f'The symptom that people named most {_is(incident)} "{what.label}"'
        if what.share >= 0.01:
            fails += f" ({percent(what.share)} of the excess)"
        if what.others:
            others = listed([f'"{label}"' for label in what.others])
            fails += f", before {others}"
    gets_in = what.shortly() if what.opens and incident.state is not State.FALSE_ALARM else ""
    where_hit = ""
    if platforms.every:
        where_hit = f"Every platform {_is(incident)} hit: {listed(platforms.names)}"
    elif platforms.mostly:
        where_hit = f"It {_is(incident)} mostly seen on {platforms.mostly}"
    elif len(platforms.names) > 1:
        where_hit = f"It {_is(incident)} seen on {listed(platforms.names)}"
    return (gets_in, fails, where_hit)


def course(telling: Telling, times: Times) -> Sequence[str]:
    """The peak, the present trend and the sum."""
    incident = telling.incident
    peak = ""
    if incident.peak_15_min > 0 and incident.state is not State.SUSPECTED:
        when = ""
        if incident.peak_at:
            when = f" was at about {times.beside(incident.peak_at, incident.started_at)}"
        what = "The peak so far" if incident.state in OPEN_STATES else "The peak"
        peak = f"{what}{when}, with" if when else f"{what} was"
        peak += f" {counted(incident.peak_15_min, 'report', 'reports')} within 15 minutes"
        if incident.peak_per_minute > 0:
            peak += f" and {about(incident.peak_per_minute)} in the busiest minute"
    return (peak, _sum(incident), _trend(telling))


def _sum(incident: Incident) -> str:
    if incident.reports <= 0 or incident.scope is not None:
        return ""  # of a local incident it is told with the place
    total = counted(incident.reports, "report", "reports")
    so_far = " so far" if incident.state in OPEN_STATES else ""
    usual = round(incident.expected)
    beside = f"; {about(usual)} would have been usual in the same time" if usual >= 1 else ""
    verb = "was" if incident.reports == 1 else "were"
    return f"In all, {total} {verb} counted{so_far}{beside}"


def _trend(telling: Telling) -> str:
    """Whether reports rise or fall, from the last 15 whole minutes and the 15 before."""
    incident = telling.incident
    now = minute_of(telling.now)
    if incident.state not in OPEN_STATES or not telling.per_minute:
        return ""
    if now - minute_of(incident.started_at) < 2 * _TREND_MIN:
        return ""
    last = _between(telling.per_minute, now - _TREND_MIN, now)
    before = _between(telling.per_minute, now - 2 * _TREND_MIN, now - _TREND_MIN)
    if last + before == 0:
        return "Nobody has reported it in the last half hour"
    if last >= _RISING * before:
        if incident.state is State.RECOVERING:
            return ""  # the peak lies within the last 15 minutes
        word = "rising"
    elif last <= _FALLING * before:
        word = "falling"
    else:
        word = "steady"
    latest = f"{exact(last)} in the last 15 minutes"
    return f"Reports are {word}: {latest}, {exact(before)} in the 15 before"


def _between(per_minute: Sequence[tuple[Minute, int]], first: Minute, end: Minute) -> int:
    return sum(count for minute, count in per_minute if first <= minute < end)


def end(telling: Telling, name: str, times: Times) -> Sequence[str]:
    incident = telling.incident
    fell = ""
    falling_at = _recovering_at(incident)
    known_before_the_end = incident.ended_at is None or (
        falling_at is not None and falling_at < incident.ended_at
    )
    if falling_at is not None and known_before_the_end:
        at = times.beside(falling_at, incident.started_at)
        fell = f"Reports began to fall towards normal by {at}"
    match incident.state:
        case State.RESOLVED:
            return (fell, _ended(incident, name, times))
        case State.RECOVERING:
            return (fell, "It is recovering, but not over yet")
        case State.CONFIRMED | State.ONGOING:
            lasted = minutes_between(incident.started_at, telling.now)
            return (f"It has lasted {span(lasted)} and is not over" if lasted > 0 else "",)
        case State.SUSPECTED:
            return ("Whether it is an outage is not sure yet",)
        case _:
            return ()


def _ended(incident: Incident, name: str, times: Times) -> str:
    if incident.ended_at is None:
        return f"It is over: {name} works again, as far as the reports tell"
    lasted = minutes_between(incident.started_at, incident.ended_at)
    at = times.beside(incident.ended_at, incident.started_at)
    how_long = f" after {span(lasted)}" if lasted > 0 else ""
    return f"It ended at about {at}{how_long}: since then people report no more than usual"


def _recovering_at(incident: Incident) -> datetime | None:
    """When the last recovery set in."""
    return next(
        (change.at for change in reversed(incident.changes) if change.state is State.RECOVERING),
        None,
    )


def cause(incident: Incident) -> Sequence[str]:
    told = one_line(incident.cause or "")
    if told:
        return (f"The cause, in the operator's words: {told}",)
    return ("Nothing is known of the cause",)


def again(telling: Telling) -> str:
    """`It was the second time within 24 hours`; empty for a first."""
    count = len(telling.earlier)
    if count == 0:
        return ""
    return f"It {_is(telling.incident)} the {ordinal(count + 1)} time within 24 hours"
