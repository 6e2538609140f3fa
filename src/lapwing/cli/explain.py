"""`lapwing explain`: why an outage was or was not declared."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from lapwing.cli.connection import open_connection
from lapwing.cli.incidents import get_json
from lapwing.outages.story.arithmetic import odds, rate
from lapwing.settings import load_settings


def explain(
    service: str = typer.Argument(help="Its slug, for example x."),
    at: str | None = typer.Option(
        None, help="2023-12-21T10:37+05:30: the minute closed last then; else now."
    ),
    as_json: bool = typer.Option(False, "--json", help="All numbers, as JSON."),
) -> None:
    """Show the arithmetic: why an outage was or was not declared in a minute."""
    view = asyncio.run(_ask(service, {} if at is None else {"at": at}))
    if as_json:
        typer.echo(json.dumps(view, indent=2, ensure_ascii=False))
    else:
        _print(view)


async def _ask(service: str, parameters: Mapping[str, str]) -> Any:
    async with open_connection(load_settings(os.environ)) as client:
        return await get_json(client, f"/api/v1/services/{service}/explanation", parameters)


def _print(view: dict[str, Any]) -> None:
    typer.secho(f"{view['service']['name']}, the minute up to {view['at']}", bold=True)
    for line in view["told"]:
        typer.echo(line)
    table = Table(box=None, pad_edge=False)
    table.add_column("slice")
    for heading in ("reports", "expected", "at most", "variance", "weight", "evidence", "share"):
        table.add_column(heading, justify="right", no_wrap=True)
    for node in view["explanation"]["nodes"]:
        table.add_row(
            node["label"],
            f"{node['observed']:,}",
            rate(node["expected"]),
            rate(node["upper"]),
            f"{node['dispersion']:.2f}",
            f"{node['weight']:.2%}",
            odds(node["mixed"]),
            f"{node['share']:.1%}",
        )
    typer.echo()
    Console().print(table)
    others = view["explanation"]["other_slices"]
    if others:
        left = odds(view["explanation"]["other_evidence"])
        typer.echo(f"{others:,} other slices add {left} together.")
    for note in view["notes"]:
        typer.echo(f"\n{note}")
