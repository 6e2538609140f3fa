"""Which reports count: one per person and hour, and from one address block no more than is usual.

Part of the fold over the journal, hence pure and deterministic: no clock, no randomness, and
`restore(state())` goes on exactly as if nothing had happened.

The block cap. From an address block (a /24, or a /48 of IPv6) a service counts in one minute
at most `max(2, 2 * share * reports of the service in that minute)`. `share` is the block's usual
part of the service's reports, learnt from counted reports of earlier UTC days with a half-life of
a week, so that neither an outage nor a flood changes its own measure. A carrier's shared
address that usually brings 20 % of the reports may bring 40 %; a block never seen before brings 2.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lapwing.kernel.instants import MS_PER_MINUTE, Minute
from lapwing.outages.model import ReportRow

WINDOW_MIN = 60
"""A person counts once per service in this many minutes."""
BLOCK_FLOOR = 2
"""Reports per service and minute that any address block may bring."""
BLOCK_SLACK = 2.0
"""How many times its usual share a block may bring."""

_MINUTES_PER_DAY = 1440
_DAILY_DECAY = 0.5 ** (1 / 7)
_FORGOTTEN_BELOW = 0.5
_PRIOR_REPORTS = 200.0
"""Reports of no block in particular that a share is measured against while little is known."""
_SERVICE_PRIOR = 50.0
"""Reports for which the share over all services stands in at a service with few of its own."""
_MINUTES_KEPT = 2
_PAST_WINDOWS_KEPT = 6
"""Hours before the last two whose persons are remembered: an import walks through them in order."""

Persons = dict[str, dict[str, Minute]]
"""Service -> reporter -> minute of the report that counted."""


class _Tally(msgspec.Struct, array_like=True):
    """A service's reports in one minute."""

    offered: int = 0
    by_block: dict[str, int] = msgspec.field(default_factory=dict)


class _Shares(msgspec.Struct, array_like=True):
    """Counted reports by block, decayed."""

    total: float = 0.0
    by_block: dict[str, float] = msgspec.field(default_factory=dict)

    def age(self) -> None:
        kept = {block: count * _DAILY_DECAY for block, count in self.by_block.items()}
        self.by_block = {block: count for block, count in kept.items() if count >= _FORGOTTEN_BELOW}
        self.total *= _DAILY_DECAY

    def add(self, other: _Shares) -> None:
        self.total += other.total
        for block, count in other.by_block.items():
            self.by_block[block] = self.by_block.get(block, 0.0) + count

    def count(self, block: str | None) -> None:
        self.total += 1.0
        if block is not None:
            self.by_block[block] = self.by_block.get(block, 0.0) + 1.0


class _State(msgspec.Struct, array_like=True):
    """Everything that `Caps` knows; its msgpack form is the checkpoint."""

    windows: dict[int, Persons] = msgspec.field(default_factory=dict)
    """Hour since 1970 -> persons counted in it; first begun first."""
    latest: Minute = 0
    tallies: dict[Minute, dict[str, _Tally]] = msgspec.field(default_factory=dict)
    day: int = 0
    usual: _Shares = msgspec.field(default_factory=_Shares)
    usual_by_service: dict[str, _Shares] = msgspec.field(default_factory=dict)
    today_by_service: dict[str, _Shares] = msgspec.field(default_factory=dict)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_State)


class Caps:
    """Decides report by report, in the journal's order, whether it counts."""

    def __init__(self) -> None:
        self._known = _State()

    def take(self, row: ReportRow, minute: Minute) -> bool:
        """Whether the report, made in `minute`, counts; if so it is remembered as counted."""
        if row.trusted:
            return True
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

    def state(self) -> bytes:
        return _encoder.encode(self._known)

    def restore(self, state: bytes) -> None:
        """Go on from what `state()` gave; raises msgspec.DecodeError if it is no such thing."""
        self._known = _decoder.decode(state)

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
            tally = services[service] = _Tally()
        tally.offered += 1
        taken = tally.by_block.get(block, 0)
        if taken >= BLOCK_FLOOR:
            room = BLOCK_SLACK * self._usual_share(service, block) * tally.offered
            if taken + 1 > room:
                return False
        tally.by_block[block] = taken + 1
        today = known.today_by_service.get(service)
        if today is None:
            today = known.today_by_service[service] = _Shares()
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
            self._learn_days(day - known.day)
            known.day = day

    def _learn_days(self, days: int) -> None:
        known = self._known
        for service, today in known.today_by_service.items():
            known.usual.add(today)
            known.usual_by_service.setdefault(service, _Shares()).add(today)
        known.today_by_service = {}
        for _ in range(min(days, 365)):
            known.usual.age()
            for shares in known.usual_by_service.values():
                shares.age()
        known.usual_by_service = {
            service: shares for service, shares in known.usual_by_service.items() if shares.by_block
        }
