"""A watch that lives through minutes of made-up reports."""

from __future__ import annotations

from typing import Any

from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.rule import Rule
from lapwing.outages.incidents.model import Incident
from lapwing.outages.journal import Entry, OperatorActed, ReportsTaken, TimePassed
from lapwing.outages.model import ReportRow
from lapwing.outages.watch import Watch

START = 28_385_280
"""A minute at midnight UTC."""


def fresh_watch(*, midstream: bool = False, rule: Rule | None = None) -> Watch:
    detector = Detector(rule or Rule(), lambda country, minute: 0)
    return Watch(detector, lambda slug, of, value: value, midstream=midstream)


class Lived:
    """Feeds entries as the journal would; `minute` is the one that is open."""

    def __init__(self, minute: int = START, *, rule: Rule | None = None) -> None:
        self.watch = fresh_watch(rule=rule)
        self.minute = minute
        self._position = 0
        self._id = 0
        self.tell(TimePassed(minute * 60_000))

    def tell(self, entry: Entry) -> None:
        self._position += 1
        self.watch.apply(self._position, entry)

    def rows(self, reports: int, at_minute: int, **fields: Any) -> list[ReportRow]:
        rows = []
        for _ in range(reports):
            self._id += 1
            given: dict[str, Any] = {"service": "x", "country": "IN", "trusted": True} | fields
            rows.append(ReportRow(id=self._id, at_ms=at_minute * 60_000 + 30_000, **given))
        return rows

    def report(self, reports: int, **fields: Any) -> None:
        """Reports in the open minute."""
        taken = self.rows(reports, self.minute, **fields)
        self.tell(ReportsTaken(self.minute * 60_000 + 30_000, taken))

    def late(self, reports: int, at_minute: int, **fields: Any) -> None:
        taken = self.rows(reports, at_minute, **fields)
        self.tell(ReportsTaken(self.minute * 60_000 + 30_000, taken))

    def live(self, minutes: int, reports: int = 0) -> None:
        """So many minutes with so many reports each."""
        for _ in range(minutes):
            if reports:
                self.report(reports)
            self.jump(1)

    def jump(self, minutes: int) -> None:
        """The clock is looked at next after so long."""
        self.minute += minutes
        self.tell(TimePassed(self.minute * 60_000))

    def act(self, act: str, incident: Incident, **details: Any) -> None:
        at_ms = self.minute * 60_000 + 10_000
        self.tell(OperatorActed(at_ms, "ada", act, incident.id, details))

    def outage(self, minutes: int = 20) -> Incident:
        """Trouble that is noticed; the incident, still open."""
        self.live(minutes, 30)
        incident = self.watch.records.open_incident_of("x")
        assert incident is not None
        return incident

    def calm(self, minutes: int = 60) -> None:
        """Long enough for an outage to be over."""
        self.live(minutes)
        assert self.watch.records.open_incident_of("x") is None

    def now(self, incident: Incident) -> Incident:
        return self.watch.records.incidents[incident.id]
