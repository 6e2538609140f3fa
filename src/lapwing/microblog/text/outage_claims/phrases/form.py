"""What people write of a service that fails, works again, or is talked of: by language.

A sentence comes as its words with blanks between and around them, folded as `names` folds;
`N` is the service in question, `M` any other. Each phrase found becomes a cue.
"""

from __future__ import annotations

from typing import Final, NamedTuple

FAILS: Final = "✗"
"""Fails, whether said before or after the name: "not working"."""
DOWN: Final = "▼"
"""Fails when said right after the name only: "down", "dead"."""
TROUBLE: Final = "◄"
"""Fails when said right before the name only: "can't log in to"."""
WORKS: Final = "○"
NEUTRAL: Final = "·"


class Phrases(NamedTuple):
    """Alternatives of regular expressions, of whole words where the language has blanks."""

    neutral: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    """As `fails`, with the name in the middle."""
    down: tuple[str, ...] = ()
    trouble: tuple[str, ...] = ()
    works: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    """Said with a cue in it: it does not fail, it failed once, it may fail some day."""
    topics: tuple[str, ...] = ()
    """Words of sentences in which things go down that are no services: markets."""
    fillers: tuple[str, ...] = ()
    """Words that may stand between a name and what is said of it."""
