"""Contract of the `Bus` port, over every implementation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from lapwing.adapters.local_bus import LocalBus
from lapwing.ports.bus import Bus, Subscription


@dataclass(frozen=True)
class Heard:
    number: int


@dataclass(frozen=True)
class Seen:
    number: int


@pytest.fixture(params=[LocalBus])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    bus: Bus = request.param()
    yield bus
    await bus.close()


async def _rest(subscription: Subscription) -> list[Any]:
    subscription.close()
    return [event async for event in subscription]


async def test_every_listener_hears_every_event_in_order(bus: Bus) -> None:
    one, other = bus.subscribe(), bus.subscribe()
    events = [Heard(1), Seen(2), Heard(3)]
    for event in events:
        bus.publish(event)
    assert await _rest(one) == events
    assert await _rest(other) == events


async def test_a_listener_hears_only_the_kinds_it_named(bus: Bus) -> None:
    subscription = bus.subscribe(Seen)
    bus.publish(Heard(1))
    bus.publish(Seen(2))
    assert await _rest(subscription) == [Seen(2)]


async def test_nothing_from_before_the_subscription_is_heard(bus: Bus) -> None:
    bus.publish(Heard(1))
    subscription = bus.subscribe()
    bus.publish(Heard(2))
    assert await _rest(subscription) == [Heard(2)]


async def test_a_slow_listener_loses_the_oldest_and_nobody_waits_for_it(bus: Bus) -> None:
    slow, fast = bus.subscribe(limit=2), bus.subscribe()
    events = [Heard(number) for number in range(5)]
    for event in events:
        bus.publish(event)
    assert slow.missed == 3
    assert await _rest(slow) == events[3:]
    assert fast.missed == 0
    assert await _rest(fast) == events


async def test_a_waiting_listener_is_woken(bus: Bus) -> None:
    subscription = bus.subscribe()
    waiting = asyncio.ensure_future(anext(aiter(subscription)))
    await asyncio.sleep(0)
    bus.publish(Heard(1))
    assert await waiting == Heard(1)


async def test_closing_ends_the_iteration_of_a_waiting_listener(bus: Bus) -> None:
    subscription = bus.subscribe()
    waiting = asyncio.ensure_future(_rest_without_closing(subscription))
    await asyncio.sleep(0)
    await bus.close()
    assert await waiting == []
    subscription.close()


async def _rest_without_closing(subscription: Subscription) -> list[Any]:
    return [event async for event in subscription]


async def test_a_closed_listener_hears_nothing_more(bus: Bus) -> None:
    subscription = bus.subscribe()
    subscription.close()
    bus.publish(Heard(1))
    assert [event async for event in subscription] == []


def test_a_queue_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        LocalBus().subscribe(limit=0)
