"""Which slices of a service may count the same reports. Works on the nodes' columns.

Slices of one dimension never share a report. Places share them when one lies in the other or, as
areas and regions do, in part; what is not known of a place is taken as shared. A platform, a
symptom or a network may share reports with any slice of another dimension. And what one person
calls by one symptom, the next calls by another: those of one service are never apart.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np

from lapwing.outages.detection.columns import Columns
from lapwing.outages.detection.model import BoolArray, IntArray, NodeSpec
from lapwing.outages.detection.places import Places
from lapwing.outages.detection.rule import DIMENSIONS
from lapwing.outages.model import Dimension

_UNKNOWN: Final = 0
_LEVELS: Final = (Dimension.COUNTRY, Dimension.REGION, Dimension.AREA, Dimension.CITY)
"""Kinds of places, each before those that may lie in it."""
_COLUMN_OF: Final = {
    Dimension.COUNTRY: "country",
    Dimension.REGION: "region",
    Dimension.AREA: "area",
    Dimension.CITY: "key",
}
_IS_PLACE: Final = np.array([dimension in _LEVELS for dimension in DIMENSIONS])
_WHOLE: Final = DIMENSIONS.index(Dimension.SERVICE)


@lru_cache(maxsize=1 << 14)
def key_of(dimension: Dimension, value: str) -> int:
    """Tells slices of a service apart, in every detector alike; never 0."""
    words = f"{dimension}={value}".encode()
    return int.from_bytes(blake2b(words, digest_size=8).digest(), "big", signed=True) or 1


def place_keys(spec: NodeSpec, places: Places) -> tuple[int, int, int]:
    """Keys of the country, region and area that a place lies in or is; 0 where not known."""
    if spec.dimension not in _LEVELS:
        return _UNKNOWN, _UNKNOWN, _UNKNOWN
    country = spec.value if spec.dimension is Dimension.COUNTRY else spec.country
    region = spec.value if spec.dimension is Dimension.REGION else None
    area = spec.value if spec.dimension is Dimension.AREA else None
    if spec.dimension in (Dimension.CITY, Dimension.AREA) and spec.value.isdecimal():
        city = int(spec.value)
        region = places.region_of(city)
        if area is None:
            centre = places.area_of(city)
            area = None if centre is None else str(centre)
    return (
        _UNKNOWN if country is None else key_of(Dimension.COUNTRY, country),
        _UNKNOWN if region is None else key_of(Dimension.REGION, region),
        _UNKNOWN if area is None else key_of(Dimension.AREA, area),
    )


def inside(nodes: Columns, rows: IntArray, node: int) -> BoolArray:
    """The slices all of whose reports count at `node` too; itself is one."""
    dimension = DIMENSIONS[int(nodes["dimension"][node])]
    found: BoolArray = rows == node
    if dimension is Dimension.SERVICE:
        return np.ones(len(rows), np.bool_)
    if dimension in _LEVELS:
        found |= nodes[_COLUMN_OF[dimension]][rows] == nodes["key"][node]
    return found


def extent(nodes: Columns, rows: IntArray, node: int) -> int:
    """How far trouble at `node` may reach without being another one: a city's to its suburbs, and
    those of its neighbours (its area); any other's to itself."""
    if DIMENSIONS[int(nodes["dimension"][node])] is Dimension.CITY:
        areas = nodes["dimension"][rows] == DIMENSIONS.index(Dimension.AREA)
        mine = areas & (nodes["key"][rows] == nodes["area"][node])
        if mine.any():
            return int(rows[np.argmax(mine)])
    return node


def holding(nodes: Columns, rows: IntArray, node: int) -> BoolArray:
    """The slices at which all reports of `node` count too, apart from itself."""
    found: BoolArray = (nodes["dimension"][rows] == _WHOLE) & (rows != node)
    if nodes["country"][node] != _UNKNOWN:
        is_country = nodes["dimension"][rows] == DIMENSIONS.index(Dimension.COUNTRY)
        mine = nodes["key"][rows] == nodes["country"][node]
        found |= is_country & mine & (rows != node)
    return found


def overlapping(nodes: Columns, rows: IntArray, node: int) -> BoolArray:
    """The slices that may count a part of the reports of `node`, itself among them; not those
    that hold all of them (`holding`)."""
    code = int(nodes["dimension"][node])
    if code == _WHOLE:
        return np.ones(len(rows), np.bool_)
    dimensions = nodes["dimension"][rows]
    found: BoolArray = (dimensions != code) & ~holding(nodes, rows, node)
    if _IS_PLACE[code]:
        found &= ~(_IS_PLACE[dimensions] & _apart(nodes, rows, node, DIMENSIONS[code]))
    if DIMENSIONS[code] is Dimension.SYMPTOM:
        found |= dimensions == code
    found |= rows == node
    return found


def _apart(nodes: Columns, rows: IntArray, node: int, level: Dimension) -> BoolArray:
    """Places of which it is known that they have nothing in common with `node`."""
    countries, country = nodes["country"][rows], nodes["country"][node]
    apart: BoolArray = (countries != _UNKNOWN) & (country != _UNKNOWN) & (countries != country)
    if level is Dimension.COUNTRY:
        return apart
    within = inside(nodes, rows, node)
    for other in _LEVELS[1:]:
        if other is level:
            continue
        mine = np.flatnonzero(nodes["dimension"][rows] == DIMENSIONS.index(other))
        if _LEVELS.index(other) < _LEVELS.index(level):
            apart[mine] |= ~_reached(nodes, rows, within, other)[mine]
        else:
            unknown = nodes[_COLUMN_OF[level]][rows] == _UNKNOWN
            touched = within | unknown
            if other is Dimension.AREA:
                touched |= _reached(nodes, rows, within, other, if_unknown=False)
            apart[mine] |= ~touched[mine]
    return apart


def _reached(
    nodes: Columns, rows: IntArray, within: BoolArray, level: Dimension, *, if_unknown: bool = True
) -> BoolArray:
    """The places of a level in which some of the `within` lie."""
    known = np.unique(nodes[_COLUMN_OF[level]][rows[within]])
    known = known[known != _UNKNOWN]
    if not known.size:
        return np.full(len(rows), if_unknown)
    found: BoolArray = np.isin(nodes["key"][rows], known)
    return found
