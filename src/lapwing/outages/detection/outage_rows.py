"""The table of open and fading outages: finding, adding and dropping rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.instants import Minute
from lapwing.outages.detection.layout import FADING, FREE, OPEN, Tables
from lapwing.outages.detection.model import OpenOutage


class OutageRows:
    """Works on the outages' table; keeps nothing of its own. A row's number means nothing: where
    order matters it is that of `ordered`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._table = tables.outages

    def any(self) -> bool:
        return bool((self._table["state"] != FREE).any())

    def of(self, service: int, state: int | None = None) -> list[int]:
        """A service's rows, in their order; None: open and fading ones."""
        table = self._table
        mine = table["service"] == service
        mine &= table["state"] != FREE if state is None else table["state"] == state
        return self.ordered(np.flatnonzero(mine))

    def in_state(self, state: int) -> list[int]:
        """Of all services."""
        return self.ordered(np.flatnonzero(self._table["state"] == state))

    def services(self) -> list[int]:
        """Those that have open or fading outages."""
        table = self._table
        found: list[int] = np.unique(table["service"][table["state"] != FREE]).tolist()
        return found

    def ordered(self, rows: NDArray[Any]) -> list[int]:
        """By service, then by declaration, then by node."""
        table = self._table
        keys = (table["node"][rows], table["declared"][rows], table["service"][rows])
        found: list[int] = rows[np.lexsort(keys)].tolist()
        return found

    def find(self, service: int, node: int, state: int | None = None) -> int | None:
        """The row of the outage at this node."""
        for row in self.of(service, state):
            if int(self._table["node"][row]) == node:
                return row
        return None

    def add(self, service: int, node: int) -> int:
        """A blank row, open; one that fades at this node gives way to it."""
        row = self.find(service, node)
        if row is None:
            unused = np.flatnonzero(self._table["state"] == FREE)
            if not unused.size:
                self._table.extend(1)
                unused = np.array([len(self._table) - 1])
            row = int(unused[0])
        self._table.clear_rows(np.array([row]))
        self._table["service"][row] = service
        self._table["node"][row] = node
        self._table["state"][row] = OPEN
        return row

    def drop(self, row: int) -> None:
        self._table.clear_rows(np.array([row]))

    def fade(self, row: int, minute: Minute) -> None:
        """It is over as of `minute`."""
        self._table["state"][row] = FADING
        self._table["ended"][row] = minute

    def is_whole(self, row: int) -> bool:
        table = self._table
        return int(table["node"][row]) == self._tables.own(int(table["service"][row]))

    def told(self, row: int) -> OpenOutage:
        table = self._table
        return OpenOutage(
            service=int(table["service"][row]),
            node=int(table["node"][row]),
            onset_minute=int(table["onset"][row]),
            declared_minute=int(table["declared"][row]),
            log_evidence=float(table["log_evidence"][row]),
            weight=float(table["weight"][row]),
            confirmed=bool(table["confirmed"][row]),
            receding=bool(table["receding"][row]),
            peak=float(table["peak"][row]),
        )
