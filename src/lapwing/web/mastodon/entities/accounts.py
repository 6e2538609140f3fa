"""Account, CredentialAccount, Relationship."""

from __future__ import annotations

from typing import Any, Final

from lapwing.accounts.model import Account, Role, Standing
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.model import Relation
from lapwing.microblog.square import Change, Square
from lapwing.microblog.text.rendering import render_field, render_note
from lapwing.web.mastodon.answers import encode
from lapwing.web.mastodon.entities.addresses import Addresses
from lapwing.web.mastodon.entities.instants import date, instant_or_none, midnight
from lapwing.web.mastodon.entities.kept import Kept

PRIVACY: Final = {
    "public": "public",
    "quiet": "unlisted",
    "followers": "private",
    "mentioned": "direct",
}
"""What the API calls the visibilities that somebody may usually post with."""

_KEPT = 50_000
_ROLES: Final = {
    Role.USER: ("-99", "", 0),
    Role.MODERATOR: ("1", "Moderator", 0x4 | 0x8 | 0x10 | 0x100 | 0x200 | 0x400 | 0x10000),
    Role.ADMIN: ("2", "Admin", 0x1),
    Role.OWNER: ("3", "Owner", 0x1),
}
"""Id, name and permissions, which are Mastodon's bits."""


class AccountEntities:
    """Accounts in JSON, as everybody sees them; drawn anew after they changed."""

    def __init__(self, square: Square, addresses: Addresses) -> None:
        self._square = square
        self._addresses = addresses
        self._kept: Kept[bytes] = Kept(_KEPT)
        self._find = self._kept.find
        square.listen(self._hear)

    def draw(self, account_id: int) -> bytes:
        """The account's JSON; that of a deleted one has nothing but its name."""
        return self._find(account_id) or self._kept.put(
            account_id, encode(self.form(self._get(account_id)))
        )

    def draw_all(self, account_ids: list[int]) -> list[bytes]:
        return [self.draw(account_id) for account_id in account_ids]

    def form(self, account: Account) -> dict[str, Any]:
        square, addresses = self._square, self._addresses
        avatar, header = addresses.avatar(account), addresses.header(account)
        last = square.posts.find_newest_told(account.id)
        form: dict[str, Any] = {
            "id": str(account.id),
            "username": account.username,
            "acct": account.username,
            "display_name": account.display_name,
            "locked": account.locked,
            "bot": account.bot,
            "discoverable": account.discoverable,
            "indexable": account.discoverable,
            "group": False,
            "created_at": midnight(account.created_ms),
            "note": render_note(account.note),
            "url": addresses.account(account.username),
            "uri": f"{addresses.base_url}/users/{account.username}",
            "avatar": avatar,
            "avatar_static": avatar,
            "avatar_description": "",
            "header": header,
            "header_static": header,
            "header_description": "",
            "followers_count": len(square.relations.to(account.id, Relation.FOLLOW)),
            "following_count": len(square.relations.of(account.id, Relation.FOLLOW)),
            "statuses_count": square.posts.count_told(account.id),
            "last_status_at": date(last.created_ms) if last else None,
            "hide_collections": account.hides_relations,
            "noindex": not account.discoverable,
            "emojis": [],
            "roles": _shown_roles(account.role),
            "fields": [
                {"name": field.name, "value": render_field(field.value), "verified_at": None}
                for field in account.fields
            ],
        }
        if account.standing is Standing.SILENCED:
            form["limited"] = True
        elif not account.is_there:
            form["suspended"] = True
        return form

    def own_form(self, account: Account) -> dict[str, Any]:
        """As the account's owner gets it: with what was written and what is usual."""
        relations = self._square.relations
        return {
            **self.form(account),
            "source": {
                "privacy": PRIVACY[account.post_visibility],
                "sensitive": account.post_sensitive,
                "language": account.language,
                "note": account.note,
                "fields": [
                    {"name": field.name, "value": field.value, "verified_at": None}
                    for field in account.fields
                ],
                "follow_requests_count": len(relations.to(account.id, Relation.REQUEST)),
                "hide_collections": account.hides_relations,
                "discoverable": account.discoverable,
                "indexable": account.discoverable,
                "attribution_domains": [],
                "quote_policy": account.quote_policy,
            },
            "role": role_form(account.role),
        }

    def relationship(self, viewer_id: int, account_id: int, now_ms: int) -> dict[str, Any]:
        relations = self._square.relations
        options = relations.options_of(viewer_id, account_id)
        follows = relations.follows(viewer_id, account_id)
        mutes = relations.mutes(viewer_id, account_id, now_ms)
        mute = relations.find_mute(viewer_id, account_id) if mutes else None
        return {
            "id": str(account_id),
            "following": follows,
            "showing_reblogs": follows and options.shows_reposts,
            "notifying": follows and options.notifies,
            "languages": list(options.languages) or None,
            "followed_by": relations.follows(account_id, viewer_id),
            "blocking": relations.has(viewer_id, Relation.BLOCK, account_id),
            "blocked_by": relations.has(account_id, Relation.BLOCK, viewer_id),
            "muting": mutes,
            "muting_notifications": mute is not None and mute.hides_notifications,
            "muting_expires_at": instant_or_none(mute.ends_ms if mute else 0),
            "requested": relations.has(viewer_id, Relation.REQUEST, account_id),
            "requested_by": relations.has(account_id, Relation.REQUEST, viewer_id),
            "domain_blocking": False,
            "endorsed": relations.has(viewer_id, Relation.FEATURE, account_id),
            "note": relations.notes.get(viewer_id, {}).get(account_id, ""),
        }

    def forget_all(self) -> None:
        """Draws all anew: something that stands in every form changed."""
        self._kept.clear()

    def _get(self, account_id: int) -> Account:
        account = self._square.accounts.find(account_id)
        if account is None:
            raise Refusal("unknown_account", "There is no such account.")
        return account

    def _hear(self, change: Change) -> None:
        for account_id in change.accounts:
            self._kept.drop(account_id)


def _shown_roles(role: Role) -> list[dict[str, Any]]:
    number, name, _ = _ROLES[role]
    return [] if role is Role.USER else [{"id": number, "name": name, "color": ""}]


def role_form(role: Role) -> dict[str, Any]:
    number, name, permissions = _ROLES[role]
    return {
        "id": number,
        "name": name,
        "permissions": str(permissions),
        "color": "",
        "highlighted": role is not Role.USER,
    }
