"""What the fields of a category and of a service may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from rapidfuzz import process

Check: TypeAlias = Callable[[object], str | None]
"""Says what is wrong with a value ("must be ..."), or None."""

KEY: Final = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")
SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
_ICON = re.compile(r"[a-z0-9_]+")
_COLOUR = re.compile(r"[0-9a-fA-F]{6}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LONGEST_NAME = 60
_NOT_ISO = {"UK": "GB", "EL": "GR", "EU": "the members' codes"}


@dataclass(frozen=True, slots=True)
class Field:
    wrong: Check
    required: bool = False


def near(text: str, known: Iterable[str]) -> str:
    """ "; did you mean ...?" for a misspelt word, or nothing."""
    found = process.extractOne(text, list(known), score_cutoff=70)
    return f"; did you mean {found[0]}?" if found else ""


def _name(value: object) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return "must be a text in quotes"
    if len(value) > _LONGEST_NAME:
        return f"must have at most {_LONGEST_NAME} characters"
    return None if value.isprintable() else "must be one line of printable characters"


def _names(value: object) -> str | None:
    if not isinstance(value, list):
        return 'must be a list of texts, ["...", "..."]'
    return next((f"{each!r} {wrong}" for each in value if (wrong := _name(each))), None)


def _home_page(value: object) -> str | None:
    wrong = 'must be a web address such as "https://example.com"'
    if not isinstance(value, str) or not value.isprintable() or " " in value:
        return wrong
    try:
        address = urlsplit(value)
    except ValueError:
        return wrong
    return None if address.scheme in {"http", "https"} and address.hostname else wrong


def _countries(value: object) -> str | None:
    if not isinstance(value, list):
        return 'must be a list of country codes, ["IN", "US"]'
    for each in value:
        if not isinstance(each, str) or not _COUNTRY.fullmatch(each):
            return f'has {each!r}; a country is two capitals, for example "IN"'
        if each in _NOT_ISO:
            return f'has "{each}"; the ISO code is {_NOT_ISO[each]}'
    return None


def _matching(pattern: re.Pattern[str], what: str) -> Check:
    def wrong(value: object) -> str | None:
        return None if isinstance(value, str) and pattern.fullmatch(value) else f"must be {what}"

    return wrong


def _keys(value: object) -> str | None:
    if not isinstance(value, list) or not value:
        return "must be a list of keys with at least one"
    if any(not isinstance(each, str) for each in value):
        return "must hold keys in quotes only"
    return "names a key twice" if len(set(value)) < len(value) else None


def _flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


CATEGORY_FIELDS: Final = {
    "name": Field(_name, required=True),
    "symptoms": Field(_keys, required=True),
    "platforms": Field(_keys, required=True),
}
SERVICE_FIELDS: Final = {
    "name": Field(_name, required=True),
    "aliases": Field(_names),
    "category": Field(_matching(KEY, "the key of a category"), required=True),
    "home_page": Field(_home_page, required=True),
    "countries": Field(_countries),
    "icon": Field(_matching(_ICON, "a slug of simple-icons, of a-z, 0-9 and _")),
    "colour": Field(_matching(_COLOUR, 'six hex digits such as "1d9bf0"')),
    "symptoms": Field(_keys),
    "platforms": Field(_keys),
    "removed": Field(_flag),
}
