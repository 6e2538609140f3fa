"""What the posts of an incident's thread say, from its story. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from lapwing.outages.incidents.model import State
from lapwing.outages.views import IncidentView

LONGEST_CAUSE: Final = 400
"""Characters of an operator's words that go into a post; the record has them all."""
SIMULATED: Final = "Simulated data."


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
    """Worth the public timelines; the rest is for who follows the service or reads the thread."""


_OVER = frozenset({State.RESOLVED, State.FALSE_ALARM, State.MERGED})


def tellings(
    view: IncidentView, public_url: str, told: Collection[Stage] = frozenset()
) -> list[Telling]:
    """What is to be told by now, in the order of telling; `told` are the stages that are there
    already. Whether the incident is to be told at all is for the caller to see to."""
    words = _Words(view, public_url)
    state = State(view.summary.state)
    found = [Telling(Stage.OPENING, words.opening(), is_for_all=True)]
    if state is State.FALSE_ALARM or state is State.MERGED:
        return found
    is_over, is_receding = state in _OVER, state is State.RECOVERING or state in _OVER
    if view.confirmed_at is not None:
        found.append(Telling(Stage.CONFIRMATION, words.confirmation(), is_for_all=False))
    if is_receding and view.peak_at is not None and view.confirmed_at is not None:
        found.append(Telling(Stage.PEAK, words.peak(is_over), is_for_all=False))
    if state is State.RECOVERING:
        found.append(Telling(Stage.RECOVERY, words.recovery(), is_for_all=False))
    elif Stage.RECOVERY in told and not is_over:
        found.append(Telling(Stage.RECOVERY, words.relapse(), is_for_all=False))
    if state is State.RESOLVED and view.summary.ended_at is not None:
        found.append(Telling(Stage.END, words.end(), is_for_all=True))
    elif Stage.END in told and not is_over:
        found.append(Telling(Stage.END, words.reopened(), is_for_all=True))
    if view.cause:
        found.append(Telling(Stage.CAUSE, words.cause(view.cause), is_for_all=False))
    return found


class _Words:
    def __init__(self, view: IncidentView, public_url: str) -> None:
        self._view = view
        self._name = view.summary.service.name
        self._incidents = f"{public_url}/incidents"
        self._zone = ZoneInfo(view.story.time_zone)

    def opening(self) -> str:
        view = self._view
        text = view.story.post
        if view.summary.simulated and SIMULATED not in text:
            text = f"{SIMULATED} {text}"
        return f"{text}\n\n{self._incidents}/{view.merged_into or view.summary.id}"

    def confirmation(self) -> str:
        assert self._view.confirmed_at is not None  # noqa: S101 - by the caller
        at = self._clock(self._view.confirmed_at)
        return self._marked(
            f"Confirmed at {at}: what people have reported since the first alarm speaks for an"
            f" outage of {self._name} by itself."
        )

    def peak(self, is_over: bool) -> str:
        view = self._view
        assert view.peak_at is not None  # noqa: S101 - by the caller
        so_far = "" if is_over else " so far"
        return self._marked(
            f"The peak of the {self._name} outage{so_far} was at {self._clock(view.peak_at)}, with"
            f" {view.peak_per_minute:,} reports a minute."
        )

    def recovery(self) -> str:
        return self._marked(f"{self._view.story.headline}. Fewer and fewer people report problems.")

    def relapse(self) -> str:
        return self._marked(
            f"It looked like a recovery, but reports keep coming: {self._view.story.headline}."
        )

    def end(self) -> str:
        summary = self._view.summary
        assert summary.ended_at is not None  # noqa: S101 - by the caller
        return self._marked(
            f"Over at {self._clock(summary.ended_at)}, after {_span(summary.duration_min)}:"
            f" {summary.reports:,} reports of problems with {self._name} in all."
            f" The record: {self._incidents}/{summary.id}"
        )

    def reopened(self) -> str:
        return self._marked(f"It seemed to be over, but is not: {self._view.story.headline}.")

    def cause(self, cause: str) -> str:
        words = " ".join(cause.split())
        if len(words) > LONGEST_CAUSE:
            words = words[: LONGEST_CAUSE - 1].rsplit(" ", 1)[0] + "…"
        return self._marked(f"The cause: {words}")

    def _marked(self, text: str) -> str:
        return f"{text} ({SIMULATED})" if self._view.summary.simulated else text

    def _clock(self, at: datetime) -> str:
        """Times as the story tells them."""
        return at.astimezone(self._zone).strftime("%H:%M %Z")


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
