"""Promised and observed: how often something was declared where nothing was wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
import structlog

from lapwing.kernel.instants import minute_of, start_of
from lapwing.outages.asked_views import CalibrationView, NullRun, ObservedRate, OwnRecord
from lapwing.outages.detection.rule import MINUTES_PER_YEAR
from lapwing.outages.evaluation.intervals import poisson_rate
from lapwing.outages.incidents.model import Incident, State
from lapwing.outages.watch import Watch

_LEAST_MIN: Final = 1440
"""Younger servers have no history of their own yet."""

_log = structlog.get_logger()


class Calibration:
    """The simulated run is read once; the own history is counted whenever it is asked for."""

    def __init__(
        self, watch: Watch, now: Callable[[], datetime], read_null_run: Callable[[], bytes | None]
    ) -> None:
        """`read_null_run`: what `lapwing evaluate null --save` wrote for this version, if it
        did."""
        self._watch = watch
        self._now = now
        self._null_run = _decoded(read_null_run())

    def find(self) -> CalibrationView:
        return CalibrationView(
            as_of=self._now(),
            budget=self._watch.detector.rule.alpha_per_year,
            simulated_run=self._null_run,
            own=self._own(),
            simulated=self._watch.simulated,
        )

    def _own(self) -> OwnRecord | None:
        watch = self._watch
        first, services = watch.windows.first, len(watch.nodes.slugs)
        if first is None or not services or watch.present_minute - first < _LEAST_MIN:
            return None
        years = services * (watch.present_minute - first) / MINUTES_PER_YEAR
        mine = [one for one in watch.records.incidents.values() if _counts(one, first)]
        dismissed = sum(one.state is State.FALSE_ALARM for one in mine)
        doubtful = sum(_never_borne_out(one) for one in mine)
        return OwnRecord(
            since_at=start_of(first),
            services=services,
            service_years=years,
            declared=len(mine),
            borne_out=sum(one.confirmed_at is not None for one in mine),
            dismissed=_rate(dismissed, years),
            dismissed_or_never_borne_out=_rate(dismissed + doubtful, years),
        )


def _counts(incident: Incident, first_minute: int) -> bool:
    """Found by this server itself while it watched, and not a part of another."""
    return incident.state is not State.MERGED and minute_of(incident.detected_at) > first_minute


def _never_borne_out(incident: Incident) -> bool:
    return incident.state is State.RESOLVED and incident.confirmed_at is None


def _rate(events: int, years: float) -> ObservedRate:
    low, high = poisson_rate(events, years)
    return ObservedRate(events, events / years, low, high)


def _decoded(text: bytes | None) -> NullRun | None:
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=NullRun)
    except msgspec.DecodeError as error:
        _log.warning("calibration_unreadable", why=str(error))
        return None
