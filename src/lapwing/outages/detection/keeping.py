"""Copies of the tables: for checkpoints, and to run one service's history alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lapwing.outages.detection.layout import Tables
from lapwing.outages.detection.model import IntArray

State = dict[str, NDArray[Any]]

_NONE: Final = -1
_STRUCTURE: Final = {
    "nodes": ("service", "profile", "tick"),
    "profiles": ("node", "service", "parent", "zone"),
    "services": ("node", "profile"),
}
"""Numbers that mean something only among their own detector's rows."""


def copy_all(tables: Tables) -> State:
    """Every column, as `table.column`."""
    return {
        f"{name}.{key}": kept
        for name, table in tables.by_name().items()
        for key, kept in table.take(np.arange(len(table))).items()
    }


def put_all(tables: Tables, state: Mapping[str, NDArray[Any]]) -> None:
    """Overwrites every row. Raises ValueError if the state is of other slices."""
    if not np.array_equal(tables.nodes["key"], state["nodes.key"]):
        raise ValueError("the checkpoint's slices are not those it is restored with")
    for name, table in tables.by_name().items():
        part = {key: state[f"{name}.{key}"] for key in table.names()}
        table.put(np.arange(len(table)), part)


def copy_service(tables: Tables, service: int) -> State:
    """One service's rows; numbers in them count within the part."""
    chosen = _rows(tables, service)
    out: State = {}
    for name, table in tables.by_name().items():
        out |= {f"{name}.{key}": kept for key, kept in table.take(chosen[name]).items()}
    tracked = out["services.tracked"]
    places = np.searchsorted(chosen["nodes"], tracked)
    out["services.tracked"] = np.where(tracked < 0, _NONE, places)
    return out


def put_service(tables: Tables, service: int, part: Mapping[str, NDArray[Any]]) -> None:
    """Overwrites one service's rows. Raises ValueError if it has other slices than the part."""
    chosen = _rows(tables, service)
    if not np.array_equal(tables.nodes["key"][chosen["nodes"]], part["nodes.key"]):
        raise ValueError("the part's slices are not those of this service, in this order")
    for name, table in tables.by_name().items():
        news = {key: part[f"{name}.{key}"] for key in table.names()}
        news |= {key: table[key][chosen[name]] for key in _STRUCTURE[name]}
        if name == "services":
            tracked = news["tracked"]
            news["tracked"] = np.where(tracked < 0, _NONE, chosen["nodes"][tracked])
        table.put(chosen[name], news)


def _rows(tables: Tables, service: int) -> dict[str, IntArray]:
    return {
        "nodes": tables.rows_of(service),
        "profiles": np.flatnonzero(tables.profiles["service"] == service),
        "services": np.array([service]),
    }
