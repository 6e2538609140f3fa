"""Letting apps in: OAuth 2 (RFC 6749, PKCE of RFC 7636, revocation of RFC 7009) as the Mastodon
API has it. Refusals carry the RFC's error codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from lapwing.accounts.access import digest_of
from lapwing.accounts.desk import AccountDesk, make_secret
from lapwing.accounts.entries import (
    AppAccessEnded,
    AppRegistered,
    AuthorizationGiven,
    CodeReused,
    TokenIssued,
    TokenRevoked,
    TokenUsed,
)
from lapwing.accounts.limits import APPS, Address, block_of
from lapwing.accounts.model import Account
from lapwing.accounts.private import App, AuthorizationCode, Grant
from lapwing.accounts.scopes import check_within, parse_scopes
from lapwing.kernel.refusals import Refusal

OUT_OF_BAND: Final = "urn:ietf:wg:oauth:2.0:oob"
"""The code is shown to the person, who copies it into the app."""
CODE_MS: Final = 10 * 60_000
_DAY_MS: Final = 24 * 3_600_000
_LONGEST_NAME: Final = 60
_LONGEST_URI: Final = 2000
_MOST_URIS: Final = 20
_NEVER: Final = frozenset({"javascript", "data", "vbscript", "blob", "file", "about", "mailto"})
_URI: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):[\x21-\x7e]+")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True)
class Registration:
    """An app that has just registered, with its secret, which is shown this once."""

    app: App
    secret: str


@dataclass(frozen=True)
class Wanted:
    """What an app asks somebody for; checked."""

    app: App
    redirect_uri: str
    scopes: frozenset[str]
    challenge: str


@dataclass(frozen=True)
class Issued:
    """A new token: the secret is shown this once."""

    secret: str
    grant: Grant


async def register_app(
    desk: AccountDesk,
    name: str,
    redirect_uris: Sequence[str],
    scopes: str,
    website: str,
    address: Address | None,
) -> Registration:
    """Raises `Refusal` naming the field that is not right, and `TooMany`."""
    name, website = name.strip(), website.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        raise Refusal(
            "invalid_client_metadata",
            f"client_name is a text of 1 to {_LONGEST_NAME} characters.",
            field="client_name",
        )
    uris = tuple(dict.fromkeys(uri for uri in redirect_uris if uri))
    if not 0 < len(uris) <= _MOST_URIS:
        raise Refusal(
            "invalid_redirect_uri",
            f"redirect_uris has 1 to {_MOST_URIS} addresses.",
            field="redirect_uris",
        )
    for uri in uris:
        _check_redirect_uri(uri)
    if website and (len(website) > _LONGEST_URI or urlsplit(website).scheme not in _WEB):
        raise Refusal("invalid_client_metadata", "website is an http(s) address.", field="website")
    wanted = parse_scopes(scopes)
    now_ms, secret = desk.now_ms(), make_secret()
    desk.limits.take(APPS, block_of(address), now_ms)
    entry = AppRegistered(
        at_ms=now_ms,
        app_id=desk.fresh_id(),
        client_id=make_secret(),
        secret_digest=digest_of(secret),
        name=name,
        website=website,
        redirect_uris=uris,
        scopes=tuple(sorted(wanted)),
    )
    await desk.write(entry)
    return Registration(desk.accounts.access.apps[entry.app_id], secret)


def get_app(desk: AccountDesk, client_id: str, redirect_uri: str) -> App:
    """The app that asks, if it registered this address. Where it did not, nobody may be sent
    there: raises `Refusal` (`invalid_client`, `invalid_redirect_uri`)."""
    app = desk.accounts.access.find_app(client_id)
    if app is None:
        raise Refusal(
            "invalid_client",
            "This app is not known here. Remove the account from it and add it anew.",
        )
    if redirect_uri not in app.redirect_uris:
        raise Refusal(
            "invalid_redirect_uri", "The app wants you to be sent to an address it never named."
        )
    return app


def check_asked(
    app: App, redirect_uri: str, response_type: str, scope: str, challenge: str, method: str
) -> Wanted:
    """Raises `Refusal` (`unsupported_response_type`, `invalid_scope`, `invalid_request`), which
    the app hears of by the redirect."""
    if response_type != "code":
        raise Refusal("unsupported_response_type", "Only response_type=code is known here.")
    if challenge and (method != "S256" or _CHALLENGE.fullmatch(challenge) is None):
        raise Refusal(
            "invalid_request", "code_challenge_method is S256, code_challenge its 43 characters."
        )
    if method and not challenge:
        raise Refusal("invalid_request", "code_challenge is missing.")
    scopes = parse_scopes(scope)
    check_within(scopes, app.scopes)
    return Wanted(app, redirect_uri, scopes, challenge)


async def authorize(desk: AccountDesk, account: Account, asked: Wanted) -> str:
    """The person says yes; the code for the app."""
    secret, now_ms = make_secret(), desk.now_ms()
    await desk.write(
        AuthorizationGiven(
            at_ms=now_ms,
            digest=digest_of(secret),
            app_id=asked.app.id,
            account_id=account.id,
            scopes=tuple(sorted(asked.scopes)),
            redirect_uri=asked.redirect_uri,
            challenge=asked.challenge,
            expires_ms=now_ms + CODE_MS,
        )
    )
    return secret


def get_client(desk: AccountDesk, client_id: str, client_secret: str) -> App:
    """The app that proves who it is. Raises `Refusal` (`invalid_client`)."""
    app = desk.accounts.access.find_app(client_id)
    digest = digest_of(client_secret)
    known = app.secret_digest if app is not None else bytes(len(digest))
    if not hmac.compare_digest(known, digest) or app is None:
        raise Refusal(
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication"
            " included, or unsupported authentication method.",
        )
    return app


async def exchange_code(
    desk: AccountDesk, app: App, secret: str, redirect_uri: str, verifier: str
) -> Issued:
    """A token for a code. A code that comes twice takes away what it gave.
    Raises `Refusal` (`invalid_grant`)."""
    now_ms = desk.now_ms()
    code = desk.accounts.access.codes.get(digest_of(secret))
    if code is not None and code.used and code.app_id == app.id:
        await desk.write(CodeReused(now_ms, code.digest))
        raise _invalid_grant()
    if code is None or code.app_id != app.id or now_ms >= code.expires_ms:
        raise _invalid_grant()
    if code.redirect_uri != redirect_uri or not _proves(code, verifier):
        raise _invalid_grant()
    account = desk.accounts.find(code.account_id)
    if account is None or not account.may_act:
        raise _invalid_grant()
    try:
        return await _issue(desk, app, account.id, code.scopes, code.digest)
    except Refusal:  # another exchange of the same code came first
        await desk.write(CodeReused(now_ms, code.digest))
        raise _invalid_grant() from None


async def issue_to_app(desk: AccountDesk, app: App, scope: str) -> Issued:
    """The app's own token, for what needs no account. Raises `Refusal` (`invalid_scope`)."""
    scopes = parse_scopes(scope) if scope else app.scopes
    check_within(scopes, app.scopes)
    return await _issue(desk, app, 0, scopes)


async def issue_to_person(
    desk: AccountDesk, app: App, account: Account, scopes: frozenset[str]
) -> Issued:
    """A token without a code: for somebody who signed up through the app."""
    check_within(scopes, app.scopes)
    return await _issue(desk, app, account.id, scopes)


async def revoke(desk: AccountDesk, app: App, secret: str) -> None:
    """Takes back a token of this app; one that is unknown is revoked already (RFC 7009).
    Raises `Refusal` (`unauthorized_client`) for another app's token."""
    grant = desk.accounts.find_grant(secret)
    if grant is None:
        return
    if grant.app_id != app.id:
        raise Refusal("unauthorized_client", "You are not authorized to revoke this token")
    await desk.write(TokenRevoked(desk.now_ms(), grant.digest))


async def end_app(desk: AccountDesk, account_id: int, app_id: int) -> None:
    """The person takes back all that an app may do."""
    await desk.write(AppAccessEnded(desk.now_ms(), account_id, app_id))


async def note_use(desk: AccountDesk, grant: Grant) -> None:
    """So that the person sees when an app came last; writes at most once a day."""
    now_ms = desk.now_ms()
    present = desk.accounts.access.grants.get(grant.digest)  # `grant` is as it was a while ago
    if present is not None and now_ms - max(present.used_ms, present.granted_ms) >= _DAY_MS:
        await desk.write(TokenUsed(now_ms, present.digest))


_WEB: Final = frozenset({"http", "https"})


async def _issue(
    desk: AccountDesk, app: App, account_id: int, scopes: frozenset[str], code_digest: bytes = b""
) -> Issued:
    secret = make_secret()
    entry = TokenIssued(
        at_ms=desk.now_ms(),
        grant_id=desk.fresh_id(),
        digest=digest_of(secret),
        app_id=app.id,
        account_id=account_id,
        scopes=tuple(sorted(scopes)),
        code_digest=code_digest,
    )
    await desk.write(entry)
    return Issued(secret, desk.accounts.access.grants[entry.digest])


def _proves(code: AuthorizationCode, verifier: str) -> bool:
    if not code.challenge:
        return True
    if _VERIFIER.fullmatch(verifier) is None:
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(made, code.challenge)


def _check_redirect_uri(uri: str) -> None:
    found = _URI.fullmatch(uri)
    scheme = found["scheme"].lower() if found else ""
    try:
        parts = urlsplit(uri)
        whole = scheme not in _WEB or bool(parts.hostname)
    except ValueError:
        whole = False
    if not scheme or scheme in _NEVER or not whole or "#" in uri or len(uri) > _LONGEST_URI:
        raise Refusal(
            "invalid_redirect_uri",
            "Redirect URI must be an absolute URI without a fragment.",
            field="redirect_uris",
        )


def _invalid_grant() -> Refusal:
    return Refusal(
        "invalid_grant",
        "The provided authorization grant is invalid, expired, revoked, does not match the"
        " redirection URI used in the authorization request, or was issued to another client.",
    )
