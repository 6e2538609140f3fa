"""What ends by itself at a set time: polls and mutes. Somebody must write the entry then."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from heapq import heappop, heappush
from typing import Generic, TypeVar

import msgspec

from lapwing.microblog.entries import (
    AccountErased,
    PollEnded,
    PostEdited,
    PostWritten,
    RelationChanged,
)
from lapwing.microblog.model import Relation
from lapwing.microblog.square import Change

K = TypeVar("K", bound=Hashable)


class _Alarms(Generic[K]):
    """When what is due; setting one anew replaces it."""

    def __init__(self) -> None:
        self.set: dict[K, int] = {}
        self._queue: list[tuple[int, K]] = []

    def put(self, key: K, at_ms: int) -> None:
        self.set[key] = at_ms
        heappush(self._queue, (at_ms, key))

    def drop(self, key: K) -> None:
        self.set.pop(key, None)

    def due(self, now_ms: int, most: int) -> list[K]:
        """The earliest first. They stay due until they are dropped."""
        found: dict[K, int] = {}
        while self._queue and self._queue[0][0] <= now_ms and len(found) < most:
            at_ms, key = heappop(self._queue)
            if self.set.get(key) == at_ms:
                found[key] = at_ms
        for key, at_ms in found.items():
            heappush(self._queue, (at_ms, key))
        return list(found)


class _Chunk(msgspec.Struct, array_like=True):
    polls: dict[int, int]
    mutes: dict[int, dict[int, int]]


class Endings:
    name = "endings"

    def __init__(self) -> None:
        self._polls: _Alarms[int] = _Alarms()
        self._mutes: _Alarms[tuple[int, int]] = _Alarms()

    def polls_due(self, now_ms: int, most: int = 100) -> list[int]:
        """Ids of posts whose poll is over and of which no entry says so yet."""
        return self._polls.due(now_ms, most)

    def mutes_due(self, now_ms: int, most: int = 100) -> list[tuple[int, int]]:
        """(who mutes, whom) of mutes that are over."""
        return self._mutes.due(now_ms, most)

    def hear(self, change: Change) -> None:
        entry = change.entry
        if isinstance(entry, PostWritten):
            if entry.post.poll is not None:
                self._polls.put(entry.post.id, entry.post.poll.ends_ms)
        elif isinstance(entry, PostEdited):
            self._hear_edit(change, entry)
        elif isinstance(entry, PollEnded):
            self._polls.drop(entry.post_id)
        elif isinstance(entry, RelationChanged) and entry.relation is Relation.MUTE:
            self._mutes.drop((entry.account_id, entry.target_id))
            if entry.on and entry.ends_ms:
                self._mutes.put((entry.account_id, entry.target_id), entry.ends_ms)
        elif isinstance(entry, AccountErased):
            for pair in [pair for pair in self._mutes.set if entry.account_id in pair]:
                self._mutes.drop(pair)
        for post in change.removed:
            self._polls.drop(post.id)

    def _hear_edit(self, change: Change, entry: PostEdited) -> None:
        before = change.before.poll if change.before is not None else None
        if entry.poll == before:
            return
        self._polls.drop(entry.post_id)
        if entry.poll is not None:
            self._polls.put(entry.post_id, entry.poll.ends_ms)

    def capture(self) -> Iterator[bytes]:
        mutes: dict[int, dict[int, int]] = {}
        for (one, other), at_ms in self._mutes.set.items():
            mutes.setdefault(one, {})[other] = at_ms
        yield msgspec.msgpack.encode(_Chunk(self._polls.set, mutes))

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(_Chunk)
        for content in chunks:
            chunk = decoder.decode(content)
            for post_id, at_ms in chunk.polls.items():
                self._polls.put(post_id, at_ms)
            for one, mutes in chunk.mutes.items():
                for other, at_ms in mutes.items():
                    self._mutes.put((one, other), at_ms)
