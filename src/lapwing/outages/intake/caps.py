"""Which reports count: one per person and hour, and from one address block no more than is usual.

Part of the fold over the journal, hence pure and deterministic: no clock, no randomness, and
what is restored from a `picture` goes on exactly as if nothing had happened.

The block cap. From an address block (a /24, or a /48 of IPv6) a service counts in one minute
at most `max(2, 2 * share * reports of the service in that minute)`. `share` is the block's usual
part of the service's reports, learnt from counted reports of earlier UTC days with a half-life of
a week, so that neither an outage nor a flood changes its own measure. A carrier's shared
address that usually brings 20 % of the reports may bring 40 %; a block never seen before brings 2.
"""

from __future__ import annotations

from collections.abc import Iterable

from lapwing.kernel.instants import MS_PER_MINUTE, Minute
from lapwing.outages.intake.caps_state import CapsPicture, CapsState, Shares, Tally, restored
from lapwing.outages.model import ReportRow

WINDOW_MIN = 60
"""A person counts once per service in this many minutes."""
BLOCK_FLOOR = 2
"""Reports per service and minute that any address block may bring."""
BLOCK_SLACK = 2.0
"""How many times its usual share a block may bring."""

_MINUTES_PER_DAY = 1440
_PRIOR_REPORTS = 200.0
"""Reports of no block in particular that a share is measured against while little is known."""
_SERVICE_PRIOR = 50.0
"""Reports for which the share over all services stands in at a service with few of its own."""
_MINUTES_KEPT = 2
_PAST_WINDOWS_KEPT = 6
"""Hours before the last two whose persons are remembered: an import walks through them in order."""


class Caps:
    """Decides report by report, in the journal's order, whether it counts."""

    def __init__(self) -> None:
        self._known = CapsState()
        self._picture: CapsPicture | None = None

    def take(self, row: ReportRow, minute: Minute) -> bool:
        """Whether the report, made in `minute`, counts; if so it is remembered as counted."""
        if row.trusted:
            return True
        if self._picture is not None:
            self._picture.before(row.service)
        if row.reporter is not None and self._counted_lately(row, row.reporter, minute):
            return False
        if row.block is not None and not self._block_has_room(row.service, row.block, minute):
            return False
        if row.reporter is not None:
            self._remember(row.service, row.reporter, minute)
        return True

    def select(self, rows: Iterable[ReportRow]) -> list[ReportRow]:
        """Those of the rows that count, each in the minute of its `at_ms`."""
        take = self.take
        return [row for row in rows if row.trusted or take(row, row.at_ms // MS_PER_MINUTE)]

    def picture(self) -> CapsPicture:
        """The state as of now, to be kept; until the next one or `end_picture`, what it has not
        taken yet is taken before it changes."""
        self._picture = CapsPicture(self._known)
        return self._picture

    def end_picture(self) -> None:
        self._picture = None

    def restore(self, parts: Iterable[bytes]) -> None:
        """Goes on from a picture's parts; raises msgspec.DecodeError if it is no such thing."""
        self._known = restored(parts)

    def _counted_lately(self, row: ReportRow, reporter: str, minute: Minute) -> bool:
        """A window is as long as the rule, so it holds at most one counted report of a person;
        a report of less than an hour before or after is in this window or a neighbouring one."""
        windows = self._known.windows
        hour = minute // WINDOW_MIN
        for near in (hour, hour - 1, hour + 1):
            persons = windows.get(near)
            if persons is None or (counted := persons.get(row.service)) is None:
                continue
            for key in (reporter, row.reporter_before):
                if key is not None:
                    at = counted.get(key)
                    if at is not None and abs(at - minute) < WINDOW_MIN:
                        return True
        return False

    def _remember(self, service: str, reporter: str, minute: Minute) -> None:
        windows = self._known.windows
        hour = minute // WINDOW_MIN
        persons = windows.get(hour)
        if persons is None:
            persons = windows[hour] = {}
            self._forget_old_windows()
        counted = persons.get(service)
        if counted is None:
            counted = persons[service] = {}
        counted[reporter] = minute

    def _forget_old_windows(self) -> None:
        """The present and the hour before stay, and a few of the past, the first begun go."""
        windows = self._known.windows
        present = max(windows)
        past = [hour for hour in windows if hour < present - 1]
        for hour in past[:-_PAST_WINDOWS_KEPT]:
            del windows[hour]

    def _block_has_room(self, service: str, block: str, minute: Minute) -> bool:
        known = self._known
        if minute > known.latest:
            self._begin(minute)
        services = known.tallies.setdefault(minute, {})
        tally = services.get(service)
        if tally is None:
            tally = services[service] = Tally()
        tally.offered += 1
        taken = tally.by_block.get(block, 0)
        if taken >= BLOCK_FLOOR:
            room = BLOCK_SLACK * self._usual_share(service, block) * tally.offered
            if taken + 1 > room:
                return False
        tally.by_block[block] = taken + 1
        today = known.today_by_service.get(service)
        if today is None:
            today = known.today_by_service[service] = Shares()
        today.count(block)
        return True

    def _usual_share(self, service: str, block: str) -> float:
        """The block's usual part of the service's reports, 0 to 1; small while little is known."""
        everywhere = self._known.usual
        share = everywhere.by_block.get(block, 0.0) / (everywhere.total + _PRIOR_REPORTS)
        here = self._known.usual_by_service.get(service)
        if here is None:
            return share
        own = here.by_block.get(block, 0.0)
        return (own + _SERVICE_PRIOR * share) / (here.total + _SERVICE_PRIOR)

    def _begin(self, minute: Minute) -> None:
        """A minute later than all before: old tallies go, and at midnight UTC the day is learnt."""
        known = self._known
        known.latest = minute
        for old in [kept for kept in known.tallies if kept < minute - _MINUTES_KEPT]:
            del known.tallies[old]
        day = minute // _MINUTES_PER_DAY
        if day > known.day:
            if self._picture is not None:
                self._picture.before_all()
            self._learn_days(day - known.day)
            known.day = day

    def _learn_days(self, days: int) -> None:
        known = self._known
        for service, today in known.today_by_service.items():
            known.usual.add(today)
            known.usual_by_service.setdefault(service, Shares()).add(today)
        known.today_by_service = {}
        for _ in range(min(days, 365)):
            known.usual.age()
            for shares in known.usual_by_service.values():
                shares.age()
        known.usual_by_service = {
            service: shares for service, shares in known.usual_by_service.items() if shares.by_block
        }
