"""`lapwing replay FILE`: feeds a file of reports as if it happened now."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import typer
from rich.console import Console
from rich.progress import Progress

from lapwing.cli.connection import open_connection
from lapwing.cli.import_reports import FILE, MAP, SET, VALUE, ZONE
from lapwing.cli.report_files import Columns, Line, make_columns, read_lines
from lapwing.cli.sending import BATCH_LINES, send_lines
from lapwing.kernel.instants import to_ms
from lapwing.kernel.refusals import Refusal
from lapwing.outages.intake.submission import at_ms_of
from lapwing.settings import load_settings

_STEP_S = 0.2
"""Reports that fall into the same step are sent together."""


def replay(
    file: Path = FILE,
    speed: str = typer.Option("1", help="How many times as fast as it was, or max."),
    columns: list[str] = MAP,
    constants: list[str] = SET,
    values: list[str] = VALUE,
    time_zone: str | None = ZONE,
) -> None:
    """Feed a file's reports as if they happened now, with its gaps divided by the speed."""
    factor = _factor(speed)
    mapping = make_columns(columns, constants, values, time_zone)
    settings = load_settings(os.environ)
    out = Console(stderr=True)
    timed = _in_order(file, mapping, out)

    async def run() -> None:
        async with open_connection(settings) as client:
            await feed(client, timed, factor, out)

    asyncio.run(run())


async def feed(
    client: httpx.AsyncClient, timed: list[tuple[int, Line]], speed: float | None, out: Console
) -> None:
    """Sends lines at their times (ms, ascending); `speed` None: without a pause."""
    taken = 0
    begun_s = time.monotonic()
    with Progress(console=out) as bar:
        task = bar.add_task("replay", total=len(timed))
        for due_s, lines in _steps(timed, speed):
            pause_s = begun_s + due_s - time.monotonic()
            if pause_s > 0:
                await asyncio.sleep(pause_s)
            for line, answer in await send_lines(client, lines, None):
                if answer.error is not None:
                    _refuse(out, line, answer.error.message)
                else:
                    taken += 1
            bar.update(task, advance=len(lines))
    out.print(f"{taken:,} of {len(timed):,} reports taken.", highlight=False)


def _steps(
    timed: list[tuple[int, Line]], speed: float | None
) -> Iterator[tuple[float, list[Line]]]:
    """Seconds after the beginning, and the lines that are due then."""
    first_ms = timed[0][0] if timed else 0
    due_step = 0
    lines: list[Line] = []
    for at_ms, line in timed:
        step = 0 if speed is None else int((at_ms - first_ms) / 1000 / speed / _STEP_S)
        if lines and (step != due_step or len(lines) >= BATCH_LINES):
            yield due_step * _STEP_S, lines
            lines = []
        due_step = step
        lines.append(line)
    if lines:
        yield due_step * _STEP_S, lines


def _in_order(file: Path, columns: Columns, out: Console) -> list[tuple[int, Line]]:
    """All lines that have a time, by it, without it: they happen now."""
    now_ms = to_ms(datetime.now(UTC))
    timed: list[tuple[int, Line]] = []
    for line in read_lines(file, columns):
        fields = dict(line.fields)
        at = fields.pop("at", None)
        if line.wrong is not None or at is None:
            _refuse(out, line, line.wrong or "it has no time; --map says which column is `at`")
            continue
        try:
            timed.append((at_ms_of(at, now_ms), Line(line.number, fields)))
        except Refusal as refusal:
            _refuse(out, line, refusal.message)
    timed.sort(key=lambda each: each[0])
    return timed


def _refuse(out: Console, line: Line, why: str) -> None:
    out.print(f"line {line.number}: {why}", markup=False, highlight=False, soft_wrap=True)


def _factor(speed: str) -> float | None:
    if speed == "max":
        return None
    try:
        factor = float(speed)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise Refusal("wrong_option", f"--speed takes a number above 0 or max, not {speed!r}.")
    return factor
