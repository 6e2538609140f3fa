"""Posts that say that a service fails, as the weak signal that they are.

A post is no report: it says neither where nor with what, and there is no record of how many are
usual. So posts may only lower the evidence that is asked of reports, and by a fixed part at most
(docs/methodology.md, "Posts").
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lapwing.kernel.instants import Minute, minute_of_ms
from lapwing.outages.journal import PostHint

MOST_PART: Final = 1.0 / 11.0
"""Of the evidence that an alarm needs. With it false alarms are at most 1 / (1 - 1/11) = 1.1 times
as many, whatever is posted."""
ACCOUNTS_FOR_MOST: Final = 10
HINT_MIN: Final = 60
"""How long a post speaks, and how often an account may."""


class PostHints:
    """Who said so within the hour, by service."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, Minute]] = {}

    def take(self, at_ms: int, hints: Iterable[PostHint]) -> None:
        """One account says it once an hour, however often it does."""
        minute = minute_of_ms(at_ms)
        for hint in hints:
            said = self._said.setdefault(hint.service, {})
            before = said.get(hint.account)
            if before is None or minute - before >= HINT_MIN:
                said[hint.account] = minute

    def parts(self, minute: Minute) -> dict[str, float]:
        """By service: which part of the needed evidence posts stand for in this minute."""
        found = {}
        for slug in list(self._said):
            self._said[slug] = {
                account: at for account, at in self._said[slug].items() if minute - at < HINT_MIN
            }
            accounts = sum(at <= minute for at in self._said[slug].values())
            if accounts:
                found[slug] = MOST_PART * min(1.0, accounts / ACCOUNTS_FOR_MOST)
            elif not self._said[slug]:
                del self._said[slug]
        return found

    def capture(self) -> dict[str, dict[str, Minute]]:
        """For the checkpoint; to be encoded at once."""
        return self._said

    def restore(self, said: dict[str, dict[str, Minute]]) -> None:
        self._said = said
