"""What one person has been told, newest last, in thirty-odd bytes each."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

import msgspec

from lapwing.kernel.ids import IdSequence
from lapwing.microblog.personal.model import NotificationKind

KINDS: Final = tuple(NotificationKind)
MOST_KEPT: Final = 1000
"""Of each person; the oldest go."""
GROUPED_KINDS: Final = frozenset(
    {NotificationKind.LIKE, NotificationKind.REPOST, NotificationKind.FOLLOW}
)
"""Those of which many may say the same."""
GROUP_LASTS_MS: Final = 12 * 3_600_000
"""From its first notification on."""
_LOOKED_BACK: Final = 100
"""A group goes on while one of it is among so many of the newest."""
_PLACES = {kind: place for place, kind in enumerate(KINDS)}


class Notification(msgspec.Struct, frozen=True, gc=False):
    """One thing that somebody is told."""

    id: int
    account_id: int
    """Who is told."""
    kind: NotificationKind
    sender_id: int
    """Who did it; the account itself where the moderators did."""
    subject_id: int
    """The post that it is about; the sanction of a warning; 0 where there is none."""
    group_id: int
    """Id of the first notification of its group."""
    filtered: bool

    @property
    def at_ms(self) -> int:
        return IdSequence.ms_of(self.id)


class NotificationBox:
    """Columns of equal length, in the order of ids."""

    __slots__ = ("_filtered", "_groups", "_ids", "_kinds", "_senders", "_subjects")

    def __init__(self) -> None:
        self._ids = array("q")
        self._kinds = array("b")
        self._senders = array("q")
        self._subjects = array("q")
        self._groups = array("q")
        self._filtered = array("b")

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def newest_id(self) -> int:
        return self._ids[-1] if self._ids else 0

    def add(self, told: Notification) -> None:
        """`told` must be the newest."""
        self._ids.append(told.id)
        self._kinds.append(_PLACES[told.kind])
        self._senders.append(told.sender_id)
        self._subjects.append(told.subject_id)
        self._groups.append(told.group_id)
        self._filtered.append(told.filtered)
        if len(self._ids) > MOST_KEPT:
            self._remove_at(0)

    def find_group(self, kind: NotificationKind, subject_id: int, at_ms: int) -> int | None:
        """The group that one more of this kind and subject would join."""
        if kind not in GROUPED_KINDS:
            return None
        wanted, begun_after = _PLACES[kind], IdSequence.bound(at_ms - GROUP_LASTS_MS)
        for place in range(len(self._ids) - 1, max(-1, len(self._ids) - 1 - _LOOKED_BACK), -1):
            if self._kinds[place] == wanted and self._subjects[place] == subject_id:
                group = self._groups[place]
                return group if group > begun_after else None
        return None

    def find_newest(self, kind: NotificationKind, subject_id: int) -> int | None:
        """Id of the newest of this kind about the subject."""
        wanted = _PLACES[kind]
        found = [at for at in self._places_about(subject_id) if self._kinds[at] == wanted]
        return self._ids[found[-1]] if found else None

    def downwards(self, account_id: int, below: int, above: int) -> Iterator[Notification]:
        """Those with ids between the bounds, both exclusive, the newest first."""
        for place in range(bisect_left(self._ids, below) - 1, -1, -1):
            if self._ids[place] <= above:
                return
            yield self._at(account_id, place)

    def upwards(self, account_id: int, above: int, below: int) -> Iterator[Notification]:
        """The same, the oldest first."""
        for place in range(bisect_left(self._ids, above + 1), len(self._ids)):
            if self._ids[place] >= below:
                return
            yield self._at(account_id, place)

    def find(self, account_id: int, notification_id: int) -> Notification | None:
        place = bisect_left(self._ids, notification_id)
        if place == len(self._ids) or self._ids[place] != notification_id:
            return None
        return self._at(account_id, place)

    # Changes

    def remove_one(self, kind: NotificationKind, sender_id: int, subject_id: int) -> None:
        """All that say this."""
        wanted = _PLACES[kind]
        self._remove(
            at
            for at in self._places_about(subject_id)
            if self._senders[at] == sender_id and self._kinds[at] == wanted
        )

    def remove_about(self, subject_id: int) -> None:
        self._remove(self._places_about(subject_id))

    def remove_from(self, sender_id: int, *, only_filtered: bool = False) -> None:
        self._remove(
            at
            for at, sender in enumerate(self._senders)
            if sender == sender_id and (self._filtered[at] or not only_filtered)
        )

    def remove_ids(self, notification_ids: tuple[int, ...]) -> None:
        unwanted = frozenset(notification_ids)
        self._remove(at for at, one in enumerate(self._ids) if one in unwanted)

    def let_in(self, sender_id: int) -> None:
        """What waits of the sender waits no more."""
        for place, sender in enumerate(self._senders):
            if sender == sender_id:
                self._filtered[place] = 0

    def _places_about(self, subject_id: int) -> list[int]:
        found: list[int] = []
        left, subjects = self._subjects.count(subject_id), self._subjects
        place = -1
        while len(found) < left:
            place = subjects.index(subject_id, place + 1)
            found.append(place)
        return found

    def _remove(self, places: Iterator[int] | list[int]) -> None:
        for place in sorted(places, reverse=True):
            self._remove_at(place)

    def _remove_at(self, place: int) -> None:
        for column in self._columns():
            del column[place]

    def _at(self, account_id: int, place: int) -> Notification:
        return Notification(
            self._ids[place],
            account_id,
            KINDS[self._kinds[place]],
            self._senders[place],
            self._subjects[place],
            self._groups[place],
            bool(self._filtered[place]),
        )

    def _columns(self) -> tuple[array[int], ...]:
        """The wide ones first."""
        return (
            self._ids,
            self._senders,
            self._subjects,
            self._groups,
            self._kinds,
            self._filtered,
        )

    def packed(self) -> bytes:
        """One column after the other, in the machine's order of bytes."""
        return b"".join(column.tobytes() for column in self._columns())

    @classmethod
    def unpacked(cls, packed: bytes) -> NotificationBox:
        made = cls()
        columns = made._columns()
        length = len(packed) // sum(column.itemsize for column in columns)
        place = 0
        for column in columns:
            end = place + length * column.itemsize
            column.frombytes(packed[place:end])
            place = end
        return made
