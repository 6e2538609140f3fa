"""Files of reports go in: mapped, named line by line where refused, never counted twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow
import pyarrow.parquet
import pytest
from rich.console import Console
from tests.site.test_reports import OPERATOR, Lapwing, serve
from tests.unit.intake.desk_parts import rows_of

from lapwing.cli import import_reports
from lapwing.cli.import_reports import Import
from lapwing.cli.replay import _in_order, feed
from lapwing.cli.report_files import make_columns, read_lines
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.outages.journal import BackfillEnded

CSV = """created_at,town,state,service,comment
2023-12-20T16:53:18Z,Mumbai,MH,Feed,"two
lines"
2023-12-20T16:54:00Z,Nowhere at all,MH,Feed,
2023-12-20T16:55:00Z,Delhi,DL,Fridge,
too,few
2023-12-20T16:56:00Z,Delhi,DL,Feed,
"""
COLUMNS = make_columns(
    ["created_at=at,town=city,state=region", "service=symptom"],
    ["service=x", "country=IN"],
    ["service:Feed=feed"],
    None,
)


@pytest.fixture
async def lapwing() -> AsyncIterator[Lapwing]:
    async with serve() as served:
        served.client.headers.update(OPERATOR)
        yield served


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "reports.csv"
    path.write_text(CSV)
    return path


async def bring_in(lapwing: Lapwing, file: Path, **options: Any) -> Import:
    made = Import(lapwing.client, file.parent / "notes.json", "key")
    await made.run(file, COLUMNS, 6, **options)
    return made


async def test_good_lines_go_in_and_bad_ones_are_named(
    lapwing: Lapwing, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = (await bring_in(lapwing, file)).progress
    rows = rows_of(lapwing.journal)
    assert [row.symptom for row in rows] == ["feed"] * 3
    assert [row.city for row in rows] == [1275339, None, 1273294]
    assert rows[1].region == "IN.16"
    assert all(row.trusted for row in rows)
    assert (progress.taken, progress.coarser, progress.refused) == (3, 1, [5, 6])
    said = capsys.readouterr().err
    assert "line 5: X has no symptom" in said
    assert "line 6: 2 columns, where the head has 5" in said


async def test_the_end_of_the_backfill_is_told_for_the_services(
    lapwing: Lapwing, file: Path
) -> None:
    await bring_in(lapwing, file)
    entries = [entry for _, entry in lapwing.journal.read(0)]
    assert isinstance(entries[-1], BackfillEnded)
    assert entries[-1].services == ["x"]


async def test_a_file_that_is_in_is_not_sent_again(lapwing: Lapwing, file: Path) -> None:
    await bring_in(lapwing, file)
    await bring_in(lapwing, file)
    assert len(rows_of(lapwing.journal)) == 3
    await bring_in(lapwing, file, again=True)
    assert len(rows_of(lapwing.journal)) == 6


async def test_an_interrupted_import_goes_on_without_counting_twice(
    lapwing: Lapwing, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to the second batch is lost: it was kept, and the importer does not know."""
    monkeypatch.setattr(import_reports, "BATCH_LINES", 2)
    answered = 0

    async def lose_the_second(response: httpx.Response) -> None:
        nonlocal answered
        answered += 1
        if answered == 2:
            raise KeyboardInterrupt

    lapwing.client.event_hooks["response"] = [lose_the_second]
    with pytest.raises(KeyboardInterrupt):
        await bring_in(lapwing, file)
    assert len(rows_of(lapwing.journal)) == 2
    lapwing.client.event_hooks["response"] = []
    progress = (await bring_in(lapwing, file)).progress
    assert len(rows_of(lapwing.journal)) == 3
    assert (progress.taken, progress.refused) == (3, [5, 6])


async def test_lines_refused_before_are_tried_again(lapwing: Lapwing, file: Path) -> None:
    await bring_in(lapwing, file)
    better = make_columns(
        ["created_at=at,town=city,state=region", "service=symptom"],
        ["service=x", "country=IN"],
        ["service:Feed=feed", "service:Fridge=login"],
        None,
    )
    again = Import(lapwing.client, file.parent / "notes.json", "key")
    await again.run(file, better, 6)
    assert [row.symptom for row in rows_of(lapwing.journal)] == ["feed"] * 3 + ["login"]
    assert again.progress.refused == [6]


async def test_a_full_disk_ends_the_import_and_loses_nothing(
    lapwing: Lapwing, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lapwing.cli.sending._TRIES", 1)
    lapwing.journal.out_of_order = Unavailable("The disk is full.")
    with pytest.raises(Unavailable, match="The disk is full"):
        await bring_in(lapwing, file)
    lapwing.journal.out_of_order = None
    await bring_in(lapwing, file)
    assert len(rows_of(lapwing.journal)) == 3


async def test_a_replay_happens_now_in_the_order_of_its_times(
    lapwing: Lapwing, tmp_path: Path
) -> None:
    path = tmp_path / "reports.ndjson"
    path.write_text(
        '{"service":"x","at":"2023-12-20T00:00:09Z","symptom":"login"}\n'
        '{"service":"x","at":"2023-12-20T00:00:00Z","symptom":"feed"}\n'
        '{"service":"x","symptom":"feed"}\n{broken\n'
    )
    out = Console(stderr=True)
    timed = _in_order(path, make_columns([], [], [], None), out)
    await feed(lapwing.client, timed, None, out)
    rows = rows_of(lapwing.journal)
    assert [row.symptom for row in rows] == ["feed", "login"]
    assert len({row.at_ms for row in rows}) == 1


def test_ndjson_and_parquet_are_read_like_csv(tmp_path: Path) -> None:
    columns = make_columns(["when=at"], ["service=x"], [], "Asia/Kolkata")
    ndjson = tmp_path / "reports.ndjson"
    ndjson.write_text('{"when":"2023-12-21T10:37:00","city":"Delhi","other":1}\n\n[]\n')
    table = pyarrow.table({"when": ["2023-12-21T10:37:00"], "city": ["Delhi"], "other": [1]})
    pyarrow.parquet.write_table(table, tmp_path / "reports.parquet")
    first, second = read_lines(ndjson, columns)
    (third,) = read_lines(tmp_path / "reports.parquet", columns)
    wanted = {"at": "2023-12-21T10:37:00+05:30", "city": "Delhi", "service": "x"}
    assert first.fields == third.fields == wanted
    assert (second.number, second.wrong) == (3, "this is not a JSON object in UTF-8")


def test_bytes_that_are_not_utf_8_refuse_their_line_only(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_bytes(b"\xef\xbb\xbfservice,city\nx,M\xfcnchen\nx,Delhi\n")
    bad, good = read_lines(path, make_columns([], [], [], None))
    assert (bad.number, bad.wrong) == (2, "this is not UTF-8")
    assert good.fields == {"service": "x", "city": "Delhi"}


@pytest.mark.parametrize(
    ("columns", "constants", "values", "zone"),
    [
        (["when"], [], [], None),
        (["when=time"], [], [], None),
        ([], ["colour=red"], [], None),
        ([], [], ["service=x"], None),
        ([], [], [], "Mars/Base"),
    ],
)
def test_wrong_options_are_named(
    columns: list[str], constants: list[str], values: list[str], zone: str | None
) -> None:
    with pytest.raises(Refusal, match="--"):
        make_columns(columns, constants, values, zone)


def test_a_kind_of_file_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"\.csv, \.ndjson and \.parquet"):
        list(read_lines(tmp_path / "reports.xls", make_columns([], [], [], None)))


def test_a_column_may_be_mapped_to_the_field_of_its_own_name() -> None:
    columns = make_columns(["town=region,city=city"], ["service=x"], [], None)
    assert columns.fields_of({"city": "Pune", "town": "MH", "region": "ignored"}) == {
        "city": "Pune",
        "region": "MH",
        "service": "x",
    }
