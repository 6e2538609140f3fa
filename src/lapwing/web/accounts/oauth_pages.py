"""/oauth/authorize: where people let an app in, or not."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

from litestar import Response, get, post

from lapwing.accounts.model import Account
from lapwing.accounts.oauth import OUT_OF_BAND, Wanted, authorize, check_asked, get_app
from lapwing.accounts.private import App
from lapwing.kernel.refusals import Refusal
from lapwing.web.accounts.answering import SIGN_IN_PATH, go, show
from lapwing.web.accounts.parts import AccountParts, Asked, Parts
from lapwing.web.square.forms import Form

_PAGE = "account_authorize.html"
_CODE = "account_authorize_code.html"
_LONGEST = 4000
_NAMES = (
    *("response_type", "client_id", "redirect_uri", "scope", "state"),
    *("code_challenge", "code_challenge_method"),
)
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; object-src 'none';"
    " base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)

_SCOPE_WORDS = {
    "profile": "see who you are",
    "read": "read everything that you can read, and your settings",
    "write": "write, change and delete posts and your profile in your name",
    "follow": "follow, block and mute in your name",
    "push": "get your notifications",
    "admin:read": "read what moderators read",
    "admin:write": "act as a moderator in your name",
}


@get("/oauth/authorize", include_in_schema=False)
async def authorize_page(request: Asked, parts: Parts) -> Response[bytes]:
    given = {name: request.query_params.get(name, "") for name in _NAMES}
    app = _find_app(parts, given)
    try:
        asked = _check(app, given)
    except Refusal as error:
        return _back_to_app(given, error=error.code, error_description=error.message)
    person = parts.cookies.find_person(request.headers)
    forced = request.query_params.get("force_login", "") in ("true", "1")
    if person is None or forced or not person[0].may_act:
        return _to_sign_in(given, again=forced)
    return _ask(parts, request, person[0], asked, given)


@post("/oauth/authorize", include_in_schema=False, status_code=303)
async def take_answer(request: Asked, parts: Parts) -> Response[bytes]:
    form = await Form.of(request)
    given = {name: form.line(name) for name in _NAMES}
    app = _find_app(parts, given)
    person = parts.cookies.find_person(request.headers)
    if person is None or not person[0].may_act:
        return _to_sign_in(given, again=False)
    try:
        asked = _check(app, given)
    except Refusal as error:
        return _back_to_app(given, error=error.code, error_description=error.message)
    if form.line("answer") != "yes":
        return _back_to_app(
            given,
            error="access_denied",
            error_description="The resource owner or authorization server denied the request.",
        )
    code = await authorize(parts.desk, person[0], asked)
    if asked.redirect_uri == OUT_OF_BAND:
        return show(parts, request, _CODE, app=app, code=code)
    return _back_to_app(given, code=code)


def _find_app(parts: AccountParts, given: dict[str, str]) -> App:
    """Raises `Refusal`, which is a page of ours: nobody is sent to an address nobody registered."""
    if any(len(value) > _LONGEST for value in given.values()):
        raise Refusal("invalid_request", "The app asked for too much at once.")
    return get_app(parts.desk, given["client_id"], given["redirect_uri"])


def _check(app: App, given: dict[str, str]) -> Wanted:
    return check_asked(
        app,
        given["redirect_uri"],
        given["response_type"],
        given["scope"],
        given["code_challenge"],
        given["code_challenge_method"],
    )


def _ask(
    parts: AccountParts,
    request: Asked,
    account: Account,
    asked: Wanted,
    given: dict[str, str],
) -> Response[bytes]:
    told = [scope for scope in _SCOPE_WORDS if scope in asked.scopes]
    others = sorted(asked.scopes - _SCOPE_WORDS.keys())
    words = [(scope, _SCOPE_WORDS.get(scope, "")) for scope in (*told, *others)]
    policy = _POLICY
    if asked.redirect_uri != OUT_OF_BAND:
        policy += " " + _form_target(asked.redirect_uri)
    again = "/oauth/authorize?" + urlencode({**given, "force_login": "true"})
    return show(
        parts,
        request,
        _PAGE,
        headers={"Content-Security-Policy": policy},
        app=asked.app,
        account=account,
        scopes=words,
        given=given,
        again=again,
    )


def _form_target(uri: str) -> str:
    """What `form-action` must allow besides: browsers hold redirects after a form to it, too.
    A policy's source cannot hold what is no host, so of an app's own scheme it is the scheme."""
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https"):
        host = parts.netloc.rpartition("@")[2]
        if all(sign.isalnum() or sign in ".-:[]" for sign in host):
            return f"{parts.scheme}://{host}"
    return f"{parts.scheme}:"


def _to_sign_in(given: dict[str, str], *, again: bool) -> Response[bytes]:
    back = "/oauth/authorize?" + urlencode({name: value for name, value in given.items() if value})
    more = "&again=1" if again else ""
    return go(f"{SIGN_IN_PATH}?next={quote(back, safe='')}{more}")


def _back_to_app(given: dict[str, str], **answer: str) -> Response[bytes]:
    """To the address that the app registered, with the answer and its own `state`."""
    uri = given["redirect_uri"]
    if uri == OUT_OF_BAND:
        raise Refusal(answer["error"], answer["error_description"])
    if given["state"]:
        answer["state"] = given["state"]
    separator = "&" if "?" in uri else "?"
    response = go(f"{uri}{separator}{urlencode(answer)}")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


HANDLERS = [
    authorize_page,
    take_answer,
]
