"""One page of a timeline, asked for by ids.

`max_id` and `min_id` bound a page from both sides, exclusively; with `min_id` the page is the one
next to it, upwards, and with `since_id` the newest above it (Mastodon's meaning). As ids grow with
the order in which posts appear, a page never repeats or skips what another showed.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from heapq import heapify, heappop, heapreplace
from itertools import islice

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.id_sets import IdSet

BIGGEST_ID = (1 << 63) - 1


class Page(msgspec.Struct, frozen=True):
    """What part of a timeline is asked for."""

    limit: int = 20
    max_id: int = BIGGEST_ID
    """Only below it."""
    since_id: int = 0
    """Only above it; the newest of them."""
    min_id: int = 0
    """Only above it; those next to it."""

    @property
    def goes_up(self) -> bool:
        return self.min_id > 0

    @property
    def floor(self) -> int:
        return max(self.since_id, self.min_id)


def parse_id(text: str, field: str) -> int:
    """An id as clients send it. Raises `Refusal` (`invalid_id`)."""
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > BIGGEST_ID:
        raise Refusal("invalid_id", f"{field} is no id: ids are whole numbers.", field=field)
    return int(text)


def merge(sources: Iterable[IdSet], page: Page) -> Iterator[int]:
    """Ids of all sources in the page's direction and between its bounds, each once.

    The cost grows with the number of sources, and by their logarithm for each id that is taken;
    not with the number of ids in them.
    """
    return _upwards(sources, page) if page.goes_up else _downwards(sources, page)


def take(
    sources: Iterable[IdSet], page: Page, shows: Callable[[int], bool] | None = None
) -> list[int]:
    """The page's ids, newest first; only those that `shows` lets through."""
    ids = merge(sources, page)
    found = list(islice(ids if shows is None else filter(shows, ids), page.limit))
    return found[::-1] if page.goes_up else found


def _downwards(sources: Iterable[IdSet], page: Page) -> Iterator[int]:
    bound, floor = page.max_id, page.floor
    heap: list[tuple[int, int]] = []
    left: list[tuple[array[int], int]] = []
    for source in sources:
        ids = source.ids
        if not ids or ids[-1] <= floor:
            continue
        place = (len(ids) if ids[-1] < bound else bisect_left(ids, bound)) - 1
        if place >= 0 and ids[place] > floor:
            heap.append((-ids[place], len(left)))
            left.append((ids, place))
    heapify(heap)
    last = 0
    while heap:
        negative, number = heap[0]
        ids, place = left[number]
        if place and ids[place - 1] > floor:
            left[number] = ids, place - 1
            heapreplace(heap, (-ids[place - 1], number))
        else:
            heappop(heap)
        if negative != last:
            last = negative
            yield -negative


def _upwards(sources: Iterable[IdSet], page: Page) -> Iterator[int]:
    bound, floor = page.max_id, page.floor
    heap: list[tuple[int, int]] = []
    left: list[tuple[array[int], int]] = []
    for source in sources:
        ids = source.ids
        place = bisect_left(ids, floor + 1)
        if place < len(ids) and ids[place] < bound:
            heap.append((ids[place], len(left)))
            left.append((ids, place))
    heapify(heap)
    last = 0
    while heap:
        one, number = heap[0]
        ids, place = left[number]
        if place + 1 < len(ids) and ids[place + 1] < bound:
            left[number] = ids, place + 1
            heapreplace(heap, (ids[place + 1], number))
        else:
            heappop(heap)
        if one != last:
            last = one
            yield one
