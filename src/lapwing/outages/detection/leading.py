"""Where and what: the slices of an outage ranked by their excess over what was expected there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from lapwing.outages.incidents.model import SliceShare


class Counted(NamedTuple):
    """A slice's reports while the outage lasted, beside what was expected in that time."""

    dimension: str
    value: str
    reports: int
    expected: float


def leading_slices(
    slices: Iterable[Counted], reports: int, expected: float, most_per_dimension: int = 8
) -> tuple[SliceShare, ...]:
    """Per dimension (in the order of first appearance) the slices with the largest excess first.

    `reports` and `expected` are the whole service's; a slice's share is its part of their
    difference, 0 to 1, or of the largest slice's where one city's excess is lost in the ups and
    downs of the whole. Slices without excess are left out. Labels are empty: they are filled
    where names are known.
    """
    by_dimension: dict[str, list[tuple[float, Counted]]] = defaultdict(list)
    for counted in slices:
        by_dimension[counted.dimension].append((counted.reports - counted.expected, counted))
    largest = max((excess for ranked in by_dimension.values() for excess, _ in ranked), default=0.0)
    whole = max(reports - expected, largest, 1e-9)
    return tuple(
        SliceShare(
            dimension=counted.dimension,
            value=counted.value,
            label="",
            reports=counted.reports,
            expected=counted.expected,
            excess_share=min(1.0, excess / whole),
        )
        for ranked in by_dimension.values()
        for excess, counted in sorted(ranked, key=_largest_first)[:most_per_dimension]
        if excess > 0.0
    )


def _largest_first(item: tuple[float, Counted]) -> tuple[float, str]:
    return (-item[0], item[1].value)
