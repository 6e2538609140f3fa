"""Accounts on a real server: what was answered is there after a kill, and what the operator's
commands do is known at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.real_server import RealServer, run_lapwing

PASSWORD = "correct horse battery"
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    started = RealServer(tmp_path / "data")
    started.start()
    yield started
    started.close()


def _form(browser: httpx.Client, path: str, **form: str) -> httpx.Response:
    return browser.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})


def _let_in(browser: httpx.Client) -> str:
    """The token that an app gets of whoever is signed in."""
    app: dict[str, Any] = browser.post(
        "/api/v1/apps", data={"client_name": "App", "redirect_uris": OUT_OF_BAND, "scopes": "read"}
    ).json()
    asked = {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": OUT_OF_BAND,
        "scope": "read",
    }
    shown = _form(browser, "/oauth/authorize", **asked, answer="yes")
    code = re.search(r"<code>([\w-]{43})</code>", shown.text)
    assert code is not None
    token = browser.post(
        "/oauth/token",
        data={
            "grant_type": "authorization_code",
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "redirect_uri": OUT_OF_BAND,
            "code": code[1],
        },
    )
    return str(token.json()["access_token"])


def _who(server: RealServer, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return server.client.get("/api/v1/accounts/verify_credentials", headers=headers)


def test_what_was_answered_outlives_a_kill(server: RealServer) -> None:
    with httpx.Client(base_url=server.url, trust_env=False, timeout=15) as browser:
        signed_up = _form(
            browser, "/sign-up", username="asha", email="asha@example.org", password=PASSWORD
        )
        assert signed_up.status_code == 303
        token = _let_in(browser)
        assert _who(server, token).json()["username"] == "asha"
        server.kill()
        server.start()
        assert "@asha" in browser.get("/settings/account").text
        assert _who(server, token).json()["username"] == "asha"
        assert _form(browser, "/settings/delete", password=PASSWORD).status_code == 303
        server.kill()
        server.start()
        assert _who(server, token).status_code == 401
        again = _form(
            browser, "/sign-up", username="asha", email="asha@example.org", password=PASSWORD
        )
        assert "is taken" in again.text
    kept = b"".join(path.read_bytes() for path in (server.data / "square").rglob("*.journal"))
    assert PASSWORD.encode() not in kept
    assert token.encode() not in kept


def test_the_operator_s_commands_reach_the_server_running_or_not(server: RealServer) -> None:
    made = run_lapwing(server.data, "accounts", "create", "boss", "--role", "owner")
    assert made.returncode == 0, made.stderr
    password = made.stdout.splitlines()[-1]
    with httpx.Client(base_url=server.url, trust_env=False, timeout=15) as browser:
        assert _form(browser, "/sign-in", login="boss", password=password).status_code == 303
        assert browser.get("/moderation").status_code == 200
    taken = run_lapwing(server.data, "accounts", "create", "Boss")
    assert taken.returncode == 2
    assert "is taken" in taken.stderr
    assert server.stop() == 0
    changed = run_lapwing(server.data, "accounts", "role", "boss", "admin")
    assert changed.returncode == 0, changed.stderr
    renewed = run_lapwing(server.data, "accounts", "password", "boss").stdout.split()[-1]
    listed = run_lapwing(server.data, "accounts", "list")
    assert "@boss" in listed.stdout
    assert "admin" in listed.stdout
    unknown = run_lapwing(server.data, "accounts", "role", "nobody", "admin")
    assert unknown.returncode == 2
    server.start()
    with httpx.Client(base_url=server.url, trust_env=False, timeout=15) as browser:
        assert _form(browser, "/sign-in", login="boss", password=password).status_code == 422
        assert _form(browser, "/sign-in", login="boss", password=renewed).status_code == 303
