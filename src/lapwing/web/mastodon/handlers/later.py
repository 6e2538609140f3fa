"""Scheduled posts, conversations, and where notifications are pushed to."""

from __future__ import annotations

from typing import Any

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.personal.actions import conversing, pushing, scheduling
from lapwing.microblog.personal.model import NotificationKind, PushPolicy, PushSubscription
from lapwing.web.mastodon.answers import Answer, encode, json_of, listed, nothing
from lapwing.web.mastodon.entities.instants import parse_instant
from lapwing.web.mastodon.entities.personal import KIND_WORDS
from lapwing.web.mastodon.handlers.pages import page_of
from lapwing.web.mastodon.params import Params
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Handler, Routes

LATER = Routes()

_KINDS = {word: kind for kind, word in KIND_WORDS.items()}


@LATER.get("/api/v1/scheduled_statuses", scope="read:statuses")
async def scheduled(parts: MastodonParts, request: Request) -> Answer:
    page = request.page()
    newest_first = parts.desk.tables.scheduled.of(request.viewer_id)[::-1]
    within = [one for one in newest_first if page.floor < one.id < page.max_id]
    shown = within[-page.limit :] if page.goes_up else within[: page.limit]
    forms = json_of([parts.personal_entities.scheduled(one) for one in shown])
    return page_of(parts, request, forms.body, [one.id for one in shown])


@LATER.get("/api/v1/scheduled_statuses/:id", scope="read:statuses")
async def one_scheduled(parts: MastodonParts, request: Request) -> Answer:
    found = parts.desk.tables.scheduled.get(request.viewer_id, request.id())
    return json_of(parts.personal_entities.scheduled(found))


@LATER.put("/api/v1/scheduled_statuses/:id", scope="write:statuses")
async def move_scheduled(parts: MastodonParts, request: Request) -> Answer:
    due_ms = parse_instant(request.params.text("scheduled_at"), "scheduled_at")
    moved = await scheduling.move_scheduled_post(parts.desk, request.user, request.id(), due_ms)
    return json_of(parts.personal_entities.scheduled(moved))


@LATER.delete("/api/v1/scheduled_statuses/:id", scope="write:statuses")
async def cancel_scheduled(parts: MastodonParts, request: Request) -> Answer:
    await scheduling.cancel_scheduled_post(parts.desk, request.user, request.id())
    return nothing()


@LATER.get("/api/v1/conversations", scope="read:statuses")
async def conversations(parts: MastodonParts, request: Request) -> Answer:
    found = parts.desk.tables.conversations.page(request.viewer_id, request.page())
    drawn = listed(
        encode(parts.personal_entities.conversation(one, request.viewer_id)) for one in found
    )
    return page_of(parts, request, drawn, [one.last_post_id for one in found])


def _reads(*, unread: bool) -> Handler:
    async def read(parts: MastodonParts, request: Request) -> Answer:
        view = await conversing.read_conversation(
            parts.desk, request.user, request.id(), unread=unread
        )
        if view is None:
            raise Refusal("unknown_conversation", "There is no such conversation.")
        return json_of(parts.personal_entities.conversation(view, request.viewer_id))

    return read


LATER.post("/api/v1/conversations/:id/read", scope="write:conversations")(_reads(unread=False))
LATER.post("/api/v1/conversations/:id/unread", scope="write:conversations")(_reads(unread=True))


@LATER.delete("/api/v1/conversations/:id", scope="write:conversations")
async def delete_conversation(parts: MastodonParts, request: Request) -> Answer:
    await conversing.delete_conversation(parts.desk, request.user, request.id())
    return nothing()


@LATER.get("/api/v1/push/subscription", scope="push")
async def subscription(parts: MastodonParts, request: Request) -> Answer:
    session_id = request.user.session_id
    found = parts.desk.tables.push_subscriptions.get(request.viewer_id, session_id)
    return json_of(_subscription_form(parts, found))


@LATER.post("/api/v1/push/subscription", scope="push")
async def subscribe(parts: MastodonParts, request: Request) -> Answer:
    wanted = request.params.nested("subscription")
    keys = wanted.nested("keys")
    kinds, policy = _alerts(request.params)
    made = await pushing.subscribe_to_push(
        parts.desk,
        request.user,
        wanted.text("endpoint"),
        keys.text("p256dh"),
        keys.text("auth"),
        kinds or (),
        policy or PushPolicy.ALL,
        standard=wanted.flag("standard"),
    )
    return json_of(_subscription_form(parts, made))


@LATER.put("/api/v1/push/subscription", scope="push")
async def change_subscription(parts: MastodonParts, request: Request) -> Answer:
    kinds, policy = _alerts(request.params)
    changed = await pushing.change_push(parts.desk, request.user, kinds, policy)
    return json_of(_subscription_form(parts, changed))


@LATER.delete("/api/v1/push/subscription", scope="push")
async def unsubscribe(parts: MastodonParts, request: Request) -> Answer:
    session_id = request.user.session_id
    found = parts.desk.tables.push_subscriptions.find(request.viewer_id, session_id)
    if found is not None:
        await pushing.stop_push(parts.desk, found)
    return nothing()


def _alerts(params: Params) -> tuple[tuple[NotificationKind, ...] | None, PushPolicy | None]:
    """What is wanted; None: nothing is said of it."""
    data = params.nested("data")
    alerts = data.find_nested("alerts")
    kinds = None
    if alerts is not None:
        kinds = tuple(kind for word, kind in _KINDS.items() if alerts.flag(word))
    word = data.text("policy") or params.text("policy")
    if word and word not in list(PushPolicy):
        raise Refusal("invalid_parameter", f"policy takes {', '.join(PushPolicy)}.", field="policy")
    return kinds, PushPolicy(word) if word else None


def _subscription_form(parts: MastodonParts, shown: PushSubscription) -> dict[str, Any]:
    alerts = {word: kind in shown.kinds for word, kind in _KINDS.items()}
    return {
        "id": str(shown.id),
        "endpoint": shown.endpoint,
        "standard": shown.standard,
        "alerts": alerts,
        "policy": shown.policy.value,
        "server_key": parts.vapid_key,
    }
