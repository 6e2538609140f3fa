"""What is known of places before anybody reports from them."""

from __future__ import annotations

from typing import Protocol

from lapwing.outages.detection.model import NodeSpec


class Places(Protocol):
    def share(self, place: NodeSpec) -> float | None:
        """Share of its country's people that a city, area or region has, above 0; None where it
        is not known."""
        ...

    def area_of(self, city: int) -> int | None:
        """The city that this one lives with: the centre of its area, itself if it is one."""
        ...

    def region_of(self, city: int) -> str | None:
        """The region that a city lies in."""
        ...


class UnknownPlaces:
    """Nothing is known of any place."""

    def share(self, place: NodeSpec) -> None:
        return None

    def area_of(self, city: int) -> None:
        return None

    def region_of(self, city: int) -> None:
        return None
