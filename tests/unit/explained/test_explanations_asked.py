"""Any minute can be asked about: the one just closed, and those that are worked out again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from tests.unit.watching.lived import START, Lived, fresh_watch

from lapwing.adapters.memory_store import MemoryOutageStore
from lapwing.kernel.instants import Minute, minute_of, start_of
from lapwing.kernel.refusals import Refusal, TooMany, Unavailable
from lapwing.outages.asked_views import ExplanationView
from lapwing.outages.catalogue.files import read_catalogue
from lapwing.outages.detection.explanation import Verdict
from lapwing.outages.model import Dimension
from lapwing.outages.queries.explanations import MOST_WAITING, TIME_LIMIT_S, Explanations
from lapwing.outages.saving import ProgressSaver
from lapwing.outages.store import RollupRow

CATALOGUE = read_catalogue()


class HeldStore(MemoryOutageStore):
    """Reading waits until it is let go; `meanwhile` is called then."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.reads = 0
        self.meanwhile: Callable[[], None] = lambda: None

    async def read_rollups(
        self, service: str, start_minute: int, end_minute: int, dimension: Dimension | None = None
    ) -> list[RollupRow]:
        self.reads += 1
        await self.gate.wait()
        self.meanwhile()
        return await super().read_rollups(service, start_minute, end_minute, dimension)


class Asked:
    """A watch that lives on, and who asks about its past."""

    def __init__(self) -> None:
        self.lived = Lived()
        self.store = HeldStore()
        self.now_s = 0.0
        self._saver = ProgressSaver(self.lived.watch, self.store, 0)
        self.explanations = self.new_explanations()

    def new_explanations(self) -> Explanations:
        """One that remembers nothing."""
        return Explanations(
            self.lived.watch,
            self.store,
            CATALOGUE,
            lambda slug, dimension, value: value,
            lambda midstream: fresh_watch(midstream=midstream),
            lambda: start_of(self.lived.minute),
            monotonic=lambda: self.now_s,
        )

    async def save(self) -> None:
        await self._saver.save_all()

    async def at(self, minute: Minute) -> ExplanationView:
        """As it stood when this minute was over."""
        return await self.explanations.explain("x", start_of(minute + 1))


def ordinary(lived: Lived, hours: int) -> None:
    """A report every fifth minute, from two cities in turn."""
    for step in range(hours * 60):
        if step % 5 == 0:
            lived.report(1, city=1 + step // 5 % 2)
        lived.jump(1)


async def test_a_past_minute_is_explained_as_it_was_explained_then() -> None:
    asked = Asked()
    lived = asked.lived
    lived.watch.windows.first = START - 10_000  # the server is not new
    ordinary(lived, 6)
    then: dict[Minute, ExplanationView] = {}
    for step in range(12):
        lived.report(step, city=2)
        lived.jump(1)
        then[lived.minute - 1] = await asked.explanations.explain("x")
    ordinary(lived, 2)
    await asked.save()
    asked.explanations = asked.new_explanations()
    for minute, live in reversed(then.items()):
        again = await asked.at(minute)
        assert again.worked_out_again
        assert again.notes
        assert not live.worked_out_again
        assert again.at == live.at
        assert again.told == live.told
        assert again.explanation.verdict is live.explanation.verdict
        assert again.explanation.evidence == pytest.approx(live.explanation.evidence, rel=1e-6)
        shown = [(node.dimension, node.value, node.observed) for node in live.explanation.nodes]
        assert shown == [
            (node.dimension, node.value, node.observed) for node in again.explanation.nodes
        ]


async def test_declared_is_said_in_the_minute_of_the_incident_s_detection_alone() -> None:
    asked = Asked()
    lived = asked.lived
    ordinary(lived, 4)
    incident = lived.outage()
    lived.calm(60)
    await asked.save()
    detected = minute_of(incident.detected_at) - 1
    verdicts = {
        minute: (await asked.at(minute)).explanation.verdict
        for minute in range(detected - 2, detected + 3)
    }
    assert verdicts.pop(detected) is Verdict.DECLARED
    assert [verdicts[minute] for minute in sorted(verdicts)] == [
        Verdict.NOT_ENOUGH,
        Verdict.NOT_ENOUGH,
        Verdict.OPEN,
        Verdict.OPEN,
    ]
    view = await asked.explanations.explain("x", incident.detected_at)
    assert view.explanation.verdict is Verdict.DECLARED
    assert view.incident == incident.id
    assert view.explanation.outages[0].declared_minute == detected
    assert view.told[0] == "An outage of X was declared when this minute ended."


async def test_minutes_that_are_not_in_the_store_yet_come_from_the_live_window() -> None:
    asked = Asked()
    ordinary(asked.lived, 3)
    unsaved = await asked.at(asked.lived.minute - 30)
    await asked.save()
    asked.lived.live(400)
    await asked.save()
    asked.explanations = asked.new_explanations()
    saved = await asked.at(unsaved.explanation.minute)
    assert saved == unsaved


async def test_what_is_to_come_or_was_never_counted_is_refused() -> None:
    asked = Asked()
    with pytest.raises(Unavailable):
        await asked.explanations.explain("x")
    asked.lived.live(3, 1)
    for minute, code in ((asked.lived.minute, "not_yet"), (START - 5, "nothing_known")):
        with pytest.raises(Refusal) as refused:
            await asked.at(minute)
        assert (refused.value.code, refused.value.field) == (code, "at")
    with pytest.raises(Refusal) as refused:
        await asked.explanations.explain("twiter")
    assert refused.value.code == "unknown_service"


async def test_a_minute_in_which_the_server_was_not_running_is_said_to_be_one() -> None:
    asked = Asked()
    asked.lived.live(10, 1)
    asked.lived.jump(90)
    asked.lived.live(10, 1)
    await asked.save()
    with pytest.raises(Refusal) as refused:
        await asked.at(START + 50)
    assert refused.value.code == "not_watched"
    assert (await asked.at(START + 105)).explanation.nodes[0].observed == 1


async def test_the_same_minute_is_worked_out_once_and_few_may_wait() -> None:
    asked = Asked()
    asked.lived.live(60, 1)
    asked.store.gate.clear()
    same = [asyncio.create_task(asked.at(START + 20)) for _ in range(5)]
    others = [asyncio.create_task(asked.at(START + 21 + k)) for k in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooMany) as refused:
        await asked.at(START + 40)
    assert refused.value.retry_after_s > 0
    same[0].cancel()
    asked.store.gate.set()
    found = await asyncio.gather(*same[1:], *others)
    assert len({id(view) for view in found}) == 1 + len(others)
    reads = asked.store.reads
    assert await asked.at(START + 20) is found[0]
    assert asked.store.reads == reads
    await asked.at(START + 40)


async def test_the_minutes_before_come_along() -> None:
    asked = Asked()
    asked.lived.live(60, 1)
    await asked.at(START + 40)
    asked.store.gate.clear()  # nothing can be worked out again
    before = await asked.at(START + 39)
    asked.store.gate.set()
    asked.explanations = asked.new_explanations()
    assert await asked.at(START + 39) == before


async def test_one_that_takes_too_long_is_given_up() -> None:
    asked = Asked()
    asked.lived.live(60, 1)

    def pass_time() -> None:
        asked.now_s += TIME_LIMIT_S + 1

    asked.store.meanwhile = pass_time
    with pytest.raises(Unavailable, match="too long"):
        await asked.at(START + 20)
    asked.store.meanwhile = lambda: None
    assert (await asked.at(START + 20)).explanation.nodes[0].observed == 1


async def test_late_reports_are_in_it_once_their_history_was_examined() -> None:
    asked = Asked()
    asked.lived.live(60, 1)
    before = await asked.at(START + 20)
    asked.lived.watch.examined["x"] = 7
    assert await asked.at(START + 20) is not before


async def test_minutes_near_a_declaration_are_remembered_as_they_were() -> None:
    asked = Asked()
    lived = asked.lived
    lived.live(60)
    lived.watch.changes.publish = asked.explanations.hear
    incident = lived.outage()
    lived.live(30)
    detected = minute_of(incident.detected_at) - 1
    asked.store.gate.clear()  # nothing can be worked out again
    view = await asked.at(detected)
    assert view.explanation.verdict is Verdict.DECLARED
    assert not view.worked_out_again
    assert (await asked.at(detected + 1)).explanation.verdict is Verdict.OPEN


async def test_what_is_folded_late_is_not_remembered_as_of_now() -> None:
    asked = Asked()
    asked.explanations = Explanations(
        asked.lived.watch,
        asked.store,
        CATALOGUE,
        lambda slug, dimension, value: value,
        lambda midstream: fresh_watch(midstream=midstream),
        lambda: start_of(asked.lived.minute + 1000),
    )
    asked.lived.watch.changes.publish = asked.explanations.hear
    incident = asked.lived.outage()
    asked.lived.live(30)
    await asked.save()
    assert (await asked.explanations.explain("x", incident.detected_at)).worked_out_again


async def test_a_stop_ends_what_is_being_worked_out() -> None:
    asked = Asked()
    asked.lived.live(60, 1)
    asked.store.gate.clear()
    waiting = asyncio.create_task(asked.at(START + 20))
    await asyncio.sleep(0)
    await asked.explanations.stop()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_what_too_few_networks_tell_of_is_said_to_be_held_back() -> None:
    asked = Asked()
    ordinary(asked.lived, 6)
    told = []
    for step in range(25):
        for one in range(8):
            who = {"reporter": f"r-{step}-{one}", "block": f"one-{one}"}
            asked.lived.report(1, trusted=False, city=2, network="one", **who)
        asked.lived.jump(1)
        told.append(await asked.explanations.explain("x"))
    held = [one for one in told if one.explanation.verdict is Verdict.HELD_BACK]
    assert held
    assert "fewer than three networks tell of it, so it is held back" in held[-1].told[0]
    assert not asked.lived.watch.records.incidents
