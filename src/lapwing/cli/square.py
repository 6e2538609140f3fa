"""`lapwing square ...`: what the server does to its own files, in processes of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Posts and accounts, as files.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Posts and accounts, as files."""


@app.command()
def checkpoint(
    data: Annotated[Path, typer.Argument(help="The data folder.")],
    until: Annotated[int, typer.Argument(help="Position of the journal that it stands for.")],
) -> None:
    """Write a checkpoint, which shortens the next start; the server does so by itself."""
    from lapwing.app_square import write_checkpoint  # slow: not for the other commands

    write_checkpoint(data, until)
