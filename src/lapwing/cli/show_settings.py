"""`lapwing settings`: every setting, its present value and its meaning."""

from __future__ import annotations

import os

from rich.console import Console
from rich.table import Table

from lapwing.settings import describe, load_settings


def show_settings() -> None:
    """List every setting with its present value."""
    table = Table()
    table.add_column("Setting", no_wrap=True)
    table.add_column("Present value", overflow="fold")
    table.add_column("Meaning")
    for row in describe(load_settings(os.environ)):
        table.add_row(*row)
    Console().print(table)
