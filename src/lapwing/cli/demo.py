"""`lapwing demo`: a simulated outage from a quiet board to its written story, in two minutes."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from lapwing.adapters.clocks import SteppedClock
from lapwing.adapters.data_folder import DataFolder
from lapwing.app import Application, compose, configure_logging
from lapwing.kernel.instants import to_ms
from lapwing.kernel.refusals import Refusal
from lapwing.outages.demo import REFERENCE_EVENT, Background, reference_event
from lapwing.outages.demo.director import DemoDirector
from lapwing.outages.incidents.model import State
from lapwing.outages.journal import ReportsTaken
from lapwing.outages.model import ReportRow
from lapwing.settings import Settings, load_settings
from lapwing.web.serving import create_server

_MARK = "simulated.txt"
_MARK_TEXT = "Everything in this folder is simulated; `lapwing demo` makes it anew at each start.\n"
_KEPT_MIN = 1_560


class DemoClock(SteppedClock):
    """Moved by the director; steps that follow the clock are to look as often as in the show."""

    speed = 60.0


def demo(
    seconds: Annotated[float, typer.Option(min=20.0, help="How long the outage is shown.")] = 90.0,
    port: Annotated[int | None, typer.Option(help="Port; else LAPWING_PORT.")] = None,
    host: Annotated[str | None, typer.Option(help="Address; else LAPWING_HOST.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder; else LAPWING_DATA/demo.")] = None,
    days: Annotated[int, typer.Option(min=8, help="Ordinary days that come before.")] = 14,
) -> None:
    """Replay the outage of X on 21 December 2023, simulated, before your eyes.

    The demo has its own clock and its own data folder, made anew at each start.
    """
    settings = load_settings(os.environ)
    settings = replace(
        settings,
        data=data or settings.data / "demo",
        database="",
        host=host or settings.host,
        port=port or settings.port,
    )
    refuse_taken_port(settings.host, settings.port)
    make_anew(settings.data)
    asyncio.run(_show(settings, seconds, days))


def make_anew(folder: Path) -> None:
    """Empties the folder of an earlier demo. Refuses one in use or with anything else in it."""
    if DataFolder(folder).find_owner() is not None:
        raise Refusal("folder_in_use", f"A demo is running already with the folder {folder}.")
    if folder.exists() and not (folder / _MARK).exists() and any(folder.iterdir()):
        raise Refusal(
            "folder_not_empty",
            f"The folder {folder} holds something that is not a demo; name another with --data.",
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).write_text(_MARK_TEXT, encoding="utf-8")


async def _show(settings: Settings, show_s: float, days: int) -> None:
    configure_logging("warning" if settings.log_level == "info" else settings.log_level)
    console = Console(stderr=True)
    start_at = REFERENCE_EVENT.started_at - timedelta(days=days + 1)
    clock = DemoClock(start_at)
    application = compose(settings, clock=clock, simulated=True)
    director = _director(application, clock, show_s)
    await application.start()
    try:
        await _fill(application, director, days, console)
        _tell(console, settings, show_s)
        playing = asyncio.create_task(director.play())
        try:
            await _serve(application, director)
        finally:
            playing.cancel()
            with suppress(asyncio.CancelledError):
                await playing
    finally:
        await application.stop()


def _director(application: Application, clock: DemoClock, show_s: float) -> DemoDirector:
    services, gazetteer = application.catalogue.services, application.gazetteer
    slug = REFERENCE_EVENT.service

    async def take(rows: list[ReportRow], received_at: datetime) -> None:
        await application.journal.append(ReportsTaken(to_ms(received_at), rows))

    def is_over() -> bool:
        latest = application.watch.latest_incident_of(slug)
        return latest is not None and latest.state is State.RESOLVED

    return DemoDirector(
        take=take,
        clock=clock,
        background=Background(services, gazetteer),
        event=reference_event(application.catalogue.get(slug), gazetteer),
        facts=REFERENCE_EVENT,
        is_over=is_over,
        show_s=show_s,
    )


async def _fill(
    application: Application, director: DemoDirector, days: int, console: Console
) -> None:
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console
    )
    start_at = director.opening_at - timedelta(days=days)
    with bar:
        task = bar.add_task("Counting some ordinary weeks", total=days * 1440.0)

        def advance(at: datetime) -> None:
            bar.update(task, completed=(at - start_at) / timedelta(minutes=1))
            # The weeks only teach what is usual; of the counts, pages show no more than a day.
            del application.watch.closed[:-_KEPT_MIN]

        await director.fill(days, advance)


def _tell(console: Console, settings: Settings, show_s: float) -> None:
    console.print(
        f"\n[bold]Open {settings.public_url}[/bold]\n"
        "You see a quiet board; the demo begins when you look. Then X fails, as it did on\n"
        "21 December 2023: the alarm, the map filling, the peak, the recovery and the written\n"
        f"story, within about {show_s:.0f} seconds. All of it is simulated. Ctrl+C ends it.\n",
        highlight=False,
    )


async def _serve(application: Application, director: DemoDirector) -> None:
    settings = application.settings
    server = create_server(application.asgi, host=settings.host, port=settings.port)

    async def site_with_curtain(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            director.open_curtain()
        await application.asgi(scope, receive, send)

    server.config.app = site_with_curtain
    await server.serve()


def refuse_taken_port(host: str, port: int) -> None:
    """Before the weeks are counted, not after."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refusal(
                "port_taken",
                f"Cannot listen on {host}:{port} ({error.strerror}); name another with --port.",
            ) from error
