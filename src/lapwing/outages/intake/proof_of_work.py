"""A little work before a report of the public is taken, only while its service is under attack.

The work: find a number such that SHA-256 of `SEED.NUMBER` begins with so many zero bits. It takes
no third party, no account and no riddle; a phone needs some tenths of a second. It makes forged
reports dear, not impossible.

A challenge is good for one report on one service and for five minutes. It carries a MAC under the
server's key, so that nothing has to be remembered of those that are given out; the seed is that
MAC, so that nobody can work ahead.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from hashlib import blake2b, sha256
from typing import Final

import msgspec

from lapwing.kernel.instants import MS_PER_MINUTE, Minute
from lapwing.kernel.refusals import Refusal
from lapwing.outages.intake.limits import TokenBuckets

BITS: Final = 16
"""65,536 tries on average."""
GOOD_FOR_MS: Final = 5 * MS_PER_MINUTE
ATTACK_LASTS_MIN: Final = 10
"""After the last sign of an attack."""
LIMITED_REPORTS: Final = 100
"""Refused by a limit within as many minutes as an attack lasts: the server is under attack."""

_SEED_BYTES: Final = 16
_MOST_DIGITS: Final = 12
_UNWORKED_REPORTS: Final = 2
_UNWORKED_REFILL_MS: Final = 60 * MS_PER_MINUTE
"""From one address block, without work, while it is asked for."""


class Challenge(msgspec.Struct, frozen=True):
    """What has to be worked on."""

    seed: str
    bits: int
    ticket: str
    """To be sent back with the number, as `TICKET.NUMBER`."""


class WorkRequired(Refusal):
    """The same report is welcome with the work done."""

    def __init__(self, message: str, challenge: Challenge) -> None:
        super().__init__("work_required", message)
        self.challenge = challenge


class Challenges:
    """Gives challenges and takes each of them once."""

    def __init__(self, key: bytes, bits: int = BITS) -> None:
        """`key`: secret, up to 64 bytes, the same for all processes that serve one site."""
        self._key = key
        self._bits = bits
        self._taken: deque[tuple[int, str]] = deque()
        """When it ends (ms) and its seed, in the order in which they were taken."""
        self._seeds: set[str] = set()

    def make(self, service: str, now_ms: int) -> Challenge:
        stem = f"{now_ms + GOOD_FOR_MS}-{secrets.token_hex(8)}"
        return Challenge(self._seed(service, stem), self._bits, stem)

    def take(self, service: str, work: str, now_ms: int) -> bool:
        """Whether `TICKET.NUMBER` is the work for a challenge of this service that is still good
        and was not taken before."""
        stem, _, number = work.partition(".")
        ends, _, _ = stem.partition("-")
        if not (ends.isascii() and ends.isdigit() and len(ends) <= 15):
            return False
        if not (number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS):
            return False
        if not now_ms <= int(ends) <= now_ms + GOOD_FOR_MS:
            return False
        seed = self._seed(service, stem)
        if seed in self._seeds or not is_done(seed, number, self._bits):
            return False
        self._forget(now_ms)
        self._seeds.add(seed)
        self._taken.append((int(ends), seed))
        return True

    def _seed(self, service: str, stem: str) -> str:
        words = f"{stem}|{self._bits}|{service}".encode()
        return blake2b(words, digest_size=_SEED_BYTES, key=self._key).hexdigest()

    def _forget(self, now_ms: int) -> None:
        while self._taken and self._taken[0][0] < now_ms - GOOD_FOR_MS:
            self._seeds.discard(self._taken.popleft()[1])


def is_done(seed: str, number: str, bits: int) -> bool:
    digest = sha256(f"{seed}.{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> (64 - bits) == 0


class Gate:
    """Lets the public's reports through, and asks for work while there is an attack.

    An attack is what the detector refused: reports in number, but from too few networks; for the
    whole server, a hundred reports within ten minutes over a limit.
    """

    def __init__(self, challenges: Challenges, refused: Callable[[str], Minute | None]) -> None:
        """`refused`: the last minute in which an outage of this service was not admitted, once
        that has gone on for a while."""
        self._challenges = challenges
        self._refused = refused
        self._limited: deque[int] = deque(maxlen=LIMITED_REPORTS)
        self._unworked = TokenBuckets(_UNWORKED_REPORTS, _UNWORKED_REFILL_MS)

    def limited(self, now_ms: int) -> None:
        """A report was over a limit."""
        self._limited.append(now_ms)

    def is_attacked(self, service: str, now_ms: int) -> bool:
        since_ms = now_ms - ATTACK_LASTS_MIN * MS_PER_MINUTE
        if len(self._limited) == LIMITED_REPORTS and self._limited[0] >= since_ms:
            return True
        refused = self._refused(service)
        return refused is not None and refused * MS_PER_MINUTE >= since_ms

    def check(
        self, service: str, work: str | None, block: str | None, now_ms: int, *, by_form: bool
    ) -> None:
        """Raises `WorkRequired` with a fresh challenge. The form of a browser without JavaScript
        cannot work (`by_form`): of such, an address block has a few reports an hour."""
        if not self.is_attacked(service, now_ms):
            return
        if work is not None:
            if self._challenges.take(service, work, now_ms):
                return
        elif by_form and block is not None and not self._unworked.wait_ms(block, now_ms):
            self._unworked.take(block, now_ms)
            return
        raise WorkRequired(
            "Many forged reports on this service arrive at the moment. Your browser has to do a"
            " little work first; please send the report again with JavaScript switched on."
            if by_form
            else "Many forged reports on this service arrive at the moment: this one is taken with"
            " a little work done, see `challenge`.",
            self._challenges.make(service, now_ms),
        )
