"""The cookie by which a browser is signed in, and who that is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final

import structlog

from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.model import Account, Viewer
from lapwing.accounts.private import Session
from lapwing.accounts.signing_in import keep_session
from lapwing.kernel.refusals import Refusal, Unavailable

_log = structlog.get_logger()

_PLAIN: Final = "lapwing_session"
_HOST: Final = "__Host-lapwing"
"""Over HTTPS: browsers take a cookie of this name only for this very host, by HTTPS, for all of
it, so that no subdomain can plant one (RFC 6265bis, 4.1.3.2)."""
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_FAMILIES: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


class SessionCookies:
    """Reads and writes the cookie; asks the registry who it is."""

    def __init__(self, desk: AccountDesk) -> None:
        self._desk = desk
        self._secure = desk.public_url.startswith("https:")
        self.name: Final = _HOST if self._secure else _PLAIN
        self._kept: set[asyncio.Task[None]] = set()

    def find_session(self, headers: Mapping[str, str]) -> Session | None:
        """The session that a request's cookie names."""
        secret = self._secret_in(headers.get("cookie", ""))
        if secret is None:
            return None
        return self._desk.accounts.find_session(secret, self._desk.now_ms())

    def find_viewer(self, headers: Mapping[str, str]) -> Viewer | None:
        """Who is signed in and may act."""
        secret = self._secret_in(headers.get("cookie", ""))
        if secret is None:
            return None
        now_ms = self._desk.now_ms()
        viewer = self._desk.accounts.viewer_of_session(secret, now_ms)
        if viewer is not None:
            self._keep(self._desk.accounts.find_session(secret, now_ms))
        return viewer

    def find_person(self, headers: Mapping[str, str]) -> tuple[Account, Session] | None:
        """Who is signed in, also if moderators have suspended the account."""
        session = self.find_session(headers)
        account = None if session is None else self._desk.accounts.find(session.account_id)
        return None if session is None or account is None else (account, session)

    def set_cookie(self, secret: str) -> str:
        return self._cookie(secret, _COOKIE_AGE_S)

    def clear_cookie(self) -> str:
        return self._cookie("", 0)

    def _cookie(self, value: str, age_s: int) -> str:
        secure = "; Secure" if self._secure else ""
        return f"{self.name}={value}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Lax{secure}"

    def _secret_in(self, header: str) -> str | None:
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == self.name and _SECRET.fullmatch(value):
                return value
        return None

    def _keep(self, session: Session | None) -> None:
        """Behind the answer: it may wait for the disk, once a day."""
        if session is None or self._desk.now_ms() - session.used_ms < _RENEWED_MS:
            return
        task = asyncio.create_task(self._renew(session))
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)

    async def _renew(self, session: Session) -> None:
        try:
            await keep_session(self._desk, session)
        except (Refusal, Unavailable) as error:
            _log.info("session_not_renewed", reason=type(error).__name__)


_RENEWED_MS: Final = 24 * 3_600_000
_COOKIE_AGE_S: Final = 400 * 24 * 3600
"""As long as browsers allow: the session's own end, which use puts off, is the one that counts."""


def browser_of(user_agent: str | None) -> str:
    """ "Firefox on Linux": no versions, nothing that could tell two phones apart."""
    text = (user_agent or "")[:1000]
    family = next((name for mark, name in _FAMILIES if mark in text), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in text), "")
    return f"{family} on {system}" if system else family


def browser_in(request: Any) -> str:
    return browser_of(request.headers.get("user-agent"))
