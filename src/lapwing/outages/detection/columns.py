"""Named arrays of one length that grow together, geometrically: rows are added while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """`shape` is what each row holds: () for a number, (3,) for three."""

    dtype: str
    shape: tuple[int, ...] = ()
    fill: float = 0


class Columns:
    """`columns["name"]` is a view of the rows in use; it is stale after the next `extend`."""

    def __init__(self, layout: Mapping[str, Column]) -> None:
        self._layout = dict(layout)
        self._kept = {name: self._blank(name, 0) for name in layout}
        self._views = dict(self._kept)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, name: str) -> Array:
        return self._views[name]

    def names(self) -> tuple[str, ...]:
        return tuple(self._layout)

    def extend(self, count: int) -> None:
        """Adds `count` rows that hold each column's fill."""
        length = self._length + count
        for name, kept in self._kept.items():
            if length > len(kept):
                wider = self._blank(name, max(length, len(kept) + len(kept) // 4, 16))
                wider[: self._length] = kept[: self._length]
                self._kept[name] = wider
            self._views[name] = self._kept[name][:length]
        self._length = length

    def clear_rows(self, rows: Array) -> None:
        """Puts the fill back into these rows."""
        for name, column in self._layout.items():
            self._views[name][rows] = column.fill

    def take(self, rows: Array) -> dict[str, Array]:
        """A copy of these rows, by column."""
        return {name: self._views[name][rows].copy() for name in self._layout}

    def put(self, rows: Array, part: Mapping[str, Array]) -> None:
        """Overwrites these rows; `part` has every column."""
        for name in self._layout:
            self._views[name][rows] = part[name]

    def _blank(self, name: str, length: int) -> Array:
        column = self._layout[name]
        shape = (length, *column.shape)
        if column.fill == 0:
            return np.zeros(shape, column.dtype)  # takes no memory before it is written to
        return np.full(shape, column.fill, column.dtype)
