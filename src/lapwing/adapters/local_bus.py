"""The bus inside one process: a bounded queue for every listener."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any


class LocalSubscription:
    """See `ports.bus.Subscription`."""

    def __init__(self, bus: LocalBus, kinds: tuple[type, ...], limit: int) -> None:
        self.missed = 0
        self._bus = bus
        self._kinds = kinds
        self._queue: deque[Any] = deque(maxlen=limit)
        self._arrived = asyncio.Event()
        self._closed = False

    def offer(self, event: Any) -> None:
        if self._kinds and not isinstance(event, self._kinds):
            return
        if len(self._queue) == self._queue.maxlen:
            self.missed += 1
        self._queue.append(event)
        self._arrived.set()

    def __aiter__(self) -> LocalSubscription:
        return self

    async def __anext__(self) -> Any:
        while not self._queue:
            if self._closed:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._queue.popleft()

    def close(self) -> None:
        self._closed = True
        self._arrived.set()
        self._bus.forget(self)


class LocalBus:
    """See `ports.bus.Bus`."""

    def __init__(self) -> None:
        self._subscriptions: tuple[LocalSubscription, ...] = ()

    def publish(self, event: Any) -> None:
        for subscription in self._subscriptions:
            subscription.offer(event)

    def subscribe(self, *kinds: type, limit: int = 1024) -> LocalSubscription:
        if limit < 1:
            raise ValueError("a subscription queues at least one event")
        subscription = LocalSubscription(self, kinds, limit)
        self._subscriptions = (*self._subscriptions, subscription)
        return subscription

    def forget(self, subscription: LocalSubscription) -> None:
        self._subscriptions = tuple(s for s in self._subscriptions if s is not subscription)

    async def close(self) -> None:
        for subscription in self._subscriptions:
            subscription.close()
