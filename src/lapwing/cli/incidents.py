"""`lapwing incidents ...`: what happened, and an operator's word on it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

from lapwing.cli.connection import open_connection
from lapwing.kernel.refusals import Refusal
from lapwing.settings import load_settings

app = typer.Typer(help="Incidents: list and show them, and act on them.")

_PAGE = 200
_NOTE = typer.Option("", "--note", help="Kept in the incident's history.")


@app.callback(invoke_without_command=True)
def incidents(
    context: typer.Context,
    as_json: bool = typer.Option(False, "--json", help="A JSON list in place of a table."),
    service: str | None = typer.Option(None, help="Only of this service (slug)."),
    since: str | None = typer.Option(
        None, help="Only begun at or after: 2023-12-21[T10:37+05:30]."
    ),
    state: str | None = typer.Option(None, help="Only in this state; `open`: all that last."),
) -> None:
    """List incidents, newest first."""
    if context.invoked_subcommand is not None:
        return
    since_at = None if since is None else _instant(since)
    found = _over_http(lambda client: _list(client, service, state, since_at))
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _print_table(found)


@app.command()
def show(
    incident: str = typer.Argument(help="Its id, for example x-20231221-0509."),
    as_json: bool = typer.Option(False, "--json", help="All that is known of it, as JSON."),
) -> None:
    """Show one incident: its story and its history."""
    view = _over_http(lambda client: get_json(client, f"/api/v1/incidents/{incident}", {}))
    if as_json:
        typer.echo(json.dumps(view, indent=2, ensure_ascii=False))
        return
    typer.secho(view["story"]["headline"], bold=True)
    for paragraph in view["story"]["article"]:
        typer.echo(f"\n{paragraph}")
    typer.echo(f"\n{incident}: {view['summary']['state'].replace('_', ' ')}")
    for change in view["changes"]:
        note = f" - {change['note']}" if change["note"] else ""
        typer.echo(f"  {_short(change['at'])}  {change['act']} by {change['by']}{note}")


@app.command()
def confirm(incident: str, note: str = _NOTE) -> None:
    """Say that it is a real outage."""
    _act(incident, "confirm", {"note": note})


@app.command()
def dismiss(incident: str, note: str = _NOTE) -> None:
    """Say that it was a false alarm."""
    _act(incident, "dismiss", {"note": note})


@app.command()
def merge(
    incident: str,
    into: str = typer.Argument(help="Id of the incident that it is part of."),
    note: str = _NOTE,
) -> None:
    """Make it part of another incident of the same service."""
    _act(incident, "merge", {"into": into, "note": note})


@app.command()
def edit(
    incident: str,
    title: str | None = typer.Option(None, help="Headline; empty: the story writes it again."),
    cause: str | None = typer.Option(None, help="What is known of the cause; empty: nothing."),
    started: str | None = typer.Option(None, help="When it began, with its zone."),
    ended: str | None = typer.Option(None, help="When it ended, with its zone."),
    note: str = _NOTE,
) -> None:
    """Correct headline, cause, start or end."""
    given = {"title": title, "cause": cause, "started_at": started, "ended_at": ended}
    _act(incident, "edit", {"note": note, **{k: v for k, v in given.items() if v is not None}})


@app.command()
def annotate(incident: str, note: str = typer.Argument(help="What is to be remembered.")) -> None:
    """Add a note to its history."""
    _act(incident, "annotate", {"note": note})


@app.command()
def resolve(
    incident: str,
    ended: str | None = typer.Option(None, help="When it ended, with its zone; else now."),
    cause: str | None = typer.Option(None, help="What is known of the cause."),
    note: str = _NOTE,
) -> None:
    """End it by hand."""
    given = {"ended_at": ended, "cause": cause}
    _act(incident, "resolve", {"note": note, **{k: v for k, v in given.items() if v is not None}})


@app.command()
def reopen(incident: str, note: str = _NOTE) -> None:
    """Take back that it is over or was a false alarm."""
    _act(incident, "reopen", {"note": note})


def _over_http(ask: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with open_connection(load_settings(os.environ)) as client:
            return await ask(client)

    return asyncio.run(run())


def _act(incident: str, act: str, details: Mapping[str, str]) -> None:
    body = {"act": act, **{name: text for name, text in details.items() if name != "note" or text}}

    async def send(client: httpx.AsyncClient) -> Any:
        return _answer(await client.post(f"/api/v1/incidents/{incident}/acts", json=body))

    changed = _over_http(send)
    typer.echo(f"{changed['id']}: {changed['state'].replace('_', ' ')}")


async def _list(
    client: httpx.AsyncClient, service: str | None, state: str | None, since_at: datetime | None
) -> list[Any]:
    given = {"service": service, "state": state}
    parameters = {name: text for name, text in given.items() if text is not None}
    found: list[Any] = []
    before: str | None = None
    while True:
        cursor = {} if before is None else {"before": before}
        page = await get_json(
            client, "/api/v1/incidents", {**parameters, **cursor, "limit": str(_PAGE)}
        )
        found += page["incidents"]
        before = page["next"]
        if before is None:
            break
    return [
        _row(one) for one in found if since_at is None or _instant(one["started_at"]) >= since_at
    ]


def _row(summary: dict[str, Any]) -> dict[str, Any]:
    return {**summary, "service": summary["service"]["slug"]}


async def get_json(client: httpx.AsyncClient, path: str, parameters: Mapping[str, str]) -> Any:
    return _answer(await client.get(path, params=dict(parameters)))


def _answer(response: httpx.Response) -> Any:
    """The answer's content; what the server refused is refused here with its words."""
    if response.is_success:
        return response.json()
    try:
        problem = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        problem = {"code": "unexpected", "message": f"The server answered {response.status_code}."}
    raise Refusal(problem["code"], problem["message"], field=problem.get("field"))


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(
            "invalid_instant",
            f"{text!r} is no date or instant; write 2023-12-21 or 2023-12-21T10:37+05:30.",
        ) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _short(at: str | None) -> str:
    return "" if at is None else f"{_instant(at).astimezone(UTC):%Y-%m-%d %H:%M}"


def _print_table(found: list[dict[str, Any]]) -> None:
    if not found:
        typer.echo("No incidents.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "state", "start (UTC)", "end (UTC)"):
        table.add_column(heading, no_wrap=True)
    table.add_column("reports", justify="right")
    for one in found:
        table.add_row(
            one["id"],
            one["state"].replace("_", " "),
            _short(one["started_at"]),
            _short(one["ended_at"]),
            f"{one['reports']:,}",
        )
    Console().print(table)
    typer.echo()
    for one in found:
        typer.echo(f"{one['id']}: {one['headline']}")
