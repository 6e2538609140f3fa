"""What a request that brings something has in it, read straight from ASGI.

One report per request is Lapwing's busiest writing route, and this is where its time goes: the
framework's own requests, responses and dependencies cost it more than twice as much.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.outages.intake.desk import IntakeDesk, Receipt, Sender, decode_report
from lapwing.settings import Settings
from lapwing.web.client_address import TrustedProxies
from lapwing.web.parts import SiteParts

REPORTS_PATH: Final = "/api/v1/reports"
REPORT_BYTES: Final = 16_384
JSON_TYPES: Final = frozenset({b"application/json", b""})

COOKIE: Final = "lw_reporter"
_COOKIE_AGE_S: Final = 48 * 3600
_COOKIE_IN: Final = re.compile(rb"(?:^|;)\s*" + COOKIE.encode() + rb"=([A-Za-z0-9_-]{22})(?:;|$)")

Scope: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Any]]
RawHeaders: TypeAlias = list[tuple[bytes, bytes]]

_encoder: Final = msgspec.json.Encoder()


@dataclass(slots=True)
class Incoming:
    """The headers that matter here; empty where they were not sent."""

    media_type: bytes = b""
    encoding: bytes = b""
    authorization: str | None = None
    cookie: bytes = b""
    idempotency_key: str | None = None
    work: str | None = None

    @classmethod
    def of(cls, scope: Scope) -> Incoming:
        found = cls()
        for name, value in scope["headers"]:
            if name == b"content-type":
                found.media_type = value.partition(b";")[0].strip().lower()
            elif name == b"cookie":
                found.cookie = found.cookie + b";" + value
            elif name == b"authorization":
                found.authorization = value.decode("latin-1")
            elif name == b"idempotency-key":
                found.idempotency_key = value.decode("latin-1")
            elif name == b"lapwing-work":
                found.work = value.decode("latin-1")
            elif name == b"content-encoding":
                found.encoding = value
        return found

    def check_media_type(self, taken: frozenset[bytes]) -> None:
        """Raises `Refusal` (`wrong_media_type`)."""
        if self.media_type not in taken:
            wanted = ", ".join(sorted(each.decode() for each in taken if each))
            raise Refusal(
                "wrong_media_type", f"Send this with Content-Type {wanted}.", field="Content-Type"
            )
        if self.encoding not in (b"", b"identity"):
            raise Refusal(
                "wrong_media_type", "Send this without compression.", field="Content-Encoding"
            )


async def body_of(receive: Receive, limit_bytes: int) -> bytes:
    """The whole body. Raises `Refusal`: `too_large`; `incomplete` where the sender has gone, of
    which nobody will read."""
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal("incomplete", "The connection ended before the request did.")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit_bytes:
            raise Refusal("too_large", f"This takes at most {limit_bytes} bytes.")
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


@lru_cache(maxsize=8)
def _trusted(blocks: tuple[str, ...]) -> TrustedProxies:
    return TrustedProxies(blocks)


def sender_of(scope: Scope, incoming: Incoming, settings: Settings) -> Sender:
    """Who sends this, as far as the connection and our cookie tell."""
    address = _trusted(settings.trusted_proxies).client_of(scope)
    found = _COOKIE_IN.search(incoming.cookie) if incoming.cookie else None
    if found is not None:
        return Sender(address, found[1].decode(), known_by_cookie=True)
    return Sender(address, secrets.token_urlsafe(16), known_by_cookie=False)


def cookie_header(sender: Sender, settings: Settings) -> RawHeaders:
    """Tells visitors behind one address apart, for as long as the reporter keys live."""
    if sender.known_by_cookie:
        return []
    secure = "; Secure" if settings.public_url.startswith("https:") else ""
    cookie = f"{COOKIE}={sender.cookie}; Max-Age={_COOKIE_AGE_S}; Path=/; HttpOnly; SameSite=lax"
    return [(b"set-cookie", (cookie + secure).encode())]


async def take_one(parts: SiteParts, scope: Scope, receive: Receive) -> tuple[bytes, RawHeaders]:
    """The answer (202) to one report sent as JSON: body and headers.

    Raises `Refusal` and `Unavailable`; the same for the public and, with a token, for operators.
    """
    incoming = Incoming.of(scope)
    incoming.check_media_type(JSON_TYPES)
    given = decode_report(await body_of(receive, REPORT_BYTES))
    desk: IntakeDesk = parts.intake
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    receipt: Receipt
    if incoming.authorization is not None:
        token = await parts.tokens.identify(incoming.authorization, parts.clock.now())
        receipt = await desk.take_operators(given, token.name, incoming.idempotency_key)
    else:
        sender = sender_of(scope, incoming, parts.settings)
        receipt = await desk.take_public(
            given, sender, incoming.idempotency_key, work=incoming.work
        )
        headers += cookie_header(sender, parts.settings)
    body = _encoder.encode(receipt)
    headers.append((b"content-length", str(len(body)).encode()))
    return body, headers
