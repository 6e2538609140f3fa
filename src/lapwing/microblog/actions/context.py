"""What every action of the microblog needs from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from lapwing.kernel.ids import IdSequence
from lapwing.microblog.media.limits import MediaLimits
from lapwing.microblog.square import Square
from lapwing.microblog.text.parsing import ServiceResolver
from lapwing.ports.journal import Position


class Appends(Protocol):
    """The square's journal, as far as actions know it."""

    async def append(self, entry: Any) -> Position:
        """Returns when the entry is durable and folded. Raises `Unavailable`, and `Refusal` where
        it does not hold any more."""
        ...


@dataclass(frozen=True)
class Rules:
    """What posts may be; settings of the server."""

    longest_post: int = 500
    most_media: int = 4
    most_poll_options: int = 4
    longest_poll_option: int = 50
    shortest_poll_s: int = 300
    longest_poll_s: int = 2_629_746
    most_pins: int = 5
    most_follows: int = 7500
    media: MediaLimits = field(default_factory=MediaLimits)


def _no_service(name: str) -> str | None:
    del name
    return None


def _nothing_blocked(text: str) -> str | None:
    del text
    return None


@dataclass
class Context:
    """The state, the journal that changes it, and the clock."""

    square: Square
    journal: Appends
    ids: IdSequence
    now_ms: Callable[[], int]
    host: str = "localhost"
    """Of this server, with its port where it has one: `@name@host` is a local name."""
    rules: Rules = field(default_factory=Rules)
    service_of: ServiceResolver = _no_service
    blocked_word_in: Callable[[str], str | None] = _nothing_blocked
    """The first of the moderators' blocked words in a text."""

    def take_id(self) -> int:
        """A fresh id. Nothing may be awaited between taking it and appending the entry that
        carries it: ids appear in their order."""
        return self.ids.take(self.now_ms())
