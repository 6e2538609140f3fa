"""Notification, List, Filter, Marker and other things of one person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from lapwing.accounts.moderation_model import Act, Category, Complaint, Sanction
from lapwing.microblog.personal.actions.filtering_v1 import FilterV1
from lapwing.microblog.personal.conversations import ConversationView
from lapwing.microblog.personal.model import (
    AccountList,
    Filter,
    FilterContext,
    FilterKeyword,
    FilterPost,
    FilterResult,
    Marker,
    NotificationKind,
    NotificationPolicy,
    Rule,
    ScheduledPost,
)
from lapwing.microblog.personal.notification_box import GROUPED_KINDS, Notification
from lapwing.microblog.personal.notification_views import (
    NotificationGroup,
    NotificationRequest,
    group_key,
)
from lapwing.microblog.square import Square
from lapwing.web.mastodon.answers import encode
from lapwing.web.mastodon.entities.accounts import AccountEntities
from lapwing.web.mastodon.entities.addresses import Addresses
from lapwing.web.mastodon.entities.instants import instant, instant_or_none
from lapwing.web.mastodon.entities.media import media_form
from lapwing.web.mastodon.entities.posts import PostEntities

KIND_WORDS: Final = {
    NotificationKind.MENTION: "mention",
    NotificationKind.REPOST: "reblog",
    NotificationKind.LIKE: "favourite",
    NotificationKind.FOLLOW: "follow",
    NotificationKind.REQUEST: "follow_request",
    NotificationKind.POLL: "poll",
    NotificationKind.EDIT: "update",
    NotificationKind.POST: "status",
    NotificationKind.QUOTE: "quote",
    NotificationKind.QUOTED_EDIT: "quoted_update",
    NotificationKind.WARNING: "moderation_warning",
}
_WORD_OF: Final = {kind.value: word for kind, word in KIND_WORDS.items()}
_KIND_OF: Final = {word: kind.value for kind, word in KIND_WORDS.items()}
_ACTIONS: Final = {
    Act.WARN: "none",
    Act.SENSITIVE: "sensitive",
    Act.SILENCE: "silence",
    Act.SUSPEND: "suspend",
    Act.DELETE_POSTS: "delete_statuses",
}
_ACTION_WORDS: Final = {Act.SENSITIVE: "mark_statuses_as_sensitive"}
"""Of acts on single posts."""


class PersonalEntities:
    def __init__(
        self,
        square: Square,
        accounts: AccountEntities,
        posts: PostEntities,
        addresses: Addresses,
    ) -> None:
        self._square = square
        self._accounts = accounts
        self._posts = posts
        self._addresses = addresses

    def notification(
        self,
        told: Notification,
        grouped_kinds: frozenset[NotificationKind] = GROUPED_KINDS,
    ) -> bytes:
        """One that may be shown to whom it is for."""
        head = {
            "id": str(told.id),
            "type": KIND_WORDS[told.kind],
            "created_at": instant(told.at_ms),
            "group_key": told_key(group_key(told, grouped_kinds)),
        }
        if told.filtered:
            head["filtered"] = True  # type: ignore[assignment]  # one flag among words
        parts = [encode(head)[:-1], b',"account":', self._accounts.draw(told.sender_id)]
        if told.kind is NotificationKind.WARNING:
            sanction = self._square.accounts.moderation.sanctions.get(told.subject_id)
            if sanction is not None:
                parts += (b',"moderation_warning":', encode(self.warning(sanction)))
        else:
            post = self._square.posts.find(told.subject_id)
            if post is not None:
                drawn = self._posts.draw(post, told.account_id, FilterContext.NOTIFICATIONS)
                parts += (b',"status":', drawn)
        parts.append(b"}")
        return b"".join(parts)

    def warning(self, sanction: Sanction) -> dict[str, Any]:
        action = _ACTIONS.get(sanction.act, "none")
        if sanction.post_ids:
            action = _ACTION_WORDS.get(sanction.act, action)
        appeal = None
        if sanction.appealed_ms:
            state = "pending"
            if sanction.decided_ms:
                state = "approved" if sanction.approved else "rejected"
            appeal = {"text": sanction.appeal, "state": state}
        return {
            "id": str(sanction.id),
            "action": action,
            "text": sanction.reason,
            "status_ids": [str(post_id) for post_id in sanction.post_ids],
            "target_account": msgspec.Raw(self._accounts.draw(sanction.account_id)),
            "appeal": appeal,
            "created_at": instant(sanction.at_ms),
        }

    def group(self, group: NotificationGroup, *, in_page: bool) -> dict[str, Any]:
        """`in_page`: one of a page's groups, so that its place on it is told."""
        form: dict[str, Any] = {
            "group_key": told_key(group.key),
            "notifications_count": group.count,
            "type": KIND_WORDS[group.kind],
            "most_recent_notification_id": str(group.newest_id),
            "sample_account_ids": [str(account_id) for account_id in group.sender_ids],
        }
        if in_page:
            form["page_min_id"] = str(group.page_min_id)
            form["page_max_id"] = str(group.newest_id)
            form["latest_page_notification_at"] = instant(group.newest_id >> 21)
        if group.kind is NotificationKind.WARNING:
            sanction = self._square.accounts.moderation.sanctions.get(group.subject_id)
            if sanction is not None:
                form["moderation_warning"] = self.warning(sanction)
        elif group.subject_id:
            form["status_id"] = str(group.subject_id)
        return form

    def groups(
        self, groups: Iterable[NotificationGroup], viewer_id: int, *, in_page: bool = True
    ) -> dict[str, Any]:
        """GroupedNotificationsResults: each account and post once."""
        groups = list(groups)
        senders = dict.fromkeys(one for group in groups for one in group.sender_ids)
        subjects = dict.fromkeys(
            group.subject_id
            for group in groups
            if group.subject_id and group.kind is not NotificationKind.WARNING
        )
        there = [one for one in subjects if self._square.posts.find(one) is not None]
        posts = self._posts.draw_all(there, viewer_id, FilterContext.NOTIFICATIONS)
        return {
            "accounts": [msgspec.Raw(self._accounts.draw(one)) for one in senders],
            "statuses": msgspec.Raw(posts),
            "notification_groups": [self.group(group, in_page=in_page) for group in groups],
        }

    def request(self, request: NotificationRequest, viewer_id: int) -> dict[str, Any]:
        post = self._square.posts.find(request.last_post_id)
        drawn = None if post is None else msgspec.Raw(self._posts.draw(post, viewer_id))
        return {
            "id": str(request.sender_id),
            "created_at": instant(request.first_ms),
            "updated_at": instant(request.last_ms),
            "notifications_count": str(request.count),
            "account": msgspec.Raw(self._accounts.draw(request.sender_id)),
            "last_status": drawn,
        }

    def conversation(self, view: ConversationView, viewer_id: int) -> dict[str, Any]:
        post = self._square.posts.get(view.last_post_id)
        accounts = self._accounts.draw_all(list(view.account_ids))
        return {
            "id": str(view.id),
            "unread": view.unread,
            "accounts": [msgspec.Raw(account) for account in accounts],
            "last_status": msgspec.Raw(self._posts.draw(post, viewer_id)),
        }

    def scheduled(self, scheduled: ScheduledPost) -> dict[str, Any]:
        found = (self._square.uploads.find(one) for one in scheduled.draft.media_ids)
        media = [media_form(one, self._addresses) for one in found if one is not None]
        return {
            "id": str(scheduled.id),
            "scheduled_at": instant(scheduled.due_ms),
            "params": msgspec.Raw(scheduled.params.encode()),
            "media_attachments": media,
        }

    def complaint(self, complaint: Complaint) -> dict[str, Any]:
        """Report, as who made it sees it."""
        return {
            "id": str(complaint.id),
            "action_taken": complaint.resolved_ms != 0,
            "action_taken_at": instant_or_none(complaint.resolved_ms),
            "category": complaint.category.value,
            "comment": complaint.comment,
            "forwarded": False,
            "created_at": instant(complaint.made_ms),
            "status_ids": [str(post_id) for post_id in complaint.post_ids],
            "rule_ids": [] if complaint.category is Category.VIOLATION else None,
            "target_account": msgspec.Raw(self._accounts.draw(complaint.about)),
        }


def told_key(key: str) -> str:
    """A group's key in the API's words."""
    kind, dash, rest = key.partition("-")
    return f"{_WORD_OF.get(kind, kind)}{dash}{rest}"


def asked_key(key: str) -> str:
    """A group's key as the microblog knows it."""
    word, dash, rest = key.partition("-")
    return f"{_KIND_OF.get(word, word)}{dash}{rest}"


def policy_form(policy: NotificationPolicy, waiting: list[NotificationRequest]) -> dict[str, Any]:
    return {
        "for_not_following": policy.for_not_following.value,
        "for_not_followers": policy.for_not_followers.value,
        "for_new_accounts": policy.for_new_accounts.value,
        "for_private_mentions": policy.for_private_mentions.value,
        "for_limited_accounts": policy.for_limited_accounts.value,
        "summary": _summary(waiting),
    }


def policy_v1_form(
    policy: NotificationPolicy, waiting: list[NotificationRequest]
) -> dict[str, Any]:
    return {
        "filter_not_following": policy.for_not_following is not Rule.ACCEPT,
        "filter_not_followers": policy.for_not_followers is not Rule.ACCEPT,
        "filter_new_accounts": policy.for_new_accounts is not Rule.ACCEPT,
        "filter_private_mentions": policy.for_private_mentions is not Rule.ACCEPT,
        "summary": _summary(waiting),
    }


def _summary(waiting: list[NotificationRequest]) -> dict[str, int]:
    return {
        "pending_requests_count": len(waiting),
        "pending_notifications_count": sum(request.count for request in waiting),
    }


def list_form(shown: AccountList) -> dict[str, Any]:
    return {
        "id": str(shown.id),
        "title": shown.title,
        "replies_policy": shown.replies.value,
        "exclusive": shown.exclusive,
    }


def marker_form(marker: Marker) -> dict[str, Any]:
    return {
        "last_read_id": str(marker.last_read_id),
        "version": marker.version,
        "updated_at": instant(marker.at_ms),
    }


def filter_form(shown: Filter, *, whole: bool = True) -> dict[str, Any]:
    """Without its keywords and posts in results of filtering."""
    form: dict[str, Any] = {
        "id": str(shown.id),
        "title": shown.title,
        "context": [context.value for context in shown.contexts],
        "expires_at": instant_or_none(shown.expires_ms),
        "filter_action": shown.action.value,
    }
    if whole:
        form["keywords"] = [keyword_form(keyword) for keyword in shown.keywords]
        form["statuses"] = [filter_post_form(post) for post in shown.posts]
    return form


def keyword_form(keyword: FilterKeyword) -> dict[str, Any]:
    return {
        "id": str(keyword.id),
        "keyword": keyword.keyword,
        "whole_word": keyword.whole_word,
    }


def filter_post_form(post: FilterPost) -> dict[str, Any]:
    return {"id": str(post.id), "status_id": str(post.post_id)}


def filter_result_form(result: FilterResult) -> dict[str, Any]:
    return {
        "filter": filter_form(result.filter, whole=False),
        "keyword_matches": list(result.keywords) or None,
        "status_matches": [str(post_id) for post_id in result.post_ids] or None,
    }


def filter_v1_form(shown: FilterV1) -> dict[str, Any]:
    return {
        "id": str(shown.id),
        "phrase": shown.phrase,
        "context": [context.value for context in shown.contexts],
        "whole_word": shown.whole_word,
        "expires_at": instant_or_none(shown.expires_ms),
        "irreversible": shown.irreversible,
    }
