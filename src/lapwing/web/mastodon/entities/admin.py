"""Admin::Account, Admin::Report and Admin::EmailDomainBlock: what moderators see."""

from __future__ import annotations

from typing import Any

import msgspec

from lapwing.accounts.model import Account, Standing
from lapwing.accounts.moderation_model import Block, Complaint
from lapwing.web.mastodon.entities.accounts import role_form
from lapwing.web.mastodon.entities.instants import instant, instant_or_none
from lapwing.web.mastodon.parts import MastodonParts


def admin_account_form(parts: MastodonParts, account: Account) -> dict[str, Any]:
    """Addresses of the network are not kept, so none is told."""
    standing = account.standing
    credentials = parts.accounts.people.credentials.get(account.id)
    return {
        "id": str(account.id),
        "username": account.username,
        "domain": None,
        "created_at": instant(account.created_ms),
        "email": credentials.email if credentials else "",
        "ip": None,
        "ips": [],
        "locale": account.language,
        "invite_request": (credentials.reason or None) if credentials else None,
        "role": role_form(account.role),
        "confirmed": standing is not Standing.UNCONFIRMED,
        "approved": standing not in (Standing.UNCONFIRMED, Standing.WAITING),
        "disabled": False,
        "sensitized": account.marked_sensitive,
        "silenced": standing is Standing.SILENCED,
        "suspended": standing is Standing.SUSPENDED,
        "account": msgspec.Raw(parts.account_entities.draw(account.id)),
        "created_by_application_id": None,
        "invited_by_account_id": None,
    }


def admin_report_form(parts: MastodonParts, complaint: Complaint, viewer_id: int) -> dict[str, Any]:
    posts = parts.square.posts
    there = [post_id for post_id in complaint.post_ids if posts.find(post_id) is not None]
    return {
        "id": str(complaint.id),
        "action_taken": complaint.resolved_ms != 0,
        "action_taken_at": instant_or_none(complaint.resolved_ms),
        "category": complaint.category.value,
        "comment": complaint.comment,
        "forwarded": False,
        "created_at": instant(complaint.made_ms),
        "updated_at": instant(complaint.resolved_ms or complaint.made_ms),
        "account": _person(parts, complaint.by),
        "target_account": _person(parts, complaint.about),
        "assigned_account": _person(parts, complaint.assigned_to),
        "action_taken_by_account": _person(parts, complaint.resolved_by),
        "statuses": msgspec.Raw(parts.post_entities.draw_all(there, viewer_id)),
        "rules": [],
    }


def email_domain_form(block: Block) -> dict[str, Any]:
    return {
        "id": str(block.id),
        "domain": block.value,
        "created_at": instant(block.made_ms),
        "history": [],
    }


def _person(parts: MastodonParts, account_id: int) -> dict[str, Any] | None:
    account = parts.accounts.find(account_id)
    return None if account is None else admin_account_form(parts, account)
