"""Taking one's data along, and going for good."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.entries import AccountDeleted
from lapwing.accounts.limits import EXPORTS
from lapwing.accounts.scopes import in_order
from lapwing.kernel.instants import from_ms

Exporter: TypeAlias = Callable[[int], Awaitable[Mapping[str, bytes]]]
"""Files by name with what another part of Lapwing keeps of an account."""


async def export(desk: AccountDesk, account_id: int, exporters: Sequence[Exporter] = ()) -> bytes:
    """A ZIP archive with all that is kept of somebody but what proves who they are.
    Raises `TooMany`."""
    desk.limits.take(EXPORTS, str(account_id), desk.now_ms())
    files = {"account.json": msgspec.json.format(msgspec.json.encode(own_data(desk, account_id)))}
    for exporter in exporters:
        files.update(await exporter(account_id))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return archive.getvalue()


def own_data(desk: AccountDesk, account_id: int) -> dict[str, Any]:
    """What the accounts' part keeps, in words and instants."""
    accounts = desk.accounts
    account = accounts.get(account_id)
    kept = accounts.people.get_credentials(account_id)
    return {
        "username": account.username,
        "email": kept.email,
        "created_at": from_ms(account.created_ms),
        "display_name": account.display_name,
        "note": account.note,
        "fields": [{"name": each.name, "value": each.value} for each in account.fields],
        "locked": account.locked,
        "bot": account.bot,
        "discoverable": account.discoverable,
        "language": account.language,
        "post_visibility": account.post_visibility,
        "post_sensitive": account.post_sensitive,
        "quote_policy": account.quote_policy,
        "role": account.role,
        "standing": account.standing,
        "sign_up_reason": kept.reason,
        "authenticator_app": bool(kept.totp_secret),
        "passkeys": [
            {"name": each.name, "added_at": from_ms(each.added_ms)} for each in kept.passkeys
        ],
        "sessions": [
            {"browser": each.browser, "begun_at": from_ms(each.begun_ms)}
            for each in accounts.access.sessions_of(account_id)
        ],
        "apps": [
            {
                "name": accounts.access.apps[each.app_id].name,
                "scopes": in_order(each.scopes),
                "granted_at": from_ms(each.granted_ms),
            }
            for each in accounts.access.grants_of(account_id)
        ],
        "acts_of_moderators": [
            {
                "act": each.act,
                "at": from_ms(each.at_ms),
                "reason": each.reason,
                "appeal": each.appeal,
                "decision": each.decision,
            }
            for each in accounts.moderation.sanctions_of(account_id)
        ],
        "complaints_made": [
            {"at": from_ms(each.made_ms), "category": each.category, "comment": each.comment}
            for each in accounts.moderation.complaints.values()
            if each.by == account_id
        ],
    }


async def delete_account(desk: AccountDesk, account_id: int) -> None:
    """For good; only the name stays taken. Whoever asks has shown the password."""
    desk.accounts.get(account_id)
    await desk.write(AccountDeleted(desk.now_ms(), account_id, account_id))
