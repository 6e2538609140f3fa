"""A minute's rows sorted by service, so that those of one are found without looking at the rest."""

from __future__ import annotations

from collections.abc import Reversible
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.model import IntArray

Int32Array = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class RowsByService:
    """Those of `services[i]` are at `starts[i]` up to `starts[i + 1]`."""

    minute: Minute
    services: Int32Array
    starts: Int32Array

    def of(self, service: np.int32) -> slice:
        """Of this type, as another would have all `services` copied to it first."""
        place = int(self.services.searchsorted(service))
        if place == len(self.services) or self.services[place] != service:
            return slice(0, 0)
        return slice(int(self.starts[place]), int(self.starts[place + 1]))

    def service_by_row(self) -> Int32Array:
        return np.repeat(self.services, np.diff(self.starts))


_Rows = TypeVar("_Rows", bound=RowsByService)


def between(parts: Reversible[_Rows], start: Minute, end: Minute) -> list[_Rows]:
    """Of parts by minute, oldest first, those in [start, end)."""
    found = []
    for part in reversed(parts):
        if part.minute < start:
            break
        if part.minute < end:
            found.append(part)
    return found[::-1]


def sorted_by_service(services: NDArray[Any]) -> tuple[IntArray, Int32Array, Int32Array]:
    """Of rows with these services, one at least: their new order, and `services` and `starts`."""
    order = np.argsort(services, kind="stable")
    ordered = services[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(ordered)) + 1, [len(ordered)]])
    return order, ordered[starts[:-1]].astype(np.int32), starts.astype(np.int32)
