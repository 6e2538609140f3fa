"""What could not be saved is saved later, whatever went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from tests.unit.watching.lived import START, Lived

from lapwing.adapters.memory_store import MemoryOutageStore
from lapwing.outages.model import Dimension
from lapwing.outages.saving import ProgressSaver
from lapwing.outages.store import IncidentSeries, Progress


class FailingStore(MemoryOutageStore):
    """Does what it is told before or after it saves."""

    before: Callable[[], None] = staticmethod(lambda: None)
    after: Callable[[], None] = staticmethod(lambda: None)

    async def save(self, progress: Progress) -> bool:
        self.before()
        saved = await super().save(progress)
        self.after()
        return saved

    async def reports(self) -> int:
        rows = await self.read_rollups("x", 0, START + 100_000, Dimension.SERVICE)
        return sum(row.reports for row in rows)


def fail_with(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [RuntimeError("a bug"), asyncio.CancelledError()])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_no_count_is_lost_or_doubled_by_a_save_that_was_cut_short(
    error: BaseException, when: str
) -> None:
    lived, store = Lived(), FailingStore()
    saver = ProgressSaver(lived.watch, store, 0)
    lived.live(10, 3)
    setattr(store, when, fail_with(error))
    with pytest.raises(type(error)):
        await saver.step()
    setattr(store, when, lambda: None)
    lived.live(10, 3)
    await saver.save_all()
    assert await store.reports() == 60
    assert (await store.load_checkpoint()).saved_position == lived.watch.position


async def test_a_series_that_is_finished_during_a_save_is_saved_by_the_next() -> None:
    lived, store = Lived(), FailingStore()
    saver = ProgressSaver(lived.watch, store, 0)
    lived.live(60)
    incident = lived.outage()
    finished = IncidentSeries(START, (1, 2), (0.0, 0.0), (1.0, 1.0))

    def examined_meanwhile() -> None:
        lived.watch.records.logs.pop(incident.id, None)
        lived.watch.records.finished[incident.id] = finished
        lived.watch.records.unsaved.add(incident.id)

    store.after = examined_meanwhile
    await saver.step()
    store.after = lambda: None
    await saver.step()
    assert await store.read_incident_series(incident.id) == finished
    assert not lived.watch.records.finished
