"""Operator tokens: who may import, act on incidents and change the catalogue.

A secret is 256 random bits, so one plain SHA-256 keeps it: guessing is hopeless at any speed, and
the slow salted hashes that weak human passwords need would only cost every request time.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from lapwing.kernel.instants import from_ms, to_ms
from lapwing.kernel.refusals import Refusal, Unavailable

SECRET_PREFIX = "lapwing_"  # noqa: S105 - a mark by which leak scanners know our secrets, no secret
_SECRET_BYTES = 32
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")

REFRESH_AFTER_S = 1.0
"""How long a created or revoked token may take to be known to a running server."""
RETRY_AFTER_S = 5.0
"""How long the tokens known so far are used without asking, after the store did not answer."""


class Token(msgspec.Struct, frozen=True):
    """An operator's token as it is kept: the secret itself is not in it. Instants are UTC."""

    name: str
    digest: str
    """SHA-256 of the secret, in hexadecimal."""
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        expired = self.expires_at is not None and now >= self.expires_at
        return self.revoked_at is None and not expired


class TokenStore(Protocol):
    """Contract: `tests/contracts/test_token_store.py`. Raises `Unavailable`."""

    async def add(self, token: Token) -> None:
        """Raises `Refusal` (`token_exists`) if a token of that name is there, revoked or not."""
        ...

    async def revoke(self, name: str, at: datetime) -> bool:
        """Whether there was such a token that was not revoked yet."""
        ...

    async def load(self) -> list[Token]:
        """All, by name."""
        ...


def make_token(name: str, now: datetime, days: int | None = None) -> tuple[Token, str]:
    """A new token and its secret, which is not kept anywhere.

    `days` is how long it is valid; None: until it is revoked. Raises `Refusal`
    (`invalid_token_name`, `invalid_token_days`).
    """
    if _NAME.fullmatch(name) is None:
        raise Refusal(
            "invalid_token_name",
            "A token's name has 1 to 40 of a-z, 0-9, dot, dash and underscore"
            " and begins with a letter or digit.",
            field="name",
        )
    if days is not None and not 1 <= days <= 3650:
        raise Refusal("invalid_token_days", "A token is valid for 1 to 3650 days.", field="days")
    created_at = from_ms(to_ms(now))
    secret = SECRET_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    expires_at = None if days is None else created_at + timedelta(days=days)
    token = Token(name=name, digest=digest_of(secret), created_at=created_at, expires_at=expires_at)
    return token, secret


def token_exists(name: str) -> Refusal:
    return Refusal(
        "token_exists",
        f"There is or was a token named {name}; choose another name.",
        field="name",
    )


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def bearer_secret(authorization: str | None) -> str | None:
    """The secret in an `Authorization` header's value; None where there is no bearer token."""
    scheme, _, secret = (authorization or "").partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


class TokenRegistry:
    """The tokens in memory, so that a request asks no database.

    While it is used it looks at the store at most once in `REFRESH_AFTER_S`, so that a token made
    or revoked by the command line takes effect on the running server; while the store is away, the
    tokens known so far hold.
    """

    def __init__(
        self,
        store: TokenStore,
        fixed: Iterable[Token] = (),
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`fixed` are tokens of this process alone, such as its console's; no store has them."""
        self._store = store
        self._fixed = tuple(fixed)
        self._monotonic_s = monotonic_s
        self._by_digest = {token.digest: token for token in self._fixed}
        self._refresh_due_s = float("-inf")
        self._away: Unavailable | None = None
        self._refreshing = asyncio.Lock()

    def find(self, secret: str, now: datetime) -> Token | None:
        """The valid token with this secret among those in memory.

        Takes the same time for every wrong secret: what is looked up is its hash, which nobody
        can steer towards a kept one, and the found one is compared in constant time.
        """
        digest = digest_of(secret)
        token = self._by_digest.get(digest)
        if token is None or not hmac.compare_digest(token.digest, digest):
            return None
        return token if token.is_valid(now) else None

    async def refresh(self) -> None:
        """Reads the store if the last look is old."""
        async with self._refreshing:
            if self._monotonic_s() < self._refresh_due_s:
                return
            try:
                tokens = await self._store.load()
            except Unavailable as away:
                self._refresh_due_s = self._monotonic_s() + RETRY_AFTER_S
                self._away = away
                return
            self._by_digest = {token.digest: token for token in (*tokens, *self._fixed)}
            self._refresh_due_s = self._monotonic_s() + REFRESH_AFTER_S
            self._away = None

    async def identify(self, authorization: str | None, now: datetime) -> Token:
        """The token that an `Authorization` header brings. Raises `Refusal`: `token_required`
        where it has none, `token_invalid` where it is unknown, expired or revoked;
        `Unavailable` where it is unknown while the store does not answer."""
        secret = bearer_secret(authorization)
        if secret is None:
            raise Refusal(
                "token_required",
                "This needs an operator's token: send the header 'Authorization: Bearer SECRET'."
                " `lapwing token create NAME` makes one.",
            )
        await self.refresh()
        token = self.find(secret, now)
        if token is None and self._away is not None:
            raise Unavailable(self._away.message, retry_after_s=self._away.retry_after_s)
        if token is None:
            raise Refusal("token_invalid", "This token is unknown, expired or revoked.")
        return token
