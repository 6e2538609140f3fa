"""Passwords: argon2id, in threads of their own, so that no request waits for somebody's hashing.

The parameters are OWASP's (password storage cheat sheet): 46 MiB, one pass, one lane.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError

from lapwing.kernel.refusals import Refusal, TooMany

P = ParamSpec("P")
T = TypeVar("T")

SHORTEST: Final = 8
LONGEST: Final = 256
_AT_ONCE: Final = 2
_MOST_WAITING: Final = 64
_TOO_COMMON: Final = frozenset(
    {
        *("password", "passwort", "12345678", "123456789", "1234567890", "qwertyui", "qwerty123"),
        *("11111111", "00000000", "iloveyou", "sunshine", "princess", "football", "baseball"),
        *("password1", "password123", "superman", "trustno1", "starwars", "whatever", "abcd1234"),
        *("1q2w3e4r", "1qaz2wsx", "zaq12wsx", "qwertyuiop", "letmein1", "changeme", "lapwing1"),
    }
)


class PasswordHasher:
    """Hashes and verifies; two at a time, and few more may wait."""

    def __init__(self, *, memory_kib: int = 47_104, passes: int = 1) -> None:
        """Tests make it cheap."""
        self._argon2 = Argon2(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._of_nobody = self._argon2.hash("nobody's")

    async def hash(self, password: str) -> str:
        """Raises `TooMany` where too many wait."""
        return await self._in_turn(self._argon2.hash, password)

    async def verify(self, password_hash: str, password: str) -> bool:
        """Takes as long for an account without a password, and for none at all (an empty hash).
        Raises `TooMany`."""
        right = await self._in_turn(self._matches, password_hash or self._of_nobody, password)
        return right and bool(password_hash)

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was made at another cost than the present one."""
        return self._argon2.check_needs_rehash(password_hash)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._argon2.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        if self._waiting >= _MOST_WAITING:
            raise TooMany("busy", "Many people sign in now. Please try again.", retry_after_s=5)
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work, *arguments, **named)
        finally:
            self._waiting -= 1


def check_password(password: str, username: str = "") -> str:
    """The password, if it is good enough. Raises `Refusal` (`password_weak`)."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refusal(
            "password_weak",
            f"A password has {SHORTEST} to {LONGEST} characters; this one has {len(password)}.",
            field="password",
        )
    folded = password.casefold()
    if folded in _TOO_COMMON or folded == username.casefold() or len(set(folded)) < 3:
        raise Refusal(
            "password_weak",
            "This password is among the first that anybody would try. Take a few words.",
            field="password",
        )
    return password
