"""What every node stands for, in columns: two million of them take some 30 MB, not 500."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from lapwing.outages.detection.model import IntArray, NodeSpec
from lapwing.outages.model import Dimension

_DIMENSIONS = tuple(Dimension)
_CODE = {dimension: code for code, dimension in enumerate(_DIMENSIONS)}
_NO_COUNTRY = -1
_REMEMBERED = 100_000
"""Specs that were asked for lately; forgotten when full."""


class NodeSpecs(Sequence[NodeSpec]):
    """A list of `NodeSpec` that only grows; each one is made when it is asked for.

    Indices count from 0 upwards.
    """

    def __init__(self) -> None:
        self._service = array("i")
        self._dimension = array("b")
        self._value = array("i")
        self._country = array("i")
        self._words: list[str] = []
        self._numbers: dict[str, int] = {}
        self._made: dict[int, NodeSpec] = {}

    def __len__(self) -> int:
        return len(self._service)

    @overload
    def __getitem__(self, index: int) -> NodeSpec: ...
    @overload
    def __getitem__(self, index: slice) -> list[NodeSpec]: ...
    def __getitem__(self, index: int | slice) -> NodeSpec | list[NodeSpec]:
        if isinstance(index, slice):
            return [self._make(node) for node in range(*index.indices(len(self)))]
        spec = self._made.get(index)
        if spec is None:
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            spec = self._made[index] = self._make(index)
        return spec

    def append(self, spec: NodeSpec) -> None:
        self._service.append(spec.service)
        self._dimension.append(_CODE[spec.dimension])
        self._value.append(self._number(spec.value))
        self._country.append(_NO_COUNTRY if spec.country is None else self._number(spec.country))

    def key(self, dimension: Dimension, value: str) -> int | None:
        """A number for the pair, as `key_of` gives it; None: no node has this value."""
        number = self._numbers.get(value)
        return None if number is None else number * len(_DIMENSIONS) + _CODE[dimension]

    def key_of(self, node: int) -> int:
        """Tells a service's nodes apart."""
        return self._value[node] * len(_DIMENSIONS) + self._dimension[node]

    def services(self, start: int) -> IntArray:
        """Service numbers of the nodes from `start` on."""
        return np.array(self._service[start:], np.int64)

    def dimensions(self, start: int) -> IntArray:
        """Positions in `Dimension` of the nodes from `start` on."""
        return np.array(self._dimension[start:], np.int64)

    @property
    def words(self) -> list[str]:
        """For `restore`, beside the columns of `state`."""
        return self._words

    def state(self) -> dict[str, list[NDArray[Any]]]:
        """Columns in one piece each; copies, for they grow with every slice that is new."""
        return {
            "service": [np.array(self._service, np.int32)],
            "dimension": [np.array(self._dimension, np.int8)],
            "value": [np.array(self._value, np.int32)],
            "country": [np.array(self._country, np.int32)],
        }

    @classmethod
    def restore(cls, words: list[str], state: Mapping[str, NDArray[Any]]) -> NodeSpecs:
        specs = cls()
        specs._words = words
        specs._numbers = {word: number for number, word in enumerate(specs._words)}
        specs._service.frombytes(state["service"].astype(np.intc).tobytes())
        specs._dimension.frombytes(state["dimension"].tobytes())
        specs._value.frombytes(state["value"].astype(np.intc).tobytes())
        specs._country.frombytes(state["country"].astype(np.intc).tobytes())
        return specs

    def _make(self, node: int) -> NodeSpec:
        country = self._country[node]
        return NodeSpec(
            self._service[node],
            _DIMENSIONS[self._dimension[node]],
            self._words[self._value[node]],
            None if country == _NO_COUNTRY else self._words[country],
        )

    def _number(self, word: str) -> int:
        number = self._numbers.get(word)
        if number is None:
            number = self._numbers[word] = len(self._words)
            self._words.append(word)
        return number
