"""Copies of the tables: for checkpoints, and to run one service's history alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lapwing.outages.detection.layout import Tables
from lapwing.outages.detection.model import IntArray
from lapwing.outages.detection.outage_rows import OutageRows

State = dict[str, NDArray[Any]]

_STRUCTURE: Final = {
    "nodes": ("service", "profile", "tick"),
    "profiles": ("node", "service", "parent", "zone"),
    "services": ("node", "profile"),
}
"""Numbers that mean something only among their own detector's rows."""


def all_columns(tables: Tables) -> State:
    """Every column, as `table.column`; not copies."""
    return {
        f"{name}.{key}": table[key]
        for name, table in tables.by_name().items()
        for key in table.names()
    }


def put_all(tables: Tables, state: Mapping[str, NDArray[Any]]) -> None:
    """Overwrites every row. Raises ValueError if the state is of other slices."""
    if not np.array_equal(tables.nodes["key"], state["nodes.key"]):
        raise ValueError("the checkpoint's slices are not those it is restored with")
    tables.outages.extend(len(state["outages.state"]) - len(tables.outages))
    for name, table in tables.by_name().items():
        for key in table.names():
            table[key][:] = state[f"{name}.{key}"]


def copy_service(tables: Tables, service: int) -> State:
    """One service's rows; numbers in them count within the part."""
    chosen = _rows(tables, service)
    out: State = {}
    for name, table in tables.numbered().items():
        out |= {f"{name}.{key}": kept for key, kept in table.take(chosen[name]).items()}
    rows = OutageRows(tables).of(service)
    outages = tables.outages.take(np.array(rows, np.int64))
    out |= {f"outages.{key}": kept for key, kept in outages.items()}
    out["outages.node"] = np.searchsorted(chosen["nodes"], outages["node"])
    out["profiles.key"] = _profile_keys(tables, chosen)
    return out


def put_service(tables: Tables, service: int, part: Mapping[str, NDArray[Any]]) -> None:
    """Overwrites one service's rows, slice by slice, in whatever order the part has them. Raises
    ValueError if it has other slices than the part."""
    chosen = _rows(tables, service)
    mine = tables.nodes["key"][chosen["nodes"]]
    places = {
        "nodes": _places(mine, part["nodes.key"]),
        "profiles": _places(_profile_keys(tables, chosen), part["profiles.key"]),
        "services": np.array([0]),
    }
    for name, table in tables.numbered().items():
        news = {key: part[f"{name}.{key}"][places[name]] for key in table.names()}
        news |= {key: table[key][chosen[name]] for key in _STRUCTURE[name]}
        table.put(chosen[name], news)
    _put_outages(tables, service, part, chosen["nodes"][_places(part["nodes.key"], mine)])


def _put_outages(
    tables: Tables, service: int, part: Mapping[str, NDArray[Any]], nodes: IntArray
) -> None:
    """`nodes`: the service's, in the part's order."""
    rows, table = OutageRows(tables), tables.outages
    for row in rows.of(service):
        rows.drop(row)
    for place, node in enumerate(nodes[part["outages.node"]].tolist()):
        row = rows.add(service, node)
        news = {key: part[f"outages.{key}"][[place]] for key in table.names()}
        news |= {"service": np.array([service]), "node": np.array([node])}
        table.put(np.array([row]), news)


def _profile_keys(tables: Tables, chosen: dict[str, IntArray]) -> NDArray[Any]:
    out: NDArray[Any] = tables.nodes["key"][tables.profiles["node"][chosen["profiles"]]]
    return out


def _places(wanted: NDArray[Any], have: NDArray[Any]) -> IntArray:
    """Where each wanted key is in `have`; ValueError if they are not the same keys."""
    order = np.argsort(have)
    if not np.array_equal(have[order], np.sort(wanted)):
        raise ValueError("the part's slices are not those of this service")
    return order[np.searchsorted(have[order], wanted)]


def _rows(tables: Tables, service: int) -> dict[str, IntArray]:
    return {
        "nodes": tables.rows_of(service),
        "profiles": np.flatnonzero(tables.profiles["service"] == service),
        "services": np.array([service]),
    }
