from datetime import UTC, datetime, timedelta

from lapwing.kernel.instants import to_ms
from lapwing.outages.detection.local_time import ZoneLocalTime
from lapwing.outages.detection.places import UnknownPlaces
from lapwing.outages.detection.rule import Rule
from lapwing.outages.evaluation.reports import clusters, evaluate
from lapwing.outages.model import Dimension, ReportRow

FIRST = datetime(2026, 6, 1, tzinfo=UTC)
BIG, OTHER = 1, 2


def row(minute: int, city: int) -> ReportRow:
    at = FIRST + timedelta(minutes=minute)
    return ReportRow(
        minute, to_ms(at), "isp", country="US", region="US.TX", city=city, trusted=True
    )


QUIET = [row(minute, OTHER) for minute in range(0, 6 * 1440, 23)] + [
    row(minute, BIG) for minute in range(7, 6 * 1440, 600)
]
OUTAGE_MINUTE = 5 * 1440
OUTAGE = [row(minute, BIG) for minute in range(OUTAGE_MINUTE, OUTAGE_MINUTE + 240, 4)]


def _in_order(rows: list[ReportRow]) -> list[ReportRow]:
    return sorted(rows, key=lambda each: each.at_ms)


def test_a_citys_outage_is_found_with_its_place_and_grows() -> None:
    found = evaluate(
        _in_order(QUIET + OUTAGE), Rule(alpha_per_year=50.0), ZoneLocalTime({}), UnknownPlaces()
    )

    (alarm,) = found.alarms
    assert (alarm.where.dimension, alarm.where.value) == (Dimension.CITY, str(BIG))
    assert alarm.grew
    assert alarm.onset_at == FIRST + timedelta(minutes=OUTAGE_MINUTE)
    assert alarm.declared_at - alarm.onset_at < timedelta(minutes=30)
    assert found.precision == 1.0
    assert [found.found(each) for each in found.clusters if each.city == BIG] == [alarm]


def test_quiet_days_bring_no_alarm_and_no_precision() -> None:
    found = evaluate(
        _in_order(QUIET), Rule(alpha_per_year=50.0), ZoneLocalTime({}), UnknownPlaces()
    )

    assert found.alarms == ()
    assert found.precision is None


def test_three_reports_within_an_hour_are_a_cluster_if_twelve_follow() -> None:
    few = [row(minute, BIG) for minute in (0, 30, 59, 300)]
    many = [row(1440 + 10 * place, OTHER) for place in range(15)]

    (only,) = clusters(_in_order(few + many), UnknownPlaces())

    assert only.city == OTHER
    assert only.third_at == FIRST + timedelta(minutes=1460)
    assert only.reports_12h == 12
