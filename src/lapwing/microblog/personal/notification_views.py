"""Reading what one has been told: one by one, in groups, as requests, and how much is unread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.paging import BIGGEST_ID, Page
from lapwing.microblog.personal.model import NotificationKind
from lapwing.microblog.personal.notification_box import GROUPED_KINDS, Notification
from lapwing.microblog.personal.notification_rules import is_let_through
from lapwing.microblog.personal.notifications import Notifications
from lapwing.microblog.square import Square

SAMPLED_SENDERS: Final = 8


class Chosen(msgspec.Struct, frozen=True):
    """Which notifications are asked for."""

    kinds: frozenset[NotificationKind] = frozenset(NotificationKind)
    sender_id: int = 0
    """0: of everybody."""
    with_filtered: bool = False


EVERYTHING: Final = Chosen()


class NotificationGroup(msgspec.Struct, frozen=True):
    """Notifications that say the same of several people."""

    key: str
    kind: NotificationKind
    subject_id: int
    count: int
    newest_id: int
    """By it groups are ordered and paged."""
    page_min_id: int
    """Of its oldest notification that falls within this page."""
    sender_ids: tuple[int, ...]
    """Some of the newest."""
    notification_ids: tuple[int, ...]
    """All of them, newest first."""


class NotificationRequest(msgspec.Struct, frozen=True):
    """Somebody of whose doings one is not told until one agrees."""

    sender_id: int
    """It is the request's id, too."""
    count: int
    first_ms: int
    last_ms: int
    last_post_id: int
    """The newest post that it is about; 0: none."""


class NotificationViews:
    """All reading asks anew whether the viewer may see what it shows."""

    def __init__(
        self, square: Square, notifications: Notifications, now_ms: Callable[[], int]
    ) -> None:
        self._square = square
        self._notifications = notifications
        self._now_ms = now_ms

    def has_newer(self, viewer_id: int, since_id: int) -> bool:
        """Whether there may be anything newer: what idle apps ask for."""
        return self._notifications.box_of(viewer_id).newest_id > since_id

    def get(self, viewer_id: int, notification_id: int) -> Notification:
        """Raises `Refusal`."""
        told = self._notifications.box_of(viewer_id).find(viewer_id, notification_id)
        if told is None or not self.may_be_shown(told):
            raise unknown_notification()
        return told

    def page(self, viewer_id: int, page: Page, chosen: Chosen = EVERYTHING) -> list[Notification]:
        """Newest first."""
        box = self._notifications.box_of(viewer_id)
        if page.goes_up:
            found = box.upwards(viewer_id, page.floor, page.max_id)
        else:
            found = box.downwards(viewer_id, page.max_id, page.floor)
        shown = list(islice(self._only_shown(found, chosen), page.limit))
        return shown[::-1] if page.goes_up else shown

    def groups(
        self,
        viewer_id: int,
        page: Page,
        chosen: Chosen = EVERYTHING,
        grouped_kinds: frozenset[NotificationKind] = GROUPED_KINDS,
    ) -> list[NotificationGroup]:
        """Those whose newest notification lies within the page's bounds, newest first: no group
        is on two pages unless it grew in between."""
        if not self.has_newer(viewer_id, page.floor):
            return []
        by_key = self._gather(viewer_id, chosen, grouped_kinds)
        within = [
            (key, told) for key, told in by_key.items() if page.floor < told[0].id < page.max_id
        ]
        part = within[-page.limit :] if page.goes_up else within[: page.limit]
        oldest_shown = part[-1][1][0].id if part else 0
        return [_group(key, told, oldest_shown) for key, told in part]

    def get_group(self, viewer_id: int, key: str) -> NotificationGroup:
        """Raises `Refusal`."""
        for grouped_kinds in (GROUPED_KINDS, frozenset[NotificationKind]()):
            told = self._gather(viewer_id, EVERYTHING, grouped_kinds).get(key)
            if told is not None:
                return _group(key, told, 0)
        raise unknown_notification()

    def count_unread(
        self,
        viewer_id: int,
        last_read_id: int,
        limit: int = 100,
        chosen: Chosen = EVERYTHING,
    ) -> int:
        """Newer ones than what was read last; at most `limit`."""
        box = self._notifications.box_of(viewer_id)
        newer = box.downwards(viewer_id, BIGGEST_ID, last_read_id)
        return sum(1 for _ in islice(self._only_shown(newer, chosen), limit))

    def count_unread_groups(
        self,
        viewer_id: int,
        last_read_id: int,
        limit: int = 100,
        chosen: Chosen = EVERYTHING,
        grouped_kinds: frozenset[NotificationKind] = GROUPED_KINDS,
    ) -> int:
        page = Page(limit=limit, since_id=last_read_id)
        return len(self.groups(viewer_id, page, chosen, grouped_kinds))

    def requests(self, viewer_id: int) -> list[NotificationRequest]:
        """Senders of what waits, the latest first."""
        by_sender: dict[int, list[Notification]] = {}
        for told in self._waiting(viewer_id):
            by_sender.setdefault(told.sender_id, []).append(told)
        return [
            NotificationRequest(
                sender_id,
                len(waiting),
                waiting[-1].at_ms,
                waiting[0].at_ms,
                next((one.subject_id for one in waiting if one.subject_id), 0),
            )
            for sender_id, waiting in by_sender.items()
        ]

    def get_request(self, viewer_id: int, sender_id: int) -> NotificationRequest:
        """Raises `Refusal`."""
        for request in self.requests(viewer_id):
            if request.sender_id == sender_id:
                return request
        raise Refusal("unknown_request", "There is no such request.")

    def may_be_shown(self, told: Notification) -> bool:
        """To whom it was for, now. Streams and push ask here, too."""
        if told.kind is NotificationKind.WARNING:
            return True
        subject = None
        if told.subject_id:
            subject = self._square.posts.find(told.subject_id)
            if subject is None:
                return False
        return is_let_through(
            self._square, told.account_id, told.sender_id, subject, self._now_ms()
        )

    def _only_shown(self, found: Iterator[Notification], chosen: Chosen) -> Iterator[Notification]:
        for told in found:
            if told.kind not in chosen.kinds or (told.filtered and not chosen.with_filtered):
                continue
            if chosen.sender_id and told.sender_id != chosen.sender_id:
                continue
            if self.may_be_shown(told):
                yield told

    def _waiting(self, viewer_id: int) -> Iterator[Notification]:
        found = self._notifications.box_of(viewer_id).downwards(viewer_id, BIGGEST_ID, 0)
        waiting = (told for told in found if told.filtered)
        return self._only_shown(waiting, Chosen(with_filtered=True))

    def _gather(
        self, viewer_id: int, chosen: Chosen, grouped_kinds: frozenset[NotificationKind]
    ) -> dict[str, list[Notification]]:
        found = self._notifications.box_of(viewer_id).downwards(viewer_id, BIGGEST_ID, 0)
        by_key: dict[str, list[Notification]] = {}
        for told in self._only_shown(found, chosen):
            by_key.setdefault(group_key(told, grouped_kinds), []).append(told)
        return by_key


def group_key(
    told: Notification, grouped_kinds: frozenset[NotificationKind] = GROUPED_KINDS
) -> str:
    """What the notifications of one group have in common."""
    if told.kind in GROUPED_KINDS and told.kind in grouped_kinds:
        return f"{told.kind}-{told.group_id}"
    return f"ungrouped-{told.id}"


def unknown_notification() -> Refusal:
    return Refusal("unknown_notification", "There is no such notification.")


def _group(key: str, told: list[Notification], oldest_shown: int) -> NotificationGroup:
    senders = dict.fromkeys(one.sender_id for one in told)
    within = [one.id for one in told if one.id >= oldest_shown]
    return NotificationGroup(
        key=key,
        kind=told[0].kind,
        subject_id=told[0].subject_id,
        count=len(told),
        newest_id=told[0].id,
        page_min_id=within[-1],
        sender_ids=tuple(islice(senders, SAMPLED_SENDERS)),
        notification_ids=tuple(one.id for one in told),
    )
