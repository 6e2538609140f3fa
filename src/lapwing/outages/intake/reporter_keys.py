"""Who reports, without knowing who: keyed hashes of addresses under random keys.

- A **reporter** is a hash of the address and the browser's random cookie under the key of the
  UTC day. A day's key is destroyed when the day after has ended, so within 48 hours of its making;
  for those two days the hash under yesterday's key tells who reported before midnight.
- A **network** stand-in (a /16, IPv6 /32) and a **block** (a /24, /48) are hashes under a key that
  stays as long as the data folder: what is usual in a block is learnt over weeks. They are told
  apart from reporters by their own prefixes, and are no addresses of persons.

Addresses end here: nothing that this module gives back contains one.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address
from typing import Final, Protocol, TypeAlias

import msgspec

Address: TypeAlias = IPv4Address | IPv6Address

_KEY_BYTES: Final = 32
_HASH_BYTES: Final = 12
_EPOCH_DAY: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Keys(msgspec.Struct, frozen=True):
    """What is kept, in a file that only its owner may read."""

    place: bytes
    """For networks and blocks; stays."""
    by_day: dict[int, bytes]
    """Day since 1970 UTC -> key; only today's and yesterday's."""


class KeyStore(Protocol):
    """Contract: `tests/contracts/test_key_store.py`. Raises `Unavailable`."""

    def load(self) -> Keys | None: ...

    def save(self, keys: Keys) -> None:
        """Replaces what was kept; the keys that are not in it any more are gone."""
        ...


class ReporterKeys:
    """The keys of today and yesterday. `turn` must be called at least daily, so that old keys go
    also when nobody reports."""

    def __init__(self, store: KeyStore, now: datetime) -> None:
        self._store = store
        kept = store.load()
        self._keys = kept or Keys(place=secrets.token_bytes(_KEY_BYTES), by_day={})
        self._today = b""
        self._yesterday: bytes | None = None
        self._ends_at = now
        self.turn(now)

    def turn(self, now: datetime) -> None:
        """Makes today's key and destroys all but today's and yesterday's.

        Raises `Unavailable` when they cannot be kept; the keys before stay in use then.
        """
        day = (now - _EPOCH_DAY).days
        by_day = {made: key for made, key in self._keys.by_day.items() if made in (day - 1, day)}
        if day not in by_day:
            by_day[day] = secrets.token_bytes(_KEY_BYTES)
        if by_day != self._keys.by_day:
            keys = Keys(self._keys.place, by_day)
            self._store.save(keys)
            self._keys = keys
        self._today = by_day[day]
        self._yesterday = by_day.get(day - 1)
        self._begins_at = _EPOCH_DAY + timedelta(days=day)
        self._ends_at = self._begins_at + timedelta(days=1)

    def reporter(self, person: bytes, now: datetime) -> tuple[str, str | None]:
        """Hashes of whatever tells a person apart, under today's and yesterday's key."""
        if not self._begins_at <= now < self._ends_at:
            self.turn(now)
        before = None if self._yesterday is None else _hashed(person, self._yesterday)
        return _hashed(person, self._today), before

    def network(self, address: Address) -> str:
        """Stands in for the network where its ASN is not known."""
        return "net-" + _hashed(_head(address, 2, 4), self._keys.place)

    def block(self, address: Address) -> str:
        return _hashed(_head(address, 3, 6), self._keys.place)

    def secret(self, purpose: bytes) -> bytes:
        """A secret of this server's own, the same for as long as the data folder."""
        return blake2b(purpose, digest_size=_KEY_BYTES, key=self._keys.place).digest()

    def operator_words(self, words: str) -> str:
        """An operator's idempotency key in a form of fixed length, the same on every day."""
        return _hashed(words.encode("utf-8", "surrogatepass"), self._keys.place)


def person_of(address: Address | None, cookie: str) -> bytes:
    """What `ReporterKeys.reporter` hashes for somebody of the public."""
    packed = b"" if address is None else address.packed
    return b"%d|%b|%b" % (len(packed), packed, cookie.encode())


def _head(address: Address, bytes_v4: int, bytes_v6: int) -> bytes:
    if isinstance(address, IPv4Address):
        return b"4" + address.packed[:bytes_v4]
    return b"6" + address.packed[:bytes_v6]


def _hashed(content: bytes, key: bytes) -> str:
    return blake2b(content, digest_size=_HASH_BYTES, key=key).hexdigest()
