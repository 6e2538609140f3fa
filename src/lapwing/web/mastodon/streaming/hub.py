"""Who hears what, and what is told of each change."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

import structlog

from lapwing.accounts.entries import TokenRevoked
from lapwing.accounts.entry import AccountEntryBase
from lapwing.kernel.refusals import TooMany
from lapwing.microblog.square import Change
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.streaming.channels import Channel, Stream
from lapwing.web.mastodon.streaming.events import Event
from lapwing.web.mastodon.streaming.receivers import Receiver
from lapwing.web.mastodon.streaming.telling import Teller, Telling

logger = structlog.get_logger(__name__)

THUMP_EVERY_S: Final = 15.0
_MOST_OF_ONE: Final = 100
_MOST: Final = 50_000
_AT_ONCE: Final = 250
"""Receivers that are served before others have their turn."""

Subscription: TypeAlias = tuple[Receiver, tuple[str, ...]]


class StreamHub:
    """Listens to the square; serves its receivers some at a time, in the order of changes."""

    def __init__(self, parts: MastodonParts) -> None:
        self._parts = parts
        self._heard: dict[Channel, dict[Subscription, None]] = {}
        self._streams: dict[Receiver, dict[Stream, None]] = {}
        self._of_viewer: dict[int, set[Receiver]] = {}
        self._open = Counter[int]()
        self._left: deque[Iterator[None]] = deque()
        self._serving = False
        self._thump: asyncio.TimerHandle | None = None
        self._teller = Teller(parts, self._subscriptions, self._hears_any)
        parts.square.listen(self._hear)

    @property
    def open(self) -> int:
        """Connections."""
        return len(self._streams)

    def join(self, receiver: Receiver) -> None:
        """Raises `TooMany`."""
        viewer_id = receiver.viewer_id
        if self._open[viewer_id] >= _MOST_OF_ONE or len(self._streams) >= _MOST:
            raise TooMany("too_many_streams", "Too many open streams", retry_after_s=60.0)
        self._open[viewer_id] += 1
        self._streams[receiver] = {}
        self._of_viewer.setdefault(viewer_id, set()).add(receiver)
        if self._thump is None:
            self._schedule_thump()

    def leave(self, receiver: Receiver) -> None:
        streams = self._streams.pop(receiver, None)
        if streams is None:
            return
        for stream in streams:
            self._forget(receiver, stream)
        viewer_id = receiver.viewer_id
        self._open[viewer_id] -= 1
        self._of_viewer[viewer_id].discard(receiver)
        if not self._of_viewer[viewer_id]:
            del self._of_viewer[viewer_id], self._open[viewer_id]

    def subscribe(self, receiver: Receiver, stream: Stream) -> None:
        if receiver not in self._streams:
            return
        self._streams[receiver][stream] = None
        for channel in stream.channels:
            self._heard.setdefault(channel, {})[receiver, stream.label] = None

    def unsubscribe(self, receiver: Receiver, stream: Stream) -> None:
        """A hashtag's in whatever spelling."""
        streams = self._streams.get(receiver, {})
        for own in list(streams):
            if own.label[0] == stream.label[0] and own.channels == stream.channels:
                del streams[own]
                self._forget(receiver, own)

    def count_streams(self, receiver: Receiver) -> int:
        return len(self._streams.get(receiver, ()))

    def close(self) -> None:
        """Ends all connections: the server stops."""
        if self._thump is not None:
            self._thump.cancel()
        for receiver in list(self._streams):
            receiver.end()

    def _forget(self, receiver: Receiver, stream: Stream) -> None:
        for channel in stream.channels:
            heard = self._heard.get(channel, {})
            heard.pop((receiver, stream.label), None)
            if not heard:
                self._heard.pop(channel, None)

    def _subscriptions(self, channel: Channel) -> Iterable[Subscription]:
        return self._heard.get(channel, ())

    def _hears_any(self, kind: str) -> list[int | str]:
        """Of whom or what somebody hears this kind of thing."""
        return [whose for heard, whose in self._heard if heard == kind]

    def _hear(self, change: Change) -> None:
        if isinstance(change.entry, AccountEntryBase):
            self._end_unwelcome(change)
        if not self._heard:
            return
        tellings = self._teller.tellings_of(change)
        if tellings:
            self._left.append(self._serve(tellings))
            if not self._serving:
                self._serving = True
                asyncio.get_running_loop().call_soon(self._serve_some)

    def _serve(self, tellings: list[Telling]) -> Iterator[None]:
        """One step a receiver."""
        for telling in tellings:
            for receiver, label in telling.subscriptions():
                if receiver in self._streams:
                    event: Event | None = telling.event_for(receiver.viewer_id)
                    if event is not None:
                        receiver.put(event, label)
                yield

    def _serve_some(self) -> None:
        left = _AT_ONCE
        while self._left and left:
            try:
                for _ in self._left[0]:
                    left -= 1
                    if not left:
                        break
                else:
                    self._left.popleft()
            except Exception:
                logger.exception("stream_failed")
                self._left.popleft()
        self._serving = bool(self._left)
        if self._serving:
            asyncio.get_running_loop().call_soon(self._serve_some)

    def _end_unwelcome(self, change: Change) -> None:
        """A token that is revoked, or an account that may not act any more, hears nothing more."""
        viewers: Iterable[int] = change.accounts
        if isinstance(change.entry, TokenRevoked):
            viewers = list(self._of_viewer)
        accounts = self._parts.accounts
        for viewer_id in viewers:
            for receiver in list(self._of_viewer.get(viewer_id, ())):
                if accounts.viewer_of_token(receiver.secret) is None:
                    self.leave(receiver)
                    receiver.end()

    def _schedule_thump(self) -> None:
        loop = asyncio.get_running_loop()
        self._thump = loop.call_later(THUMP_EVERY_S, self._thump_all)

    def _thump_all(self) -> None:
        for receiver in self._streams:
            receiver.thump()
        if self._streams:
            self._schedule_thump()
        else:
            self._thump = None


Subscriptions: TypeAlias = Callable[[Channel], Iterable[Subscription]]
