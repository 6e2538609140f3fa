"""The numbers that stand for services and slices in the database's rows."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lapwing.adapters.sql.tables import services, slices
from lapwing.outages.model import Dimension, Slice


class SliceNumbers:
    """All numbers given so far, as one transaction sees them; new ones are inserted by `give`.

    One process writes, so numbers are simply counted up. Keep it for the next transaction only if
    this one was committed.
    """

    def __init__(self) -> None:
        self._services: dict[str, int] = {}
        self._slices: dict[Slice, int] = {}

    @classmethod
    async def read(cls, connection: AsyncConnection) -> SliceNumbers:
        numbers = cls()
        names: dict[int, str] = {}
        for number, slug in await connection.execute(sa.select(services.c.id, services.c.slug)):
            numbers._services[slug] = number
            names[number] = slug
        for row in await connection.execute(sa.select(slices)):
            key = Slice(names[row.service_id], Dimension(row.dimension), row.value)
            numbers._slices[key] = row.id
        return numbers

    def of_service(self, slug: str) -> int:
        return self._services[slug]

    def of_slice(self, slice_: Slice) -> int:
        return self._slices[slice_]

    async def give(
        self, connection: AsyncConnection, slugs: Iterable[str], keys: Iterable[Slice]
    ) -> None:
        """Numbers those that have none yet."""
        new_slices = {key: None for key in keys if key not in self._slices}
        wanted = (*slugs, *(key.service for key in new_slices))
        new_services = {slug: None for slug in wanted if slug not in self._services}
        if new_services:
            first = len(self._services) + 1
            given = {slug: first + at for at, slug in enumerate(new_services)}
            await connection.execute(
                sa.insert(services), [{"id": given[slug], "slug": slug} for slug in given]
            )
            self._services |= given
        if new_slices:
            first = len(self._slices) + 1
            await connection.execute(
                sa.insert(slices),
                [
                    {
                        "id": first + at,
                        "service_id": self._services[key.service],
                        "dimension": key.dimension.value,
                        "value": key.value,
                    }
                    for at, key in enumerate(new_slices)
                ],
            )
            self._slices |= {key: first + at for at, key in enumerate(new_slices)}
