"""The fold over what lets people and apps in: sessions, apps and their tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from lapwing.accounts import entries
from lapwing.accounts.private import App, AuthorizationCode, Grant, Session
from lapwing.kernel.refusals import Refusal

UNUSED_APP_KEPT_MS: Final = 7 * 24 * 3_600_000
"""How long an app is kept that nobody has let in."""


def digest_of(secret: str) -> bytes:
    """Secrets are 256 random bits: a plain SHA-256 keeps them, no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class AccessRows(msgspec.Struct, array_like=True):
    """A part of the state as a checkpoint keeps it."""

    sessions: list[Session] = []
    apps: list[App] = []
    grants: list[Grant] = []
    codes: list[AuthorizationCode] = []


class Access:
    """Sessions and tokens by the digest of their secret. Records are never changed in place."""

    def __init__(self) -> None:
        self.sessions: dict[bytes, Session] = {}
        self.grants: dict[bytes, Grant] = {}
        self.apps: dict[int, App] = {}
        self.codes: dict[bytes, AuthorizationCode] = {}
        self._app_by_client: dict[str, int] = {}
        self._sessions_of: dict[int, dict[int, bytes]] = {}
        self._grants_of: dict[int, dict[int, bytes]] = {}
        self._scopes: dict[frozenset[str], frozenset[str]] = {}

    # Questions

    def find_app(self, client_id: str) -> App | None:
        app_id = self._app_by_client.get(client_id)
        return None if app_id is None else self.apps[app_id]

    def sessions_of(self, account_id: int) -> list[Session]:
        """Those begun first come first."""
        digests = self._sessions_of.get(account_id, {})
        return [self.sessions[digest] for digest in digests.values()]

    def grants_of(self, account_id: int) -> list[Grant]:
        digests = self._grants_of.get(account_id, {})
        return [self.grants[digest] for digest in digests.values()]

    # The fold

    @property
    def steps(self) -> dict[type[Any], Callable[[Any], None]]:
        """What each entry does; all raise `Refusal`, and change nothing then."""
        return {
            entries.SessionUsed: self._use,
            entries.SessionEnded: lambda entry: self._end(entry.account_id, entry.session_id),
            entries.OtherSessionsEnded: lambda e: self.end_sessions(e.account_id, e.keep_session),
            entries.AppRegistered: self._register,
            entries.AuthorizationGiven: self._authorize,
            entries.CodeReused: self._reuse,
            entries.TokenUsed: self._use_token,
            entries.TokenRevoked: lambda entry: self._revoke(entry.digest),
            entries.AppAccessEnded: lambda e: self.end_access(e.account_id, e.app_id),
        }

    def end_sessions(self, account_id: int, keep: int = 0) -> None:
        for session in self.sessions_of(account_id):
            if session.id != keep:
                self._end(account_id, session.id)

    def end_access(self, account_id: int, app_id: int | None = None) -> None:
        """Of one app, or of all."""
        for grant in self.grants_of(account_id):
            if app_id is None or grant.app_id == app_id:
                self._revoke(grant.digest)
        self.codes = {
            digest: code
            for digest, code in self.codes.items()
            if code.account_id != account_id or (app_id is not None and code.app_id != app_id)
        }

    def tidy(self, now_ms: int) -> None:
        """Drops what has expired, and apps that nobody has let in."""
        for session in [each for each in self.sessions.values() if now_ms >= each.expires_ms]:
            self._end(session.account_id, session.id)
        self.codes = {d: code for d, code in self.codes.items() if now_ms < code.expires_ms}
        used = {grant.app_id for grant in self.grants.values() if grant.account_id}
        used |= {code.app_id for code in self.codes.values()}
        for app in list(self.apps.values()):
            if app.id not in used and now_ms >= app.registered_ms + UNUSED_APP_KEPT_MS:
                self._forget_app(app)

    def begin_session(self, entry: entries.SessionBegun) -> None:
        own = self._sessions_of.get(entry.account_id, {})
        check_fresh(entry.digest not in self.sessions and entry.session_id not in own)
        self._put_session(
            Session(
                id=entry.session_id,
                account_id=entry.account_id,
                digest=entry.digest,
                begun_ms=entry.at_ms,
                expires_ms=entry.expires_ms,
                browser=entry.browser,
                used_ms=entry.at_ms,
            )
        )

    def _use(self, entry: entries.SessionUsed) -> None:
        digest = self._sessions_of.get(entry.account_id, {}).get(entry.session_id)
        if digest is not None:
            session = self.sessions[digest]
            self._put_session(replace(session, used_ms=entry.at_ms, expires_ms=entry.expires_ms))

    def _end(self, account_id: int, session_id: int) -> None:
        digests = self._sessions_of.get(account_id, {})
        digest = digests.pop(session_id, None)
        if digest is not None:
            del self.sessions[digest]
        if not digests:
            self._sessions_of.pop(account_id, None)

    def _register(self, entry: entries.AppRegistered) -> None:
        known = self._app_by_client
        check_fresh(entry.app_id not in self.apps and entry.client_id not in known)
        self._put_app(
            App(
                id=entry.app_id,
                client_id=entry.client_id,
                secret_digest=entry.secret_digest,
                name=entry.name,
                website=entry.website,
                redirect_uris=entry.redirect_uris,
                scopes=frozenset(entry.scopes),
                registered_ms=entry.at_ms,
            )
        )

    def _authorize(self, entry: entries.AuthorizationGiven) -> None:
        if entry.app_id not in self.apps:
            raise _unknown_app()
        check_fresh(entry.digest not in self.codes)
        self.codes[entry.digest] = AuthorizationCode(
            digest=entry.digest,
            app_id=entry.app_id,
            account_id=entry.account_id,
            scopes=frozenset(entry.scopes),
            redirect_uri=entry.redirect_uri,
            challenge=entry.challenge,
            expires_ms=entry.expires_ms,
        )

    def issue_token(self, entry: entries.TokenIssued) -> None:
        if entry.app_id not in self.apps:
            raise _unknown_app()
        own = self._grants_of.get(entry.account_id, {})
        check_fresh(entry.digest not in self.grants and entry.grant_id not in own)
        if entry.code_digest:
            code = self.codes.get(entry.code_digest)
            if code is None or code.used:
                raise Refusal("invalid_grant", "The authorization code was used already.")
            self.codes[code.digest] = replace(code, used=True)
        self._put_grant(
            Grant(
                id=entry.grant_id,
                digest=entry.digest,
                app_id=entry.app_id,
                account_id=entry.account_id,
                scopes=frozenset(entry.scopes),
                granted_ms=entry.at_ms,
                code_digest=entry.code_digest,
            )
        )

    def _reuse(self, entry: entries.CodeReused) -> None:
        code = self.codes.pop(entry.code_digest, None)
        if code is not None:
            for grant in self.grants_of(code.account_id):
                if grant.code_digest == entry.code_digest:
                    self._revoke(grant.digest)

    def _use_token(self, entry: entries.TokenUsed) -> None:
        grant = self.grants.get(entry.digest)
        if grant is not None:
            self._put_grant(replace(grant, used_ms=entry.at_ms))

    def _revoke(self, digest: bytes) -> None:
        grant = self.grants.pop(digest, None)
        if grant is not None:
            left = self._grants_of[grant.account_id]
            del left[grant.id]
            if not left:
                del self._grants_of[grant.account_id]

    def _put_session(self, session: Session) -> None:
        self.sessions[session.digest] = session
        self._sessions_of.setdefault(session.account_id, {})[session.id] = session.digest

    def _put_app(self, app: App) -> None:
        self.apps[app.id] = app
        self._app_by_client[app.client_id] = app.id

    def _put_grant(self, grant: Grant) -> None:
        scopes = self._scopes.setdefault(grant.scopes, grant.scopes)
        self.grants[grant.digest] = replace(grant, scopes=scopes)
        self._grants_of.setdefault(grant.account_id, {})[grant.id] = grant.digest

    def _forget_app(self, app: App) -> None:
        for grant in [each for each in self.grants_of(0) if each.app_id == app.id]:
            self._revoke(grant.digest)
        del self.apps[app.id], self._app_by_client[app.client_id]

    # The checkpoint

    def rows(self, chunk: int) -> Iterator[AccessRows]:
        """As `People.rows`."""
        sessions, grants = list(self.sessions.values()), list(self.grants.values())
        small = AccessRows(apps=list(self.apps.values()), codes=list(self.codes.values()))

        def parts() -> Iterator[AccessRows]:
            yield small
            for first in range(0, len(sessions), chunk):
                yield AccessRows(sessions=sessions[first : first + chunk])
            for first in range(0, len(grants), chunk):
                yield AccessRows(grants=grants[first : first + chunk])

        return parts()

    def take(self, rows: AccessRows) -> None:
        for session in rows.sessions:
            self._put_session(session)
        for app in rows.apps:
            self._put_app(app)
        for grant in rows.grants:
            self._put_grant(grant)
        self.codes.update((code.digest, code) for code in rows.codes)


def check_fresh(is_fresh: bool) -> None:
    """Ids and secrets come once; raises `Refusal` (`conflict`) where one came twice."""
    if not is_fresh:
        raise Refusal("conflict", "This was done already.")


def _unknown_app() -> Refusal:
    return Refusal("invalid_client", "There is no such app here; it must register again.")
