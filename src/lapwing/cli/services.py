"""`lapwing services ...`: the catalogue, and the operator's own entries in the data folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from lapwing.kernel.refusals import Refusal
from lapwing.outages.catalogue.editing import (
    FieldValue,
    csv_as_toml,
    import_toml,
    put_service,
    split_list,
)
from lapwing.outages.catalogue.files import (
    check_incoming,
    own_file,
    read_catalogue,
    read_own,
    save_own,
)
from lapwing.outages.catalogue.loading import CatalogueRefused, Source
from lapwing.outages.model import Service
from lapwing.settings import load_settings

app = typer.Typer(help="The services that are watched: list, search, add.", no_args_is_help=True)

_Several = Annotated[list[str] | None, typer.Option(help="May be given several times.")]
_Name = Annotated[str | None, typer.Option(help="As people call it.")]
_Category = Annotated[str | None, typer.Option(help="Key of a category, for example banks.")]
_HomePage = Annotated[str | None, typer.Option(help="Its web address.")]
_Icon = Annotated[str | None, typer.Option(help="Slug of its icon in simple-icons.")]
_Colour = Annotated[str | None, typer.Option(help="Six hex digits.")]


@app.command("list")
def list_services(
    category: Annotated[str | None, typer.Option(help="Only this category.")] = None,
    country: Annotated[str | None, typer.Option(help="Only those mainly of this country.")] = None,
) -> None:
    """List the services with their categories and countries."""
    catalogue = read_catalogue(_data())
    if category is not None and category not in catalogue.categories:
        raise Refusal(
            "unknown_category",
            f"No category {category!r}; there are {', '.join(catalogue.categories)}.",
            field="category",
        )
    _print(
        [
            service
            for service in catalogue.services
            if category in (None, service.category)
            and (country is None or country.upper() in service.countries)
        ]
    )


@app.command()
def search(
    text: str, limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 10
) -> None:
    """Find services by name or alias, also misspelt."""
    found = read_catalogue(_data()).search(text, limit)
    if not found:
        raise Refusal("unknown_service", f"No service is like {text!r}.")
    _print(found)


@app.command()
def add(
    slug: Annotated[str, typer.Argument(help="Stands in addresses: of a-z, 0-9 and -.")],
    name: Annotated[str, typer.Option(help="As people call it.")],
    category: Annotated[str, typer.Option(help="Key of a category, for example banks.")],
    home_page: Annotated[str, typer.Option(help="Its web address.")],
    alias: _Several = None,
    country: _Several = None,
    symptom: _Several = None,
    platform: _Several = None,
    icon: _Icon = None,
    colour: _Colour = None,
) -> None:
    """Add a service. Symptoms and platforms are its category's if none are given."""
    if read_catalogue(_data()).find(slug) is not None:
        raise Refusal(
            "service_exists",
            f"There is a service {slug} already; `lapwing services edit {slug}` changes it.",
            field="slug",
        )
    fields = {"name": name, "category": category, "home_page": home_page}
    _put(
        slug, fields | _chosen(icon=icon, colour=colour) | _lists(alias, country, symptom, platform)
    )


@app.command()
def edit(
    slug: str,
    name: _Name = None,
    category: _Category = None,
    home_page: _HomePage = None,
    alias: _Several = None,
    country: _Several = None,
    symptom: _Several = None,
    platform: _Several = None,
    icon: _Icon = None,
    colour: _Colour = None,
    removed: Annotated[
        bool | None, typer.Option("--remove/--restore", help="Take it off the board, or back.")
    ] = None,
) -> None:
    """Change fields of a service; lists are replaced whole. Shipped services can be changed too."""
    if removed is None or removed:
        read_catalogue(_data()).get(slug)
    fields = _chosen(
        name=name, category=category, home_page=home_page, icon=icon, colour=colour, removed=removed
    ) | _lists(alias, country, symptom, platform)
    if not fields:
        raise Refusal("nothing_to_change", "Say what to change, for example --name 'New name'.")
    _put(slug, fields)


@app.command("import")
def import_services(
    file: Annotated[Path, typer.Argument(help="A services.toml, or a CSV file with a header.")],
) -> None:
    """Take over many services from a TOML or CSV file; existing ones are changed."""
    try:
        incoming = file.read_text("utf-8")
    except OSError as error:
        raise Refusal("file_unreadable", f"Cannot read {file}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Refusal("wrong_encoding", f"{file} is not UTF-8 text: {error.reason}.") from error
    if file.suffix.casefold() == ".csv":
        incoming = csv_as_toml(incoming, file.name)
    check_incoming(_data(), Source(incoming, file.name))
    text, slugs = import_toml(read_own(_data()), incoming, file.name)
    _save(text, f"{len(slugs)} services from {file.name}")


def _data() -> Path:
    return load_settings(os.environ).data


def _put(slug: str, fields: Mapping[str, FieldValue]) -> None:
    try:
        _save(put_service(read_own(_data()), slug, fields), slug)
    except CatalogueRefused as error:
        reasons = "; ".join(problem.reason for problem in error.problems)
        raise Refusal("wrong_service", f"Not saved: {reasons}.") from error


def _save(text: str, what: str) -> None:
    save_own(_data(), text)
    typer.echo(f"{what}: written to {own_file(_data())}.")
    typer.echo("A running server takes it up at its next start.", err=True)


def _chosen(**options: str | bool | None) -> dict[str, FieldValue]:
    return {name: value for name, value in options.items() if value is not None}


def _lists(
    alias: list[str] | None,
    country: list[str] | None,
    symptom: list[str] | None,
    platform: list[str] | None,
) -> dict[str, FieldValue]:
    """The fields of the options that were given, also "a;b" in one of them."""
    given = {"aliases": alias, "countries": country, "symptoms": symptom, "platforms": platform}
    return {
        name: [part for value in values for part in split_list(value)]
        for name, values in given.items()
        if values
    }


def _print(services: Sequence[Service]) -> None:
    table = Table("Slug", "Name", "Category", "Countries", "Also called")
    for service in services:
        table.add_row(
            service.slug,
            service.name,
            service.category,
            ", ".join(service.countries),
            ", ".join(service.aliases),
        )
    Console().print(table)
