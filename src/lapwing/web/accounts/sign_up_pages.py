"""/sign-up, /confirm and /password: how people come in, and back in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from litestar import Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.params import FromPath

from lapwing.accounts.access import digest_of
from lapwing.accounts.changing import ask_for_reset, reset_password
from lapwing.accounts.limits import MAILS_ASKED, block_of
from lapwing.accounts.model import Standing
from lapwing.accounts.opening import Application, confirm_email, send_confirmation_again, sign_up
from lapwing.accounts.private import Purpose
from lapwing.accounts.signing_in import begin_session, end_session
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.web.accounts.answering import go, show, show_refused
from lapwing.web.accounts.parts import Asked, Parts
from lapwing.web.accounts.sessions import browser_in
from lapwing.web.square.forms import Form

_log = structlog.get_logger()
_SIGN_UP = "account_sign_up.html"
_WORD = "account_word.html"
_CONFIRM = "account_confirm.html"
_FORGOTTEN = "account_forgotten.html"
_RESET = "account_reset.html"


@get("/sign-up", include_in_schema=False)
async def sign_up_page(request: Asked, parts: Parts) -> Response[bytes]:
    if parts.cookies.find_person(request.headers) is not None:
        return go(parts.after_sign_in)
    given = Application("", "", "", invitation=request.query_params.get("invitation", ""))
    return show(parts, request, _SIGN_UP, given=given, mode=parts.desk.sign_up)


@post("/sign-up", include_in_schema=False, status_code=303)
async def take_sign_up(request: Asked, parts: Parts) -> Response[bytes]:
    form = await Form.of(request)
    given = Application(
        username=form.line("username"),
        email=form.line("email"),
        password=form.text("password"),
        reason=form.text("reason"),
        invitation=form.line("invitation"),
    )
    try:
        account = await sign_up(parts.desk, given, parts.address(request))
    except Refusal as error:
        return show_refused(parts, request, _SIGN_UP, error, given=given, mode=parts.desk.sign_up)
    if account.standing is not Standing.ACTIVE:
        word = "mail" if account.standing is Standing.UNCONFIRMED else "waiting"
        return show(parts, request, _WORD, word=word, email=given.email)
    before = parts.cookies.find_session(request.headers)
    if before is not None:
        await end_session(parts.desk, before.account_id, before.id)
    signed_in = await begin_session(parts.desk, account, browser_in(request))
    return go(parts.after_sign_in, parts.cookies.set_cookie(signed_in.secret))


@get("/confirm/{secret:str}", include_in_schema=False)
async def confirm_page(request: Asked, parts: Parts, secret: FromPath[str]) -> Response[bytes]:
    """A button: programs that look into mails open links, but send no forms."""
    return show(parts, request, _CONFIRM, secret=secret)


@post("/confirm/{secret:str}", include_in_schema=False, status_code=200)
async def take_confirmation(request: Asked, parts: Parts, secret: FromPath[str]) -> Response[bytes]:
    account = await confirm_email(parts.desk, secret)
    word = "waiting" if account.standing is Standing.WAITING else "confirmed"
    return show(parts, request, _WORD, word=word, email="")


@post("/confirm/again", include_in_schema=False, status_code=200)
async def confirm_again(request: Asked, parts: Parts) -> Response[bytes]:
    """The same words whoever asks."""
    form = await Form.of(request)
    username, email = form.line("username"), form.line("email").lower()
    parts.desk.limits.take(MAILS_ASKED, block_of(parts.address(request)), parts.desk.now_ms())
    answer = show(parts, request, _WORD, word="mail", email=email)
    account = parts.desk.accounts.find_named(username.removeprefix("@"))
    if account is not None and account.standing is Standing.UNCONFIRMED:
        answer.background = _behind(send_confirmation_again, parts.desk, account.id)
    return answer


@get("/password/forgotten", include_in_schema=False)
async def forgotten_page(request: Asked, parts: Parts) -> Response[bytes]:
    return show(parts, request, _FORGOTTEN, mails=parts.desk.confirms_addresses)


@post("/password/forgotten", include_in_schema=False, status_code=200)
async def take_forgotten(request: Asked, parts: Parts) -> Response[bytes]:
    """The same words whether there is such an account; what is to be done is done behind the
    answer, so that it takes the same time, too."""
    form = await Form.of(request)
    email = form.line("email")
    address = parts.address(request)
    answer = show(parts, request, _WORD, word="reset", email=email)
    answer.background = _behind(ask_for_reset, parts.desk, email, address)
    return answer


@get("/password/{secret:str}", include_in_schema=False)
async def reset_page(request: Asked, parts: Parts, secret: FromPath[str]) -> Response[bytes]:
    parts.desk.accounts.people.get_code(digest_of(secret), Purpose.RESET, parts.desk.now_ms())
    return show(parts, request, _RESET, secret=secret)


@post("/password/{secret:str}", include_in_schema=False, status_code=303)
async def take_reset(request: Asked, parts: Parts, secret: FromPath[str]) -> Response[bytes]:
    form = await Form.of(request)
    try:
        await reset_password(parts.desk, secret, form.text("password"))
    except Refusal as error:
        return show_refused(parts, request, _RESET, error, secret=secret)
    return show(parts, request, _WORD, word="reset_done", email="")


def _behind(work: Callable[..., Awaitable[None]], *arguments: Any) -> BackgroundTask:
    """What is done when the answer has gone out: nobody can tell from its time whether there was
    anything to do."""

    async def run() -> None:
        try:
            await work(*arguments)
        except (Refusal, Unavailable) as error:
            _log.info("mail_not_sent", reason=type(error).__name__)

    return BackgroundTask(run)


HANDLERS = [
    sign_up_page,
    take_sign_up,
    confirm_page,
    take_confirmation,
    confirm_again,
    forgotten_page,
    take_forgotten,
    reset_page,
    take_reset,
]
