"""What the posts of an incident's thread say, from its story. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from lapwing.outages.incidents.model import State
from lapwing.outages.views import IncidentView


class Stage(StrEnum):
    """Of an incident, in the order of its life. Each is one post of the thread."""

    OPENING = "opening"
    CONFIRMATION = "confirmation"
    PEAK = "peak"
    RECOVERY = "recovery"
    END = "end"
    CAUSE = "cause"


class Telling(msgspec.Struct, frozen=True):
    stage: Stage
    text: str
    is_for_all: bool
    """On public timelines; the rest is for who follows the service or reads the thread."""


_OVER = frozenset({State.RESOLVED, State.FALSE_ALARM, State.MERGED})


def tellings(view: IncidentView, public_url: str) -> list[Telling]:
    """What is to be told by now. Nothing, while the incident is held back as suspicious and
    nothing was told yet, is for the caller to see to."""
    summary = view.summary
    address = f"{public_url}/incidents/{summary.id}"
    state = State(summary.state)
    told = [Telling(Stage.OPENING, f"{view.story.post}\n\n{address}", is_for_all=True)]
    if state is State.FALSE_ALARM or state is State.MERGED:
        return told
    name, at = summary.service.name, _Clock(view.story.time_zone)
    if view.confirmed_at is not None:
        text = f"Confirmed at {at(view.confirmed_at)}: {view.story.headline}."
        told.append(Telling(Stage.CONFIRMATION, text, is_for_all=False))
    receding = state is State.RECOVERING or state in _OVER
    if receding and view.peak_at is not None and view.confirmed_at is not None:
        text = (
            f"The peak of the {name} outage so far was at {at(view.peak_at)}, with"
            f" {view.peak_per_minute:,} reports a minute."
        )
        told.append(Telling(Stage.PEAK, text, is_for_all=False))
    if state is State.RECOVERING:
        text = f"{view.story.headline}. Fewer and fewer people report problems."
        told.append(Telling(Stage.RECOVERY, text, is_for_all=False))
    if state is State.RESOLVED and summary.ended_at is not None:
        text = (
            f"Over at {at(summary.ended_at)}, after {_span(summary.duration_min)}:"
            f" {summary.reports:,} reports in all. The record: {address}"
        )
        told.append(Telling(Stage.END, text, is_for_all=True))
    if view.cause:
        told.append(Telling(Stage.CAUSE, f"The cause: {view.cause}", is_for_all=False))
    return told


class _Clock:
    """Times as the story tells them."""

    def __init__(self, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)

    def __call__(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime("%H:%M %Z")


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} minutes"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
