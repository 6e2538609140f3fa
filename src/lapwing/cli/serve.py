"""`lapwing serve`: the server, until it is told to stop."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from lapwing.settings import Settings, load_settings


class Role(StrEnum):
    """What a process of a Lapwing does."""

    ALL = "all"
    WEB = "web"
    """Answers reads from its own copy; the process with the role `all` writes."""


def serve(
    host: str | None = typer.Option(None, help="Address to listen on; else LAPWING_HOST."),
    port: int | None = typer.Option(None, help="Port to listen on; else LAPWING_PORT."),
    role: Annotated[
        Role, typer.Option(help="all; or web: a reader beside the server of the same data folder.")
    ] = Role.ALL,
) -> None:
    """Run the server until it is told to stop (Ctrl+C, SIGTERM)."""
    settings = load_settings(os.environ)
    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    if role is Role.WEB:
        _serve_reader(settings)
    else:
        _serve_all(settings)


def _serve_all(settings: Settings) -> None:
    import uvloop

    from lapwing.app import compose, run_server  # slow: not for the other commands

    uvloop.run(run_server(compose(settings)))


def _serve_reader(settings: Settings) -> None:
    import uvloop

    from lapwing.app_reader import compose_reader, run_reader

    if uvloop.run(run_reader(compose_reader(settings))):
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - itself
