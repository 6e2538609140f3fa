"""`lapwing evaluate flood`: what forged reports can do, and what the defence costs."""

from __future__ import annotations

import json
from typing import Any, Final

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from lapwing.outages.detection.rule import Rule
from lapwing.outages.evaluation import flood_run
from lapwing.outages.evaluation.flood_run import Attack, Delay, FloodRun

_SEED: Final = 20231221


def run_flood(
    as_json: bool = typer.Option(False, "--json", help="Machine-readable, on standard output."),
    false_alarms: float = typer.Option(
        Rule().alpha_per_year, "--false-alarms", help="Allowed per service and year."
    ),
    seed: int = typer.Option(_SEED, "--seed", help="The same seed is the same run."),
    rounds: int = typer.Option(4, "--rounds", min=1, help="Repetitions of each true outage."),
) -> None:
    """How many forged reports a false incident takes, and what it costs true ones."""
    rule = Rule(alpha_per_year=false_alarms)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Floods", total=None)
        found = flood_run.run(
            rule,
            lambda done, steps: bar.update(task, completed=done, total=steps),
            seed=seed,
            rounds=rounds,
        )
    if as_json:
        print(json.dumps(_json(found), indent=1))
        return
    out = Console()
    out.print(_attack_table(found))
    out.print(_delay_table(found))


def _json(found: FloodRun) -> dict[str, Any]:
    return {
        "attacks": [
            {
                "networks": attack.forger.networks,
                "knowing": attack.forger.knowing,
                "one_city": attack.forger.local,
                "reports_per_day": attack.per_day,
                "needed": dict(attack.needed),
                "held": dict(attack.held),
            }
            for attack in found.attacks
        ],
        "delays": [
            {
                "outage": delay.outage,
                "reports_per_day": delay.per_day,
                "defence": delay.defence,
                "median_min": delay.median_min,
                "missed": delay.missed,
                "outages": delay.outages,
            }
            for delay in found.delays
        ],
    }


def _attack_table(found: FloodRun) -> Table:
    table = Table(
        "networks", "forger", "cities", "reports a day", *flood_run.SCOPES,
        title="Forged reports needed for a false incident (* held as suspicious)",
    )  # fmt: skip
    for attack in found.attacks:
        forger = attack.forger
        table.add_row(
            str(forger.networks),
            "knows the rule" if forger.knowing else "does not",
            "one" if forger.local else "all",
            str(attack.per_day),
            *(_needed(attack, scope) for scope in flood_run.SCOPES),
        )
    return table


def _needed(attack: Attack, scope: str) -> str:
    needed, held = attack.needed[scope], attack.held[scope]
    if needed is None:
        return "–"
    return f"{needed}*" if held is not None and held >= 0.5 else str(needed)


def _delay_table(found: FloodRun) -> Table:
    ways = (flood_run.RULE_OFF, flood_run.RULE_ON, flood_run.UNDER_FLOOD)
    table = Table(
        "true outage", "reports a day", *ways, title="Median delay in minutes (missed of all)"
    )
    cells = {(delay.outage, delay.per_day, delay.defence): delay for delay in found.delays}
    for outage, per_day in dict.fromkeys((delay.outage, delay.per_day) for delay in found.delays):
        told = [_delay(cells[outage, per_day, way]) for way in ways]
        table.add_row(outage, str(per_day), *told)
    return table


def _delay(delay: Delay) -> str:
    middle = "–" if delay.median_min is None else f"{delay.median_min:g}"
    return f"{middle} ({delay.missed} of {delay.outages})"
