"""Calling servers that strangers name, without being led to any that only we can reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, Protocol, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

PAGE_BYTES: Final = 1024 * 1024
DEADLINE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server answered, whatever its status."""

    url: str
    """Where redirections led; the one asked for where there were none."""
    status: int
    headers: Mapping[str, str]
    """Names in lower case; of several of one name, the last."""
    content: bytes
    was_cut: bool = False
    """There was more than wanted, and this is its beginning."""

    @property
    def content_type(self) -> str:
        """Such as `text/html`: in lower case, without parameters; empty where not told."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class WebFetcher(Protocol):
    """Tests: `tests/integration/test_web_fetching.py`.

    Only http and https to their usual ports, no user names in addresses; every name is resolved
    here, only addresses that `is_public_address` lets through are connected to, and the
    connection goes to the very address that was checked. Each redirection is checked likewise.
    No cookies, no proxy of the environment. All within one deadline.

    Refuses with `url_refused`, `address_refused`, `too_many_redirections`,
    `content_type_refused`, `content_too_large`; `Unavailable` where the server does not answer
    in time or not as HTTP asks.
    """

    async def get(
        self,
        url: str,
        *,
        content_types: tuple[str, ...],
        limit_bytes: int = PAGE_BYTES,
        cut: bool = False,
        deadline_s: float = DEADLINE_S,
    ) -> Fetched:
        """Content only where its type begins with one of `content_types` (else refused, unless
        the status is an error's). More than `limit_bytes`, also once decompressed, is refused,
        or cut off there if `cut`."""
        ...

    async def post(
        self,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
        *,
        deadline_s: float = DEADLINE_S,
    ) -> Fetched:
        """Follows no redirection; the answer's content is cut off after some kilobytes."""
        ...

    async def close(self) -> None: ...


def is_public_address(address: Address) -> bool:
    """Whether it is an ordinary address of the public internet.

    By the special-purpose registries of IANA (RFC 6890 and what followed), and by what clouds
    answer on inside their own networks.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _GLOBAL_UNICAST_6 and not any(address in net for net in _NOT_PUBLIC_6)


_NOT_PUBLIC_4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # carriers' NAT; some clouds' metadata
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's own
            "169.254.0.0/16",  # link-local; most clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",  # multicast, reserved, broadcast
        ),
    )
)
_GLOBAL_UNICAST_6: Final = IPv6Network("2000::/3")
"""All else is loopback, unique local, link-local, multicast, or holds an IPv4 address (mapped,
NAT64)."""
_NOT_PUBLIC_6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # Teredo, benchmarks, ORCHID
            "2001:db8::/32",
            "2002::/16",  # 6to4: holds an IPv4 address
            "3fff::/20",
        ),
    )
)
