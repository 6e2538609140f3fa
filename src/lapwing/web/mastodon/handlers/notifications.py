"""What one has been told: one by one; and the policy on whose doings one is told of."""

from __future__ import annotations

from msgspec.structs import replace

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.personal.actions import notifying
from lapwing.microblog.personal.model import NotificationKind, NotificationPolicy, Rule
from lapwing.microblog.personal.notification_views import Chosen
from lapwing.web.mastodon.answers import EMPTY_LIST, Answer, json_of, listed, nothing
from lapwing.web.mastodon.entities.personal import (
    KIND_WORDS,
    asked_key,
    policy_form,
    policy_v1_form,
)
from lapwing.web.mastodon.handlers.pages import page_of
from lapwing.web.mastodon.params import Params
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Handler, Routes

NOTIFICATIONS = Routes()

_KINDS = {word: kind for kind, word in KIND_WORDS.items()}
_RULES = (
    "for_not_following",
    "for_not_followers",
    "for_new_accounts",
    "for_private_mentions",
    "for_limited_accounts",
)
_OLD_RULES = {
    "filter_not_following": "for_not_following",
    "filter_not_followers": "for_not_followers",
    "filter_new_accounts": "for_new_accounts",
    "filter_private_mentions": "for_private_mentions",
}


@NOTIFICATIONS.get("/api/v1/notifications", scope="read:notifications")
async def several(parts: MastodonParts, request: Request) -> Answer:
    page = request.page(40, 80)
    views = parts.desk.notifications
    if page.floor and not views.has_newer(request.viewer_id, page.floor):
        return Answer(EMPTY_LIST)
    found = views.page(request.viewer_id, page, chosen_of(request.params))
    drawn = listed(parts.personal_entities.notification(told) for told in found)
    return page_of(parts, request, drawn, [told.id for told in found])


@NOTIFICATIONS.get("/api/v1/notifications/unread_count", scope="read:notifications")
async def unread_count(parts: MastodonParts, request: Request) -> Answer:
    params, own = request.params, request.viewer_id
    last = parts.desk.tables.markers.last_read(own, "notifications")
    limit = params.number("limit", 100, 1, 1000)
    count = parts.desk.notifications.count_unread(own, last, limit, chosen_of(params))
    return json_of({"count": count})


@NOTIFICATIONS.post("/api/v1/notifications/clear", scope="write:notifications")
async def clear(parts: MastodonParts, request: Request) -> Answer:
    await notifying.clear_notifications(parts.desk, request.user)
    return nothing()


@NOTIFICATIONS.get("/api/v1/notifications/policy", scope="read:notifications")
async def policy_v1(parts: MastodonParts, request: Request) -> Answer:
    own = request.viewer_id
    policy = parts.desk.tables.notifications.policy_of(own)
    return json_of(policy_v1_form(policy, parts.desk.notifications.requests(own)))


@NOTIFICATIONS.put("/api/v1/notifications/policy", scope="write:notifications")
async def set_policy_v1(parts: MastodonParts, request: Request) -> Answer:
    policy = parts.desk.tables.notifications.policy_of(request.viewer_id)
    for old, name in _OLD_RULES.items():
        filters = request.params.find_flag(old)
        if filters is not None:
            policy = replace(policy, **{name: Rule.FILTER if filters else Rule.ACCEPT})
    await notifying.set_policy(parts.desk, request.user, policy)
    return await policy_v1(parts, request)


@NOTIFICATIONS.get("/api/v2/notifications/policy", scope="read:notifications")
async def policy(parts: MastodonParts, request: Request) -> Answer:
    own = request.viewer_id
    present = parts.desk.tables.notifications.policy_of(own)
    return json_of(policy_form(present, parts.desk.notifications.requests(own)))


@NOTIFICATIONS.patch("/api/v2/notifications/policy", scope="write:notifications")
async def set_policy(parts: MastodonParts, request: Request) -> Answer:
    present = parts.desk.tables.notifications.policy_of(request.viewer_id)
    await notifying.set_policy(parts.desk, request.user, _changed_policy(present, request.params))
    return await policy(parts, request)


@NOTIFICATIONS.get("/api/v1/notifications/requests", scope="read:notifications")
async def requests(parts: MastodonParts, request: Request) -> Answer:
    page = request.page(40, 80)
    waiting = parts.desk.notifications.requests(request.viewer_id)
    shown = [one for one in waiting if page.floor < one.sender_id < page.max_id][: page.limit]
    forms = [parts.personal_entities.request(one, request.viewer_id) for one in shown]
    return json_of(forms)


@NOTIFICATIONS.get("/api/v1/notifications/requests/merged", scope="read:notifications")
async def requests_merged(parts: MastodonParts, request: Request) -> Answer:
    """Accepting has its whole effect at once."""
    del parts, request
    return json_of({"merged": True})


@NOTIFICATIONS.get("/api/v1/notifications/requests/:id", scope="read:notifications")
async def one_request(parts: MastodonParts, request: Request) -> Answer:
    found = parts.desk.notifications.get_request(request.viewer_id, request.id())
    return json_of(parts.personal_entities.request(found, request.viewer_id))


def _answers_requests(*, accepted: bool, several: bool) -> Handler:
    async def answer(parts: MastodonParts, request: Request) -> Answer:
        ids = tuple(request.params.ids("id")) if several else (request.id(),)
        await notifying.answer_notification_requests(
            parts.desk, request.user, ids, accepted=accepted
        )
        return nothing()

    return answer


for _verb, _accepted in (("accept", True), ("dismiss", False)):
    _path = "/api/v1/notifications/requests"
    NOTIFICATIONS.post(f"{_path}/{_verb}", scope="write:notifications")(
        _answers_requests(accepted=_accepted, several=True)
    )
    NOTIFICATIONS.post(f"{_path}/:id/{_verb}", scope="write:notifications")(
        _answers_requests(accepted=_accepted, several=False)
    )


@NOTIFICATIONS.get("/api/v1/notifications/:id", scope="read:notifications")
async def one(parts: MastodonParts, request: Request) -> Answer:
    told = parts.desk.notifications.get(request.viewer_id, request.id())
    return Answer(parts.personal_entities.notification(told))


@NOTIFICATIONS.post("/api/v1/notifications/:id/dismiss", scope="write:notifications")
async def dismiss(parts: MastodonParts, request: Request) -> Answer:
    await notifying.dismiss_notification(parts.desk, request.user, request.id())
    return nothing()


@NOTIFICATIONS.post("/api/v1/notifications/dismiss", scope="write:notifications")
async def dismiss_by_param(parts: MastodonParts, request: Request) -> Answer:
    """As Mastodon had it before 1.3; some programs still send it."""
    wanted = request.params.get_id("id")
    await notifying.dismiss_notification(parts.desk, request.user, wanted)
    return nothing()


@NOTIFICATIONS.get("/api/v2/notifications", scope="read:notifications")
async def groups(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    page = request.page(40, 80)
    found = parts.desk.notifications.groups(
        request.viewer_id, page, chosen_of(params), _grouped(params)
    )
    form = parts.personal_entities.groups(found, request.viewer_id)
    answer = json_of(form)
    bounds = [group.newest_id for group in found]
    answer.headers = page_of(parts, request, b"", bounds).headers
    return answer


@NOTIFICATIONS.get("/api/v2/notifications/unread_count", scope="read:notifications")
async def unread_groups(parts: MastodonParts, request: Request) -> Answer:
    params, own = request.params, request.viewer_id
    last = parts.desk.tables.markers.last_read(own, "notifications")
    limit = params.number("limit", 100, 1, 1000)
    count = parts.desk.notifications.count_unread_groups(
        own, last, limit, chosen_of(params), _grouped(params)
    )
    return json_of({"count": count})


@NOTIFICATIONS.get("/api/v2/notifications/:key", scope="read:notifications")
async def one_group(parts: MastodonParts, request: Request) -> Answer:
    found = parts.desk.notifications.get_group(request.viewer_id, asked_key(request.args["key"]))
    return json_of(parts.personal_entities.groups([found], request.viewer_id, in_page=False))


@NOTIFICATIONS.get("/api/v2/notifications/:key/accounts", scope="read:notifications")
async def group_accounts(parts: MastodonParts, request: Request) -> Answer:
    views, own = parts.desk.notifications, request.viewer_id
    found = views.get_group(own, asked_key(request.args["key"]))
    senders = dict.fromkeys(
        views.get(own, notification_id).sender_id for notification_id in found.notification_ids
    )
    return Answer(listed(parts.account_entities.draw_all(list(senders))))


@NOTIFICATIONS.post("/api/v2/notifications/:key/dismiss", scope="write:notifications")
async def dismiss_group(parts: MastodonParts, request: Request) -> Answer:
    await notifying.dismiss_group(parts.desk, request.user, asked_key(request.args["key"]))
    return nothing()


def chosen_of(params: Params) -> Chosen:
    """Which notifications a request asks for; kinds that we do not know are passed over."""
    wanted = params.texts("types")
    kinds = frozenset(_KINDS[word] for word in wanted if word in _KINDS) if wanted else _ALL
    kinds -= {_KINDS[word] for word in params.texts("exclude_types") if word in _KINDS}
    return Chosen(
        kinds=kinds,
        sender_id=params.find_id("account_id") or 0,
        with_filtered=params.flag("include_filtered"),
    )


_ALL = frozenset(NotificationKind)


def _grouped(params: Params) -> frozenset[NotificationKind]:
    """Kinds that the client wants grouped; where it says nothing, Mastodon's."""
    if "grouped_types" not in params:
        return frozenset({NotificationKind.LIKE, NotificationKind.REPOST, NotificationKind.FOLLOW})
    return frozenset(_KINDS[word] for word in params.texts("grouped_types") if word in _KINDS)


def _changed_policy(present: NotificationPolicy, params: Params) -> NotificationPolicy:
    changes = {}
    for name in _RULES:
        word = params.find_text(name)
        if word is None:
            continue
        if word not in list(Rule):
            raise Refusal("invalid_parameter", f"{name} takes {', '.join(Rule)}.", field=name)
        changes[name] = Rule(word)
    return replace(present, **changes)
