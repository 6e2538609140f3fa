"""What apps themselves ask: registration, tokens, signing people up. RFC 6749, 7009, 7662 and 8414
as the Mastodon API has them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import unquote_plus

from lapwing.accounts import oauth
from lapwing.accounts.limits import TOKENS, block_of
from lapwing.accounts.opening import Application, sign_up
from lapwing.accounts.private import App
from lapwing.accounts.scopes import SCOPES, in_order, parse_scopes
from lapwing.accounts.signing_in import check_who
from lapwing.kernel.refusals import Refusal, TooMany
from lapwing.web.accounts.parts import AccountParts
from lapwing.web.mastodon.answers import Answer, error_of, json_of
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Routes

_GRANTS: Final = ("authorization_code", "client_credentials")
_ERRORS: Final = frozenset(
    {
        *("invalid_request", "invalid_client", "invalid_grant", "unauthorized_client"),
        *("unsupported_grant_type", "invalid_scope"),
    }
)
"""Of RFC 6749, 5.2."""
_UNPROVEN: Final = frozenset({"invalid_client"})
_NO_STORE: Final = [(b"pragma", b"no-cache")]

Handler = Callable[[Any, Request], Awaitable[Answer]]


def oauth_routes(parts: AccountParts) -> Routes:
    """For `MastodonSite`."""
    routes = Routes()
    _add_apps(parts, routes)
    _add_tokens(parts, routes)
    _add_discovery(parts, routes)
    _add_registration(parts, routes)
    return routes


def _add_apps(parts: AccountParts, routes: Routes) -> None:
    desk = parts.desk

    @routes.post("/api/v1/apps")
    async def register(_: Any, request: Request) -> Answer:
        params = request.params
        uris = [line for text in params.texts("redirect_uris") for line in text.splitlines()]
        try:
            made = await oauth.register_app(
                desk,
                params.get_text("client_name"),
                [uri.strip() for uri in uris],
                params.text("scopes"),
                params.text("website"),
                parts.trusted.client_of(request.scope),
            )
        except TooMany:
            raise
        except Refusal as error:
            return error_of(f"Validation failed: {error.message}", 422)
        return json_of(
            {
                **_app_form(made.app, parts.push_key),
                "client_id": made.app.client_id,
                "client_secret": made.secret,
                "client_secret_expires_at": 0,
            }
        )

    @routes.get("/api/v1/apps/verify_credentials", needs_token=True)
    async def verify(_: Any, request: Request) -> Answer:
        assert request.grant is not None  # noqa: S101 - the route needs a token
        app = desk.accounts.access.apps[request.grant.app_id]
        return json_of(_app_form(app, parts.push_key))


def _app_form(app: App, push_key: str) -> dict[str, Any]:
    return {
        "id": str(app.id),
        "name": app.name,
        "website": app.website or None,
        "scopes": sorted(app.scopes),
        "redirect_uri": "\n".join(app.redirect_uris),
        "redirect_uris": list(app.redirect_uris),
        "vapid_key": push_key,
    }


def _add_tokens(parts: AccountParts, routes: Routes) -> None:
    desk = parts.desk

    @routes.post("/oauth/token")
    @_rfc_errors
    async def token(_: Any, request: Request) -> Answer:
        desk.limits.take(TOKENS, block_of(parts.trusted.client_of(request.scope)), desk.now_ms())
        app = _client(parts, request)
        issued = await _issue(parts, request, app)
        return _token_answer(issued)

    @routes.post("/oauth/revoke")
    @_rfc_errors
    async def revoke(_: Any, request: Request) -> Answer:
        try:
            app = _client(parts, request)
            await oauth.revoke(desk, app, request.params.text("token"))
        except Refusal as error:
            if error.code in ("invalid_client", "unauthorized_client"):
                words = "You are not authorized to revoke this token"
                return error_of("unauthorized_client", 403, error_description=words)
            raise
        return json_of({})


async def _issue(parts: AccountParts, request: Request, app: App) -> oauth.Issued:
    desk, params = parts.desk, request.params
    kind = params.text("grant_type")
    if kind == "authorization_code":
        return await oauth.exchange_code(
            desk,
            app,
            params.text("code"),
            params.text("redirect_uri"),
            params.text("code_verifier"),
        )
    if kind == "client_credentials":
        return await oauth.issue_to_app(desk, app, params.text("scope"))
    if kind == "password" and parts.password_grant:
        address = parts.trusted.client_of(request.scope)
        try:
            account = await check_who(
                desk, params.text("username"), params.text("password"), address
            )
        except TooMany:
            raise
        except Refusal as error:
            raise Refusal("invalid_grant", error.message) from None
        scopes = parse_scopes(params.text("scope"))
        return await oauth.issue_to_person(desk, app, account, scopes)
    raise Refusal(
        "unsupported_grant_type",
        "The authorization grant type is not supported by the authorization server.",
    )


def _client(parts: AccountParts, request: Request) -> App:
    """Who asks, by the body or by HTTP's basic authentication. Raises `Refusal`."""
    scheme, _, encoded = request.get_header(b"authorization").partition(" ")
    if scheme.lower() == "basic":
        try:
            plain = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            plain = ""
        client_id, _, secret = plain.partition(":")
        return oauth.get_client(parts.desk, unquote_plus(client_id), unquote_plus(secret))
    params = request.params
    return oauth.get_client(parts.desk, params.text("client_id"), params.text("client_secret"))


def _token_answer(issued: oauth.Issued) -> Answer:
    answer = json_of(
        {
            "access_token": issued.secret,
            "token_type": "Bearer",
            "scope": in_order(issued.grant.scopes),
            "created_at": issued.grant.granted_ms // 1000,
        }
    )
    answer.headers = [*answer.headers, *_NO_STORE]
    return answer


def _rfc_errors(handler: Handler) -> Handler:
    """Refusals in the form of RFC 6749."""

    async def answer(site: Any, request: Request) -> Answer:
        try:
            return await handler(site, request)
        except TooMany:
            raise
        except Refusal as error:
            code = error.code if error.code in _ERRORS else "invalid_request"
            made = error_of(
                code, 401 if code in _UNPROVEN else 400, error_description=error.message
            )
            made.headers = [*made.headers, *_NO_STORE]
            if code in _UNPROVEN:
                made.headers.append((b"www-authenticate", b'Basic realm="Lapwing"'))
            return made

    return answer


def _add_discovery(parts: AccountParts, routes: Routes) -> None:
    url = parts.desk.public_url

    @routes.get("/.well-known/oauth-authorization-server")
    async def metadata(_: Any, request: Request) -> Answer:
        del request
        grants = [*_GRANTS, "password"] if parts.password_grant else list(_GRANTS)
        return json_of(
            {
                "issuer": f"{url}/",
                "service_documentation": "https://docs.joinmastodon.org/",
                "authorization_endpoint": f"{url}/oauth/authorize",
                "token_endpoint": f"{url}/oauth/token",
                "revocation_endpoint": f"{url}/oauth/revoke",
                "userinfo_endpoint": f"{url}/oauth/userinfo",
                "app_registration_endpoint": f"{url}/api/v1/apps",
                "scopes_supported": sorted(SCOPES),
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": grants,
                "token_endpoint_auth_methods_supported": [
                    "client_secret_basic",
                    "client_secret_post",
                ],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    @routes.get("/oauth/userinfo", scope="profile")
    @routes.post("/oauth/userinfo", scope="profile")
    async def userinfo(_: Any, request: Request) -> Answer:
        account = request.me
        return json_of(
            {
                "iss": f"{url}/",
                "sub": f"{url}/@{account.username}",
                "name": account.display_name or account.username,
                "preferred_username": account.username,
                "profile": f"{url}/@{account.username}",
                "picture": f"{url}/media/{account.avatar}"
                if account.avatar
                else f"{url}/avatars/{account.username}.png",
            }
        )


_DETAIL: Final = {
    "username_taken": ("username", "ERR_TAKEN", "has already been taken"),
    "email_taken": ("email", "ERR_TAKEN", "has already been taken"),
    "username_reserved": ("username", "ERR_RESERVED", "is reserved"),
    "username_invalid": (
        "username",
        "ERR_INVALID",
        "must contain only letters, numbers and underscores",
    ),
    "mail_address_invalid": ("email", "ERR_INVALID", "is invalid"),
    "email_blocked": ("email", "ERR_BLOCKED", "is not allowed"),
    "password_weak": ("password", "ERR_TOO_SHORT", "is too weak"),
    "reason_missing": ("reason", "ERR_BLANK", "can't be blank"),
}


def _add_registration(parts: AccountParts, routes: Routes) -> None:
    desk = parts.desk

    @routes.post("/api/v1/accounts", scope="write:accounts", needs_user=False, needs_token=True)
    async def register(_: Any, request: Request) -> Answer:
        """The token works at once, unless the address must be confirmed first."""
        grant, params = request.grant, request.params
        assert grant is not None  # noqa: S101 - the route needs a token
        if grant.account_id:
            return error_of("This method requires an client credentials authentication", 422)
        if not params.flag("agreement"):
            return _refused("agreement", "ERR_ACCEPTED", "must be accepted")
        given = Application(
            username=params.text("username"),
            email=params.text("email"),
            password=params.text("password"),
            reason=params.text("reason"),
            language=params.text("locale", "en")[:35],
            invitation=params.text("invite_code"),
        )
        app = desk.accounts.access.apps[grant.app_id]
        try:
            account = await sign_up(desk, given, parts.trusted.client_of(request.scope))
        except TooMany:
            raise
        except Refusal as error:
            if error.code in _DETAIL:
                return _refused(*_DETAIL[error.code])
            return error_of(error.message, 403)
        issued = await oauth.issue_to_person(desk, app, account, grant.scopes)
        return _token_answer(issued)


def _refused(field: str, code: str, words: str) -> Answer:
    label = field.replace("_", " ").capitalize()
    return error_of(
        f"Validation failed: {label} {words}",
        422,
        details={field: [{"error": code, "description": words}]},
    )
