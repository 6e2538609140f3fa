"""What `lapwing demo` runs: a whole Lapwing on the demo's clock, fed by its director."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np
from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from lapwing.adapters.clocks import SteppedClock
from lapwing.app import Application, compose, configure_logging, spare_collector
from lapwing.kernel.instants import MS_PER_MINUTE, to_ms
from lapwing.outages.demo import REFERENCE_EVENT, Background, reference_event
from lapwing.outages.demo.director import DemoDirector
from lapwing.outages.incidents.model import State
from lapwing.outages.journal import ReportsTaken
from lapwing.outages.model import ReportRow
from lapwing.outages.store import ExpectedCount, OutageStore, SliceCount
from lapwing.outages.watch import ClosedMinute, Watch, hour_of
from lapwing.settings import Settings
from lapwing.web.serving import create_server


class DemoClock(SteppedClock):
    """Moved by the director; steps that follow the clock are to look as often as in the show."""

    speed = 60.0


async def show(settings: Settings, show_s: float, days: int) -> None:
    """Serves the demo until it is told to stop; the outage lasts `show_s` seconds."""
    configure_logging("warning" if settings.log_level == "info" else settings.log_level)
    console = Console(stderr=True)
    start_at = REFERENCE_EVENT.started_at - timedelta(days=days + 1)
    clock = DemoClock(start_at)
    application = compose(settings, clock=clock, simulated=True)
    await application.start(working=False)
    weeks = _Weeks(application.watch, REFERENCE_EVENT.service)
    director = _director(application, clock, weeks, show_s)
    try:
        await _fill(director, days, console)
        await weeks.keep(application.store)
        spare_collector()
        application.begin_work()
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


def _director(
    application: Application, clock: DemoClock, weeks: _Weeks, show_s: float
) -> DemoDirector:
    services, gazetteer = application.catalogue.services, application.gazetteer
    slug = REFERENCE_EVENT.service

    async def take(rows: list[ReportRow], received_at: datetime) -> None:
        await application.journal.append(ReportsTaken(to_ms(received_at), rows))

    def is_over() -> bool:
        latest = application.watch.records.latest_incident_of(slug)
        return latest is not None and latest.state is State.RESOLVED

    return DemoDirector(
        take=take,
        teach=weeks.teach,
        clock=clock,
        background=Background(services, gazetteer),
        event=reference_event(application.catalogue.get(slug), gazetteer),
        facts=REFERENCE_EVENT,
        is_over=is_over,
        show_s=show_s,
    )


class _Weeks:
    """The ordinary weeks before the show, of which only one service's counts are kept."""

    def __init__(self, watch: Watch, slug: str) -> None:
        self._watch = watch
        self._slug = slug
        self._counts: list[SliceCount] = []
        self._expected: list[ExpectedCount] = []

    def teach(self, rows: list[ReportRow]) -> None:
        """Minute by minute like any report, but past the journal and the database: the weeks are
        made anew at each start, and writing them down would double the wait for the first page."""
        watch = self._watch
        for row in rows:
            watch.nodes.of_row(row)  # new slices of a whole day cost no more than of a minute
        for minute, part in groupby(rows, key=lambda row: row.at_ms // MS_PER_MINUTE):
            end_ms = (minute + 1) * MS_PER_MINUTE - 1
            watch.apply(watch.position, ReportsTaken(end_ms, list(part)))
        for closed in watch.closed:
            self._take(closed)
        watch.closed.clear()

    def _take(self, closed: ClosedMinute) -> None:
        nodes, number = self._watch.nodes, self._watch.nodes.find_service(self._slug)
        if number is None or number >= len(closed.outcome.expected):
            return
        minute, counts = closed.counts.minute, closed.counts
        for place in np.flatnonzero(nodes.service_of[counts.nodes] == number).tolist():
            one = nodes.slice_of(int(counts.nodes[place]))
            self._counts.append(SliceCount(one, minute, int(counts.counts[place])))
        expected, upper = closed.outcome.expected[number], closed.outcome.upper[number]
        self._expected.append(ExpectedCount(self._slug, minute, float(expected), float(upper)))

    async def keep(self, store: OutageStore) -> None:
        """So that the arithmetic of any minute of the show can be worked out again."""
        if not self._expected:
            return
        start = hour_of(self._expected[0].minute)
        end = hour_of(self._expected[-1].minute)
        await store.replace_rollups(
            self._slug,
            start,
            end,
            [one for one in self._counts if one.minute < end],
            [one for one in self._expected if one.minute < end],
        )


async def _fill(director: DemoDirector, days: int, console: Console) -> None:
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console
    )
    start_at = director.opening_at - timedelta(days=days)
    with bar:
        task = bar.add_task("Counting some ordinary weeks", total=days * 1440.0)

        def advance(at: datetime) -> None:
            bar.update(task, completed=(at - start_at) / timedelta(minutes=1))

        await director.fill(days, advance)


def _tell(console: Console, settings: Settings, show_s: float) -> None:
    console.print(
        f"\n[bold]Open {settings.public_url}[/bold]\n"
        "You see a quiet board; the demo begins when you look. Then X fails, as it did\n"
        "on 21 December 2023: the alarm, the map filling, the peak, the recovery and the\n"
        f"written story, within about {show_s:.0f} seconds. All of it is simulated.\n"
        "Ctrl+C ends it.\n",
        highlight=False,
    )


async def _serve(application: Application, director: DemoDirector) -> None:
    settings = application.settings
    server = create_server(
        application.asgi, host=settings.host, port=settings.port, log_level="warning"
    )

    async def site_with_curtain(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            director.open_curtain()
        await application.asgi(scope, receive, send)

    server.config.app = site_with_curtain
    await server.serve()
