"""Changes to the text of the operator's services.toml; comments and order stay as they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, cast

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from lapwing.kernel.refusals import Refusal
from lapwing.outages.catalogue.fields import SERVICE_FIELDS, near
from lapwing.outages.catalogue.loading import CatalogueRefused, Problem

FieldValue = str | bool | list[str]
_LIST_FIELDS = frozenset({"aliases", "countries", "symptoms", "platforms"})
_SLUG_COLUMN = "slug"
_BETWEEN = ";"


def put_service(text: str, slug: str, fields: Mapping[str, FieldValue | None]) -> str:
    """The text with these fields of the service set; None takes the field out of this file.

    The result still has to be loaded to know whether it is right.
    """
    document = _parse(text, "services.toml")
    services = _table_in(document, "services")
    entry = _table_in(services, slug)
    for name, value in fields.items():
        if value is None:
            entry.pop(name, None)
        else:
            entry[name] = value
    return tomlkit.dumps(document)


def import_toml(text: str, incoming: str, file: str) -> tuple[str, list[str]]:
    """The text with all tables of `incoming` on top, and the slugs that came in."""
    document = _parse(text, "services.toml")
    new = _parse(incoming, file).unwrap()
    for table_name, entries in new.items():
        if not isinstance(entries, dict):
            raise CatalogueRefused([Problem(file, 1, f"{table_name} must be a table")])
        table = _table_in(document, table_name)
        for key, value in entries.items():
            if isinstance(value, dict):
                _table_in(table, key).update(value)
            else:
                table[key] = value
    return tomlkit.dumps(document), list(new.get("services", {}))


def csv_as_toml(incoming: str, file: str) -> str:
    """The services of a table with the columns slug, name, category, home_page ..., each on the
    line on which it ends in the CSV file, so that mistakes are reported there.

    Several aliases, countries, symptoms or platforms stand in one cell with ";" between them;
    an empty cell leaves the field alone.
    """
    lines = ["[services]"]
    for number, row in _csv_rows(incoming, file):
        slug = row.pop(_SLUG_COLUMN, "")
        if not slug:
            raise CatalogueRefused([Problem(file, number, "slug is missing")])
        entry = tomlkit.inline_table()
        entry.update({name: _from_cell(name, cell) for name, cell in row.items()})
        lines.extend([""] * (number - len(lines) - 1))
        lines.append(f"{tomlkit.item(slug).as_string()} = {entry.as_string()}")
    return "\n".join(lines) + "\n"


def split_list(cell: str) -> list[str]:
    """The parts of "a; b;c"."""
    return [part.strip() for part in cell.split(_BETWEEN) if part.strip()]


def _csv_rows(incoming: str, file: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and the filled cells of each row."""
    reader = csv.DictReader(io.StringIO(incoming.removeprefix("\ufeff")))
    columns = [_SLUG_COLUMN, *SERVICE_FIELDS]
    for name in reader.fieldnames or ():
        if name not in columns:
            reason = f"unknown column {name!r}{near(name, columns)}"
            raise CatalogueRefused([Problem(file, 1, reason)])
    for row in reader:
        if None in row:
            raise CatalogueRefused([Problem(file, reader.line_num, "more cells than columns")])
        cells = {name: cell.strip() for name, cell in row.items() if cell and cell.strip()}
        if cells:
            yield reader.line_num, cells


def _from_cell(name: str, cell: str) -> FieldValue:
    if name in _LIST_FIELDS:
        return split_list(cell)
    if name == "removed":
        return cell.casefold() in {"true", "yes", "1"}
    return cell


def _parse(text: str, file: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        line = getattr(error, "line", 1)
        raise CatalogueRefused([Problem(file, line, f"not TOML: {error}")]) from error


def _table_in(parent: tomlkit.TOMLDocument | Table, key: str) -> Table:
    if key not in parent:
        parent[key] = tomlkit.table(is_super_table=key == "services")
    found = cast("Any", parent[key])
    if not isinstance(found, Table):
        raise Refusal(
            "wrong_catalogue",
            f"{key} in services.toml is written in a way that cannot be edited here; "
            f"write it as a table, [services.{key}].",
        )
    return found
