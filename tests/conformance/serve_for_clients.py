"""`lapwing serve` with the people, the app and the tokens that other clients' own tests expect.

The names and secrets are those of Mastodon.py's test data (`tests/setup.sql` there). The one
argument is a file that gets each call's method, address and status in the end.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import uvloop

from lapwing.accounts.access import digest_of
from lapwing.accounts.changing import edit_profile
from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.entries import AppRegistered, ProfileChanges, TokenIssued
from lapwing.accounts.model import Account, Role
from lapwing.accounts.opening import create_account
from lapwing.app import Application, compose, configure_logging
from lapwing.settings import load_settings
from lapwing.web.serving import create_server
from lapwing.web.site import Site

PASSWORD = "5fc638e0e53eafd9c4145b6bb852667d"
CLIENT_ID = "__MASTODON_PY_TEST_CLIENT_ID"
CLIENT_SECRET = "__MASTODON_PY_TEST_CLIENT_SECRET"
TOKEN = "__MASTODON_PY_TEST_ACCESS_TOKEN"
TOKEN_OF_ADMIN = "__MASTODON_PY_TEST_ACCESS_TOKEN_2"
TOKEN_OF_THIRD = "__MASTODON_PY_TEST_ACCESS_TOKEN_3"
SCOPES = ("read", "write", "follow", "push")
ADMIN_SCOPES = ("admin:read", "admin:write")


async def serve() -> None:
    application = compose(load_settings(os.environ))
    configure_logging(application.settings.log_level)
    await application.start()
    settings = application.settings
    calls = _note_calls(application.asgi)
    try:
        await _people(application)
        await create_server(application.asgi, host=settings.host, port=settings.port).serve()
    finally:
        await application.stop()
        lines = (f"{method} {path} {status}" for method, path, status in sorted(calls))
        Path(sys.argv[1]).write_text("\n".join(lines))  # noqa: ASYNC240 - it has ended


def _note_calls(site: Site) -> Counter[tuple[str, str, int]]:
    """Each call's method, path and status, from now on."""
    calls: Counter[tuple[str, str, int]] = Counter()
    serve = site.__class__.__call__

    class Noting(site.__class__):  # type: ignore[name-defined,misc]
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async def note(message: Any) -> None:
                if message["type"] == "http.response.start":
                    calls[scope["method"], scope["path"], message["status"]] += 1
                elif message["type"] == "websocket.accept":
                    calls["WEBSOCKET", scope["path"], 101] += 1
                await send(message)

            await serve(self, scope, receive, note)

    site.__class__ = Noting
    return calls


async def _people(application: Application) -> None:
    desk = application.square.account_desk
    admin = await _person(desk, "admin", "admin@localhost", Role.OWNER)
    await _person(desk, "admin2", "zerocool@example.com", Role.OWNER)
    first = await _person(desk, "mastodonpy_test", "mastodonpy_test@localhost.example")
    third = await _person(desk, "mastodonpy_test_2", "mastodonpy_test_2@localhost.example")
    await edit_profile(desk, first.id, ProfileChanges(locked=True, language="ja"))
    await edit_profile(desk, third.id, ProfileChanges(language="ja"))
    app_id = desk.fresh_id()
    await desk.write(
        AppRegistered(
            desk.now_ms(),
            app_id,
            CLIENT_ID,
            digest_of(CLIENT_SECRET),
            "Mastodon.py test suite",
            "",
            ("urn:ietf:wg:oauth:2.0:oob",),
            (*SCOPES, *ADMIN_SCOPES),
        )
    )
    for secret, account, scopes in (
        (TOKEN, first, SCOPES),
        (TOKEN_OF_ADMIN, admin, (*SCOPES, *ADMIN_SCOPES)),
        (TOKEN_OF_THIRD, third, SCOPES),
    ):
        grant_id = desk.fresh_id()
        digest = digest_of(secret)
        await desk.write(TokenIssued(desk.now_ms(), grant_id, digest, app_id, account.id, scopes))


async def _person(desk: AccountDesk, username: str, email: str, role: Role = Role.USER) -> Account:
    email = email if "." in email.partition("@")[2] else f"{email}.example"
    hashed = await desk.passwords.hash(PASSWORD)
    return await create_account(desk, username, email=email, password_hash=hashed, role=role)


if __name__ == "__main__":
    uvloop.run(serve())
