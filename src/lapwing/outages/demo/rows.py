"""Columns of drawn numbers become reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from lapwing.outages.demo.world import BLOCKS_PER_NETWORK, NETWORK_SHARES, network
from lapwing.outages.detection.model import IntArray
from lapwing.outages.model import ReportRow
from lapwing.outages.places.gazetteer import City

_SEQUENCE_BITS = 21
"""As in `kernel/ids.py`; the demo's sequences lie far above those of visitors' reports."""


@dataclass(frozen=True, slots=True)
class Columns:
    """One report per index. Positions point into the lists of `Words`; -1 is nothing."""

    at_ms: IntArray
    service: IntArray
    symptom: IntArray
    platform: IntArray
    country: IntArray
    city: IntArray
    network: IntArray
    block: IntArray
    """Within its network."""

    def take(self, order: IntArray) -> Columns:
        return Columns(*(getattr(self, name)[order] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Words:
    services: Sequence[str]
    symptoms: Sequence[Sequence[str]]
    """By service."""
    platforms: Sequence[Sequence[str]]
    countries: Sequence[str]
    cities: Sequence[Sequence[City]]
    """By country."""


def reports(
    columns: Columns, words: Words, rng: Generator, *, first_sequence: int
) -> list[ReportRow]:
    """In the order of time; every report has a reporter of its own."""
    order = np.argsort(columns.at_ms, kind="stable")
    columns = columns.take(order)
    count = len(order)
    ids = (columns.at_ms << _SEQUENCE_BITS) + first_sequence + np.arange(count)
    people = rng.bytes(8 * count).hex()
    networks = [
        [network(code, number) for number in range(len(NETWORK_SHARES))] for code in words.countries
    ]
    rows: list[ReportRow] = []
    numbers = zip(
        ids.tolist(),
        *(getattr(columns, name).tolist() for name in Columns.__slots__),
        strict=True,
    )
    for index, (row_id, at_ms, service, symptom, platform, country, city, net, block) in enumerate(
        numbers
    ):
        town = words.cities[country][city] if city >= 0 else None
        carrier = networks[country][net]
        rows.append(
            ReportRow(
                row_id,
                at_ms,
                words.services[service],
                words.symptoms[service][symptom] if symptom >= 0 else None,
                words.platforms[service][platform] if platform >= 0 else None,
                words.countries[country],
                None if town is None else town.region,
                None if town is None else town.id,
                people[16 * index : 16 * index + 16],
                None,
                carrier,
                f"{carrier}/{block}",
            )
        )
    return rows


def draw_blocks(rng: Generator, count: int) -> IntArray:
    return rng.integers(0, BLOCKS_PER_NETWORK, count)
