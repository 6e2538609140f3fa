from typing import Any

import numpy as np

from lapwing.outages.counting.nodes import NodeTable
from lapwing.outages.counting.recent_reports import NO_BLOCK, NO_NODE, RecentReports
from lapwing.outages.counting.windows import WINDOW_MIN
from lapwing.outages.model import Dimension, ReportRow

START = 28_000_000


class Kept:
    """Recent reports with the node table that they are numbered by."""

    def __init__(self, rows_kept: int = 1000) -> None:
        self.nodes = NodeTable()
        self.reports = RecentReports(rows_kept)

    def close(self, minute: int, *given: dict[str, Any]) -> None:
        rows = [ReportRow(**({"id": 1, "at_ms": 0, "service": "x"} | fields)) for fields in given]
        alike: dict[tuple[int, ...], list[ReportRow]] = {}
        for row in rows:
            alike.setdefault(self.nodes.of_row(row), []).append(row)
        dimensions = self.nodes.specs.dimensions(0)
        self.reports.close(minute, alike.items(), self.nodes.service_of, dimensions)

    def values(self, service: str, dimension: Dimension, *, to: int = 9) -> list[str | None]:
        found = self.reports.of(self.nodes.service(service), START, START + to).at(dimension)
        specs = self.nodes.specs
        return [None if node == NO_NODE else specs[node].value for node in found.tolist()]


def state_of(reports: RecentReports) -> dict[str, Any]:
    return {name: column.tolist() for name, column in kept_of(reports).items()}


def kept_of(reports: RecentReports) -> dict[str, Any]:
    return {name: np.concatenate(pieces) for name, pieces in reports.state().items()}


def test_a_service_gets_its_own_reports_back_with_their_values() -> None:
    kept = Kept()
    kept.close(
        START,
        {"country": "IN", "city": 5, "network": "AS1", "block": "b"},
        {"service": "y", "country": "US"},
        {"platform": "web", "trusted": True},
    )
    kept.close(START + 1, {"country": "IN", "city": 5, "network": "AS1", "reporter": "r"})
    assert kept.values("x", Dimension.COUNTRY) == ["IN", None, "IN"]
    assert kept.values("x", Dimension.CITY) == ["5", None, "5"]
    assert kept.values("x", Dimension.PLATFORM) == [None, "web", None]
    assert kept.values("y", Dimension.COUNTRY) == ["US"]
    found = kept.reports.of(0, START, START + 2)
    assert found.minutes.tolist() == [START, START, START + 1]
    assert found.trusted.tolist() == [False, True, False]


def test_blocks_are_told_apart_and_their_absence_is_seen() -> None:
    kept = Kept()
    kept.close(START, {"block": "a"}, {"block": "b"}, {"block": "a", "country": "IN"}, {})
    kept.close(START + 1, {"reporter": "a"})
    blocks = kept.reports.of(0, START, START + 2).blocks.tolist()
    assert blocks.count(NO_BLOCK) == 1
    assert len(set(blocks)) == 3
    assert blocks[-1] in blocks[:-1]


def test_only_the_minutes_asked_for() -> None:
    kept = Kept()
    for minute in range(4):
        kept.close(START + minute, {"city": minute})
    assert kept.reports.of(0, START + 1, START + 3).minutes.tolist() == [START + 1, START + 2]
    assert len(kept.reports.of(0, START + 4, START + 9)) == 0
    assert len(kept.reports.of(7, START, START + 4)) == 0


def test_what_is_older_than_the_window_is_forgotten() -> None:
    kept = Kept()
    kept.close(START, {})
    kept.close(START + WINDOW_MIN - 1)
    assert len(kept.reports) == 1
    kept.close(START + WINDOW_MIN)
    assert len(kept.reports) == 0


def test_the_oldest_minutes_give_way_to_more_rows_than_are_kept() -> None:
    kept = Kept(rows_kept=5)
    kept.close(START, {}, {}, {})
    kept.close(START + 1, {}, {})
    assert len(kept.reports) == 5
    kept.close(START + 2, {})
    assert kept.reports.of(0, START, START + 9).minutes.tolist() == [START + 1] * 2 + [START + 2]
    kept.close(START + 3, *[{}] * 9)
    assert len(kept.reports) == 9


def test_loaded_reports_go_on_as_the_ones_that_were_kept() -> None:
    kept = Kept(rows_kept=8)
    kept.close(START, {"city": 1}, {"service": "y", "block": "b", "trusted": True})
    kept.close(START + 1, {"network": "AS1"})
    again = Kept(rows_kept=8)
    again.nodes = kept.nodes
    again.reports.load(kept_of(kept.reports))
    assert state_of(again.reports) == state_of(kept.reports)
    for one in (kept, again):
        one.close(START + 2, *[{"city": 2}] * 6)
    assert state_of(again.reports) == state_of(kept.reports)
    assert kept.values("x", Dimension.CITY) == [None, *["2"] * 6]


def test_nothing_kept_is_loaded_as_nothing() -> None:
    reports = RecentReports()
    reports.load(kept_of(RecentReports()))
    assert len(reports.of(0, START, START + 1)) == 0


def test_late_reports_come_to_the_minutes_they_are_of() -> None:
    live, late = Kept(), Kept()
    live.close(START, {"service": "y", "city": 1}, {"city": 2})
    live.close(START + 2, {"city": 3})
    late.close(START, {"city": 9, "block": "b"}, {"country": "IN"})
    late.close(START + 1, {"city": 2})
    specs = late.nodes.specs
    new = [live.nodes.node(1, spec.dimension, spec.value, spec.country) for spec in specs]
    live.reports.take_in(1, late.reports, 0, np.array(new))
    assert live.values("x", Dimension.CITY) == ["2", "9", None, "2", "3"]
    assert live.values("x", Dimension.COUNTRY) == [None, None, "IN", None, None]
    assert live.values("y", Dimension.CITY) == ["1"]
    assert len(live.reports) == 6


def test_late_reports_of_before_the_window_are_not_taken_in() -> None:
    live, late = Kept(), Kept()
    live.close(START, {})
    late.close(START - WINDOW_MIN, {})
    live.reports.take_in(0, late.reports, 0, np.array([0]))
    assert len(live.reports) == 1


def test_the_newest_minutes_that_are_enough() -> None:
    kept = Kept()
    for minute, reports in enumerate((3, 2, 4, 1)):
        kept.close(START + minute, *[{"city": minute}] * reports)
    for most, minutes in ((1, 1), (2, 2), (5, 2), (6, 3), (99, 4)):
        found = kept.reports.of(0, START, START + 9, most).minutes
        assert sorted(set(found.tolist())) == [START + n for n in range(4 - minutes, 4)]
    assert len(kept.reports.of(7, START, START + 9, 5)) == 0


def test_every_second_report() -> None:
    kept = Kept()
    kept.close(START, *[{"city": n, "trusted": n == 2} for n in range(5)])
    found = kept.reports.of(0, START, START + 1).every(2)
    assert [kept.nodes.specs[n].value for n in found.at(Dimension.CITY)] == ["0", "2", "4"]
    assert found.trusted.tolist() == [False, True, False]
    assert len(found) == 3
