"""`lapwing serve`: the server, until it is told to stop."""

from __future__ import annotations

import os
from dataclasses import replace

import typer

from lapwing.settings import load_settings


def serve(
    host: str | None = typer.Option(None, help="Address to listen on; else LAPWING_HOST."),
    port: int | None = typer.Option(None, help="Port to listen on; else LAPWING_PORT."),
) -> None:
    """Run the server until it is told to stop (Ctrl+C, SIGTERM)."""
    import uvloop

    from lapwing.app import compose, run_server  # slow: not for the other commands

    settings = load_settings(os.environ)
    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    uvloop.run(run_server(compose(settings)))
