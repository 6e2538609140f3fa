import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lapwing.cli.evaluate import app
from lapwing.cli.evaluate_contest import read_contest
from lapwing.kernel.refusals import Refusal

FIRST = datetime(2024, 3, 9, 22, 14, 37, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
COUNTS = [0, 1, 0, 2, 0, 1] * 8 + [45, 70, 20]


def folder(tmp_path: Path, series: list[str], declared: list[str]) -> Path:
    for name, header, lines in (
        ("series.csv", "incident,service,bucket_start,reports", series),
        ("declared.csv", "incident,service,downdetector_declared_at", declared),
    ):
        (tmp_path / name).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return tmp_path


def bucket_lines(name: str, stamps: str) -> list[str]:
    return [
        f"{name},mail,{FIRST + place * QUARTER:{stamps}},{count}"
        for place, count in enumerate(COUNTS)
    ]


DECLARED_AT = (FIRST + 49 * QUARTER).replace(second=0)
DECLARED = [f"one,mail,{DECLARED_AT:%Y-%m-%dT%H:%MZ}"]


def test_both_readings_are_told_as_json_with_every_declaration(tmp_path: Path) -> None:
    there = folder(tmp_path, bucket_lines("one", "%Y-%m-%dT%H:%M:%SZ"), DECLARED)

    result = CliRunner().invoke(app, ["contest", str(there), "--json"])

    told = json.loads(result.stdout)
    assert list(told) == ["at_stamp", "stamp_plus_15"]
    outcomes = {name: (one["earlier"], one["same"]) for name, one in told.items()}
    assert outcomes == {"at_stamp": (1, 0), "stamp_plus_15": (0, 1)}
    assert told["at_stamp"]["entries"] == [
        {"incident": "one", "declared_at": [f"{FIRST + 48 * QUARTER:%Y-%m-%dT%H:%M:%SZ}"]}
    ]
    numbers = ("incidents", "earlier", "same", "later", "missed", "median_lead_min", "quiet_days",
               "episodes")  # fmt: skip
    assert set(told["at_stamp"]) == {*numbers, "entries"}
    quiet = sum(FIRST + k * QUARTER <= DECLARED_AT - timedelta(hours=2) for k in range(51))
    assert told["at_stamp"]["quiet_days"] == pytest.approx(quiet / 96)


def test_stamps_without_a_zone_are_utc_and_uncounted_buckets_are_left_out(tmp_path: Path) -> None:
    lines = bucket_lines("one", "%Y-%m-%d %H:%M:%S")
    lines[7] = lines[7].rpartition(",")[0] + ","
    lines[9] = lines[9] + ".0"

    (found,) = read_contest(folder(tmp_path, lines[::-1], DECLARED))

    assert [bucket.reports for bucket in found.buckets] == COUNTS[:7] + COUNTS[8:]
    assert found.buckets[0].stamp == FIRST


def test_a_declared_incident_without_buckets_counts_as_missed(tmp_path: Path) -> None:
    nothing = [*DECLARED, "two,mail,2024-03-12T10:00:00Z"]
    there = folder(tmp_path, bucket_lines("one", "%Y-%m-%dT%H:%M:%SZ"), nothing)

    result = CliRunner().invoke(app, ["contest", str(there), "--json"])

    told = json.loads(result.stdout)["at_stamp"]
    assert (told["incidents"], told["missed"]) == (2, 1)


@pytest.mark.parametrize(
    ("series", "declared", "said"),
    [
        (["one,mail,2024-03-09T22:14:37Z,many"], DECLARED, "line 2: 'many' is no count"),
        (["one,mail,2024-03-09T22:14:37Z,-1"], DECLARED, "line 2: '-1' is no count"),
        (["one,mail,yesterday,3"], DECLARED, "line 2: 'yesterday' is no time"),
        (["one,mail,2024-03-09T22:14:37Z,3"], ["one,mail,"], "line 2: '' is no time"),
        ([], [], "names no incident"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(
    tmp_path: Path, series: list[str], declared: list[str], said: str
) -> None:
    with pytest.raises(Refusal) as refused:
        read_contest(folder(tmp_path, series, declared))

    assert said in refused.value.message
