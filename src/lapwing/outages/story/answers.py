"""One line for whoever asks "is it down, or is it me?", and a service's history in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from lapwing.outages.incidents.model import Incident, State
from lapwing.outages.story.findings import in_scope
from lapwing.outages.story.wording import (
    Times,
    exact,
    minutes_between,
    one_line,
    ordinal,
    sentence,
    small_number,
    span,
)

_JUST_OVER = timedelta(hours=1)
"""So long after its end an outage is still part of the answer."""
_AGAIN = timedelta(hours=24)
_NO_OUTAGE = frozenset({State.FALSE_ALARM, State.MERGED})


def answer(
    name: str,
    incident: Incident | None,
    *,
    now: datetime,
    time_zone: str,
    reports: int,
    window_min: int = 20,
) -> str:
    """For the service's page, without a full stop.

    `incident` is the open one, or else the latest; `reports` are those counted in the last
    `window_min` minutes, of its slice if it is local.
    """
    name, times = one_line(name), Times(time_zone)
    told = f"{exact(reports)} {'report' if reports == 1 else 'reports'} in {window_min} minutes"
    if incident is None:
        return _quiet()
    since, where = times.since(incident.started_at, now), in_scope(incident.scope)
    match incident.state:
        case State.SUSPECTED:
            return (
                f"Perhaps: more people than usual report problems with {name}{where} since {since};"
                f" {told}"
            )
        case State.CONFIRMED | State.ONGOING:
            return f"Yes: {name} has had problems{where} since {since}; {told}"
        case State.RECOVERING:
            return f"It is recovering: {name} has had problems{where} since {since}; {told}"
        case State.RESOLVED if incident.ended_at and now - incident.ended_at < _JUST_OVER:
            ended = times.since(incident.ended_at, now)
            had = f"{name} had problems{where} until {ended}"
            return f"Not any more: {had}; reports are back to normal"
        case _:
            return _quiet()


def _quiet() -> str:
    return "No: nobody reports more than usual"


def history(
    name: str,
    incidents: Sequence[Incident],
    *,
    now: datetime,
    time_zone: str,
    watched_since: datetime | None = None,
) -> str:
    """How often it fails and how long it usually takes; false and merged ones do not count.

    `incidents` in any order, the open one among them. One paragraph of whole sentences.
    """
    name, times = one_line(name), Times(time_zone)
    real = sorted(
        (incident for incident in incidents if incident.state not in _NO_OUTAGE),
        key=lambda incident: incident.started_at,
    )
    if not real:
        since = f" since {times.day(watched_since)}" if watched_since else " on record"
        return sentence(f"No outage of {name}{since}")
    lines = [_how_often(name, real, times, now, watched_since), _how_long(real, times)]
    lines.append(_again(real, now))
    return " ".join(filter(None, map(sentence, lines)))


def _how_often(
    name: str, real: Sequence[Incident], times: Times, now: datetime, watched_since: datetime | None
) -> str:
    first = real[0].started_at
    if len(real) == 1:
        since = f" since {times.day(watched_since)}" if watched_since else " on record"
        return f"One outage of {name}{since}: on {times.day(first)}"
    start = min(watched_since or first, first)
    days = max(1, round((now - start) / timedelta(days=1)))
    number = small_number(len(real))
    if days == 1:
        return f"{number} outages of {name} in the last 24 hours"
    each = days / len(real)
    rate = f", about one every {round(each)} days" if each >= 1.5 else ""
    return f"{number} outages of {name} in the last {exact(days)} days{rate}"


def _how_long(real: Sequence[Incident], times: Times) -> str:
    ended = [
        (minutes_between(incident.started_at, incident.ended_at), incident.started_at)
        for incident in real
        if incident.ended_at is not None
    ]
    if not ended:
        return ""
    if len(ended) == 1:
        lasted = span(ended[0][0])
        return f"It lasted {lasted}" if len(real) == 1 else f"The one that is over lasted {lasted}"
    longest, at = max(ended)
    usual = span(round(median(minutes for minutes, _ in ended)))
    return (
        f"It usually takes {usual} (median); the longest took {span(longest)}, on {times.day(at)}"
    )


def _again(real: Sequence[Incident], now: datetime) -> str:
    recent = [incident for incident in real if now - incident.started_at < _AGAIN]
    if len(recent) < 2:
        return ""
    verb = "is" if recent[-1].ended_at is None else "was"
    return f"The latest {verb} the {ordinal(len(recent))} within 24 hours"


def earlier_within_a_day(incident: Incident, others: Sequence[Incident]) -> tuple[Incident, ...]:
    """Those of the same service that began in the 24 hours before it, oldest first; elsewhere
    does not count."""
    found = (
        other
        for other in others
        if other.id != incident.id
        and other.service == incident.service
        and (other.scope is None or other.scope == incident.scope)
        and other.state not in _NO_OUTAGE
        and timedelta(0) < incident.started_at - other.started_at <= _AGAIN
    )
    return tuple(sorted(found, key=lambda other: other.started_at))
