"""Sends new notifications to the devices that wait for them, behind what made them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

import msgspec
import structlog

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.entries import PushUnsubscribed
from lapwing.microblog.personal.model import NotificationKind, PushSubscription
from lapwing.microblog.personal.notification_box import Notification
from lapwing.microblog.square import Change
from lapwing.ports.web_push import Device, WebPush

_log = structlog.get_logger()
_MOST_WAITING: Final = 10_000
_AT_ONCE: Final = 16
_LONGEST_BODY: Final = 180
_TITLES: Final = {
    NotificationKind.MENTION: "{} mentioned you",
    NotificationKind.REPOST: "{} reposted your post",
    NotificationKind.LIKE: "{} liked your post",
    NotificationKind.FOLLOW: "{} follows you",
    NotificationKind.REQUEST: "{} asks to follow you",
    NotificationKind.POLL: "A poll has ended",
    NotificationKind.EDIT: "{} edited a post",
    NotificationKind.POST: "{} posted",
    NotificationKind.QUOTE: "{} quoted your post",
    NotificationKind.QUOTED_EDIT: "{} edited a post that you quoted",
}
_OTHERWISE: Final = "Word from the moderators"
_EDGE_KINDS: Final = {
    NotificationKind.REPOST: "reblog",
    NotificationKind.LIKE: "favourite",
    NotificationKind.REQUEST: "follow_request",
    NotificationKind.EDIT: "update",
    NotificationKind.POST: "status",
    NotificationKind.QUOTED_EDIT: "quoted_update",
}
"""Where Mastodon's apps have another word."""


class Pushing:
    """`hear` is a listener of the square, `step` a worker's."""

    def __init__(self, desk: PersonalDesk, web_push: WebPush, public_url: str) -> None:
        self._desk = desk
        self._web_push = web_push
        self._public_url = public_url
        self._waiting: deque[tuple[Notification, PushSubscription]] = deque(maxlen=_MOST_WAITING)

    def hear(self, change: Change) -> None:
        del change
        tables = self._desk.tables
        for told in tables.notifications.made:
            for one in tables.push_subscriptions.wanting(told):
                self._waiting.append((told, one))

    async def step(self) -> bool:
        """Sends some; whether any waited."""
        now = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
        await asyncio.gather(*(self._send(told, one) for told, one in now))
        return bool(now)

    async def _send(self, told: Notification, one: PushSubscription) -> None:
        if not self._desk.notifications.may_be_shown(told):
            return
        device = Device(one.endpoint, one.p256dh, one.auth, one.standard)
        try:
            is_there = await self._web_push.push(device, self._message(told))
        except (Refusal, Unavailable) as error:
            _log.info("not_pushed", reason=str(error))
            return
        if not is_there:
            context = self._desk.context
            entry = PushUnsubscribed(context.now_ms(), one.account_id, one.session_id)
            await context.journal.append(entry)

    def _message(self, told: Notification) -> bytes:
        square = self._desk.context.square
        sender = square.accounts.find(told.sender_id)
        name = (sender.display_name or sender.username) if sender else "Somebody"
        post = square.posts.find(told.subject_id)
        text = (post.warning or post.text) if post is not None else ""
        short = text if len(text) <= _LONGEST_BODY else f"{text[: _LONGEST_BODY - 1]}…"
        return msgspec.json.encode(
            {
                "access_token": "",
                "preferred_locale": "en",
                "notification_id": str(told.id),
                "notification_type": _EDGE_KINDS.get(told.kind, told.kind.value),
                "icon": f"{self._public_url}/icon-192.png",
                "title": _TITLES.get(told.kind, _OTHERWISE).format(name),
                "body": short,
                "url": "/notifications",
            }
        )
