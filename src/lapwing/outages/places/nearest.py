"""Which city a point on the Earth belongs to."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

_EARTH_RADIUS_KM = 6371.0
_KM_PER_ROOT_PERSON = 0.004
_BIG_CITY_POPULATION = 100_000
_LOOKED_AT = 12


class NearestCity:
    """The nearest city, where each city is taken as a disc and not as its centre.

    A disc's radius is 4 m times the root of the population: 13 km for Delhi's 11 million,
    0.4 km for a place of 10,000. So a point in a big city does not go to a village or quarter
    of it only because that is listed by itself.
    """

    CITY_WITHIN_KM: ClassVar[float] = 100.0
    COUNTRY_WITHIN_KM: ClassVar[float] = 400.0

    def __init__(
        self,
        latitudes: NDArray[np.float32],
        longitudes: NDArray[np.float32],
        populations: NDArray[np.uint32],
    ) -> None:
        """Degrees and people per city, sorted by falling population."""
        self._radii_km = _KM_PER_ROOT_PERSON * np.sqrt(populations.astype(np.float64))
        points = _unit_vectors(latitudes, longitudes)
        self._big = int(np.count_nonzero(populations >= _BIG_CITY_POPULATION))
        self._all = KDTree(points) if len(points) else None
        self._of_big = KDTree(points[: self._big]) if self._big else None

    def find(self, latitude: float, longitude: float) -> tuple[int | None, float]:
        """The city's row and the distance to its centre in km; None where there is no city."""
        if self._all is None:
            return None, float("inf")
        point = _unit_vectors(np.array([latitude]), np.array([longitude]))[0]
        rows, distances = _closest(self._all, point)
        if self._of_big is not None:
            big_rows, big_distances = _closest(self._of_big, point)
            rows = np.concatenate((rows, big_rows))
            distances = np.concatenate((distances, big_distances))
        best = int(np.argmin(distances - self._radii_km[rows]))
        return int(rows[best]), float(distances[best])


def _closest(
    tree: KDTree, point: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows and great-circle distances in km of the points closest to this one."""
    count = min(_LOOKED_AT, tree.n)
    chords, rows = tree.query(point, k=np.arange(1, count + 1))
    return rows, 2 * _EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, chords / 2))


def _unit_vectors(
    latitudes: NDArray[np.floating], longitudes: NDArray[np.floating]
) -> NDArray[np.float64]:
    """One row of x, y, z for each point given in degrees."""
    phi = np.radians(latitudes.astype(np.float64))
    lam = np.radians(longitudes.astype(np.float64))
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))


class Centres:
    """Cities that others live with. A place belongs to the one that draws it most: people over
    the square of the distance, as in the gravity model of commuting."""

    WITHIN_KM: ClassVar[float] = 50.0
    LEAST_PEOPLE: ClassVar[int] = 100_000
    _OWN_KM: ClassVar[float] = 8.0
    """The distance at which a city draws those who live in it."""

    def __init__(
        self,
        ids: NDArray[np.uint32],
        points_deg: tuple[NDArray[np.float32], NDArray[np.float32]],
        populations: NDArray[np.uint32],
        countries: list[str],
    ) -> None:
        """Cities of at least `LEAST_PEOPLE`: ids, (latitudes, longitudes), people, ISO codes."""
        self._ids = ids
        self._people = populations.astype(np.float64)
        self._countries = np.array(countries)
        self._points = _unit_vectors(*points_deg)

    def strongest(self, latitude: float, longitude: float, people: int, country: str) -> int | None:
        """Id of the centre; None if the place is its own or has none within `WITHIN_KM`."""
        if not len(self._ids):
            return None
        point = _unit_vectors(np.array([latitude]), np.array([longitude]))[0]
        chords = np.linalg.norm(self._points - point, axis=1)
        distances = 2 * _EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, chords / 2))
        near = (distances <= self.WITHIN_KM) & (self._countries == country)
        pull = np.where(near, self._people / (distances + self._OWN_KM) ** 2, 0.0)
        best = int(np.argmax(pull))
        own = people / self._OWN_KM**2 if people >= self.LEAST_PEOPLE else 0.0
        return int(self._ids[best]) if pull[best] > own else None
