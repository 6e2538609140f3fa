"""Made-up reports of a service with cities in countries, platforms and networks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapwing.outages.detection.localisation.problem import (
    NO_GROUP,
    Axis,
    Before,
    Level,
    Problem,
)
from lapwing.outages.detection.model import FloatArray, IntArray

COUNTRIES, CITIES, PLATFORMS, NETWORKS = 4, 40, 4, 12
PLACE, PLATFORM, NETWORK = 0, 1, 2
COUNTRY_LEVEL, CITY_LEVEL = 0, 1
TILT = 0.4

COUNTRY_OF_CITY = np.arange(CITIES) % COUNTRIES
COUNTRY_OF_NETWORK = np.arange(NETWORKS) % COUNTRIES


class Nation:
    """Shares of cities and the like, and reports drawn from them."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        weights = 1.0 / np.arange(1, CITIES + 1)
        self.cities: FloatArray = self.random.permutation(weights / weights.sum())
        self.platforms: FloatArray = np.array([0.4, 0.3, 0.2, 0.1])
        within = self.random.dirichlet(np.full(NETWORKS // COUNTRIES, 3.0), COUNTRIES)
        countries = np.bincount(COUNTRY_OF_CITY, self.cities)
        self.networks: FloatArray = (within * countries[:, None]).T.reshape(-1)

    def draw(self, reports: int, tilt: float = 0.0, **inside: tuple[int, ...]) -> IntArray:
        """Columns city, platform, network; `inside` names the only values that are drawn."""
        city = self._values("city", self.cities, reports, tilt, inside)
        platform = self._values("platform", self.platforms, reports, tilt, inside)
        network = np.zeros(reports, np.int64)
        for country in range(COUNTRIES):
            here = COUNTRY_OF_CITY[city] == country
            shares = np.where(country == COUNTRY_OF_NETWORK, self.networks, 0.0)
            allowed = inside if "network" in inside else {}
            network[here] = self._values("network", shares, int(here.sum()), tilt, allowed)
        return np.stack([city, platform, network])

    def _values(
        self,
        name: str,
        shares: FloatArray,
        reports: int,
        tilt: float,
        inside: Mapping[str, tuple[int, ...]],
    ) -> IntArray:
        weights = shares * np.exp(self.random.normal(0.0, tilt, len(shares)))
        if name in inside:
            mask = np.zeros(len(shares))
            mask[list(inside[name])] = 1.0
            weights = weights * mask
        return self.random.choice(len(shares), reports, p=weights / weights.sum())

    def problem(
        self, columns: IntArray, expected: float, before: IntArray | None = None
    ) -> Problem:
        return Problem(
            axes=tuple(
                Axis(
                    tuple(
                        Level(codes, shares, groups, len(shares))
                        for codes, shares, groups in levels
                    ),
                    TILT,
                )
                for levels in self._levels(columns)
            ),
            counts=np.ones(columns.shape[1]),
            expected=expected,
            group_shares=np.bincount(COUNTRY_OF_CITY, self.cities),
            before=None
            if before is None
            else Before(
                tuple(tuple(codes for codes, _, _ in levels) for levels in self._levels(before))
            ),
        )

    def _levels(self, columns: IntArray) -> list[list[tuple[IntArray, FloatArray, IntArray]]]:
        city, platform, network = columns
        country = np.where(city >= 0, COUNTRY_OF_CITY[city], city)
        nations = np.arange(COUNTRIES)
        return [
            [
                (country, np.bincount(COUNTRY_OF_CITY, self.cities), nations),
                (city, self.cities, COUNTRY_OF_CITY),
            ],
            [(platform, self.platforms, np.full(PLATFORMS, NO_GROUP))],
            [(network, self.networks, COUNTRY_OF_NETWORK)],
        ]


def both(*columns: IntArray) -> IntArray:
    return np.concatenate(columns, axis=1)
