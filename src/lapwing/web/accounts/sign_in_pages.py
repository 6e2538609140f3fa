"""/sign-in and /sign-out."""

from __future__ import annotations

from litestar import Response, get, post

from lapwing.accounts.passkeys import begin_sign_in, check_answer
from lapwing.accounts.signing_in import (
    SecondStep,
    SignedIn,
    begin_session,
    end_session,
    sign_in,
    take_second_step,
)
from lapwing.kernel.refusals import Refusal
from lapwing.web.accounts.answering import go, next_path, show, show_refused
from lapwing.web.accounts.parts import AccountParts, Asked, Parts
from lapwing.web.accounts.scripts import json_answer, json_body, on_to
from lapwing.web.accounts.sessions import browser_in
from lapwing.web.square.forms import Form

NOTICES_PATH = "/settings/notices"
"""Where people learn why their account is suspended."""
_PAGE = "account_sign_in.html"
_CODE_PAGE = "account_sign_in_code.html"


async def _welcome(
    parts: AccountParts, request: Asked, signed_in: SignedIn, following: str
) -> tuple[str, str]:
    """Where the person goes on, and the cookie. The session before ends: a browser is one person
    at a time."""
    before = parts.cookies.find_session(request.headers)
    if before is not None:
        await end_session(parts.desk, before.account_id, before.id)
    following = following if signed_in.account.may_act else NOTICES_PATH
    return following, parts.cookies.set_cookie(signed_in.secret)


@get("/sign-in", include_in_schema=False)
async def sign_in_page(request: Asked, parts: Parts) -> Response[bytes]:
    following = next_path(request.query_params.get("next", ""), "")
    person = parts.cookies.find_person(request.headers)
    if person is not None and "again" not in request.query_params:
        may_act = person[0].may_act
        return go((following or parts.after_sign_in) if may_act else NOTICES_PATH)
    return show(parts, request, _PAGE, login="", following=following, mode=parts.desk.sign_up)


@post("/sign-in", include_in_schema=False, status_code=303)
async def take_sign_in(request: Asked, parts: Parts) -> Response[bytes]:
    form = await Form.of(request)
    following = next_path(form.line("next"), parts.after_sign_in)
    login = form.line("login")
    try:
        found = await sign_in(
            parts.desk,
            login,
            form.text("password"),
            parts.address(request),
            browser_in(request),
        )
    except Refusal as error:
        return show_refused(
            parts, request, _PAGE, error, login=login, following=following, mode=parts.desk.sign_up
        )
    if isinstance(found, SecondStep):
        return show(parts, request, _CODE_PAGE, ticket=found.ticket, following=following)
    return go(*await _welcome(parts, request, found, following))


@post("/sign-in/code", include_in_schema=False, status_code=303)
async def take_code(request: Asked, parts: Parts) -> Response[bytes]:
    form = await Form.of(request)
    following = next_path(form.line("next"), parts.after_sign_in)
    ticket = form.line("ticket")
    try:
        found = await take_second_step(parts.desk, ticket, form.line("code"), browser_in(request))
    except Refusal as error:
        if error.code == "ticket_expired":
            return show_refused(
                parts, request, _PAGE, error, login="", following=following, mode=parts.desk.sign_up
            )
        return show_refused(parts, request, _CODE_PAGE, error, ticket=ticket, following=following)
    return go(*await _welcome(parts, request, found, following))


@post("/sign-in/passkey/options", include_in_schema=False, status_code=200)
async def passkey_options(request: Asked, parts: Parts) -> Response[bytes]:
    ticket, options = begin_sign_in(parts.desk, parts.address(request))
    return json_answer(ticket, options)


@post("/sign-in/passkey", include_in_schema=False, status_code=200)
async def take_passkey(request: Asked, parts: Parts) -> Response[bytes]:
    body = await json_body(request)
    following = next_path(body.next, parts.after_sign_in)
    account = await check_answer(parts.desk, body.ticket, body.credential)
    found = await begin_session(parts.desk, account, browser_in(request))
    return on_to(*await _welcome(parts, request, found, following))


@post("/sign-out", include_in_schema=False, status_code=303)
async def sign_out(request: Asked, parts: Parts) -> Response[bytes]:
    session = parts.cookies.find_session(request.headers)
    if session is not None:
        await end_session(parts.desk, session.account_id, session.id)
    answer = go("/", parts.cookies.clear_cookie())
    answer.headers["Clear-Site-Data"] = '"cache"'  # pages that the browser kept for going back
    return answer


HANDLERS = [
    sign_in_page,
    take_sign_in,
    take_code,
    passkey_options,
    take_passkey,
    sign_out,
]
