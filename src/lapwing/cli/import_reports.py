"""`lapwing import FILE`: reports of the past, from a file."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import httpx
import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from lapwing.cli.connection import open_connection
from lapwing.cli.report_files import Columns, Line, examine, make_columns, read_lines
from lapwing.cli.sending import BATCH_LINES, post, send_lines
from lapwing.settings import load_settings

MAP: Final = typer.Option([], "--map", help="COLUMN=FIELD,...: what the file's columns are.")
SET: Final = typer.Option([], "--set", help="FIELD=VALUE: the same for every line.")
VALUE: Final = typer.Option([], "--value", help="COLUMN:FROM=TO: a value in other words.")
ZONE: Final = typer.Option(None, "--time-zone", help="Of times without offset, e.g. Asia/Kolkata.")
FILE: Final = typer.Argument(help="A .csv, .ndjson or .parquet file.")


class Progressed(msgspec.Struct):
    """How far the import of a file has come; kept, so that it goes on after an interruption."""

    sent: int = 0
    """Lines that are answered, counted from the file's first."""
    taken: int = 0
    coarser: int = 0
    """Of them, counted for a region or country since the city is not known."""
    refused: list[int] = []
    """Line numbers, to be tried again when the file is imported again."""
    services: list[str] = []
    read: bool = False
    """The whole file is answered."""
    examined: bool = False
    """The end of the backfill was told."""
    runs: int = 0
    """How often all of it was imported anew, with --again."""


def import_reports(
    file: Path = FILE,
    columns: list[str] = MAP,
    constants: list[str] = SET,
    values: list[str] = VALUE,
    time_zone: str | None = ZONE,
    again: bool = typer.Option(False, "--again", help="Import a file a second time."),
) -> None:
    """Import reports of the past. Interrupted, it goes on where it was when called again."""
    mapping = make_columns(columns, constants, values, time_zone)
    content, count = examine(file)
    service = mapping.constants.get("service", "")
    key = hashlib.blake2b(f"{content}\n{service}".encode(), digest_size=16).hexdigest()
    settings = load_settings(os.environ)
    notes = settings.data / "imports" / f"{key}.json"

    async def run() -> None:
        async with open_connection(settings) as client:
            await Import(client, notes, key).run(file, mapping, count, again=again)

    asyncio.run(run())


class Import:
    """One file on its way in."""

    def __init__(self, client: httpx.AsyncClient, notes: Path, key: str) -> None:
        self._client = client
        self._notes = notes
        self._key = key
        self._out = Console(stderr=True)
        self.progress = _load(notes)

    async def run(self, file: Path, columns: Columns, count: int, *, again: bool = False) -> None:
        """Sends what is not answered yet and tells the end; raises `Refusal`, `Unavailable`."""
        begun_s = time.monotonic()
        lines = self._left(file, columns, again=again)
        before = self.progress.taken
        if lines is None:
            self._out.print(f"All of {file.name} is in already; --again imports it once more.")
            return
        with self._bar() as bar:
            task = bar.add_task(file.name, total=max(count, 1), completed=self.progress.sent)
            while batch := list(islice(lines, BATCH_LINES)):
                await self._send(batch)
                bar.update(task, advance=len(batch))
            bar.update(task, completed=count, total=count)
        took_s = time.monotonic() - begun_s
        self.progress.read = True
        with self._out.status("Examining what they say of the past"):
            await self._end()
        self._sum_up(self.progress.taken - before, took_s)

    def _left(self, file: Path, columns: Columns, *, again: bool) -> Iterator[Line] | None:
        """Lines to send; None: there is nothing left."""
        done = self.progress
        lines = read_lines(file, columns)
        if done.read and again:
            self.progress = Progressed(runs=done.runs + 1)
            return lines
        if not done.read:
            return islice(lines, done.sent, None)
        if done.refused:
            wanted = set(done.refused)
            done.examined = False
            return (line for line in lines if line.number in wanted)
        return None if done.examined else iter(())

    async def _send(self, batch: list[Line]) -> None:
        """The key is made of the batch's lines: sent anew, only those refused before can count."""
        done = self.progress
        numbers = [line.number for line in batch]
        named = f"{self._key} {done.runs} {numbers}".encode()
        key = hashlib.blake2b(named, digest_size=16).hexdigest()
        refused = set(done.refused).difference(numbers)
        for line in batch:
            if line.wrong is not None:
                refused.add(self._refuse(line, line.wrong))
        services = set(done.services)
        for line, answer in await send_lines(self._client, batch, key):
            if answer.error is not None:
                refused.add(self._refuse(line, answer.error.message))
                continue
            done.taken += 1
            done.coarser += bool(answer.notes)
            services.add(str(line.fields.get("service")))
        done.services, done.refused = sorted(services), sorted(refused)
        if not done.read:
            done.sent += len(batch)
        self._keep()

    def _refuse(self, line: Line, why: str) -> int:
        self._out.print(f"line {line.number}: {why}", markup=False, highlight=False, soft_wrap=True)
        return line.number

    async def _end(self) -> None:
        """Lapwing examines the services' past now that all of it is in."""
        if self.progress.services:
            body = msgspec.json.encode({"services": self.progress.services})
            headers = {"Content-Type": "application/json"}
            await post(self._client, "/api/v1/backfills", body, headers, again=True)
        self.progress.examined = True
        self._keep()

    def _sum_up(self, taken: int, took_s: float) -> None:
        done = self.progress
        rate = f"{taken / took_s:,.0f} reports/s" if took_s else ""
        self._out.print(
            f"{taken:,} reports taken in {took_s:.1f} s ({rate}); {done.coarser:,} of the file"
            f" by region or country, their city not being known; {len(done.refused):,} refused.",
            highlight=False,
            soft_wrap=True,
        )

    def _keep(self) -> None:
        self._notes.parent.mkdir(parents=True, exist_ok=True)
        part = self._notes.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(self.progress))
        part.replace(self._notes)

    def _bar(self) -> Progress:
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(show_speed=True),
            TimeRemainingColumn(),
            console=self._out,
        )


def _load(notes: Path) -> Progressed:
    try:
        return msgspec.json.decode(notes.read_bytes(), type=Progressed)
    except (FileNotFoundError, msgspec.MsgspecError):
        return Progressed()
