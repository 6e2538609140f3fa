"""Headers that go with every answer, and the one rule on requests that other sites cause."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Headers: TypeAlias = list[tuple[bytes, bytes]]

CONTENT_SECURITY_POLICY = (
    b"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; "
    b"worker-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    b"form-action 'self'; frame-ancestors 'none'"
)

SECURITY_HEADERS: Headers = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(self), payment=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]

READ_FROM_ANYWHERE: Headers = [(b"access-control-allow-origin", b"*")]
"""On answers to GET under /api/: any site may read, none may write."""

PREFLIGHT_ANSWER: Headers = [
    *READ_FROM_ANYWHERE,
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"Accept, If-None-Match"),
    (b"access-control-max-age", b"86400"),
]


def transport_headers(public_url: str) -> list[tuple[str, str]]:
    """Where the site is reached by HTTPS, browsers are told never to try it without."""
    if not public_url.startswith("https:"):
        return []
    return [("strict-transport-security", "max-age=31536000")]


_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})


def comes_from_another_site(method: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a browser sends this writing request on behalf of a page that is not ours.

    Browsers say so by Sec-Fetch-Site; older ones by an Origin that is not the Host. Programs send
    neither and are let through: nothing here trusts a cookie for more than telling visitors apart.
    """
    if method in _HARMLESS:
        return False
    fetched_from = origin = host = None
    for name, value in headers:
        if name == b"sec-fetch-site":
            fetched_from = value
        elif name == b"origin":
            origin = value
        elif name == b"host":
            host = value
    if fetched_from is not None:
        return fetched_from not in (b"same-origin", b"none")
    return origin is not None and origin.partition(b"://")[2] != host
