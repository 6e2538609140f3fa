"""What an internet address tells of where it is. Addresses are asked about and never kept."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Protocol, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address


class Geography(Protocol):
    def country_of(self, address: Address) -> str | None:
        """ISO 3166-1 alpha-2 code of the address's country; None where it is not known."""
        ...

    def network_of(self, address: Address) -> str | None:
        """The autonomous system that announces the address, as `AS55836`; None where unknown."""
        ...


class NoGeography:
    """Knows no address: for an installation without databases."""

    def country_of(self, address: Address) -> str | None:
        return None

    def network_of(self, address: Address) -> str | None:
        return None
