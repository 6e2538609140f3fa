"""From what was sent to what is kept: every field checked, every refusal with its field.

Pure but for a memory of what names mean, since most reports repeat a few places and symptoms.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple, Protocol, TypeAlias

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.outages.model import Place, Platform, Service, Symptom

TEXT_LENGTH: Final = 280
WORD_LENGTH: Final = 200
"""Longest name, key or word in any other field."""
FUTURE_MS: Final = 2 * 60_000
"""How far a report's time may be ahead of our clock."""
PAST_MS: Final = 3653 * 24 * 3_600_000
"""Ten years: older reports are refused."""

_SECONDS_BELOW: Final = 100_000_000_000
"""A numeric time below this is in seconds (until the year 5138), else in milliseconds."""
_REMEMBERED: Final = 32_768
_QUOTED: Final = 40


class PlaceInput(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """Where a report comes from, as an object of its own."""

    city: str | int | None = None
    region: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class ReportInput(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """A report as it is sent. The place's fields may stand beside the others or in `place`."""

    service: str
    symptom: str | None = None
    platform: str | None = None
    city: str | int | None = None
    region: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    text: str | None = None
    at: str | int | float | None = None
    """Operators only: ISO 8601 with an offset, or seconds or milliseconds since 1970."""
    reporter: str | None = None
    """Operators only: whatever tells a person apart."""
    network: str | None = None
    """Operators only."""
    place: PlaceInput | None = None


class FindsServices(Protocol):
    def find(self, slug: str) -> Service | None: ...

    def find_named(self, text: str) -> Service | None:
        """By slug, name or alias, in any case."""
        ...


class ResolvesPlaces(Protocol):
    def resolve(
        self,
        city: str | int | None = None,
        region: str | None = None,
        country: str | None = None,
        latitude: float | None = None,
        longitude: float | None = None,
        hints: tuple[str, ...] = (),
    ) -> tuple[Place, str | None]: ...


class Resolved(NamedTuple):
    """What the names of a report mean; `note` says where the place is coarser than was asked."""

    service: str
    symptom: str | None
    platform: str | None
    country: str | None
    region: str | None
    city: int | None
    note: str | None


_Names: TypeAlias = tuple[str | int | None, ...]


class Resolver:
    """Names -> keys, codes and ids of the catalogue and the gazetteer."""

    def __init__(self, catalogue: FindsServices, gazetteer: ResolvesPlaces) -> None:
        self._catalogue = catalogue
        self._gazetteer = gazetteer
        self._known: dict[_Names, tuple[Service, Resolved]] = {}

    def resolve(self, given: ReportInput, country_guess: str | None = None) -> Resolved:
        """Raises `Refusal` with the field that is wrong. `country_guess` (ISO code) is the place
        where none is given, and says which city of a name is meant where no country is."""
        if given.place is not None:
            given = _with_place(given, given.place)
        if given.latitude is not None or given.longitude is not None:
            return self._resolve(self.service(given.service), given, country_guess)
        names = (
            given.service,
            given.symptom,
            given.platform,
            given.city,
            given.region,
            given.country,
            country_guess,
        )
        known = self._known.get(names)
        if known is not None and known[0] is self._find(given.service):
            return known[1]
        service = self.service(given.service)
        resolved = self._resolve(service, given, country_guess)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[names] = (service, resolved)
        return resolved

    def _find(self, text: str) -> Service | None:
        return self._catalogue.find(text) or self._catalogue.find_named(text)

    def service(self, slug: str) -> Service:
        """By slug, name or alias; raises `Refusal` (`unknown_service`)."""
        service = self._find(slug)
        if service is None:
            raise Refusal(
                "unknown_service",
                f"There is no service {quoted(slug)}; GET /api/v1/services lists them.",
                field="service",
            )
        return service

    def _resolve(self, service: Service, given: ReportInput, guess: str | None) -> Resolved:
        symptom = _choice(service.symptoms, given.symptom, service, "symptom")
        platform = _choice(service.platforms, given.platform, service, "platform")
        place, note = self._place(service, given, guess)
        return Resolved(
            service.slug, symptom, platform, place.country, place.region, place.city, note
        )

    def _place(
        self, service: Service, given: ReportInput, guess: str | None
    ) -> tuple[Place, str | None]:
        city, region, country = given.city, given.region, given.country
        if isinstance(city, int) and not 0 <= city < 1 << 32:
            raise Refusal("unknown_city", "A city's id is its GeoNames number.", field="city")
        for field, words in (("city", city), ("region", region), ("country", country)):
            if isinstance(words, str) and len(words) > WORD_LENGTH:
                raise too_long(field, WORD_LENGTH)
        if not (
            city or region or country or given.latitude is not None or given.longitude is not None
        ):
            return Place(country=guess), None
        city = cleaned(city) if isinstance(city, str) else city
        place, note = self._gazetteer.resolve(
            city or None,
            cleaned(region or "") or None,
            cleaned(country or "") or None,
            given.latitude,
            given.longitude,
            service.countries if guess is None else (guess, *service.countries),
        )
        if place.country is None and city:
            place = Place(country=guess)
        return place, note


def _with_place(given: ReportInput, place: PlaceInput) -> ReportInput:
    beside = (given.city, given.region, given.country, given.latitude, given.longitude)
    if any(value is not None for value in beside):
        raise Refusal(
            "place_given_twice",
            "Give the place's fields either in `place` or beside the others, not both.",
            field="place",
        )
    return msgspec.structs.replace(
        given,
        place=None,
        city=place.city,
        region=place.region,
        country=place.country,
        latitude=place.latitude,
        longitude=place.longitude,
    )


def _choice(
    offered: tuple[Symptom, ...] | tuple[Platform, ...],
    given: str | None,
    service: Service,
    field: str,
) -> str | None:
    """The key of what is given by key or by label; nothing stays nothing."""
    if not given:
        return None
    if len(given) > WORD_LENGTH:
        raise too_long(field, WORD_LENGTH)
    wanted = given.strip().casefold()
    for each in offered:
        if given == each.key or wanted in (each.key.casefold(), each.label.casefold()):
            return each.key
    keys = ", ".join(each.key for each in offered)
    raise Refusal(
        f"unknown_{field}",
        f"{service.name} has no {field} {quoted(given)}; it has {keys}.",
        field=field,
    )


def at_ms_of(at: str | int | float, now_ms: int) -> int:
    """Milliseconds since 1970 of a report's own time. Refuses what is no time (`invalid_time`),
    has no offset (`time_without_offset`), or is out of reach (`time_in_future`, `time_too_old`)."""
    if isinstance(at, str):
        ms = _ms_of_text(at)
    elif -1e17 < at < 1e17:
        ms = int(at * 1000) if abs(at) < _SECONDS_BELOW else int(at)
    else:
        raise _no_time()
    if ms > now_ms + FUTURE_MS:
        raise Refusal("time_in_future", "The report's time lies in the future.", field="at")
    if ms < now_ms - PAST_MS:
        raise Refusal("time_too_old", "The report is older than ten years.", field="at")
    return ms


def _ms_of_text(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _no_time() from None
    if at.tzinfo is None:
        raise Refusal(
            "time_without_offset",
            "The time needs its offset, for example 2023-12-21T10:37:00+05:30, or Z for UTC.",
            field="at",
        )
    try:
        return round(at.timestamp() * 1000)
    except OverflowError:
        raise _no_time() from None


def _no_time() -> Refusal:
    return Refusal(
        "invalid_time",
        "This is no time: give ISO 8601 such as 2023-12-21T05:07:00Z, or seconds since 1970.",
        field="at",
    )


_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]+")
_INVISIBLE: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")
"""Marks that turn the direction of text around, byte order marks, halves of characters."""


def cleaned(text: str) -> str:
    """Control characters become spaces, marks that mislead the reader and lone surrogates go."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _INVISIBLE.sub("", _CONTROL.sub(" ", text)).strip()


def text_of(given: str | None) -> str | None:
    """What is kept of the report's text: data, whatever it looks like. Refuses `text_too_long`."""
    if not given:
        return None
    text = cleaned(given)
    if len(text) > TEXT_LENGTH:
        raise too_long("text", TEXT_LENGTH)
    return text or None


def too_long(field: str, length: int) -> Refusal:
    return Refusal(
        f"{field}_too_long", f"{field} may have at most {length} characters.", field=field
    )


def quoted(text: str) -> str:
    """Somebody's words within our sentence: short and harmless."""
    shown = cleaned(text[: 4 * _QUOTED])
    return f"“{shown[:_QUOTED]}…”" if len(shown) > _QUOTED else f"“{shown}”"


_DECODE_PATH: Final = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_UNKNOWN_FIELD: Final = re.compile(r"unknown field `(?P<name>[^`]*)`", re.DOTALL)
_MISSING_FIELD: Final = re.compile(r"missing required field `(?P<name>[^`]*)`")


def refusal_of(error: msgspec.DecodeError | UnicodeDecodeError) -> Refusal:
    """Why the JSON of a report cannot be understood, with the field that is meant."""
    said = str(error)
    if not isinstance(error, msgspec.ValidationError):
        return Refusal("invalid_json", "This is not JSON in UTF-8.")
    if (unknown := _UNKNOWN_FIELD.search(said)) is not None:
        name = quoted(unknown["name"])
        known = ", ".join(ReportInput.__struct_fields__)
        return Refusal(
            "unknown_field",
            f"A report has no field {name}; its fields are {known}.",
            field=cleaned(unknown["name"])[:WORD_LENGTH],
        )
    if (missing := _MISSING_FIELD.search(said)) is not None:
        return Refusal(
            "missing_field", f"A report needs its {missing['name']}.", field=missing["name"]
        )
    path = _DECODE_PATH.search(said)
    field = path["path"].lstrip(".") if path is not None else ""
    wrong = said[: path.start()] if path is not None else said
    return Refusal("invalid_field", f"{field or 'The report'}: {wrong}.", field=field or None)
