"""Texts of services.toml files -> the catalogue, or every wrong entry with file, line and reason.

Later texts override earlier ones field by field, so that an operator's own file says only what
is different. The format is told in docs/catalogue.md.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lapwing.kernel.folding import fold
from lapwing.kernel.refusals import Refusal
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.catalogue.fields import (
    CATEGORY_FIELDS,
    KEY,
    SERVICE_FIELDS,
    SLUG,
    Field,
    near,
)
from lapwing.outages.catalogue.lines import LineFinder
from lapwing.outages.model import Platform, Service, Symptom

_TABLES = ("symptoms", "platforms", "categories", "services")
_AT_LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class Source:
    """A file's content and the name under which its mistakes are reported."""

    text: str
    file: str


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class CatalogueRefused(Refusal):
    """`wrong_catalogue`: what is wrong in the files, all of it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("wrong_catalogue", "\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class _Located:
    """A value and where it was written."""

    value: Any
    file: str
    line: int


@dataclass(slots=True)
class _Entry:
    """A category or a service merged from all texts, and where it was begun last."""

    what: str
    file: str = ""
    line: int = 1
    fields: dict[str, _Located] = field(default_factory=dict)


def load_catalogue(sources: Iterable[Source]) -> Catalogue:
    """Refuses (`CatalogueRefused`) when anything in any of the texts is wrong."""
    return _Loading().load(sources)


class _Loading:
    def __init__(self) -> None:
        self._problems: set[Problem] = set()
        self._labels: dict[str, dict[str, str]] = {"symptoms": {}, "platforms": {}}
        self._categories: dict[str, _Entry] = {}
        self._services: dict[str, _Entry] = {}

    def load(self, sources: Iterable[Source]) -> Catalogue:
        for source in sources:
            self._read(source)
        categories = {key: self._category(entry) for key, entry in self._categories.items()}
        found = {slug: self._service(slug, entry) for slug, entry in self._services.items()}
        services = [service for service in found.values() if service is not None]
        self._check_names(services)
        if self._problems:
            raise CatalogueRefused(sorted(self._problems))
        return Catalogue.of(services, categories)

    def _read(self, source: Source) -> None:
        try:
            content = tomllib.loads(source.text)
        except tomllib.TOMLDecodeError as error:
            at_line = _AT_LINE.search(str(error))
            line = int(at_line.group(1)) if at_line else source.text.count("\n") + 1
            self._report(source.file, line, f"not TOML: {error}")
            return
        lines = LineFinder(source.text)
        for table, entries in content.items():
            line = lines.find(table)
            if table not in _TABLES:
                self._report(source.file, line, f"unknown table [{table}]{near(table, _TABLES)}")
            elif not isinstance(entries, dict):
                self._report(source.file, line, f"{table} must be a table")
            elif table in self._labels:
                self._read_labels(table, entries, source.file, lines)
            else:
                self._merge(table, entries, source.file, lines)

    def _read_labels(
        self, table: str, entries: Mapping[str, object], file: str, lines: LineFinder
    ) -> None:
        for key, label in entries.items():
            line = lines.find(table, key)
            if not KEY.fullmatch(key):
                self._report(file, line, f"{table}: the key {key!r} must be of a-z, 0-9 and _")
            elif not isinstance(label, str) or not label.strip():
                self._report(file, line, f"{table}: {key} must be a label in quotes")
            else:
                self._labels[table][key] = label.strip()

    def _merge(
        self, table: str, entries: Mapping[str, object], file: str, lines: LineFinder
    ) -> None:
        merged, what, pattern, letters = (
            (self._categories, "category", KEY, "a-z, 0-9 and _")
            if table == "categories"
            else (self._services, "service", SLUG, "a-z, 0-9 and -")
        )
        for key, fields in entries.items():
            line = lines.find(table, key)
            if not pattern.fullmatch(key):
                self._report(file, line, f"{what} {key!r}: the key must be of {letters}")
            if not isinstance(fields, dict):
                self._report(file, line, f"{what} {key}: must be a table, [{table}.{key}]")
                continue
            entry = merged.setdefault(key, _Entry(f"{what} {key}"))
            entry.file, entry.line = file, line
            for name, value in fields.items():
                entry.fields[name] = _Located(value, file, lines.find(table, key, name))

    def _category(self, entry: _Entry) -> str:
        """Its label."""
        right = self._right_fields(entry, CATEGORY_FIELDS)
        for vocabulary in self._labels:
            self._labelled(entry, vocabulary, right.get(vocabulary, []))
        return str(right.get("name", ""))

    def _service(self, slug: str, entry: _Entry) -> Service | None:
        """None when it is removed, or so wrong that nothing more can be said of it."""
        right = self._right_fields(entry, SERVICE_FIELDS)
        if right.get("removed"):
            return None
        category = self._categories.get(right.get("category", ""))
        if "category" in right and category is None:
            hint = near(right["category"], self._categories)
            self._report_field(entry, "category", f"{right['category']!r} is not known{hint}")
        if category is None or not {"name", "home_page"} <= right.keys():
            return None
        offered = {}
        for vocabulary in self._labels:
            of_category = category.fields.get(vocabulary)
            default = [] if of_category is None else of_category.value
            chosen = right.get(vocabulary)
            offered[vocabulary] = (
                self._known_labels(vocabulary, default)
                if chosen is None
                else self._labelled(entry, vocabulary, chosen)
            )
        return Service(
            slug=slug,
            name=right["name"].strip(),
            category=right["category"],
            home_page=right["home_page"],
            symptoms=tuple(Symptom(*each) for each in offered["symptoms"]),
            platforms=tuple(Platform(*each) for each in offered["platforms"]),
            aliases=tuple(right.get("aliases", ())),
            countries=tuple(right.get("countries", ())),
            icon=right.get("icon"),
            colour=right["colour"].lower() if "colour" in right else None,
        )

    def _right_fields(self, entry: _Entry, allowed: Mapping[str, Field]) -> dict[str, Any]:
        """The fields that are right; the others are reported."""
        right: dict[str, Any] = {}
        for name, located in entry.fields.items():
            if name not in allowed:
                self._report_field(entry, name, f"is not a field{near(name, allowed)}")
            elif wrong := allowed[name].wrong(located.value):
                self._report_field(entry, name, wrong)
            else:
                right[name] = located.value
        for name, each in allowed.items():
            if each.required and name not in entry.fields and not right.get("removed"):
                self._report(entry.file, entry.line, f"{entry.what}: {name} is missing")
        return right

    def _known_labels(self, vocabulary: str, keys: object) -> list[tuple[str, str]]:
        labels = self._labels[vocabulary]
        return (
            [(key, labels[key]) for key in keys if key in labels] if isinstance(keys, list) else []
        )

    def _labelled(
        self, entry: _Entry, vocabulary: str, keys: Sequence[str]
    ) -> list[tuple[str, str]]:
        """Key and label of each; unknown keys are reported."""
        labels = self._labels[vocabulary]
        for key in keys:
            if key not in labels:
                self._report_field(
                    entry, vocabulary, f"{key!r} is not in [{vocabulary}]{near(key, labels)}"
                )
        return self._known_labels(vocabulary, list(keys))

    def _check_names(self, services: Sequence[Service]) -> None:
        """A name or alias must lead to one service only."""
        owner: dict[str, str] = {}
        for service in services:
            for name, key in ((service.name, "name"), *((a, "aliases") for a in service.aliases)):
                other = owner.setdefault(fold(name), service.slug)
                if other != service.slug:
                    self._report_field(
                        self._services[service.slug], key, f"{name!r} is already that of {other}"
                    )

    def _report_field(self, entry: _Entry, name: str, reason: str) -> None:
        where = entry.fields.get(name, entry)
        self._report(where.file, where.line, f"{entry.what}: {name} {reason}")

    def _report(self, file: str, line: int, reason: str) -> None:
        self._problems.add(Problem(file, line, reason))
