"""Posts that are to be written later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush
from typing import Any, Final

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import AccountErased, PostWritten
from lapwing.microblog.personal.entries import PostScheduled, ScheduledPostCancelled
from lapwing.microblog.personal.model import ScheduledPost
from lapwing.microblog.square import Change

SOONEST_MS: Final = 5 * 60_000
"""A post is scheduled at least so far ahead."""
MOST_SCHEDULED: Final = 300
MOST_A_DAY: Final = 25
_DAY_MS: Final = 24 * 3_600_000
_NOTHING: Final[dict[int, ScheduledPost]] = {}


class Scheduled:
    """Everybody's scheduled posts; each goes with the entry that writes it."""

    name = "scheduled"

    def __init__(self) -> None:
        self._by_account: dict[int, dict[int, ScheduledPost]] = {}
        self._queue: list[tuple[int, int, int]] = []
        """(due, id, account); those that moved or went are passed over."""
        self._steps: dict[type, Callable[[Any], None]] = {
            PostScheduled: self._schedule,
            ScheduledPostCancelled: self._cancel,
            PostWritten: self._hear_post,
            AccountErased: lambda entry: self._forget(entry.account_id),
        }

    def of(self, account_id: int) -> list[ScheduledPost]:
        """In the order of their making."""
        return list(self._by_account.get(account_id, _NOTHING).values())

    def get(self, account_id: int, scheduled_id: int) -> ScheduledPost:
        """The account's own. Raises `Refusal`."""
        found = self._by_account.get(account_id, _NOTHING).get(scheduled_id)
        if found is None:
            raise Refusal("unknown_scheduled_post", "There is no such scheduled post.")
        return found

    def find_earlier(self, account_id: int, request: str) -> ScheduledPost | None:
        """The one that this request has brought already."""
        for one in self._by_account.get(account_id, _NOTHING).values():
            if request and one.request == request:
                return one
        return None

    def due(self, now_ms: int) -> list[ScheduledPost]:
        """Those whose time has come, the earliest first; not those that were refused."""
        found = []
        while self._queue and self._queue[0][0] <= now_ms:
            due_ms, scheduled_id, account_id = heappop(self._queue)
            one = self._by_account.get(account_id, _NOTHING).get(scheduled_id)
            if one is not None and one.due_ms == due_ms and not one.refused:
                found.append(one)
        for one in found:
            heappush(self._queue, (one.due_ms, one.id, one.account_id))
        return list({one.id: one for one in found}.values())

    def media_ids(self) -> set[int]:
        """Uploads that are not to be forgotten: scheduled posts need them."""
        return {
            media_id
            for scheduled in self._by_account.values()
            for one in scheduled.values()
            for media_id in one.draft.media_ids
        }

    def check(self, wanted: ScheduledPost, now_ms: int) -> None:
        """Raises `Refusal`, in Mastodon's words."""
        if wanted.due_ms < now_ms + SOONEST_MS:
            raise Refusal(
                "scheduled_too_soon",
                "Validation failed: Scheduled at The scheduled date must be in the future,"
                f" at least {SOONEST_MS // 60_000} minutes from now",
                field="scheduled_at",
            )
        others = [one for one in self.of(wanted.account_id) if one.id != wanted.id]
        if len(others) >= MOST_SCHEDULED:
            raise Refusal(
                "too_many_scheduled",
                "Validation failed: You have exceeded the limit of"
                f" {MOST_SCHEDULED} scheduled posts",
                field="scheduled_at",
            )
        same_day = [one for one in others if one.due_ms // _DAY_MS == wanted.due_ms // _DAY_MS]
        if len(same_day) >= MOST_A_DAY:
            raise Refusal(
                "too_many_scheduled",
                "Validation failed: You have exceeded the limit of"
                f" {MOST_A_DAY} scheduled posts for that day",
                field="scheduled_at",
            )

    def hear(self, change: Change) -> None:
        step = self._steps.get(type(change.entry))
        if step is not None:
            step(change.entry)

    def _schedule(self, entry: PostScheduled) -> None:
        wanted = entry.scheduled
        if not wanted.refused:
            self.check(wanted, entry.at_ms)
            self._put(wanted)
            return
        present = self._by_account.get(wanted.account_id, _NOTHING).get(wanted.id)
        if present is not None and present.due_ms == wanted.due_ms:
            self._put(wanted)

    def _put(self, put: ScheduledPost) -> None:
        self._by_account.setdefault(put.account_id, {})[put.id] = put
        if not put.refused:
            heappush(self._queue, (put.due_ms, put.id, put.account_id))

    def _cancel(self, entry: ScheduledPostCancelled) -> None:
        self.get(entry.account_id, entry.scheduled_id)
        self._remove(entry.account_id, entry.scheduled_id)

    def _hear_post(self, entry: PostWritten) -> None:
        if entry.scheduled_id:
            self._remove(entry.post.account_id, entry.scheduled_id)

    def _remove(self, account_id: int, scheduled_id: int) -> None:
        kept = self._by_account.get(account_id, {})
        kept.pop(scheduled_id, None)
        if not kept:
            self._forget(account_id)

    def _forget(self, account_id: int) -> None:
        self._by_account.pop(account_id, None)

    def capture(self) -> Iterator[bytes]:
        for account_id in sorted(self._by_account):
            yield msgspec.msgpack.encode(self.of(account_id))

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(list[ScheduledPost])
        for chunk in chunks:
            for one in decoder.decode(chunk):
                self._put(one)
