"""What `lapwing testrig` runs: a whole Lapwing with its cast, and reports that X fails."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

from rich.console import Console

from lapwing.app import Application, compose, configure_logging
from lapwing.cli.testrig_cast import CAST, PASSWORD, Cast
from lapwing.kernel.instants import to_ms
from lapwing.outages.journal import ReportsTaken
from lapwing.outages.model import ReportRow
from lapwing.settings import Settings
from lapwing.web.serving import create_server

_SERVICE = "x"
_REPORTS_EVERY_S = 2.0
_REPORTS_AT_ONCE = 6
_CITIES = (("IN", 1273294), ("IN", 1275339), ("IN", 1277333), ("US", 5128581), ("GB", 2643743))


async def show(settings: Settings, *, with_outage: bool) -> None:
    """Serves until it is told to stop."""
    configure_logging("warning" if settings.log_level == "info" else settings.log_level)
    application = compose(settings, simulated=True, learning_min=0)
    await application.start()
    try:
        cast = Cast(application.square)
        await application.service_accounts.open_missing()
        tokens = await cast.enter(application.service_accounts.find(_SERVICE))
        _tell(settings, tokens)
        failing = asyncio.create_task(_fail(application)) if with_outage else None
        server = create_server(application.asgi, host=settings.host, port=settings.port)
        try:
            await server.serve()
        finally:
            if failing is not None:
                failing.cancel()
                with suppress(asyncio.CancelledError):
                    await failing
    finally:
        await application.stop()


async def _fail(application: Application) -> None:
    """Reports of made-up people, some each second, for as long as the server runs."""
    chance = random.Random(1)  # noqa: S311 - for variety, not for secrets
    service = application.catalogue.get(_SERVICE)
    symptoms = [one.key for one in service.symptoms]
    platforms = [one.key for one in service.platforms]
    number = 0
    while True:
        now_ms = to_ms(application.clock.now())
        rows = []
        for _ in range(_REPORTS_AT_ONCE):
            number += 1
            country, city = chance.choice(_CITIES)
            rows.append(
                ReportRow(
                    id=application.square.ids.take(now_ms),
                    at_ms=now_ms,
                    service=_SERVICE,
                    symptom=chance.choice(symptoms),
                    platform=chance.choice(platforms),
                    country=country,
                    city=city,
                    reporter=f"testrig-{number}",
                    network=f"AS{chance.randrange(64_500, 64_560)}",
                    block=f"testrig-{chance.randrange(5000)}",
                )
            )
        await application.journal.append(ReportsTaken(now_ms, rows))
        await asyncio.sleep(_REPORTS_EVERY_S)


def _tell(settings: Settings, tokens: dict[str, str]) -> None:
    console = Console(stderr=True, soft_wrap=True)
    console.print(f"A seeded Lapwing at {settings.public_url}; everything in it is made up.")
    for member in CAST:
        console.print(f"  @{member.username:<12} {tokens[member.username]}  {member.who}")
    console.print("Behind each name is its access token.")
    console.print(f"Every password is “{PASSWORD}”; e-mail addresses are NAME@example.org.")
    console.print("X fails from now on; its account is @x_outages. Ctrl+C ends it.")
