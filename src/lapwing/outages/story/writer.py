"""The story of an outage, written from its data alone: headline, post and article."""

from __future__ import annotations

from collections.abc import Sequence

from lapwing.outages.incidents.model import Change, Incident, State, is_held
from lapwing.outages.incidents.tracking import DETECTOR
from lapwing.outages.model import Dimension
from lapwing.outages.story import paragraphs
from lapwing.outages.story.doubts import doubts
from lapwing.outages.story.findings import (
    Platforms,
    What,
    Where,
    in_scope,
    platforms,
    what,
    where,
)
from lapwing.outages.story.telling import Telling
from lapwing.outages.story.where import where_sentence
from lapwing.outages.story.wording import (
    Times,
    capital,
    counted,
    listed,
    minutes_between,
    one_line,
    sentence,
    short_span,
    span,
)
from lapwing.outages.views import Story

POST_LIMIT = 280
_HEADLINE_LIMIT = 160
_NAME_LIMIT = 60
_PLACES_IN_POST = 6
_FEW_PLACES = 3


def write(telling: Telling) -> Story:
    """Raises `zoneinfo.ZoneInfoNotFoundError` when the time zone is none."""
    return _Writer(telling).story()


class _Writer:
    def __init__(self, telling: Telling) -> None:
        self.telling = telling
        self.incident = telling.incident
        self.name = shortened(one_line(telling.service.name), _NAME_LIMIT)
        self.times = Times(telling.time_zone)
        self.where: Where = where(telling.incident)
        self.scope = in_scope(telling.incident.scope)
        self.platforms: Platforms = platforms(telling.incident, telling.service)
        self.what: What = what(telling.incident, telling.service)

    def story(self) -> Story:
        return Story(
            headline=self.headline(),
            post=self.post(),
            article=self.article(),
            time_zone=self.telling.time_zone,
        )

    def headline(self) -> str:
        if self.incident.title and one_line(self.incident.title):
            return shortened(one_line(self.incident.title), _HEADLINE_LIMIT)
        mostly = "" if self.scope else self.where.shortly()
        tail = f", mostly {mostly}" if mostly else self.scope
        match self.incident.state:
            case State.SUSPECTED:
                text = f"People report problems with {self.name}{tail}"
            case State.CONFIRMED | State.ONGOING:
                text = f"{self.name} has problems{tail}"
            case State.RECOVERING:
                after = f" after problems mostly {mostly}" if mostly else self.scope
                text = f"{self.name} is recovering{after}"
            case State.FALSE_ALARM:
                text = (
                    f"False alarm: {self.name} had no outage{self.scope} on {self._started_day()}"
                )
            case State.MERGED:
                text = f"Part of another outage: {self.name}{self.scope} on {self._started_day()}"
            case State.RESOLVED:
                text = f"{self.name} had problems{self._for_how_long()}{tail}"
        return capital(text)

    def _for_how_long(self) -> str:
        minutes = lasted_min(self.incident)
        return f" for {span(minutes)}" if minutes is not None and minutes > 0 else ""

    def _started_day(self) -> str:
        return self.times.day(self.incident.started_at)

    def post(self) -> str:
        """The worthiest sentences that fit, in the order of telling; few places rather than
        one sentence less."""
        first, *rest = self._post_sentences(places=_PLACES_IN_POST)
        told = _fitting(first, rest)
        if len(told) < 1 + sum(1 for _, text in rest if text):
            first, *rest = self._post_sentences(places=_FEW_PLACES)
            told = _fitting(first, rest)
        return " ".join(line for _, line in sorted(told))

    def _post_sentences(self, places: int) -> list[tuple[int, str]]:
        """Each with its place in the telling; the worthiest first."""
        incident = self.incident
        first = (0, self._post_beginning())
        simulated = (9, "Simulated data" if incident.simulated else "")
        if incident.state is State.FALSE_ALARM:
            return [first, simulated, (1, f"{self._reports_so_far()} had come in")]
        if incident.state is State.MERGED:
            return [first, simulated]
        cause = one_line(incident.cause or "")
        return [
            first,
            simulated,
            (3, self.what.shortly()),
            (4, self._post_peak()),
            (2, self._post_where(places)),
            (5, f"Cause: {cause}" if cause else "No cause is known"),
            (1, capital(self.platforms.shortly())),
            (6, paragraphs.again(self.telling)),
        ]

    def _post_beginning(self) -> str:
        incident, times = self.incident, self.times
        title = sentence(shortened(one_line(incident.title or ""), _HEADLINE_LIMIT))
        lead = f"{title} " if title else ""
        since = times.since(incident.started_at, self.telling.now)
        match incident.state:
            case State.SUSPECTED:
                return f"{lead}People report problems with {self.name}{self.scope} since {since}"
            case State.CONFIRMED | State.ONGOING:
                return f"{lead}{self.name} has had problems{self.scope} since {since}"
            case State.RECOVERING:
                had = f"it has had problems{self.scope} since {since}"
                return f"{lead}{self.name} is recovering; {had}"
            case State.FALSE_ALARM:
                at = f"{times.with_zone(incident.started_at)} on {self._started_day()}"
                return f"{lead}False alarm: {self.name} had no outage{self.scope} at {at}"
            case State.MERGED:
                began = f"What began with {self.name}{self.scope} {self._at_start()}"
                return f"{lead}{began} is part of another outage"
            case State.RESOLVED:
                if incident.ended_at is None:
                    problems = f"problems{self.scope} {self._at_start()}"
                    return f"{lead}{self.name} had {problems}; they are over"
                minutes = lasted_min(incident) or 0
                told = times.from_to(incident.started_at, incident.ended_at)
                return f"{lead}{self.name} had problems{self.scope} {told} ({short_span(minutes)})"

    def _at_start(self) -> str:
        at = self.incident.started_at
        return f"at {self.times.with_zone(at)} on {self.times.day(at)}"

    def _post_peak(self) -> str:
        incident = self.incident
        if incident.state is State.SUSPECTED or incident.peak_15_min <= 0:
            return f"{self._reports_so_far()} so far" if incident.reports > 0 else ""
        peak = capital(counted(incident.peak_15_min, "report", "reports"))
        return f"{peak} in 15 minutes at the peak"

    def _reports_so_far(self) -> str:
        return capital(counted(self.incident.reports, "report", "reports"))

    def _post_where(self, places: int) -> str:
        if self.scope and len(self.where.places) < 2:
            return ""
        if self.where.places:
            others = self.where.other_countries[:2]
            also = f"; also {listed(others)}" if others else ""
            return f"Mostly {listed(self.where.places[:places])}{also}"
        return f"Mostly {self.where.country}" if self.where.country else ""

    def article(self) -> tuple[str, ...]:
        telling, times = self.telling, self.times
        no_outage = self.incident.state in (State.FALSE_ALARM, State.MERGED)
        parts: list[Sequence[str]] = [
            (paragraphs.notice(self.incident),),
            (_verdict(self.incident, self.name, times),),
            paragraphs.beginning(telling, f"{self.name}{self.scope}", times),
            (*paragraphs.places(self.incident, self.where), self._located()),
            (self._doubts(),),
            paragraphs.symptoms(self.incident, self.what, self.platforms),
            paragraphs.course(telling, times),
        ]
        if not no_outage:
            parts.append(paragraphs.end(telling, self.name, times))
            parts.append(paragraphs.cause(self.incident))
            parts.append((paragraphs.again(telling),))
        written = (" ".join(filter(None, map(sentence, part))) for part in parts)
        return tuple(text for text in written if text)

    def _located(self) -> str:
        """The sure answer, where there is one; not once more what a local incident is named
        after, nor symptoms, which have a paragraph of their own."""
        newest = self.incident.localised[-1] if self.incident.localised else None
        if newest is None or not newest.parts:
            return ""
        scope = self.incident.scope
        named = [(one.dimension, one.values) for one in newest.parts[0].attributes]
        if scope is not None and named == [(scope.dimension, (scope.value,))]:
            return ""
        if named and all(dimension == Dimension.SYMPTOM for dimension, _ in named):
            return ""
        return where_sentence(newest)

    def _doubts(self) -> str:
        scope = self.incident.scope
        one_network = scope is not None and scope.dimension == Dimension.NETWORK
        return doubts(
            self.incident.concentration,
            scope.label if scope is not None and one_network else None,
            held=is_held(self.incident),
        )


def _fitting(first: tuple[int, str], rest: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """The first sentence, cut if need be, and those of the rest that the limit leaves room for."""
    told = [(first[0], sentence(shortened(first[1], POST_LIMIT - 1)))]
    length = len(told[0][1])
    for place, text in rest:
        line = sentence(text)
        if line and length + 1 + len(line) <= POST_LIMIT:
            told.append((place, line))
            length += 1 + len(line)
    return told


def _verdict(incident: Incident, name: str, times: Times) -> str:
    """The operator's word that closed it, where there was one."""
    change = _operators_word(incident)
    at = f" at {times.with_zone(change.at)} on {times.day(change.at)}" if change else ""
    note = one_line(change.note) if change else ""
    because = f": {note}" if note else ""
    if incident.state is State.FALSE_ALARM:
        return f"This was a false alarm, as an operator found{at}{because}"
    if incident.state is State.MERGED:
        if change is not None and change.by == DETECTOR:
            return f"This grew and became part of a larger outage of {name}{at}"
        return f"This belongs to another outage of {name}, as an operator found{at}{because}"
    return ""


def _operators_word(incident: Incident) -> Change | None:
    """The change by which the incident came into its present state."""
    found = None
    for change in incident.changes:
        if change.state is not incident.state:
            found = None
        elif found is None:
            found = change
    return found


def lasted_min(incident: Incident) -> int | None:
    """From onset to end; None when it has none or none is known."""
    if incident.ended_at is None:
        return None
    return minutes_between(incident.started_at, incident.ended_at)


def shortened(text: str, limit: int) -> str:
    """Cut at a word, with an ellipsis, if it is longer than the limit."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    head = cut.rsplit(" ", 1)[0] if " " in cut else cut
    return head.rstrip(" ,;:-") + "…"
