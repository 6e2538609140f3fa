"""`lapwing demo`: a simulated outage from a quiet board to its written story, in two minutes."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from lapwing.adapters.data_folder import DataFolder
from lapwing.kernel.refusals import Refusal
from lapwing.settings import load_settings

_MARK = "simulated.txt"
_MARK_TEXT = "Everything in this folder is simulated; `lapwing demo` makes it anew at each start.\n"


def demo(
    seconds: Annotated[float, typer.Option(min=5.0, help="How long the outage is shown.")] = 90.0,
    port: Annotated[int | None, typer.Option(help="Port; else LAPWING_PORT.")] = None,
    host: Annotated[str | None, typer.Option(help="Address; else LAPWING_HOST.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder; else LAPWING_DATA/demo.")] = None,
    days: Annotated[int, typer.Option(min=8, help="Ordinary days that come before.")] = 14,
) -> None:
    """Replay the outage of X on 21 December 2023, simulated, before your eyes.

    The demo has its own clock and its own data folder, made anew at each start.
    """
    from lapwing.cli.demo_show import show  # slow: not for the other commands

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
    asyncio.run(show(settings, seconds, days))


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
