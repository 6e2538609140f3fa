"""What the caps know, and how it is kept: taken service by service while reports go on coming."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import msgspec

from lapwing.kernel.instants import Minute

Persons: TypeAlias = dict[str, dict[str, Minute]]
"""Service -> reporter -> minute of the report that counted."""

PART_BYTES = 1 << 18
"""Services are put together to so much at once: a few milliseconds of work."""

_DAILY_DECAY = 0.5 ** (1 / 7)
_FORGOTTEN_BELOW = 0.5


class Tally(msgspec.Struct, array_like=True):
    """A service's reports in one minute."""

    offered: int = 0
    by_block: dict[str, int] = msgspec.field(default_factory=dict)


class Shares(msgspec.Struct, array_like=True):
    """Counted reports by block, decayed."""

    total: float = 0.0
    by_block: dict[str, float] = msgspec.field(default_factory=dict)

    def age(self) -> None:
        kept = {block: count * _DAILY_DECAY for block, count in self.by_block.items()}
        self.by_block = {block: count for block, count in kept.items() if count >= _FORGOTTEN_BELOW}
        self.total *= _DAILY_DECAY

    def add(self, other: Shares) -> None:
        self.total += other.total
        for block, count in other.by_block.items():
            self.by_block[block] = self.by_block.get(block, 0.0) + count

    def count(self, block: str | None) -> None:
        self.total += 1.0
        if block is not None:
            self.by_block[block] = self.by_block.get(block, 0.0) + 1.0


class CapsState(msgspec.Struct):
    """Everything that `Caps` knows."""

    windows: dict[int, Persons] = msgspec.field(default_factory=dict)
    """Hour since 1970 -> persons counted in it; first begun first."""
    latest: Minute = 0
    tallies: dict[Minute, dict[str, Tally]] = msgspec.field(default_factory=dict)
    day: int = 0
    usual: Shares = msgspec.field(default_factory=Shares)
    usual_by_service: dict[str, Shares] = msgspec.field(default_factory=dict)
    today_by_service: dict[str, Shares] = msgspec.field(default_factory=dict)


class _Whole(msgspec.Struct, array_like=True):
    """What is of no service. The orders are those in which hours began, and in which the day's
    counts will be added up: sums of fractions depend on it."""

    hours: list[int]
    latest: Minute
    minutes: list[Minute]
    day: int
    usual: Shares
    today: list[str]


class _OfService(msgspec.Struct, array_like=True):
    slug: str
    windows: dict[int, dict[str, Minute]]
    tallies: dict[Minute, Tally]
    usual: Shares | None
    today: Shares | None


_encoder = msgspec.msgpack.Encoder()
_whole = msgspec.msgpack.Decoder(_Whole)
_services = msgspec.msgpack.Decoder(list[_OfService])


class CapsPicture:
    """The state as of the instant in which this is made. Whoever changes a service's state says
    so `before`; what is of it is then taken at once."""

    def __init__(self, known: CapsState) -> None:
        self._windows = dict(known.windows)
        self._tallies = dict(known.tallies)
        self._usual = known.usual_by_service
        self._today = known.today_by_service
        whole = _Whole(
            list(known.windows),
            known.latest,
            list(known.tallies),
            known.day,
            known.usual,
            list(known.today_by_service),
        )
        self._head = _encoder.encode(whole)
        by_service: Iterable[Mapping[str, object]] = (
            *self._windows.values(),
            *self._tallies.values(),
            self._usual,
            self._today,
        )
        self._waiting = set().union(*by_service)
        self._taken: list[msgspec.Raw] = []

    def before(self, slug: str) -> None:
        """This service's state is about to change."""
        if slug in self._waiting:
            self._taken.append(self._take(slug))

    def before_all(self) -> None:
        for slug in sorted(self._waiting):
            self.before(slug)

    def parts(self) -> Iterator[bytes]:
        """For `restored`; the state may go on between two of them."""
        yield self._head
        for slug in sorted(self._waiting):
            self.before(slug)
            if sum(map(len, self._taken)) >= PART_BYTES:
                yield self._joined()
        if self._taken:
            yield self._joined()

    def _joined(self) -> bytes:
        part = _encoder.encode(self._taken)
        self._taken = []
        return part

    def _take(self, slug: str) -> msgspec.Raw:
        self._waiting.discard(slug)
        windows = {hour: persons.get(slug) for hour, persons in self._windows.items()}
        tallies = {minute: services.get(slug) for minute, services in self._tallies.items()}
        state = _OfService(
            slug,
            {hour: persons for hour, persons in windows.items() if persons is not None},
            {minute: tally for minute, tally in tallies.items() if tally is not None},
            self._usual.get(slug),
            self._today.get(slug),
        )
        return msgspec.Raw(_encoder.encode(state))


def restored(parts: Iterable[bytes]) -> CapsState:
    """The state that a picture is of; raises msgspec.DecodeError if it is no such thing."""
    waiting = iter(parts)
    whole = _whole.decode(next(waiting, b""))
    state = CapsState(
        windows={hour: {} for hour in whole.hours},
        latest=whole.latest,
        tallies={minute: {} for minute in whole.minutes},
        day=whole.day,
        usual=whole.usual,
        today_by_service={slug: Shares() for slug in whole.today},
    )
    for part in waiting:
        for service in _services.decode(part):
            for hour, persons in service.windows.items():
                state.windows[hour][service.slug] = persons
            for minute, tally in service.tallies.items():
                state.tallies[minute][service.slug] = tally
            if service.usual is not None:
                state.usual_by_service[service.slug] = service.usual
            if service.today is not None:
                state.today_by_service[service.slug] = service.today
    return state
