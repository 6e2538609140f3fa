from datetime import UTC, datetime, timedelta

import pytest

from lapwing.outages.evaluation.buckets import BUCKET_MIN, Bucket, BucketRule
from lapwing.outages.evaluation.contest import Archived, declarations, score

RULE = BucketRule()
NO_DELAY = timedelta(0)
FIRST = datetime(2019, 5, 1, 6, 0, 10, tzinfo=UTC)
QUARTER = timedelta(minutes=BUCKET_MIN)

QUIET = [0, 1, 0, 0, 2, 0, 1, 1, 0, 0, 1, 0] * 4
OUTAGE = [12, 40, 90, 60, 30, 12, 3, 1, 0, 0, 1, 0]


def archived(
    name: str, counts: list[int], first: datetime = FIRST, declared_after: int = 48
) -> Archived:
    buckets = tuple(Bucket(first + place * QUARTER, n) for place, n in enumerate(counts))
    declared_at = first.replace(second=0) + declared_after * QUARTER
    return Archived(name, "aws", declared_at, buckets)


INCIDENTS = [
    archived("first", QUIET + OUTAGE),
    archived("second", QUIET + OUTAGE[::-1], FIRST + timedelta(hours=4)),
    archived("third", [3, 2, *QUIET, 0, 9, 17, 55, 20, 2], FIRST + timedelta(days=20)),
]


def test_an_outage_is_declared_at_the_stamp_that_makes_its_count_known() -> None:
    declared = declarations(INCIDENTS[:1], RULE)["first"]

    assert declared == [FIRST + 48 * QUARTER]


@pytest.mark.parametrize("kept", [1, 20, 47, 48, 49, 50, 53, 60])
def test_what_comes_later_changes_no_decision(kept: int) -> None:
    known_until = INCIDENTS[-1].buckets[0].stamp + kept * QUARTER
    whole = declarations(INCIDENTS, RULE)

    cut = [
        Archived(one.name, one.service, one.declared_at, buckets)
        for one in INCIDENTS
        if (buckets := tuple(b for b in one.buckets if b.stamp <= known_until))
    ]

    assert declarations(cut, RULE) == {
        name: [at for at in declared if at <= known_until] for name, declared in whole.items()
    }


@pytest.mark.parametrize("kept", [10, 48, 49, 52])
def test_each_incident_cut_short_by_itself_keeps_its_decisions(kept: int) -> None:
    whole = declarations(INCIDENTS, RULE)
    for place, one in enumerate(INCIDENTS):
        short = Archived(one.name, one.service, one.declared_at, one.buckets[:kept])
        cut = declarations([*INCIDENTS[:place], short, *INCIDENTS[place + 1 :]], RULE)

        last = short.buckets[-1].stamp
        assert cut[one.name] == [at for at in whole[one.name] if at <= last]


def test_an_incident_learns_only_from_those_that_ended_before_it() -> None:
    alone = declarations([INCIDENTS[1]], RULE)["second"]

    assert declarations(INCIDENTS, RULE)["second"] == alone


def test_the_score_tells_earlier_same_later_missed_and_quiet_episodes() -> None:
    at = FIRST + 48 * QUARTER
    one = archived("one", QUIET + OUTAGE)
    incidents = [
        Archived(name, "aws", one.declared_at, one.buckets) for name in ("a", "b", "c", "d")
    ]
    declared = {
        "a": [at - 20 * QUARTER, at - QUARTER, at],
        "b": [at],
        "c": [at + 2 * QUARTER],
        "d": [at - 9 * QUARTER],
    }

    found = score(incidents, declared, NO_DELAY)

    assert (found.earlier, found.same, found.later, found.missed) == (1, 1, 1, 1)
    assert found.episodes == 2
    assert found.median_lead_min == pytest.approx(0.0, abs=0.2)
    quiet = sum(b.stamp <= one.declared_at - timedelta(hours=2) for b in one.buckets)
    assert found.quiet_days == pytest.approx(4 * quiet / 96)


def test_counts_known_a_bucket_later_cost_a_bucket() -> None:
    one = archived("one", QUIET + OUTAGE)
    declared = {"one": [FIRST + 47 * QUARTER]}

    assert score([one], declared, NO_DELAY).earlier == 1
    assert score([one], declared, QUARTER).same == 1


def test_an_outage_that_grows_from_bucket_to_bucket_is_declared_once() -> None:
    growing = archived("growing", [*QUIET, 12, 30, 70, 150, 300, 280, 120])

    assert len(declarations([growing], RULE)["growing"]) == 1


@pytest.mark.parametrize("usual", [[1, 2, 0, 1], [4, 5, 3, 4, 6, 4], [30, 38, 27, 34]])
def test_a_service_nobody_knew_is_known_from_its_own_window(usual: list[int]) -> None:
    steady = usual * (48 // len(usual))
    shaken = archived("shaken", [*steady, 12 * max(usual), usual[0]])

    assert declarations([archived("steady", steady)], RULE)["steady"] == []
    assert declarations([shaken], RULE)["shaken"] == [shaken.buckets[48].stamp]


def test_an_incident_without_buckets_is_missed_and_teaches_nothing() -> None:
    empty = Archived("empty", "aws", FIRST, ())

    declared = declarations([empty, *INCIDENTS], RULE)
    found = score([empty], declared, NO_DELAY)

    assert declared == {"empty": []} | declarations(INCIDENTS, RULE)
    assert (found.missed, found.quiet_days, found.median_lead_min) == (1, 0.0, None)
