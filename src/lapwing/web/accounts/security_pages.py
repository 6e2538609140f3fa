"""/settings/security: authenticator app, passkeys and sessions."""

from __future__ import annotations

from typing import Any

import segno
from litestar import Response, get, post
from markupsafe import Markup

from lapwing.accounts import passkeys, second_factor
from lapwing.accounts.model import Account
from lapwing.accounts.private import Session
from lapwing.accounts.signing_in import check_own_password, end_other_sessions, end_session
from lapwing.kernel.instants import from_ms
from lapwing.kernel.refusals import Refusal
from lapwing.web.accounts.answering import go, show, show_refused
from lapwing.web.accounts.parts import AccountParts, Asked, Parts
from lapwing.web.accounts.scripts import json_answer, json_body, on_to
from lapwing.web.square.forms import Form

_PAGE = "account_security.html"
_TOTP = "account_totp.html"
_CODES = "account_recovery_codes.html"


def _values(parts: AccountParts, account: Account, session: Session) -> dict[str, Any]:
    accounts = parts.desk.accounts
    kept = accounts.people.get_credentials(account.id)
    return {
        "account": account,
        "has_totp": bool(kept.totp_secret),
        "recovery_left": len(kept.recovery_digests),
        "passkeys": [
            (key.credential.hex(), key.name, from_ms(key.added_ms), from_ms(key.used_ms))
            for key in kept.passkeys
        ],
        "sessions": [
            (str(each.id), each.browser, from_ms(each.used_ms), each.id == session.id)
            for each in reversed(accounts.access.sessions_of(account.id))
        ],
    }


@get("/settings/security", include_in_schema=False)
async def security_page(request: Asked, parts: Parts) -> Response[bytes]:
    account, session = parts.get_person(request)
    return show(parts, request, _PAGE, **_values(parts, account, session))


@post("/settings/sessions/end", include_in_schema=False, status_code=303)
async def end_one(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    form = await Form.of(request)
    await end_session(parts.desk, account.id, form.id("session"))
    return go("/settings/security")


@post("/settings/sessions/end-others", include_in_schema=False, status_code=303)
async def end_others(request: Asked, parts: Parts) -> Response[bytes]:
    account, session = parts.get_person(request)
    await end_other_sessions(parts.desk, account.id, session.id)
    return go("/settings/security")


def _picture(parts: AccountParts, account: Account, secret: str) -> Markup:
    """On white in both themes: cameras want it so."""
    address = second_factor.app_address(secret, account.username, parts.desk.site_name)
    drawn = segno.make(address, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff")
    return Markup(drawn)  # noqa: S704 - nothing in it but numbers


def _totp_page(
    parts: AccountParts, request: Asked, account: Account, ticket: str, secret: str, **more: Any
) -> Response[bytes]:
    spaced = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return show(
        parts,
        request,
        _TOTP,
        ticket=ticket,
        secret=spaced,
        picture=_picture(parts, account, secret),
        **more,
    )


@get("/settings/security/totp", include_in_schema=False)
async def totp_page(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    ticket, secret = second_factor.begin_enabling(parts.desk, account.id)
    return _totp_page(parts, request, account, ticket, secret)


@post("/settings/security/totp", include_in_schema=False, status_code=200)
async def enable(request: Asked, parts: Parts) -> Response[bytes]:
    account, session = parts.get_person(request)
    form = await Form.of(request)
    ticket = form.line("ticket")
    secret = second_factor.secret_of(parts.desk, account.id, ticket)
    try:
        await check_own_password(parts.desk, account.id, form.text("password"))
        codes = await second_factor.enable(parts.desk, account.id, ticket, form.line("code"))
    except Refusal as error:
        if secret is None:
            values = _values(parts, account, session)
            return show_refused(parts, request, _PAGE, error, **values)
        return _totp_page(parts, request, account, ticket, secret, status=422, error=error)
    return show(parts, request, _CODES, codes=codes)


@post("/settings/security/totp/off", include_in_schema=False, status_code=303)
async def disable(request: Asked, parts: Parts) -> Response[bytes]:
    account, session = parts.get_person(request)
    form = await Form.of(request)
    try:
        await check_own_password(parts.desk, account.id, form.text("password"))
    except Refusal as error:
        values = _values(parts, account, session)
        return show_refused(parts, request, _PAGE, error, **values)
    if form.has("codes"):
        codes = await second_factor.renew_recovery_codes(parts.desk, account.id)
        return show(parts, request, _CODES, codes=codes)
    await second_factor.disable(parts.desk, account.id)
    return go("/settings/security")


@post("/settings/security/passkeys/options", include_in_schema=False, status_code=200)
async def options(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    form = await Form.of(request)
    await check_own_password(parts.desk, account.id, form.text("password"))
    ticket, wanted = passkeys.begin_adding(parts.desk, account.id)
    return json_answer(ticket, wanted)


@post("/settings/security/passkeys", include_in_schema=False, status_code=200)
async def add(request: Asked, parts: Parts) -> Response[bytes]:
    account, _ = parts.get_person(request)
    body = await json_body(request)
    await passkeys.add(parts.desk, account.id, body.ticket, body.name, body.credential)
    return on_to("/settings/security")


@post("/settings/security/passkeys/remove", include_in_schema=False, status_code=303)
async def remove(request: Asked, parts: Parts) -> Response[bytes]:
    account, session = parts.get_person(request)
    form = await Form.of(request)
    try:
        await check_own_password(parts.desk, account.id, form.text("password"))
        credential = bytes.fromhex(form.line("passkey"))
    except (Refusal, ValueError) as error:
        refusal = error if isinstance(error, Refusal) else Refusal("invalid", "Not known.")
        values = _values(parts, account, session)
        return show_refused(parts, request, _PAGE, refusal, **values)
    await passkeys.remove(parts.desk, account.id, credential)
    return go("/settings/security")


HANDLERS = [
    security_page,
    end_one,
    end_others,
    totp_page,
    enable,
    disable,
    options,
    add,
    remove,
]
