"""How often one address or one account may try something. Nothing of it is kept on disk, and
addresses are there only as hashes under a key that dies with the process."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address
from typing import Final, TypeAlias

from lapwing.kernel.refusals import TooMany

Address: TypeAlias = IPv4Address | IPv6Address

_MOST_KEYS: Final = 200_000
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` times within `within_ms`."""

    name: str
    most: int
    within_ms: int


SIGN_UPS: Final = Limit("sign_up", 5, 30 * _MINUTE_MS)
"""Of one address."""
SIGN_INS: Final = Limit("sign_in", 25, 5 * _MINUTE_MS)
"""Of one address."""
WRONG_SIGN_INS: Final = Limit("wrong_sign_in", 25, 60 * _MINUTE_MS)
"""Of one name or e-mail address; those that succeed do not count."""
MAILS: Final = Limit("mails", 5, 60 * _MINUTE_MS)
"""Mails with codes to one address."""
MAILS_ASKED: Final = Limit("mails_asked", 25, 5 * _MINUTE_MS)
"""Of one network address."""
APPS: Final = Limit("apps", 100, 60 * _MINUTE_MS)
"""Registered from one address."""
TOKENS: Final = Limit("tokens", 120, 5 * _MINUTE_MS)
"""Asked for from one address."""
CODES: Final = Limit("codes", 10, 10 * _MINUTE_MS)
"""Six-digit codes tried for one account."""
COMPLAINTS: Final = Limit("complaints", 30, 60 * _MINUTE_MS)
EXPORTS: Final = Limit("exports", 5, 60 * _MINUTE_MS)


class Limits:
    """Counts what was tried in sliding windows. For one event loop."""

    def __init__(self, *, most_keys: int = _MOST_KEYS, enforced: bool = True) -> None:
        """Without `enforced` nothing is refused: for trying clients out."""
        self._enforced = enforced
        self._key = secrets.token_bytes(32)
        self._most_keys = most_keys
        self._tried: dict[bytes, deque[int]] = {}

    def take(self, limit: Limit, whose: str, now_ms: int) -> None:
        """Counts one try; where nobody is named (an empty text) there is nothing to count.
        Raises `TooMany` where it would be one too many: it is not counted."""
        if not whose or not self._enforced:
            return
        tried = self._recent(limit, whose, now_ms)
        if len(tried) >= limit.most:
            raise TooMany(
                "too_many_tries",
                "That was tried too often. Please wait a while.",
                retry_after_s=(tried[0] + limit.within_ms - now_ms) / 1000,
            )
        tried.append(now_ms)

    def give_back(self, limit: Limit, whose: str) -> None:
        """The last try counts for nothing."""
        tried = self._tried.get(self._hash(limit, whose))
        if tried:
            tried.pop()

    def _recent(self, limit: Limit, whose: str, now_ms: int) -> deque[int]:
        key = self._hash(limit, whose)
        tried = self._tried.pop(key, None)
        if tried is None:
            tried = deque()
            while len(self._tried) >= self._most_keys:  # those used least recently stand first
                del self._tried[next(iter(self._tried))]
        while tried and tried[0] <= now_ms - limit.within_ms:
            tried.popleft()
        self._tried[key] = tried
        return tried

    def _hash(self, limit: Limit, whose: str) -> bytes:
        text = f"{limit.name} {whose}".encode("utf-8", "surrogatepass")
        return blake2b(text, key=self._key, digest_size=12).digest()


def block_of(address: Address | None) -> str:
    """What counts as one address: an IPv6 customer has a whole /64. Empty where an address tells
    nothing: over a Unix socket, or behind a proxy on this machine that nobody said is trusted."""
    if address is None or address.is_loopback:
        return ""
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
