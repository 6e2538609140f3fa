"""Where notifications are pushed to."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlsplit

from msgspec.structs import replace

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.entries import PushSubscribed, PushUnsubscribed
from lapwing.microblog.personal.model import NotificationKind, PushPolicy, PushSubscription

_LONGEST_ENDPOINT = 2000
_PUBLIC_KEY_BYTES = 65
"""An uncompressed point of P-256 (RFC 8291)."""
_SECRET_BYTES = 16


async def subscribe_to_push(
    desk: PersonalDesk,
    viewer: Viewer,
    endpoint: str,
    p256dh: str,
    auth: str,
    kinds: tuple[NotificationKind, ...] = (),
    policy: PushPolicy = PushPolicy.ALL,
    *,
    standard: bool = False,
) -> PushSubscription:
    """In place of what the viewer's session had. Whether the endpoint is a place that one may send
    to is asked when it is sent to. Raises `Refusal` for an endpoint or keys that are none."""
    _check_endpoint(endpoint)
    _check_key(p256dh, _PUBLIC_KEY_BYTES, "subscription[keys][p256dh]")
    _check_key(auth, _SECRET_BYTES, "subscription[keys][auth]")
    context = desk.context
    made = PushSubscription(
        context.take_id(),
        viewer.account_id,
        viewer.session_id,
        endpoint,
        p256dh,
        auth,
        tuple(dict.fromkeys(kinds)),
        policy,
        standard,
    )
    await context.journal.append(PushSubscribed(context.now_ms(), made))
    return made


async def change_push(
    desk: PersonalDesk,
    viewer: Viewer,
    kinds: tuple[NotificationKind, ...] | None = None,
    policy: PushPolicy | None = None,
) -> PushSubscription:
    """None: as it is. Raises `Refusal` where nothing is pushed to this session."""
    present = desk.tables.push_subscriptions.get(viewer.account_id, viewer.session_id)
    changed = replace(
        present,
        kinds=present.kinds if kinds is None else tuple(dict.fromkeys(kinds)),
        policy=policy or present.policy,
    )
    await desk.context.journal.append(PushSubscribed(desk.context.now_ms(), changed))
    return changed


async def stop_push(desk: PersonalDesk, subscription: PushSubscription) -> None:
    """Its owner wants it no more, or the push service says that it is gone."""
    present = desk.tables.push_subscriptions.find(subscription.account_id, subscription.session_id)
    if present is not None and present.endpoint == subscription.endpoint:
        entry = PushUnsubscribed(
            desk.context.now_ms(), subscription.account_id, subscription.session_id
        )
        await desk.context.journal.append(entry)


def _check_endpoint(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme == "https" and parts.hostname and not parts.username
    except ValueError:
        usable = False
    if not usable or len(endpoint) > _LONGEST_ENDPOINT or not endpoint.isascii():
        raise Refusal(
            "wrong_endpoint",
            "The push endpoint must be an https address.",
            field="subscription[endpoint]",
        )


def _check_key(key: str, size: int, field: str) -> None:
    try:
        decoded = base64.b64decode(
            key.encode("ascii") + b"=" * (-len(key) % 4), altchars=b"-_", validate=True
        )
    except (ValueError, binascii.Error):
        decoded = b""
    if len(decoded) != size:
        raise Refusal("wrong_key", f"{field} must be {size} bytes in URL-safe base64.", field=field)
