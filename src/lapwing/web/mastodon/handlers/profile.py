"""One's own profile, preferences, and the app that one uses."""

from __future__ import annotations

import msgspec

from lapwing.accounts.changing import edit_profile
from lapwing.accounts.entries import ProfileChanges
from lapwing.accounts.model import ProfileField
from lapwing.microblog.media.processing import Purpose
from lapwing.web.mastodon.answers import Answer, json_of
from lapwing.web.mastodon.entities.accounts import PRIVACY
from lapwing.web.mastodon.handlers.statuses import find_quote_policy, find_visibility
from lapwing.web.mastodon.params import Params
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.rate_limits import Kind
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Handler, Routes

PROFILE = Routes()


@PROFILE.patch("/api/v1/accounts/update_credentials", scope="write:accounts", takes_files=True)
async def update_credentials(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    changes = _changes(params)
    for name, purpose in (("avatar", Purpose.AVATAR), ("header", Purpose.HEADER)):
        file = params.find_upload(name)
        if file is not None:
            made = await parts.media.process(file.path, purpose=purpose)
            changes = msgspec.structs.replace(changes, **{name: made.original.key})
    before = request.me
    account = await edit_profile(parts.account_desk, before.id, changes)
    gone = {before.avatar, before.header} - {account.avatar, account.header, ""}
    await parts.media_files.delete(gone)
    return json_of(parts.account_entities.own_form(account))


def _forgets(name: str) -> Handler:
    async def forget(parts: MastodonParts, request: Request) -> Answer:
        key = getattr(request.me, name)
        changes = ProfileChanges(avatar="") if name == "avatar" else ProfileChanges(header="")
        account = await edit_profile(parts.account_desk, request.viewer_id, changes)
        await parts.media_files.delete([key] if key else [])
        return json_of(parts.account_entities.own_form(account))

    return forget


for _name in ("avatar", "header"):
    PROFILE.delete(f"/api/v1/profile/{_name}", scope="write:accounts", kind=Kind.DELETION)(
        _forgets(_name)
    )


@PROFILE.get("/api/v1/preferences", scope="read:accounts")
async def preferences(parts: MastodonParts, request: Request) -> Answer:
    del parts
    account = request.me
    return json_of(
        {
            "posting:default:visibility": PRIVACY[account.post_visibility],
            "posting:default:sensitive": account.post_sensitive,
            "posting:default:language": account.language or None,
            "posting:default:quote_policy": account.quote_policy,
            "reading:expand:media": "default",
            "reading:expand:spoilers": False,
            "reading:autoplay:gifs": False,
        }
    )


def _changes(params: Params) -> ProfileChanges:
    source = params.nested("source")
    visibility = find_visibility(source, "privacy")
    quotes = find_quote_policy(source, "quote_policy")
    fields = None
    if "fields_attributes" in params:
        fields = tuple(
            ProfileField(row.text("name"), row.text("value"))
            for row in params.rows("fields_attributes")
        )
    hides = params.find_flag("hide_collections")
    return ProfileChanges(
        display_name=params.find_text("display_name"),
        note=params.find_text("note"),
        fields=fields,
        locked=params.find_flag("locked"),
        bot=params.find_flag("bot"),
        discoverable=params.find_flag("discoverable"),
        hides_relations=source.find_flag("hide_collections") if hides is None else hides,
        language=source.find_text("language") or None,
        post_visibility=None if visibility is None else visibility.value,
        post_sensitive=source.find_flag("sensitive"),
        quote_policy=None if quotes is None else quotes.value,
    )
