"""`lapwing evaluate ...`: the rule's word, checked against real records."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from lapwing.cli import evaluate_contest, evaluate_flood, evaluate_simulated, evaluate_stage
from lapwing.cli.import_reports import FILE, MAP, SET, VALUE, ZONE
from lapwing.cli.report_files import Columns, make_columns, read_lines
from lapwing.kernel.refusals import Refusal
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.catalogue.files import read_catalogue
from lapwing.outages.detection.local_time import ZoneLocalTime
from lapwing.outages.detection.model import NodeSpec
from lapwing.outages.detection.rule import Rule
from lapwing.outages.evaluation import reports
from lapwing.outages.intake.submission import ReportInput, Resolver, at_ms_of
from lapwing.outages.model import Dimension, ReportRow, Service
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.places.population import PopulatedPlaces

app = typer.Typer(help="Check the rule against real records.", no_args_is_help=True)
app.command("contest")(evaluate_contest.run_contest)
app.command("null")(evaluate_simulated.run_null)
app.command("delay")(evaluate_simulated.run_delay)
app.command("flood")(evaluate_flood.run_flood)
app.command("stage")(evaluate_stage.run_stage)

JSON: Final = typer.Option(False, "--json", help="Machine-readable, on standard output.")
REPORTS_BUDGET: Final = 400.0
_BUDGET_HELP: Final = "Allowed per service and year."
CURVE_BUDGETS: Final = (0.1, 1.0, 10.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0)


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
