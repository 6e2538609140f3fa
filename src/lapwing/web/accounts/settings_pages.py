"""/settings/account, /settings/apps, /settings/notices, /settings/export, /settings/delete."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post

from lapwing.accounts.changing import change_email, change_password, edit_profile
from lapwing.accounts.desk import SignUp
from lapwing.accounts.entries import ProfileChanges
from lapwing.accounts.leaving import delete_account, export
from lapwing.accounts.letters import WHAT_WAS_DONE
from lapwing.accounts.model import Account
from lapwing.accounts.oauth import end_app
from lapwing.accounts.opening import end_invitation, invite
from lapwing.accounts.sanctioning import APPEAL_WITHIN_MS, appeal
from lapwing.accounts.scopes import in_order
from lapwing.accounts.signing_in import check_own_password
from lapwing.kernel.instants import from_ms
from lapwing.kernel.refusals import Refusal
from lapwing.web.accounts.answering import go, show, show_refused
from lapwing.web.accounts.parts import AccountParts, Asked, Parts
from lapwing.web.square.forms import Form

_ACCOUNT = "account_settings.html"
_APPS = "account_apps.html"
_NOTICES = "account_notices.html"
_EXPORT = "account_export.html"
_DELETE = "account_delete.html"


class AppView(msgspec.Struct, frozen=True):
    """An app that somebody lets act for them."""

    id: str
    name: str
    website: str
    scopes: str
    granted_at: Any
    used_at: Any


def _account_values(parts: AccountParts, account: Account) -> dict[str, Any]:
    account = parts.desk.accounts.get(account.id)
    invitations = [
        each
        for each in parts.desk.accounts.people.invitations.values()
        if each.made_by == account.id and parts.desk.now_ms() < each.expires_ms
    ]
    return {
        "account": account,
        "email": parts.desk.accounts.people.get_credentials(account.id).email,
        "invites": parts.desk.sign_up is SignUp.INVITATION and account.may_act,
        "invitations": [(str(i.id), i.uses_left, from_ms(i.expires_ms)) for i in invitations],
        "mails": parts.desk.confirms_addresses,
        "link": "",
        "waiting": len(parts.desk.accounts.moderation.open_complaints())
        + len(parts.desk.accounts.moderation.waiting_appeals()),
    }


@get("/settings/password", include_in_schema=False)
async def change_password_page() -> Response[bytes]:
    """Where password managers lead people (W3C, A Well-Known URL for Changing Passwords)."""
    return go("/settings/account")


@get("/settings/account", include_in_schema=False)
async def account_page(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    saved = request.query_params.get("saved", "")
    return show(
        parts, request, _ACCOUNT, **_account_values(parts, account), saved=_SAVED.get(saved, "")
    )


@post("/settings/account/name", include_in_schema=False, status_code=303)
async def change_name(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    form = await Form.of(request)
    try:
        changes = ProfileChanges(display_name=form.line("display_name"))
        await edit_profile(parts.desk, account.id, changes)
    except Refusal as error:
        return show_refused(parts, request, _ACCOUNT, error, **_account_values(parts, account))
    return go("/settings/account?saved=name")


@post("/settings/account/email", include_in_schema=False, status_code=303)
async def take_email(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    form = await Form.of(request)
    try:
        await check_own_password(parts.desk, account.id, form.text("password"))
        is_done = await change_email(parts.desk, account.id, form.line("email"))
    except Refusal as error:
        return show_refused(parts, request, _ACCOUNT, error, **_account_values(parts, account))
    return go(f"/settings/account?saved={'email' if is_done else 'mailed'}")


@post("/settings/account/password", include_in_schema=False, status_code=303)
async def take_password(request: Asked, parts: Parts) -> Response[bytes]:
    account, session = parts.get_person(request)
    form = await Form.of(request)
    try:
        await check_own_password(parts.desk, account.id, form.text("password"))
        await change_password(parts.desk, account.id, form.text("new_password"), session.id)
    except Refusal as error:
        return show_refused(parts, request, _ACCOUNT, error, **_account_values(parts, account))
    return go("/settings/account?saved=password")


@post("/settings/invitations", include_in_schema=False, status_code=200)
async def make_invitation(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    form = await Form.of(request)
    if not _account_values(parts, account)["invites"]:
        raise Refusal("forbidden", "Nobody needs an invitation here.")
    try:
        secret = await invite(parts.desk, account, form.number("uses", 1), form.number("days", 7))
    except Refusal as error:
        return show_refused(parts, request, _ACCOUNT, error, **_account_values(parts, account))
    link = f"{parts.desk.public_url}/sign-up?invitation={secret}"
    return show(parts, request, _ACCOUNT, **{**_account_values(parts, account), "link": link})


@post("/settings/invitations/end", include_in_schema=False, status_code=303)
async def end_one_invitation(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    form = await Form.of(request)
    invitation = parts.desk.accounts.people.invitations.get(form.id("invitation"))
    if invitation is not None and invitation.made_by == account.id:
        await end_invitation(parts.desk, account, invitation.id)
    return go("/settings/account")


_SAVED = {
    "name": "Your name is changed.",
    "email": "Your e-mail address is changed.",
    "mailed": "Open the link in the mail that is on its way to the new address.",
    "password": "Your password is changed, and all other browsers are signed out.",
}


def _apps_of(parts: AccountParts, account: Account) -> list[AppView]:
    """One line an app, with all that its tokens may do."""
    access = parts.desk.accounts.access
    by_app: dict[int, list[Any]] = {}
    for grant in access.grants_of(account.id):
        by_app.setdefault(grant.app_id, []).append(grant)
    return [
        AppView(
            id=str(app_id),
            name=access.apps[app_id].name,
            website=access.apps[app_id].website,
            scopes=in_order({scope for grant in grants for scope in grant.scopes}),
            granted_at=from_ms(min(grant.granted_ms for grant in grants)),
            used_at=from_ms(max(max(g.used_ms, g.granted_ms) for g in grants)),
        )
        for app_id, grants in by_app.items()
    ]


@get("/settings/apps", include_in_schema=False)
async def apps_page(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    return show(parts, request, _APPS, apps=_apps_of(parts, account))


@post("/settings/apps/end", include_in_schema=False, status_code=303)
async def end_access(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    form = await Form.of(request)
    await end_app(parts.desk, account.id, form.id("app"))
    return go("/settings/apps")


def _notices_values(parts: AccountParts, account: Account) -> dict[str, Any]:
    acts = parts.desk.accounts.moderation.sanctions_of(account.id)
    return {
        "account": account,
        "notices": [
            (
                act,
                WHAT_WAS_DONE[act.act],
                from_ms(act.at_ms),
                act.act.can_be_appealed
                and not act.appealed_ms
                and parts.desk.now_ms() <= act.at_ms + APPEAL_WITHIN_MS,
            )
            for act in reversed(acts)
        ],
    }


@get("/settings/notices", include_in_schema=False)
async def notices_page(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    return show(parts, request, _NOTICES, **_notices_values(parts, account))


@post("/settings/notices/appeal", include_in_schema=False, status_code=303)
async def take_appeal(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    form = await Form.of(request)
    try:
        await appeal(parts.desk, account.id, form.id("notice"), form.text("text"))
    except Refusal as error:
        return show_refused(parts, request, _NOTICES, error, **_notices_values(parts, account))
    return go("/settings/notices")


@get("/settings/export", include_in_schema=False)
async def export_page(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    return show(parts, request, _EXPORT, account=account)


@post("/settings/export", include_in_schema=False, status_code=200)
async def take_export(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    archive = await export(parts.desk, account.id, parts.exporters)
    name = f"{account.username}-{parts.clock.now():%Y-%m-%d}.zip"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(archive, media_type="application/zip", headers=headers)


@get("/settings/delete", include_in_schema=False)
async def delete_page(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    return show(parts, request, _DELETE, account=account)


@post("/settings/delete", include_in_schema=False, status_code=303)
async def take_deletion(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    form = await Form.of(request)
    try:
        await check_own_password(parts.desk, account.id, form.text("password"))
    except Refusal as error:
        return show_refused(parts, request, _DELETE, error, account=account)
    await delete_account(parts.desk, account.id)
    return go("/", parts.cookies.clear_cookie())


HANDLERS = [
    change_password_page,
    account_page,
    change_name,
    take_email,
    take_password,
    make_invitation,
    end_one_invitation,
    apps_page,
    end_access,
    notices_page,
    take_appeal,
    export_page,
    take_export,
    delete_page,
    take_deletion,
]
