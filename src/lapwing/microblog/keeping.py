"""Keeps the square: its state is restored from the newest whole checkpoint and the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeAlias

import structlog

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.state import SquareState
from lapwing.ports.checkpoints import Checkpoints
from lapwing.ports.journal import Position

_log = structlog.get_logger()

ReadJournal: TypeAlias = Callable[[Position], Iterator[tuple[Position, Any]]]


class Growing(Protocol):
    """The journal, as far as the room it takes goes."""

    @property
    def first_position(self) -> Position: ...

    @property
    def last_position(self) -> Position: ...


def restore_state(
    checkpoints: Checkpoints, journal: Growing, read: ReadJournal
) -> tuple[SquareState, Position]:
    """The state at the journal's end, and the position of the checkpoint that it began from.

    A damaged checkpoint is passed over for the one before it. Raises `Refusal` where the journal
    does not reach back to any: an empty square in place of people's posts would be a lie.
    """
    kept = checkpoints.positions()
    if not kept or kept[0] <= journal.last_position:
        for position in (*kept, 0):
            if position < journal.first_position:
                continue
            state = _state_at(checkpoints, position)
            if state is not None:
                fold(state, read(position))
                return state, position
    raise Refusal(
        "square_lost",
        "The journal of posts and accounts in the data folder and its checkpoints do not belong"
        " together, or the checkpoints are damaged. Restore both from the same backup.",
    )


def _state_at(checkpoints: Checkpoints, position: Position) -> SquareState | None:
    state = SquareState()
    if not position:
        return state
    try:
        state.restore(checkpoints.read(position))
    except Exception:
        _log.exception("checkpoint_unusable", position=position)
        return None
    return state


def fold(state: SquareState, entries: Iterable[tuple[Position, Any]]) -> None:
    """What was refused when it was written is refused again; a bug in one entry stops no start."""
    for position, entry in entries:
        try:
            state.apply(entry)
        except Refusal:
            continue
        except Exception:
            _log.exception("entry_failed", position=position)
