"""`lapwing evaluate null` and `lapwing evaluate delay`: the rule on simulated services."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress

from lapwing.adapters import r_surveillance
from lapwing.kernel.refusals import Refusal
from lapwing.outages.detection.rule import Rule
from lapwing.outages.evaluation import delay_run, delay_scores, null_run
from lapwing.outages.evaluation.delay_scores import Column, Score
from lapwing.outages.evaluation.farrington import FARRINGTON, SampleScore, delays_of, sampled
from lapwing.outages.evaluation.simulation import Cohort

Found = TypeVar("Found")

SEED: Final = typer.Option(1, "--seed", help="Another seed is another world.")
WORKERS: Final = typer.Option(0, "--workers", min=0, help="Processes; 0: one per core.")
JSON: Final = typer.Option(False, "--json", help="Machine-readable, on standard output.")
SAVE: Final = typer.Option(None, "--save", help="Write the JSON into this file.")
_ALONE_COHORT: Final = 250
_SLICED_COHORT: Final = 50
_DELAY_COHORT: Final = 48
_FARRINGTON_OUTAGES: Final = 240
_FIGURES: Final = {
    "median": "Median delay in minutes (95 %)",
    "90 %": "Minutes within which 90 % are declared (95 %)",
    "missed": "Not declared within the hour (95 %)",
    "mean": "Mean delay in minutes, a missed one counted as 60 (95 %)",
}


# --- null


def run_null(
    services: int = typer.Option(2000, "--services", min=0, help="Counted as a whole only."),
    sliced: int = typer.Option(300, "--sliced", min=0, help="Counted in 152 slices each."),
    days: int = typer.Option(60, "--days", min=3, help="Simulated; the first two only teach."),
    seed: int = SEED,
    workers: int = WORKERS,
    false_alarms: float = typer.Option(
        Rule().alpha_per_year, "--false-alarms", help="The budget, per service and year."
    ),
    as_json: bool = JSON,
    save: Path | None = SAVE,
) -> None:
    """How often something is declared where nothing is wrong. Exit code 1 above the budget."""
    rule = Rule(alpha_per_year=false_alarms)
    kinds = {null_run.ALONE: (services, _ALONE_COHORT), null_run.SLICED: (sliced, _SLICED_COHORT)}
    cohorts = [
        Cohort(seed, number, size, days, sliced=kind == null_run.SLICED)
        for kind, (total, most) in kinds.items()
        for number, size in enumerate(_split(total, most))
    ]
    if not cohorts:
        raise Refusal("nothing_to_simulate", "Set --services or --sliced above 0.")
    found = _spread(partial(null_run.run_cohort, rule=rule), cohorts, workers)
    classes = [
        each
        for kind, of_kind in ((null_run.ALONE, False), (null_run.SLICED, True))
        for each in null_run.by_class(
            kind,
            [one for cohort, ones in zip(cohorts, found, strict=True) for one in ones
             if cohort.sliced == of_kind],
            false_alarms,
        )
    ]  # fmt: skip
    told = null_json(classes, days, seed)
    _tell(told, as_json, save, _null_text(classes))
    if not told["holds"]:
        raise typer.Exit(1)


def null_json(classes: Sequence[null_run.ClassResult], days: int, seed: int) -> dict[str, Any]:
    return {
        "budget": classes[0].budget,
        "days": days,
        "seed": seed,
        "holds": all(each.holds for each in classes),
        "classes": [asdict(each) | {"holds": each.holds} for each in classes],
    }


def _null_text(classes: Sequence[null_run.ClassResult]) -> str:
    head = ("counted", "reports", "services", "service-years", "false incidents",
            "per service-year (95 %)", "")  # fmt: skip
    rows = [
        (
            each.counted,
            each.volume,
            f"{each.services:,}",
            f"{each.service_years:.1f}",
            f"{each.false_incidents}",
            f"{each.rate:.3f} ({each.low:.3f} to {each.high:.3f})",
            "" if each.holds else "above the budget",
        )
        for each in classes
    ]
    return _table(head, rows)


# --- delay


def run_delay(
    services: int = typer.Option(192, "--services", min=8, help="Of 152 slices each."),
    instants: int = typer.Option(12, "--instants", min=1, help="At which the world is branched."),
    branches: int = typer.Option(6, "--branches", min=1, help="Outages per service and instant."),
    learn_days: int = typer.Option(28, "--learn-days", min=3, help="Before the first outage."),
    tune_days: int = typer.Option(
        75, "--tune-days", min=1, help="Quiet days for the other rules' thresholds."
    ),
    seed: int = SEED,
    workers: int = WORKERS,
    as_json: bool = JSON,
    save: Path | None = SAVE,
) -> None:
    """How soon outages are declared, beside other rules with as many false alarms."""
    rule = Rule()
    plan = delay_run.Plan(
        learn_days=learn_days, instants=instants, branches=branches,
        tune_from_day=min(14, max(2, learn_days // 2)), tune_days=tune_days,
    )  # fmt: skip
    days = plan.last_hour // 24 + 2
    cohorts = [
        Cohort(seed, number, size, days, sliced=True, launches=False)
        for number, size in enumerate(_split(services, _DELAY_COHORT))
    ]
    found = _spread(partial(delay_run.run_cohort, plan=plan, rule=rule), cohorts, workers)
    pooled = delay_scores.pool(found, rule.alpha_per_year)
    columns = delay_scores.columns(pooled)
    beside, why_not = _farrington(found, rule)
    told = delay_json(columns, pooled.service_years, rule.alpha_per_year, seed) | {
        "farrington_flexible": beside,
        "farrington_flexible_left_out": why_not,
    }
    _tell(told, as_json, save, f"{_delay_text(columns)}\n\n{_farrington_text(beside, why_not)}")


def delay_json(
    columns: Sequence[Column], service_years: float, budget: float, seed: int
) -> dict[str, Any]:
    return {
        "false_alarms_per_service_year": budget,
        "tuned_over_service_years": round(service_years, 1),
        "seed": seed,
        "better_than_ours": [
            {"column": column.name, "rule": score.rule, "in": list(score.better)}
            for column in columns
            for score in column.scores
            if score.better
        ],
        "columns": [
            {
                "column": column.name,
                "outages": column.outages,
                "rules": [_score_json(score) for score in column.scores],
            }
            for column in columns
        ],
    }


def _score_json(score: Score) -> dict[str, Any]:
    return {
        "rule": score.rule,
        "median_min": _finite(score.median_min),
        "median_interval": [_finite(each) for each in score.median],
        "within_90_min": _finite(score.within_90_min),
        "within_90_interval": [_finite(each) for each in score.within_90],
        "missed": round(score.missed, 4),
        "missed_interval": [round(each, 4) for each in score.missed_interval],
        "mean_min": round(score.mean_min, 2),
        "mean_interval": [round(each, 2) for each in score.mean],
        "better_than_ours_in": list(score.better),
    }


def _finite(value: float) -> float | None:
    """Infinite: not within the hour."""
    return None if math.isinf(value) else value


def _delay_text(columns: Sequence[Column]) -> str:
    """A table for each figure; bold where another rule is better beyond the interval."""
    figures: dict[str, Callable[[Score], str]] = {
        "median": lambda score: _with_interval(score.median_min, score.median),
        "90 %": lambda score: _with_interval(score.within_90_min, score.within_90),
        "missed": lambda score: (
            f"{score.missed:.1%} ({score.missed_interval.low:.1%} to"
            f" {score.missed_interval.high:.1%})"
        ),
        "mean": lambda score: (
            f"{score.mean_min:.1f} ({score.mean.low:.1f} to {score.mean.high:.1f})"
        ),
    }
    head = ("outages", "number", *(score.rule for score in columns[0].scores))
    return "\n\n".join(
        f"{_FIGURES[figure]}\n\n"
        + _table(
            head,
            [
                (
                    column.name,
                    f"{column.outages:,}",
                    *(_marked(shown(score), figure in score.better) for score in column.scores),
                )
                for column in columns
            ],
        )
        for figure, shown in figures.items()
    )


def _marked(text: str, better: bool) -> str:
    return f"**{text}**" if better else text


def _with_interval(value: float, interval: tuple[float, float]) -> str:
    low, high = (_minutes(each) for each in interval)
    return f"{_minutes(value)} ({low} to {high})"


def _minutes(value: float | None) -> str:
    return ">60" if value is None or math.isinf(value) else f"{value:.0f}"


def _farrington(
    found: Sequence[delay_run.CohortOutages], rule: Rule
) -> tuple[list[dict[str, Any]], str | None]:
    """Scores on a sample, or none and why."""
    cases = sampled(found, _FARRINGTON_OUTAGES)
    if not r_surveillance.is_installed():
        return [], "R with the package surveillance is not installed."
    if not cases:
        return [], "The learning time is too short for it."
    alarms = r_surveillance.farrington_flexible(
        [case.buckets for case in cases], cases[0].judged, rule.alpha_per_year
    )
    return [_sample_json(row) for row in delays_of(cases, alarms)], None


def _sample_json(row: SampleScore) -> dict[str, Any]:
    told = asdict(row)
    for name in ("median_min", "our_median_min"):
        told[name] = _finite(told[name])
    return told


def _farrington_text(rows: Sequence[dict[str, Any]], why_not: str | None) -> str:
    if why_not is not None:
        return f"{FARRINGTON}: left out. {why_not}"
    return "\n".join(
        f"- {FARRINGTON}, a sample, everywhere, {row['times']} times: {row['outages']} outages,"
        f" median {_minutes(row['median_min'])} min (Lapwing {_minutes(row['our_median_min'])}),"
        f" missed {row['missed']:.0%} ({row['our_missed']:.0%})"
        for row in rows
    )


# --- both


def _split(total: int, most: int) -> list[int]:
    """Sizes of cohorts as equal as can be, none above `most`."""
    parts = math.ceil(total / most)
    return [total // parts + (place < total % parts) for place in range(parts)]


def _spread(run: Callable[[Cohort], Found], cohorts: Sequence[Cohort], workers: int) -> list[Found]:
    """Results in the order of the cohorts, whatever the number of processes."""
    processes = min(workers or os.cpu_count() or 1, len(cohorts))
    if processes == 1:
        return [run(cohort) for cohort in cohorts]
    with (
        ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task("Simulating", total=sum(cohort.services for cohort in cohorts))
        coming = {pool.submit(run, cohort): cohort for cohort in cohorts}
        for done in as_completed(coming):
            progress.advance(task, coming[done].services)
        return [one.result() for one in coming]


def _tell(told: dict[str, Any], as_json: bool, save: Path | None, text: str) -> None:
    in_json = json.dumps(told, indent=1, ensure_ascii=False)
    if save is not None:
        save.write_text(in_json + "\n", encoding="utf-8")
    print(in_json if as_json else text)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown, as the documentation has it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
