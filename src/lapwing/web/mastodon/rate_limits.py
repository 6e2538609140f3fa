"""How often one account or address may ask, as Mastodon counts: in windows of whole minutes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from ipaddress import IPv6Address, ip_network
from typing import Final

import msgspec

from lapwing.kernel.refusals import TooMany
from lapwing.web.client_address import Address

_MINUTE_MS: Final = 60_000


class Bucket(msgspec.Struct, frozen=True):
    """What is counted together. `minutes`: length of the window; at most `most` in it."""

    name: str
    most: int
    minutes: int


class Kind(Enum):
    """What a route counts as, besides as a request."""

    REQUEST = "request"
    MEDIA = "media"
    DELETION = "deletion"
    """Deleting and un-reposting, which make work for everybody who sees the post."""


class Count(msgspec.Struct):
    """Of one account or address in the window that goes on."""

    bucket: Bucket
    used: int
    reset: bytes
    """When the window ends, as it stands in the header."""

    @property
    def left(self) -> int:
        return max(0, self.bucket.most - self.used)


class RateLimits:
    """Counts of the present windows; nothing of the earlier ones is kept."""

    def __init__(
        self, now_ms: Callable[[], int], *, requests: int, media: int, deletions: int
    ) -> None:
        """Requests in five minutes, uploads and deletions in thirty; 0 of one is no limit."""
        self._now_ms = now_ms
        self._buckets = {
            Kind.REQUEST: Bucket("request", requests, 5),
            Kind.MEDIA: Bucket("media", media, 30),
            Kind.DELETION: Bucket("deletion", deletions, 30),
        }
        self._windows: dict[Kind, tuple[int, bytes, dict[int | str, Count]]] = {}

    def take(self, kind: Kind, who: int | str) -> Count | None:
        """Counts one of it. `who`: an account's id, or `address_key`; None where nothing limits.
        Raises `TooMany`."""
        bucket = self._buckets[kind]
        if not bucket.most or who == "":
            return None
        now_ms = self._now_ms()
        number = now_ms // (bucket.minutes * _MINUTE_MS)
        window = self._windows.get(kind)
        if window is None or window[0] != number:
            ends_ms = (number + 1) * bucket.minutes * _MINUTE_MS
            window = self._windows[kind] = (number, _written(ends_ms), {})
        count = window[2].get(who)
        if count is None:
            count = window[2][who] = Count(bucket, 0, window[1])
        count.used += 1
        if count.used > bucket.most:
            ends_ms = (number + 1) * bucket.minutes * _MINUTE_MS
            raise TooMany(
                "too_many_requests", "Too many requests", retry_after_s=(ends_ms - now_ms) / 1000
            )
        return count

    def limited(self, kind: Kind, who: int | str) -> Count | None:
        """What was counted so far."""
        window = self._windows.get(kind)
        return None if window is None else window[2].get(who)


def address_key(address: Address | None) -> str:
    """Who an address stands for: an IPv6 /64 is one household. Empty where it tells nothing: over
    a Unix socket, or behind a proxy on this machine that nobody said is to be trusted."""
    if address is None or address.is_loopback:
        return ""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def headers_of(count: Count) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-ratelimit-limit", b"%d" % count.bucket.most),
        (b"x-ratelimit-remaining", b"%d" % count.left),
        (b"x-ratelimit-reset", count.reset),
    ]


def _written(ms: int) -> bytes:
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
