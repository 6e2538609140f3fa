"""`lapwing evaluate ...`: the rule's word, checked against real records."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from lapwing.cli import evaluate_simulated
from lapwing.cli.import_reports import FILE, MAP, SET, VALUE, ZONE
from lapwing.cli.report_files import Columns, make_columns, read_lines
from lapwing.kernel.refusals import Refusal
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.catalogue.files import read_catalogue
from lapwing.outages.detection.local_time import ZoneLocalTime
from lapwing.outages.detection.model import NodeSpec
from lapwing.outages.detection.rule import Rule
from lapwing.outages.evaluation import contest, reports
from lapwing.outages.evaluation.buckets import BUCKET_MIN, Bucket, BucketRule
from lapwing.outages.intake.submission import ReportInput, Resolver, at_ms_of
from lapwing.outages.model import Dimension, ReportRow, Service
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.places.population import PopulatedPlaces

app = typer.Typer(help="Check the rule against real records.", no_args_is_help=True)
app.command("null")(evaluate_simulated.run_null)
app.command("delay")(evaluate_simulated.run_delay)

JSON: Final = typer.Option(False, "--json", help="Machine-readable, on standard output.")
FOLDER: Final = typer.Argument(help="With series.csv and declared.csv.")
CONTEST_BUDGET: Final = BucketRule().alpha_per_year
REPORTS_BUDGET: Final = 200.0
_BUDGET_HELP: Final = "Allowed per service and year."
CURVE_BUDGETS: Final = (0.1, 1.0, 10.0, 25.0, 50.0, 100.0, 200.0)
_READINGS: Final = {"at_stamp": timedelta(0), "stamp_plus_15": timedelta(minutes=BUCKET_MIN)}


# --- contest


@app.command("contest")
def run_contest(
    folder: Path = FOLDER,
    as_json: bool = JSON,
    false_alarms: float = typer.Option(CONTEST_BUDGET, "--false-alarms", help=_BUDGET_HELP),
) -> None:
    """Who was first on archived incidents: Lapwing or Downdetector."""
    incidents = read_contest(folder)
    found = contest.declarations(incidents, BucketRule(alpha_per_year=false_alarms))
    scores = {name: contest.score(incidents, found, late) for name, late in _READINGS.items()}
    if as_json:
        told = {name: _contest_json(scores[name], found, _READINGS[name]) for name in scores}
        print(json.dumps(told, indent=1))
        return
    out = Console()
    out.print(_incident_table(incidents, scores["at_stamp"]))
    out.print(_score_table(scores))


def read_contest(folder: Path) -> list[contest.Archived]:
    """Raises `Refusal` for what cannot be read."""
    buckets: dict[str, list[Bucket]] = {}
    for row in _rows(folder / "series.csv", ("incident", "bucket_start", "reports")):
        bucket = Bucket(datetime.fromisoformat(row["bucket_start"]), int(row["reports"]))
        buckets.setdefault(row["incident"], []).append(bucket)
    columns = ("incident", "service", "downdetector_declared_at")
    return [
        contest.Archived(
            name=row["incident"],
            service=row["service"],
            declared_at=datetime.fromisoformat(row["downdetector_declared_at"]),
            buckets=tuple(sorted(buckets[row["incident"]], key=lambda bucket: bucket.stamp)),
        )
        for row in _rows(folder / "declared.csv", columns)
        if row["incident"] in buckets
    ]


def _rows(path: Path, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = sorted(set(columns) - set(reader.fieldnames or ()))
            if missing:
                raise Refusal("wrong_file", f"{path} has no column {', '.join(missing)}.")
            yield from reader
    except OSError as error:
        raise Refusal("unreadable_file", f"{path}: {error.strerror}.") from error


def _contest_json(
    score: contest.Score, found: dict[str, list[datetime]], late: timedelta
) -> dict[str, Any]:
    told = asdict(score)
    del told["leads_min"]
    told["entries"] = [
        {"incident": name, "declared_at": [_text(at + late) for at in declared]}
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


def _score_table(scores: dict[str, contest.Score]) -> Table:
    table = Table("count known", "incidents", "earlier", "same", "later", "missed", "median lead",
                  "episodes", "per quiet day")  # fmt: skip
    for name, score in scores.items():
        parts = (score.earlier, score.same, score.later, score.missed)
        shares = [f"{part / score.incidents:.0%}" for part in parts]
        lead = "" if score.median_lead_min is None else f"{score.median_lead_min:.0f} min"
        rate = score.episodes / score.quiet_days if score.quiet_days else 0.0
        table.add_row(name, str(score.incidents), *shares, lead, str(score.episodes), f"{rate:.2f}")
    return table


# --- reports


@app.command("reports")
def run_reports(
    file: Path = FILE,
    columns: list[str] = MAP,
    constants: list[str] = SET,
    values: list[str] = VALUE,
    time_zone: str | None = ZONE,
    as_json: bool = JSON,
    false_alarms: float = typer.Option(REPORTS_BUDGET, "--false-alarms", help=_BUDGET_HELP),
    curve: bool = typer.Option(False, "--curve", help="Precision and delay over many budgets."),
) -> None:
    """What would have been declared on a service's single reports, and what grew of it."""
    gazetteer, catalogue = Gazetteer.load(), read_catalogue(None)
    mapping = make_columns(columns, constants, values, time_zone)
    rows = read_reports(file, mapping, catalogue, gazetteer)
    zones = ZoneLocalTime({c.code: c.time_zone for c in gazetteer.countries})
    people = PopulatedPlaces(gazetteer)
    rule = Rule(alpha_per_year=false_alarms)
    found = reports.evaluate(rows, rule, zones, people)
    told = _reports_json(found, gazetteer) | {"false_alarms_per_year": false_alarms}
    if curve:
        told["curve"] = [
            _curve_point(
                reports.evaluate(rows, replace(rule, alpha_per_year=budget), zones, people)
            )
            | {"false_alarms_per_year": budget}
            for budget in CURVE_BUDGETS
        ]
    if as_json:
        print(json.dumps(told, indent=1))
        return
    _print_reports(told)


def read_reports(
    file: Path, columns: Columns, catalogue: Catalogue, gazetteer: Gazetteer
) -> list[ReportRow]:
    """A service's reports, oldest first, trusted as an import's are. A symptom or place that is
    not known is left out, as the count is what matters. Raises `Refusal` if there is none."""
    service = _service_of(file, columns, catalogue)
    resolver = Resolver(_Only(service), gazetteer)
    constants = dict(columns.constants) | {"service": service.slug}
    mapping = replace(columns, constants=constants)
    now_ms = time.time_ns() // 1_000_000
    rows: list[ReportRow] = []
    for line in read_lines(file, mapping):
        if line.wrong is None and "at" in line.fields:
            row = _row(resolver, dict(line.fields), len(rows) + 1, now_ms)
            if row is not None:
                rows.append(row)
    if not rows:
        raise Refusal("no_reports", f"{file.name} has no report with a time; --map COLUMN=at.")
    return sorted(rows, key=lambda row: (row.at_ms, row.id))


class _Only:
    """A catalogue of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def find(self, slug: str) -> Service | None:
        return self._service if slug == self._service.slug else None

    def find_named(self, text: str) -> Service | None:
        return self.find(text)


def _service_of(file: Path, columns: Columns, catalogue: Catalogue) -> Service:
    """The one that is set, or the one that the file or its folder is called after."""
    named = columns.constants.get("service")
    guesses = [named] if named else [file.stem, file.resolve().parent.name]
    for guess in guesses:
        service = catalogue.find(guess) or catalogue.find_named(guess)
        if service is not None:
            return service
    slug = named or file.stem
    return Service(slug, slug, "", "", (), (), countries=())


def _row(resolver: Resolver, fields: dict[str, Any], number: int, now_ms: int) -> ReportRow | None:
    try:
        at_ms = at_ms_of(fields.pop("at"), now_ms)
    except Refusal:
        return None
    for left_out in ((), ("symptom", "platform"), ("symptom", "platform", "city"),
                     ("symptom", "platform", "city", "region")):  # fmt: skip
        kept = {name: value for name, value in fields.items() if name not in left_out}
        try:
            given = msgspec.convert(kept, ReportInput)
            known = resolver.resolve(given)
        except (Refusal, msgspec.ValidationError):
            continue
        place = (known.country, known.region, known.city)
        network, reporter = given.network, given.reporter
        return ReportRow(
            number, at_ms, known.service, known.symptom, known.platform, *place,
            reporter=reporter, network=network, trusted=reporter is None and network is None,
        )  # fmt: skip
    return None


def _reports_json(found: reports.Evaluated, gazetteer: Gazetteer) -> dict[str, Any]:
    return _curve_point(found) | {
        "incidents": [
            {
                "place": _place(alarm.where, gazetteer),
                "onset_at": _text(alarm.onset_at),
                "declared_at": _text(alarm.declared_at),
                "reports_12h": alarm.reports_12h,
                "grew": alarm.grew,
                "delay_min": round(alarm.delay_min, 1),
            }
            for alarm in found.alarms
        ],
        "clusters": [_cluster_json(cluster, found, gazetteer) for cluster in found.clusters],
    }


def _curve_point(found: reports.Evaluated) -> dict[str, Any]:
    return {
        "alarms": len(found.alarms),
        "grew": found.grew,
        "precision": found.precision,
        "median_delay_min": found.median_delay_min,
        "clusters_found": sum(found.found(cluster) is not None for cluster in found.clusters),
    }


def _cluster_json(
    cluster: reports.Cluster, found: reports.Evaluated, gazetteer: Gazetteer
) -> dict[str, Any]:
    alarm = found.found(cluster)
    late = None if alarm is None else (alarm.declared_at - cluster.third_at).total_seconds() / 60
    return {
        "place": gazetteer.city(cluster.city).name,
        "first_at": _text(cluster.first_at),
        "third_at": _text(cluster.third_at),
        "reports_12h": cluster.reports_12h,
        "declared_at": None if alarm is None else _text(alarm.declared_at),
        "min_after_third": None if late is None else round(late, 1),
    }


def _place(where: NodeSpec, gazetteer: Gazetteer) -> str:
    match where.dimension:
        case Dimension.CITY | Dimension.AREA:
            city = gazetteer.city(int(where.value))
            region = gazetteer.region_name(city.region) if city.region else None
            name = city.name if where.dimension is Dimension.CITY else f"{city.name} area"
            return ", ".join(part for part in (name, region, city.country) if part)
        case Dimension.REGION:
            return f"{gazetteer.region_name(where.value) or where.value}, {where.country or ''}"
        case Dimension.COUNTRY:
            return gazetteer.country(where.value).name
        case Dimension.SERVICE:
            return reports.ALL_OF
        case _:
            return f"{reports.ALL_OF} ({where.dimension.value} {where.value})"


def _print_reports(told: dict[str, Any]) -> None:
    out = Console()
    table = Table("place", "onset", "declared", "reports in 12 h", "grew")
    for one in told["incidents"]:
        grew = "yes" if one["grew"] else ""
        table.add_row(
            one["place"], one["onset_at"], one["declared_at"], str(one["reports_12h"]), grew
        )
    out.print(table)
    table = Table("cluster", "third report", "declared", "minutes after", "reports in 12 h")
    for one in told["clusters"]:
        table.add_row(
            one["place"], one["third_at"], one["declared_at"] or "missed",
            "" if one["min_after_third"] is None else str(one["min_after_third"]),
            str(one["reports_12h"]),
        )  # fmt: skip
    out.print(table)
    for point in [told, *told.get("curve", [])]:
        share = "" if point["precision"] is None else f" ({point['precision']:.0%})"
        delay = point["median_delay_min"]
        said = "" if delay is None else f", median delay {delay:.0f} min"
        out.print(
            f"{point['false_alarms_per_year']:g} false alarms a year allowed: {point['alarms']}"
            f" alarms, {point['grew']} grew{share}{said}; {point['clusters_found']} of"
            f" {len(told['clusters'])} clusters found.",
            highlight=False,
        )


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
