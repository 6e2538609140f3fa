"""Who listens to what, and when it is told: at most once a second per key, at once at first."""

from __future__ import annotations

import asyncio
import contextlib
import time
import zlib
from collections.abc import Awaitable, Callable
from functools import cached_property

import structlog

from lapwing.kernel.refusals import Refusal
from lapwing.outages.events import CountsChanged, IncidentChanged, MinuteClosed, OutageEvent
from lapwing.ports.bus import Bus
from lapwing.web.contents import Content
from lapwing.web.snapshots import BOARD, Form, Key, Kind, Snapshots

logger = structlog.get_logger(__name__)

HEARTBEAT_S = 15.0
"""So often a comment is sent, so that nothing on the way takes the silence for the end."""


class Message:
    """One server-sent event, the same bytes for everybody."""

    def __init__(self, text: bytes) -> None:
        self.text = text

    @cached_property
    def gzipped(self) -> bytes:
        """A piece of a gzip stream that may follow any other piece: it refers to none of them and
        ends at a byte (zlib's full flush). So one compression serves every listener."""
        piece = zlib.compressobj(5, zlib.DEFLATED, -zlib.MAX_WBITS)
        return piece.compress(self.text) + piece.flush(zlib.Z_FULL_FLUSH)


HEARTBEAT = Message(b": still here\n\n")


def fragment_message(content: Content) -> Message:
    lines = content.body.split(b"\n")
    data = b"".join(b"data: " + line.rstrip(b"\r") + b"\n" for line in lines)
    return Message(b"id: " + content.digest.encode() + b"\n" + data + b"\n")


class Listener:
    """One open connection: a mailbox with room for one message, so a slow one gets the newest."""

    __slots__ = ("_message", "_wake", "closed", "last_id")

    def __init__(self, last_id: str | None) -> None:
        self.last_id = last_id
        """Of the last fragment that this listener was given."""
        self.closed = False
        self._message: Message | None = None
        self._wake = asyncio.Event()

    def offer(self, message: Message) -> None:
        if message is HEARTBEAT and self._message is not None:
            return
        self._message = message
        self._wake.set()

    def close(self) -> None:
        self.closed = True
        self._wake.set()

    async def next_message(self) -> Message | None:
        """None: the conversation is over."""
        while self._message is None:
            if self.closed:
                return None
            self._wake.clear()
            await self._wake.wait()
        message, self._message = self._message, None
        return None if self.closed else message


class _Channel:
    """The listeners of one key."""

    __slots__ = ("changed_at", "last_id", "listeners", "push_is_due")

    def __init__(self) -> None:
        self.changed_at = float("-inf")
        """When the last event came that this key shows."""
        self.listeners: set[Listener] = set()
        self.last_id: str | None = None
        self.push_is_due = False


class LiveHub:
    """Draws a fragment when what it shows has changed and somebody listens; sends it to all."""

    def __init__(
        self,
        snapshots: Snapshots,
        bus: Bus,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._snapshots = snapshots
        self._bus = bus
        self._sleep = sleep
        self._monotonic = monotonic
        self._channels: dict[Key, _Channel] = {}
        self._pushes: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def listening(self) -> int:
        """Open connections."""
        return sum(len(channel.listeners) for channel in self._channels.values())

    async def join(self, key: Key, last_id: str | None) -> Listener:
        """A listener that has the present fragment waiting, unless `last_id` says it has it.

        Raises `Refusal` for what does not exist.
        """
        content = await self._snapshots.content(key, Form.LIVE)
        listener = Listener(last_id)
        if self._closed:
            listener.close()
            return listener
        channel = self._channels.setdefault(key, _Channel())
        channel.listeners.add(listener)
        if content.digest != last_id:
            self._give(listener, content.digest, fragment_message(content))
        if channel.last_id is None:
            channel.last_id = content.digest
        return listener

    def leave(self, key: Key, listener: Listener) -> None:
        channel = self._channels.get(key)
        if channel is None:
            return
        channel.listeners.discard(listener)
        if not channel.listeners:
            del self._channels[key]

    async def run(self) -> None:
        """Follows the bus until the task is cancelled."""
        heartbeat = asyncio.create_task(self._beat())
        subscription = self._bus.subscribe(CountsChanged, MinuteClosed, IncidentChanged, limit=4096)
        missed = 0
        try:
            async for event in subscription:
                if subscription.missed != missed:
                    missed = subscription.missed
                    self._all_changed()
                self._hear(event)
        finally:
            subscription.close()
            heartbeat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await heartbeat

    def close(self) -> None:
        """Ends every conversation: the server waits for them when it stops."""
        self._closed = True
        for channel in self._channels.values():
            for listener in channel.listeners:
                listener.close()
        for push in self._pushes:
            push.cancel()

    def _hear(self, event: OutageEvent) -> None:
        if isinstance(event, MinuteClosed):
            self._all_changed()
            return
        self._changed(BOARD)
        self._changed(Key(Kind.SERVICE, event.service))
        for key in self._channels:
            if key.kind is Kind.INCIDENT and _service_of_incident(key.name) == event.service:
                self._changed(key)

    def _all_changed(self) -> None:
        for key in self._channels:
            self._changed(key)

    def _changed(self, key: Key) -> None:
        channel = self._channels.get(key)
        if channel is None or self._closed:
            return
        channel.changed_at = self._monotonic()
        if channel.push_is_due:
            return
        channel.push_is_due = True
        push = asyncio.create_task(self._push(key, channel))
        self._pushes.add(push)
        push.add_done_callback(self._pushes.discard)

    async def _push(self, key: Key, channel: _Channel) -> None:
        try:
            while channel.listeners:
                await self._push_once(key, channel)
                if self._snapshots.renewed_at(key) > channel.changed_at:
                    break
        except Refusal:
            for listener in channel.listeners:
                listener.close()
        except Exception as error:
            logger.error("live_push_failed", kind=key.kind, name=key.name, exc_info=error)
        finally:
            channel.push_is_due = False

    async def _push_once(self, key: Key, channel: _Channel) -> None:
        wait_s = self._snapshots.fresh_for_s(key)
        if wait_s > 0:
            await self._sleep(wait_s)
        content = await self._snapshots.content(key, Form.LIVE)
        if content.digest == channel.last_id:
            return
        channel.last_id = content.digest
        message = fragment_message(content)
        for listener in channel.listeners:
            self._give(listener, content.digest, message)

    def _give(self, listener: Listener, fragment_id: str, message: Message) -> None:
        if listener.last_id != fragment_id:
            listener.last_id = fragment_id
            listener.offer(message)

    async def _beat(self) -> None:
        while True:
            await self._sleep(HEARTBEAT_S)
            for channel in self._channels.values():
                for listener in channel.listeners:
                    listener.offer(HEARTBEAT)


def _service_of_incident(incident_id: str) -> str:
    """`x-20231221-0509` is one of `x`."""
    return incident_id.rsplit("-", 2)[0]
