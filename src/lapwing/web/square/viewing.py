"""Makes what the pages show of accounts, for one viewer. Everything is in memory: no waiting."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable

from markupsafe import Markup

from lapwing.accounts.model import Account
from lapwing.kernel.instants import from_ms
from lapwing.microblog.model import Relation
from lapwing.microblog.square import Square
from lapwing.microblog.text.rendering import render_field, render_note
from lapwing.outages.views import ServiceLink
from lapwing.web.square.views import AccountView, FieldView, ProfileView, Relationship

_TINTS = 8


def media_url(key: str) -> str:
    """Address of a media file; empty for no file."""
    return f"/media/{key}" if key else ""


class AccountViews:
    def __init__(self, square: Square, service_link: Callable[[str], ServiceLink | None]) -> None:
        self._square = square
        self._service_link = service_link

    def view(self, account: Account, *, with_note: bool = False) -> AccountView:
        return AccountView(
            id=str(account.id),
            username=account.username,
            name=account.display_name or account.username,
            path=f"/@{account.username}",
            avatar=media_url(account.avatar),
            tint=zlib.crc32(account.username.encode()) % _TINTS,
            bot=account.bot or bool(account.service),
            locked=account.locked,
            service=self._service_link(account.service) if account.service else None,
            note=account.note if with_note else "",
        )

    def find(self, account_id: int) -> AccountView | None:
        """None where the account is not there for anybody."""
        account = self._square.accounts.find(account_id)
        return self.view(account) if account is not None and account.is_there else None

    def several(self, ids: Iterable[int]) -> tuple[AccountView, ...]:
        """Those of them who are there, with their notes."""
        found = (self._square.accounts.find(one) for one in ids)
        return tuple(
            self.view(account, with_note=True)
            for account in found
            if account is not None and account.is_there
        )

    def relationship(self, viewer_id: int, target_id: int, now_ms: int) -> Relationship:
        relations = self._square.relations
        options = relations.options_of(viewer_id, target_id)
        return Relationship(
            following=relations.follows(viewer_id, target_id),
            requested=relations.has(viewer_id, Relation.REQUEST, target_id),
            followed_by=relations.follows(target_id, viewer_id),
            blocking=relations.has(viewer_id, Relation.BLOCK, target_id),
            muting=relations.mutes(viewer_id, target_id, now_ms),
            notifying=options.notifies,
            shows_reposts=options.shows_reposts,
            featured=relations.has(viewer_id, Relation.FEATURE, target_id),
            note=relations.notes.get(viewer_id, {}).get(target_id, ""),
        )

    def profile(self, viewer_id: int, account: Account, now_ms: int) -> ProfileView:
        relations = self._square.relations
        is_own = viewer_id == account.id
        known = viewer_id and not is_own
        return ProfileView(
            account=self.view(account),
            note=_drawn(render_note(account.note)),
            fields=tuple(
                FieldView(field.name, _drawn(render_field(field.value))) for field in account.fields
            ),
            header=media_url(account.header),
            joined_at=from_ms(account.created_ms),
            posts=self._square.posts.count_told(account.id),
            following=len(relations.of(account.id, Relation.FOLLOW)),
            followers=len(relations.to(account.id, Relation.FOLLOW)),
            hides_relations=account.hides_relations and not is_own,
            is_own=is_own,
            silenced=account.standing == "silenced",
            relationship=self.relationship(viewer_id, account.id, now_ms) if known else None,
        )


def _drawn(html: str) -> Markup:
    """HTML from `microblog.text`, which escapes all that people wrote."""
    return Markup(html)  # noqa: S704
