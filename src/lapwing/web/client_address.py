"""Which address a request comes from: forwarding headers count only from trusted proxies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Block: TypeAlias = IPv4Network | IPv6Network

_LONGEST_CHAIN = 32
"""Hops that are looked at; nobody honest has more proxies in a row."""


class TrustedProxies:
    """The proxies of `LAPWING_TRUSTED_PROXIES`. Raises ValueError for what is no address block."""

    def __init__(self, blocks: Iterable[str] = ()) -> None:
        self.blocks = tuple(ip_network(block, strict=False) for block in blocks)

    def client_of(self, scope: Mapping[str, Any]) -> Address | None:
        """The address that an ASGI request comes from; None over a Unix socket."""
        peer = scope.get("client")
        return client_address(peer[0] if peer else None, scope["headers"], self.blocks)


def client_address(
    peer: str | None, headers: Iterable[tuple[bytes, bytes]], trusted: Sequence[Block]
) -> Address | None:
    """The rightmost address of the forwarding chain that is no trusted proxy.

    `peer` is the other end of the connection (None for a Unix socket: nothing is known), headers
    are ASGI's. X-Forwarded-For is read before RFC 7239's Forwarded, never both: a proxy writes
    one of them and passes the other on as the client sent it. A hop that is no address ends the
    walk: the address before it is the last one that somebody trusted has seen.
    """
    address = _parse(peer or "")
    if address is None or not trusted:
        return address
    for hop in _hops_nearest_first(headers):
        if not any(address in block for block in trusted):
            break
        before = _parse(hop)
        if before is None:
            break
        address = before
    return address


def _hops_nearest_first(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    plain: list[str] = []
    standard: list[str] = []
    for name, value in headers:
        if name == b"x-forwarded-for":
            plain += value.decode("latin-1").split(",")
        elif name == b"forwarded":
            standard += value.decode("latin-1").split(",")
    hops = plain or [_for_of(element) for element in standard]
    return hops[: -_LONGEST_CHAIN - 1 : -1]


def _for_of(element: str) -> str:
    for pair in element.split(";"):
        name, _, value = pair.partition("=")
        if name.strip().lower() == "for":
            return value.strip().strip('"')
    return ""


def _parse(text: str) -> Address | None:
    """An address with or without port and brackets; IPv4 in IPv6 clothes is unwrapped."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
