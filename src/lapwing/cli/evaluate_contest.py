"""`lapwing evaluate contest`: the rule against Downdetector, on archived incidents."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import typer
from rich.console import Console
from rich.table import Table

from lapwing.kernel.refusals import Refusal
from lapwing.outages.evaluation import contest
from lapwing.outages.evaluation.buckets import BUCKET_MIN, Bucket, BucketRule

FOLDER: Final = typer.Argument(help="With series.csv and declared.csv.")
JSON: Final = typer.Option(False, "--json", help="Machine-readable, on standard output.")
BUDGET: Final = typer.Option(
    BucketRule().alpha_per_year, "--false-alarms", help="Allowed per service and year."
)
_READINGS: Final = {"at_stamp": timedelta(0), "stamp_plus_15": timedelta(minutes=BUCKET_MIN)}


def run_contest(folder: Path = FOLDER, as_json: bool = JSON, false_alarms: float = BUDGET) -> None:
    """Who was first on archived incidents: Lapwing or Downdetector."""
    incidents = read_contest(folder)
    found = contest.declarations(incidents, BucketRule(alpha_per_year=false_alarms))
    scores = {name: contest.score(incidents, found, late) for name, late in _READINGS.items()}
    if as_json:
        told = {name: _json(scores[name], found, _READINGS[name]) for name in scores}
        print(json.dumps(told, indent=1))
        return
    out = Console()
    out.print(_incident_table(incidents, scores["at_stamp"]))
    out.print(_score_table(scores))


def read_contest(folder: Path) -> list[contest.Archived]:
    """Every declared incident; one without buckets is there and can only be missed. A bucket whose
    count is empty was not counted and is left out. Raises `Refusal` for what cannot be read."""
    series = folder / "series.csv"
    buckets: dict[str, list[Bucket]] = {}
    for number, row in _rows(series, ("incident", "bucket_start", "reports")):
        if row["reports"].strip():
            bucket = Bucket(_instant(row["bucket_start"], series, number), _count(row, number))
            buckets.setdefault(row["incident"], []).append(bucket)
    declared = folder / "declared.csv"
    columns = ("incident", "service", "downdetector_declared_at")
    incidents = [
        contest.Archived(
            name=row["incident"],
            service=row["service"],
            declared_at=_instant(row["downdetector_declared_at"], declared, number),
            buckets=tuple(sorted(buckets.get(row["incident"], ()), key=lambda one: one.stamp)),
        )
        for number, row in _rows(declared, columns)
    ]
    if not incidents:
        raise Refusal("no_incidents", f"{declared} names no incident.")
    return incidents


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """With the number of the line in which each ends."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            missing = sorted(set(columns) - set(reader.fieldnames or ()))
            if missing:
                raise Refusal("wrong_file", f"{path} has no column {', '.join(missing)}.")
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise Refusal("unreadable_file", f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Refusal("unreadable_file", f"{path} is not a text file in UTF-8.") from error


def _instant(text: str, path: Path, number: int) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refusal("wrong_file", f"{path}, line {number}: {text!r} is no time.") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _count(row: Mapping[str, str], number: int) -> int:
    try:
        count = float(row["reports"])
        if count >= 0 and count.is_integer():
            return int(count)
    except ValueError:
        pass
    raise Refusal("wrong_file", f"series.csv, line {number}: {row['reports']!r} is no count.")


def _json(
    score: contest.Score, found: Mapping[str, Sequence[datetime]], late: timedelta
) -> dict[str, Any]:
    told = asdict(score)
    del told["leads_min"]
    told["entries"] = [
        {"incident": name, "declared_at": [f"{at + late:%Y-%m-%dT%H:%M:%SZ}" for at in declared]}
        for name, declared in found.items()
    ]
    return told


def _incident_table(incidents: Sequence[contest.Archived], score: contest.Score) -> Table:
    table = Table("incident", "service", "Downdetector, UTC", "minutes before it (at the stamp)")
    for incident in sorted(incidents, key=lambda one: one.declared_at):
        lead = score.leads_min[incident.name]
        said = "missed" if lead is None else f"{lead:+.0f}"
        table.add_row(
            incident.name, incident.service, f"{incident.declared_at:%Y-%m-%d %H:%M}", said
        )
    return table


def _score_table(scores: Mapping[str, contest.Score]) -> Table:
    table = Table("count known", "incidents", "earlier", "same", "later", "missed", "median lead",
                  "episodes", "per quiet day")  # fmt: skip
    for name, score in scores.items():
        parts = (score.earlier, score.same, score.later, score.missed)
        shares = [f"{part / score.incidents:.0%}" for part in parts]
        lead = "" if score.median_lead_min is None else f"{score.median_lead_min:.0f} min"
        rate = score.episodes / score.quiet_days if score.quiet_days else 0.0
        table.add_row(name, str(score.incidents), *shares, lead, str(score.episodes), f"{rate:.2f}")
    return table
