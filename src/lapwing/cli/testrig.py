"""`lapwing testrig`: a server with people, posts and an outage in it, for trying an app against."""

from __future__ import annotations

import asyncio
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from lapwing.settings import load_settings


def serve_seeded(
    port: Annotated[int | None, typer.Option(help="Port; else LAPWING_PORT.")] = None,
    host: Annotated[str | None, typer.Option(help="Address; else LAPWING_HOST.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder, made anew; else a temporary one.")
    ] = None,
    quiet: Annotated[bool, typer.Option(help="No outage.")] = False,
) -> None:
    """Serve a seeded Lapwing for people who try an app against it.

    A cast of accounts with one password, follows, posts of every kind and media; X fails from the
    start on. Tokens for names and passwords are given, and nothing is limited: not for earnest.
    """
    from lapwing.cli.demo import make_anew, refuse_taken_port
    from lapwing.cli.testrig_show import show  # slow: not for the other commands

    settings = load_settings(os.environ)
    with tempfile.TemporaryDirectory(prefix="lapwing-testrig-") as folder:
        settings = replace(
            settings,
            data=data or Path(folder) / "data",
            database="",
            host=host or settings.host,
            port=port or settings.port,
            password_grant=True,
            api_requests_per_5_minutes=0,
            api_uploads_per_30_minutes=0,
        )
        refuse_taken_port(settings.host, settings.port)
        make_anew(settings.data)
        asyncio.run(show(settings, with_outage=not quiet))
