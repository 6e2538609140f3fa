"""`python -m bench [NAME ...]`: measures, prints a table, and records it with the machine."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import bench

RESULTS = Path(__file__).parent / "results.jsonl"


def main(names: list[str]) -> None:
    console = Console()
    found = [module.name for module in pkgutil.iter_modules(bench.__path__)]
    rows: list[dict[str, Any]] = []
    for name in names or sorted(found):
        module = importlib.import_module(f"bench.{name}")
        if not hasattr(module, "measure"):
            continue
        with console.status(f"Measuring {name} ..."):
            rows += [{"benchmark": name, **row} for row in module.measure()]
    if rows:
        console.print(_table(rows))
        _record(rows)


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("Benchmark", "Figure", "Value", "Unit", "To reach", "Reached")
    for row in rows:
        limit = row.get("limit")
        table.add_row(
            row["benchmark"],
            row["name"],
            _number(row["value"]),
            row["unit"],
            "" if limit is None else _number(limit),
            "" if limit is None else ("yes" if _reached(row) else "NO"),
        )
    return table


def _reached(row: dict[str, Any]) -> bool:
    if row.get("better", "higher") == "lower":
        return bool(row["value"] <= row["limit"])
    return bool(row["value"] >= row["limit"])


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def _record(rows: list[dict[str, Any]]) -> None:
    """One line a run, so that figures of several days can be laid side by side."""
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": _machine(),
        "rows": rows,
    }
    with RESULTS.open("a") as file:
        file.write(json.dumps(record) + "\n")


def _commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return asked.stdout.strip()


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    return f"{os.cpu_count()} x {cpu}, Python {platform.python_version()}, {platform.system()}"


if __name__ == "__main__":
    main(sys.argv[1:])
