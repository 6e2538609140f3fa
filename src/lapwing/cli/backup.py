"""`lapwing backup` and `lapwing restore`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    DownloadColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)

from lapwing import __version__
from lapwing.adapters.backup_archive import Advance, Source, restore_backup, write_backup
from lapwing.kernel.refusals import Refusal
from lapwing.settings import Settings, load_settings

_SQLITE = "sqlite:///"


def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write, e.g. monday.tar.gz.")],
    without_database: Annotated[
        bool,
        typer.Option(
            "--without-database",
            help="PostgreSQL only: leave the database out, of which there is a dump already.",
        ),
    ] = False,
) -> None:
    """Write everything kept into one file, while the server runs or not.

    Reporter keys are left out on purpose. A PostgreSQL database is not in it: dump that with
    pg_dump first, then make the backup with --without-database.
    """
    source = _source(load_settings(os.environ))
    _check_database(source, without=without_database)
    with _progress("Backing up") as advance:
        manifest = write_backup(
            source, file, version=__version__, made_at=datetime.now(UTC), advance=advance
        )
    total_mb = sum(entry.size for entry in manifest.files) / 1e6
    typer.echo(f"{file}: {len(manifest.files)} files, {total_mb:,.1f} MB before compression.")
    if source.database is None:
        typer.echo("The PostgreSQL database is not in it, as you said.", err=True)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `lapwing backup` wrote.")],
) -> None:
    """Bring a backup back into an empty data folder; everything is verified first."""
    settings = load_settings(os.environ)
    source = _source(settings)
    with _progress("Restoring") as advance:
        manifest = restore_backup(file, source, advance=advance)
    typer.echo(f"{settings.data} is as it was on {manifest.made_at:%Y-%m-%d %H:%M} UTC.")
    if manifest.database == "postgresql":
        typer.echo("Its database was PostgreSQL: bring that back with pg_restore.", err=True)


def _check_database(source: Source, *, without: bool) -> None:
    """Incidents, old counts and operators' tokens are in the database alone: the journal forgets.
    What a dump lacks of what came after it is in the journal, so the dump comes first."""
    if source.database is None and not without:
        raise Refusal(
            "database_not_in_backup",
            "The PostgreSQL database with all incidents, old counts and tokens would not be in"
            " this backup. First dump it (pg_dump --format=custom --file=lapwing.dump DATABASE),"
            " then say --without-database.",
        )
    if source.database is not None and without:
        raise Refusal(
            "database_in_folder",
            "--without-database is for PostgreSQL; a database in a file is always in the backup.",
        )


def _source(settings: Settings) -> Source:
    url = settings.database_url
    database = Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None
    return Source(folder=settings.data, database=database)


@contextmanager
def _progress(what: str) -> Iterator[Advance]:
    columns = (TextColumn(what), DownloadColumn(), TransferSpeedColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done: shown.advance(task, done)
