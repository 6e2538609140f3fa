"""Bytes as HTTP sends them: made once, compressed at most once per encoding, sent to many."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import brotli

from lapwing.web.security import SECURITY_HEADERS, Headers

Encoding: TypeAlias = bytes
"""`br`, `gzip` or, for identity, the empty string: as in Content-Encoding."""

HTML = b"text/html; charset=utf-8"
JSON = b"application/json"
PNG = b"image/png"

REVALIDATE = b"no-cache"
"""Keep it, but ask each time: the ETag answers."""

_BROTLI_QUALITY = 5
_GZIP_LEVEL = 5
_WORTH_COMPRESSING_BYTES = 500
_COMPRESSED_ALREADY = (b"image/png", b"font/woff", b"image/webp", b"application/zip")


@dataclass(frozen=True, slots=True)
class Variant:
    """One body in one encoding, with its headers and both ready for the wire."""

    etag: bytes
    body: bytes
    headers: Headers
    headers_unchanged: Headers
    """Of a 304."""
    wire: bytes
    """Header lines, the empty line and the body: what follows the status line and the date."""
    wire_head: bytes
    wire_unchanged: bytes

    def is_known_by(self, if_none_match: bytes) -> bool:
        """Whether the asker's copy is the present one (RFC 9110, 13.1.2: weak comparison)."""
        if if_none_match.strip() == b"*":
            return True
        return any(
            tag.strip().removeprefix(b"W/") == self.etag for tag in if_none_match.split(b",")
        )


class Content:
    """A body with its media type; `variant` encodes it when that encoding is first asked for."""

    __slots__ = ("_cache_control", "_digest", "_extra", "_variants", "body", "media_type")

    def __init__(
        self,
        body: bytes,
        media_type: bytes,
        *,
        cache_control: bytes = REVALIDATE,
        extra: Headers | None = None,
    ) -> None:
        self.body = body
        self.media_type = media_type
        self._cache_control = cache_control
        self._extra = extra or []
        self._digest = hashlib.blake2b(body, digest_size=12).hexdigest().encode()
        self._variants: dict[Encoding, Variant] = {}

    @property
    def digest(self) -> str:
        """Tells contents apart, also across restarts."""
        return self._digest.decode()

    def ready_variant(self, encoding: Encoding) -> Variant | None:
        """Only what is encoded already: for where there is no time to encode."""
        return self._variants.get(encoding)

    def variant(self, encoding: Encoding) -> Variant:
        variant = self._variants.get(encoding)
        if variant is None:
            variant = self._variants[encoding] = self._encode(encoding)
        return variant

    def _encode(self, encoding: Encoding) -> Variant:
        body = self.body
        if len(body) < _WORTH_COMPRESSING_BYTES or self.media_type.startswith(_COMPRESSED_ALREADY):
            encoding = b""
        if encoding == b"br":
            body = brotli.compress(body, quality=_BROTLI_QUALITY)
        elif encoding == b"gzip":
            body = gzip.compress(body, compresslevel=_GZIP_LEVEL, mtime=0)
        suffix = b"-" + encoding if encoding else b""
        etag = b'"' + self._digest + suffix + b'"'
        unchanged: Headers = [
            (b"etag", etag),
            (b"cache-control", self._cache_control),
            (b"vary", b"accept-encoding"),
            *SECURITY_HEADERS,
            *self._extra,
        ]
        headers: Headers = [
            (b"content-type", self.media_type),
            (b"content-length", str(len(body)).encode()),
            *([(b"content-encoding", encoding)] if encoding else []),
            *unchanged,
        ]
        head = header_lines(headers)
        return Variant(etag, body, headers, unchanged, head + body, head, header_lines(unchanged))


def header_lines(headers: Headers) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers) + b"\r\n"


@lru_cache(maxsize=512)
def preferred_encoding(
    accept_encoding: bytes, candidates: tuple[Encoding, ...] = (b"br", b"gzip")
) -> Encoding:
    """The best encoding of ours that an Accept-Encoding allows; unreadable weights count as 1."""
    weights: dict[bytes, float] = {}
    for part in accept_encoding.lower().split(b","):
        name, _, parameter = part.partition(b";")
        key, _, value = parameter.strip().partition(b"=")
        weights[name.strip()] = _weight(value) if key.strip() == b"q" else 1.0
    anything = weights.get(b"*", 0.0)
    best = max(candidates, key=lambda encoding: weights.get(encoding, anything))
    return best if weights.get(best, anything) > 0 else b""


def _weight(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0
