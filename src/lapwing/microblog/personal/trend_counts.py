"""Who used what on which day: hashtags and links, by distinct people."""

from __future__ import annotations

from collections.abc import Callable
from heapq import nlargest

import msgspec

DAY_MS = 24 * 3_600_000
DAYS_KEPT = 8
"""Today and the week before."""
HALF_LIFE_MS = 12 * 3_600_000
MOST_NAMES = 50_000
"""Above that, what only one person used is forgotten."""


class Use(msgspec.Struct, array_like=True, gc=False):
    """One person's posts of one day with the same name."""

    posts: int
    last_ms: int


class DayCount(msgspec.Struct, frozen=True):
    begins_ms: int
    posts: int
    people: int


class Standing(msgspec.Struct, frozen=True):
    """How a name stands at one time."""

    recent: float
    """People who used it, each for as much as is left of half a day's half-life."""
    people: int
    """Of the last day."""
    posts: int
    usual: float
    """People a day, in the week before today."""

    @property
    def score(self) -> float:
        return self.recent * self.recent / (self.recent + self.usual) if self.recent else 0.0


class _Name(msgspec.Struct, array_like=True):
    shown: str
    """As it was written last."""
    days: dict[int, dict[int, Use]] = {}
    """By day since 1970 and account."""


class SavedCounts(msgspec.Struct, array_like=True):
    """As a checkpoint has them."""

    today: int
    names: dict[str, _Name]


class Counts:
    """By name (a hashtag's key, a link's address). Old days go as new ones come."""

    def __init__(self) -> None:
        self._names: dict[str, _Name] = {}
        self._today = 0

    def busiest(self, now_ms: int, most: int) -> list[str]:
        """Names with the most people today and yesterday, roughly: worth a closer look."""
        today = now_ms // DAY_MS
        people = (
            (len(kept.days.get(today, ())) + len(kept.days.get(today - 1, ())), name)
            for name, kept in self._names.items()
        )
        return [name for number, name in nlargest(most, people) if number]

    def shown(self, name: str) -> str:
        return self._names[name].shown

    def add(self, name: str, shown: str, account_id: int, at_ms: int) -> None:
        day = at_ms // DAY_MS
        if day > self._today:
            self._today = day
            self._forget_old_days()
        if day <= self._today - DAYS_KEPT:
            return
        kept = self._names.get(name)
        if kept is None:
            if len(self._names) >= MOST_NAMES:
                self._forget_singles()
            kept = self._names[name] = _Name(shown)
        kept.shown = shown
        use = kept.days.setdefault(day, {}).setdefault(account_id, Use(0, 0))
        use.posts += 1
        use.last_ms = max(use.last_ms, at_ms)

    def take_back(self, name: str, account_id: int, at_ms: int) -> None:
        """`at_ms`: of the post that had it."""
        kept, day = self._names.get(name), at_ms // DAY_MS
        uses = kept.days.get(day, {}) if kept is not None else {}
        use = uses.get(account_id)
        if kept is None or use is None:
            return
        use.posts -= 1
        if not use.posts:
            del uses[account_id]
            if not uses:
                del kept.days[day]
                if not kept.days:
                    del self._names[name]

    def standing(self, name: str, now_ms: int, counts: Callable[[int], bool]) -> Standing:
        """`counts` says whether an account does."""
        kept, today = self._names.get(name), now_ms // DAY_MS
        days = kept.days if kept is not None else {}
        last: dict[int, int] = {}
        posts = 0
        for day in (today - 1, today):
            for account_id, use in days.get(day, {}).items():
                if now_ms - DAY_MS < use.last_ms <= now_ms and counts(account_id):
                    posts += use.posts
                    last[account_id] = use.last_ms
        before = sum(len(days.get(day, ())) for day in range(today - DAYS_KEPT + 1, today))
        recent = sum(0.5 ** ((now_ms - at_ms) / HALF_LIFE_MS) for at_ms in last.values())
        return Standing(recent, len(last), posts, before / (DAYS_KEPT - 1))

    def history(self, name: str, now_ms: int, days: int = 7) -> list[DayCount]:
        """Today first; days without any are there, too."""
        kept, today = self._names.get(name), now_ms // DAY_MS
        found = []
        for day in range(today, today - days, -1):
            uses = kept.days.get(day, {}) if kept is not None else {}
            posts = sum(use.posts for use in uses.values())
            found.append(DayCount(day * DAY_MS, posts, len(uses)))
        return found

    def _forget_old_days(self) -> None:
        for name, kept in list(self._names.items()):
            for day in [day for day in kept.days if day <= self._today - DAYS_KEPT]:
                del kept.days[day]
            if not kept.days:
                del self._names[name]

    def _forget_singles(self) -> None:
        for name, kept in list(self._names.items()):
            if len({one for uses in kept.days.values() for one in uses}) < 2:
                del self._names[name]

    def saved(self) -> SavedCounts:
        return SavedCounts(self._today, self._names)

    def take(self, saved: SavedCounts) -> None:
        self._today = saved.today
        self._names.update(saved.names)
