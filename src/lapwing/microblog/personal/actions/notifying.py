"""What somebody does with what they are told; and how far they have read."""

from __future__ import annotations

from collections.abc import Mapping

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.entries import (
    MarkerSet,
    NotificationPolicySet,
    NotificationRequestsAnswered,
    NotificationsCleared,
    NotificationsDismissed,
)
from lapwing.microblog.personal.markers import TIMELINES
from lapwing.microblog.personal.model import Marker, NotificationPolicy


async def clear_notifications(desk: PersonalDesk, viewer: Viewer) -> None:
    context = desk.context
    if len(desk.tables.notifications.box_of(viewer.account_id)):
        await context.journal.append(NotificationsCleared(context.now_ms(), viewer.account_id))


async def dismiss_notification(desk: PersonalDesk, viewer: Viewer, notification_id: int) -> None:
    """Raises `Refusal` where it is not there."""
    told = desk.notifications.get(viewer.account_id, notification_id)
    await _dismiss(desk, viewer, (told.id,))


async def dismiss_group(desk: PersonalDesk, viewer: Viewer, key: str) -> None:
    """Raises `Refusal` where it is not there."""
    group = desk.notifications.get_group(viewer.account_id, key)
    await _dismiss(desk, viewer, group.notification_ids)


async def _dismiss(desk: PersonalDesk, viewer: Viewer, ids: tuple[int, ...]) -> None:
    context = desk.context
    entry = NotificationsDismissed(context.now_ms(), viewer.account_id, ids)
    await context.journal.append(entry)


async def set_policy(
    desk: PersonalDesk, viewer: Viewer, policy: NotificationPolicy
) -> NotificationPolicy:
    context = desk.context
    if policy != desk.tables.notifications.policy_of(viewer.account_id):
        entry = NotificationPolicySet(context.now_ms(), viewer.account_id, policy)
        await context.journal.append(entry)
    return policy


async def answer_notification_requests(
    desk: PersonalDesk, viewer: Viewer, sender_ids: tuple[int, ...], *, accepted: bool
) -> None:
    """Accepting lets the sender through from now on. Raises `Refusal` where one is not there."""
    for sender_id in sender_ids:
        desk.notifications.get_request(viewer.account_id, sender_id)
    if sender_ids:
        context = desk.context
        entry = NotificationRequestsAnswered(
            context.now_ms(), viewer.account_id, sender_ids, accepted
        )
        await context.journal.append(entry)


async def set_markers(
    desk: PersonalDesk, viewer: Viewer, last_read: Mapping[str, int]
) -> dict[str, Marker]:
    """Moves the markers of `home` and `notifications`; the moved ones, as they are now."""
    context, own = desk.context, viewer.account_id
    for timeline in last_read:
        if timeline not in TIMELINES:
            raise Refusal(
                "unknown_timeline",
                f"There are markers of {' and '.join(TIMELINES)} only.",
                field=timeline,
            )
    for timeline, last_read_id in last_read.items():
        await context.journal.append(MarkerSet(context.now_ms(), own, timeline, last_read_id))
    markers = desk.tables.markers.of(own)
    return {timeline: markers[timeline] for timeline in last_read}
