"""Incidents of places beside one another, and those that become parts of a larger one."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from functools import cache

import pytest
from tests.unit.watching.lived import Lived, fresh_watch

from lapwing.kernel.instants import minute_of
from lapwing.kernel.refusals import Refusal
from lapwing.outages.checkpoint import packed, restore
from lapwing.outages.detection.rule import Rule
from lapwing.outages.incidents.model import OPEN_STATES, Incident, Scope, State
from lapwing.outages.incidents.tracking import DETECTOR, Step
from lapwing.outages.journal import OperatorActed

AKRON, MEMPHIS, TULSA = 11, 22, 33
EVERYWHERE = (AKRON, MEMPHIS, TULSA, *range(100, 120))


class TownsLived(Lived):
    """Towns that report now and then, and more while they are in trouble."""

    def towns(self, minutes: int, trouble: Mapping[int, int] | None = None) -> None:
        """`trouble`: reports a minute by town."""
        for _ in range(minutes):
            if self.minute % 2 == 0:
                self.report(1, city=EVERYWHERE[self.minute // 2 % len(EVERYWHERE)])
            for town, reports in (trouble or {}).items():
                self.report(reports, city=town)
            self.jump(1)

    def open(self) -> dict[str, Incident]:
        """By city; `` is the whole service."""
        return {
            "" if one.scope is None else one.scope.value: one
            for one in self.watch.records.open_incidents_of("x")
        }

    def again(self) -> TownsLived:
        """Another, from a checkpoint of this one."""
        other = copy(self)
        other.watch = fresh_watch()
        known = list(self.watch.records.incidents.values())
        assert restore(other.watch, packed(self.watch), known)
        return other


@cache
def _known() -> TownsLived:
    lived = TownsLived(rule=Rule(warm_up=720))
    lived.towns(2 * 1440)
    assert lived.watch.records.incidents == {}
    return lived


def lived_with(trouble: Mapping[int, int], minutes: int = 30) -> TownsLived:
    lived = _known().again()
    lived.towns(minutes, trouble)
    return lived


def test_two_towns_in_trouble_at_once_are_two_incidents_with_figures_of_their_own() -> None:
    lived = lived_with({AKRON: 2, MEMPHIS: 1})
    akron, memphis = lived.open()[str(AKRON)], lived.open()[str(MEMPHIS)]
    assert akron.scope == Scope("city", str(AKRON), str(AKRON))
    assert akron.id != memphis.id
    assert akron.reports in range(58, 64)
    assert memphis.reports in range(28, 34)
    assert akron.peak_15_min in range(30, 33)
    assert akron.leading[0].value == str(AKRON)
    assert akron.leading[0].excess_share > 0.99
    assert str(MEMPHIS) not in {one.value for one in akron.leading}
    assert akron.expected < 3
    assert akron.trusted_share == 1.0


def test_the_counts_of_a_local_incident_are_those_of_its_place() -> None:
    lived = lived_with({AKRON: 2, MEMPHIS: 1})
    series = lived.watch.records.series_of(lived.open()[str(AKRON)].id)
    assert series is not None
    counts = dict(enumerate(series.counts, series.start_minute))
    assert [counts[lived.minute - 1 - step] in (2, 3) for step in range(20)] == [True] * 20
    assert max(series.expected) < 0.1
    assert {part.value for part in series.slices} == {str(AKRON)}


def test_incidents_of_one_minute_have_ids_of_their_own() -> None:
    lived = lived_with({AKRON: 6, MEMPHIS: 6})
    ids = sorted(one.id for one in lived.open().values())
    assert len(ids) == 2
    if lived.open()[str(AKRON)].detected_at == lived.open()[str(MEMPHIS)].detected_at:
        assert ids[1] == f"{ids[0]}-2"


def test_one_that_grows_is_part_of_the_larger_one_and_its_counts_stay() -> None:
    lived = lived_with({AKRON: 2})
    local = lived.open()[str(AKRON)]
    began = lived.minute
    lived.towns(30, dict.fromkeys(EVERYWHERE, 1))
    (whole,) = lived.open().values()
    assert whole.scope is None
    assert whole.parts == (local.id,)
    assert abs(minute_of(whole.started_at) - began) <= 10
    merged = lived.now(local)
    assert (merged.state, merged.merged_into) == (State.MERGED, whole.id)
    last = merged.changes[-1]
    assert (last.by, last.act, last.details["into"]) == (DETECTOR, Step.MERGED, whole.id)
    assert "part of" in last.note
    assert any(one.act == Step.ABSORBED for one in whole.changes)
    lived.towns(2)
    series = lived.watch.records.series_of(local.id)
    assert series is not None
    assert sum(series.counts) >= 58
    assert len(lived.watch.records.incidents) == 2


def test_one_recovers_while_the_other_goes_on() -> None:
    lived = lived_with({AKRON: 2, MEMPHIS: 1})
    akron, memphis = lived.open()[str(AKRON)], lived.open()[str(MEMPHIS)]
    lived.towns(60, {MEMPHIS: 1})
    assert lived.now(akron).state is State.RESOLVED
    assert lived.now(memphis).state in OPEN_STATES
    assert lived.watch.records.open_incident_of("x") == lived.now(memphis)


def test_trouble_again_in_the_same_town_is_the_same_incident_in_another_a_new_one() -> None:
    lived = lived_with({AKRON: 2})
    akron = lived.open()[str(AKRON)]
    lived.towns(30)
    assert lived.now(akron).state is State.RESOLVED
    lived.towns(25, {MEMPHIS: 4})
    memphis = lived.open()[str(MEMPHIS)]
    assert memphis.id != akron.id
    assert lived.now(akron).state is State.RESOLVED


def test_the_whole_service_comes_before_its_parts_and_the_worst_part_first() -> None:
    lived = lived_with({AKRON: 1, MEMPHIS: 3})
    scopes = [one.scope for one in lived.watch.records.open_incidents_of("x")]
    assert [scope.value for scope in scopes if scope] == [str(MEMPHIS), str(AKRON)]


# --- operators


def test_dismissing_one_leaves_the_other() -> None:
    lived = lived_with({AKRON: 2, MEMPHIS: 2})
    akron = lived.open()[str(AKRON)]
    lived.act("dismiss", akron)
    lived.towns(60, {AKRON: 2, MEMPHIS: 2})
    assert lived.now(akron).state is State.FALSE_ALARM
    assert list(lived.open()) == [str(MEMPHIS)]


def test_one_merged_into_another_is_followed_no_more_and_raises_nothing_new() -> None:
    lived = lived_with({AKRON: 2, MEMPHIS: 2})
    akron, memphis = lived.open()[str(AKRON)], lived.open()[str(MEMPHIS)]
    lived.act("merge", akron, into=memphis.id)
    lived.towns(30, {AKRON: 2, MEMPHIS: 2})
    assert [one.id for one in lived.open().values()] == [memphis.id]
    assert lived.now(memphis).parts == (akron.id,)
    lived.towns(90)
    assert lived.open() == {}


def test_the_whole_merged_into_one_of_its_towns_that_was_over_ends_with_it() -> None:
    lived = lived_with({AKRON: 2})
    akron = lived.open()[str(AKRON)]
    lived.act("resolve", akron)
    lived.towns(60)
    lived.towns(20, dict.fromkeys(EVERYWHERE, 2))
    lived.act("merge", lived.open()[""], into=akron.id)
    assert list(lived.open()) == [str(AKRON)]
    lived.towns(200)
    assert lived.open() == {}


def test_reopening_one_beside_the_other_is_allowed_within_the_whole_it_is_not() -> None:
    lived = lived_with({AKRON: 2, MEMPHIS: 2})
    akron = lived.open()[str(AKRON)]
    lived.towns(60, {MEMPHIS: 2})
    lived.act("reopen", akron)
    lived.towns(1, {MEMPHIS: 2})
    assert set(lived.open()) == {str(AKRON), str(MEMPHIS)}
    lived.act("resolve", akron)
    lived.towns(40, dict.fromkeys(EVERYWHERE, 2))
    assert list(lived.open()) == [""]
    reopening = OperatorActed(lived.minute * 60_000, "ada", "reopen", akron.id, {})
    with pytest.raises(Refusal) as refused:
        lived.watch.records.check_act(reopening)
    assert refused.value.code == "another_incident_open"


def test_a_reopened_whole_takes_in_what_is_open_of_its_parts() -> None:
    lived = lived_with(dict.fromkeys(EVERYWHERE, 2), 20)
    (whole,) = lived.open().values()
    lived.towns(300)
    lived.towns(30, {AKRON: 4})
    akron = lived.open()[str(AKRON)]
    lived.act("reopen", whole)
    assert list(lived.open()) == [""]
    assert lived.now(akron).merged_into == whole.id
    assert lived.now(whole).parts == (akron.id,)
    lived.towns(90)
    assert lived.now(whole).state is State.RESOLVED


# --- kept


def test_several_open_incidents_survive_a_checkpoint() -> None:
    lived = lived_with({AKRON: 2, MEMPHIS: 2})
    again = lived.again()
    for one in (lived, again):
        one.towns(45, {MEMPHIS: 2, TULSA: 2})
    assert again.watch.records.incidents == lived.watch.records.incidents
    assert set(again.open()) == {str(MEMPHIS), str(TULSA)}
