"""Files of reports: CSV, NDJSON and Parquet, their columns turned into a report's fields."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.outages.intake.submission import ReportInput

FIELDS: Final = frozenset(ReportInput.__struct_fields__)
_NUMBERS: Final = frozenset({"latitude", "longitude"})
_CHUNK: Final = 1 << 20
_PARQUET_ROWS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line (in Parquet a row, from 1) and its fields, or why it cannot be read."""

    number: int
    fields: dict[str, Any]
    wrong: str | None = None


@dataclass(frozen=True)
class Columns:
    """How columns become fields: `fields` column -> field, `constants` field -> value, and
    `values` (column or field, value) -> value. A column that is called like a field is that field
    unless another is; all other columns are left out."""

    fields: Mapping[str, str]
    constants: Mapping[str, str]
    values: Mapping[tuple[str, str], str]
    zone: ZoneInfo | None = None
    """Of times that name no offset."""

    def fields_of(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Raises ValueError with what is wrong."""
        given: dict[str, Any] = {}
        for column, value in record.items():
            field = self.fields.get(column, column)
            if field not in FIELDS or field in self.constants:
                continue
            if column not in self.fields and field in self.fields.values():
                continue
            translated = self._translated(column, field, value)
            if translated not in (None, ""):
                given[field] = self._typed(field, translated)
        return given | dict(self.constants)

    def _translated(self, column: str, field: str, value: Any) -> Any:
        if isinstance(value, str):
            value = value.strip()
        if not self.values:
            return value
        by_column = self.values.get((column, str(value)))
        return self.values.get((field, str(value)), value) if by_column is None else by_column

    def _typed(self, field: str, value: Any) -> Any:
        if field in _NUMBERS and isinstance(value, str):
            try:
                return float(value)
            except ValueError:
                raise ValueError(f"{field}: {value!r} is no number") from None
        if field == "at":
            return self._instant(value)
        if isinstance(value, (int, float)) and field != "city" and field not in _NUMBERS:
            return str(value)
        return value

    def _instant(self, value: Any) -> Any:
        if isinstance(value, str):
            try:
                return float(value)
            except ValueError:
                pass
            if self.zone is None:
                return value
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return value
        if isinstance(value, datetime):
            if value.tzinfo is None and self.zone is not None:
                value = value.replace(tzinfo=self.zone)
            return value.isoformat()
        return value.isoformat() if isinstance(value, date) else value


def make_columns(
    columns: Iterable[str], constants: Iterable[str], values: Iterable[str], zone: str | None
) -> Columns:
    """From the options as they are typed; raises `Refusal` that names the wrong one."""
    by_column = dict(_pairs("--map", columns, "COLUMN=FIELD,..."))
    by_field = dict(_pairs("--set", constants, "FIELD=VALUE"))
    for option, field in [("--map", f) for f in by_column.values()] + [
        ("--set", f) for f in by_field
    ]:
        if field not in FIELDS or field == "place":
            known = ", ".join(sorted(FIELDS - {"place"}))
            raise Refusal(
                "unknown_field", f"{option}: no field is called {field}; there are {known}."
            )
    translated: dict[tuple[str, str], str] = {}
    for each in values:
        column, colon, pair = each.partition(":")
        before, equals, after = pair.partition("=")
        if not (colon and equals):
            raise Refusal("wrong_option", f"--value takes COLUMN:FROM=TO, not {each!r}.")
        translated[column, before] = after
    try:
        return Columns(by_column, by_field, translated, ZoneInfo(zone) if zone else None)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Refusal("wrong_option", f"--time-zone: {zone!r} is no time zone.") from error


def _pairs(option: str, given: Iterable[str], form: str) -> Iterator[tuple[str, str]]:
    for each in given:
        for pair in each.split(",") if option == "--map" else [each]:
            before, equals, after = pair.partition("=")
            if not (equals and before and after):
                raise Refusal("wrong_option", f"{option} takes {form}, not {pair!r}.")
            yield before.strip(), after.strip()


def examine(path: Path) -> tuple[str, int]:
    """A hash of the content, and about how many lines it has; raises `Refusal`."""
    try:
        with path.open("rb") as file:
            digest = hashlib.blake2b(digest_size=16)
            lines = 0
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                lines += chunk.count(b"\n")
    except OSError as error:
        raise Refusal("unreadable_file", f"{path}: {error.strerror}.") from error
    if _kind(path) == "parquet":
        import pyarrow.parquet  # slow: only where it is needed

        lines = pyarrow.parquet.ParquetFile(path).metadata.num_rows
    return digest.hexdigest(), lines


def read_lines(path: Path, columns: Columns) -> Iterator[Line]:
    """Every line that is not empty, in the file's order; raises `Refusal` for an unknown kind."""
    readers = {"csv": _read_csv, "ndjson": _read_ndjson, "parquet": _read_parquet}
    for number, record in readers[_kind(path)](path):
        if isinstance(record, str):
            yield Line(number, {}, record)
            continue
        try:
            yield Line(number, columns.fields_of(record))
        except ValueError as error:
            yield Line(number, {}, str(error))


def _kind(path: Path) -> str:
    kinds = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet"}
    kinds |= dict.fromkeys((".ndjson", ".jsonl", ".json"), "ndjson")
    try:
        return kinds[path.suffix.lower()]
    except KeyError:
        raise Refusal(
            "unknown_file_kind", f"{path.name}: reports are read from .csv, .ndjson and .parquet."
        ) from None


def _read_csv(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        head = next(reader, [])
        while True:
            try:
                row = next(reader, None)
            except csv.Error as error:
                yield reader.line_num, f"this is no CSV: {error}"
                continue
            if row is None:
                return
            if not row:
                continue
            if len(row) != len(head):
                yield reader.line_num, f"{len(row)} columns, where the head has {len(head)}"
            elif not all(map(_is_unicode, row)):
                yield reader.line_num, "this is not UTF-8"
            else:
                yield reader.line_num, dict(zip(head, row, strict=True))


def _is_unicode(text: str) -> bool:
    """Whether no byte of it had to be escaped."""
    return text.isascii() or not any("\udc80" <= character <= "\udcff" for character in text)


def _read_ndjson(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    decoder = msgspec.json.Decoder(dict[str, Any])
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield number, decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                yield number, "this is not a JSON object in UTF-8"


def _read_parquet(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    import pyarrow.parquet  # slow: only where it is needed

    try:
        number = 0
        for batch in pyarrow.parquet.ParquetFile(path).iter_batches(_PARQUET_ROWS):
            for record in batch.to_pylist():
                number += 1
                yield number, record
    except (pyarrow.ArrowException, OSError) as error:
        raise Refusal("unreadable_file", f"{path.name} is no Parquet file: {error}") from error
