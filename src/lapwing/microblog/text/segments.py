"""The segments of a post's text. All of them, `written` joined, are the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Plain:
    written: str


@dataclass(frozen=True, slots=True)
class Link:
    """A web address as it stands in the text, with its http or https."""

    written: str


@dataclass(frozen=True, slots=True)
class Mention:
    """`@name` or `@name@this.host`; whether anybody has that name is not known here."""

    written: str
    name: str
    """In lower case."""


@dataclass(frozen=True, slots=True)
class ForeignMention:
    """`@name@another.host`: nobody here, so it is drawn as text; it counts as `@name`."""

    written: str
    name: str


@dataclass(frozen=True, slots=True)
class Hashtag:
    written: str
    display: str
    """As written, without its sign."""
    name: str
    """The one name of all its spellings (`normalise_hashtag`)."""


@dataclass(frozen=True, slots=True)
class ServiceName:
    """`$x`: a watched service by its slug or an alias."""

    written: str
    slug: str


Segment: TypeAlias = Plain | Link | Mention | ForeignMention | Hashtag | ServiceName


@dataclass(frozen=True, slots=True)
class ParsedText:
    segments: tuple[Segment, ...]

    @property
    def links(self) -> list[str]:
        """Each once, in order; the first is the one to preview."""
        return _unique(each.written for each in self.segments if isinstance(each, Link))

    @property
    def mentioned(self) -> list[str]:
        """Names in lower case, each once, in order; ask which of them exist."""
        return _unique(each.name for each in self.segments if isinstance(each, Mention))

    @property
    def hashtags(self) -> dict[str, str]:
        """Name -> how it was first written, in order."""
        found: dict[str, str] = {}
        for segment in self.segments:
            if isinstance(segment, Hashtag):
                found.setdefault(segment.name, segment.display)
        return found

    @property
    def services(self) -> list[str]:
        """Slugs, each once, in order."""
        return _unique(
            segment.slug for segment in self.segments if isinstance(segment, ServiceName)
        )


def _unique(names: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(names))
