"""Sets of ids in eight bytes each: an account's posts, followers and followees.

A Python set costs some sixty bytes an id; ten million follows would not fit the memory that a
server for a country has.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator


class IdSet:
    """Ids in growing order. Adding the largest is O(1), any other O(n) of a memory move."""

    __slots__ = ("ids",)

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self.ids = array("q", sorted(set(ids)))
        """To be read where every nanosecond counts; changed only by the methods."""

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[int]:
        return iter(self.ids)

    def __getitem__(self, index: int) -> int:
        return self.ids[index]

    def __contains__(self, wanted: int) -> bool:
        place = bisect_left(self.ids, wanted)
        return place < len(self.ids) and self.ids[place] == wanted

    def add(self, one: int) -> bool:
        """Whether it was not in yet."""
        ids = self.ids
        if not ids or one > ids[-1]:
            ids.append(one)
            return True
        place = bisect_left(ids, one)
        if ids[place] == one:
            return False
        ids.insert(place, one)
        return True

    def discard(self, one: int) -> bool:
        """Whether it was in."""
        place = bisect_left(self.ids, one)
        if place == len(self.ids) or self.ids[place] != one:
            return False
        self.ids.pop(place)
        return True

    def count_below(self, bound: int) -> int:
        """How many ids are smaller: the index at which `bound` stands or would stand."""
        return bisect_left(self.ids, bound)

    def packed(self) -> bytes:
        """Eight bytes an id, in the machine's order: for a checkpoint of this machine."""
        return self.ids.tobytes()

    @classmethod
    def ascending(cls, ids: Iterable[int]) -> IdSet:
        """Of ids that are in growing order already."""
        made = cls()
        made.ids.extend(ids)
        return made

    @classmethod
    def unpacked(cls, packed: bytes) -> IdSet:
        made = cls()
        made.ids.frombytes(packed)
        return made


NOTHING = IdSet()
"""For reading where there is none; never added to."""
