"""Whatever is typed, pasted or forged into the pages and addresses about accounts is answered, not
broken on, and leads nobody to another site."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.account_desk import HERE, open_office
from tests.site.account_site import AccountSite, account_site

from lapwing.accounts.limits import Limits
from lapwing.accounts.oauth import register_app
from lapwing.accounts.private import App
from lapwing.accounts.signing_in import begin_session

_BACK = "https://app.example/back"
_texts = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["", "\0", "\r\nSet-Cookie: a=b", "//evil.example", "\\\\evil", "'", "x" * 5000, "\u202e"]
    ),
)
_queries = st.dictionaries(
    st.sampled_from(
        [
            *("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge"),
            *("code_challenge_method", "force_login", "next", "again", "account", "post"),
        ]
    ),
    _texts,
)
_FORMS = [
    *("/sign-in", "/sign-in/code", "/sign-up", "/oauth/authorize", "/password/forgotten"),
    *("/settings/account/name", "/settings/account/email", "/settings/sessions/end"),
    *("/settings/notices/appeal", "/settings/apps/end", "/settings/security/totp", "/complain"),
    *("/settings/security/passkeys/remove", "/oauth/token", "/oauth/revoke", "/api/v1/apps"),
    *("/confirm/again", "/sign-in/passkey", "/settings/security/passkeys"),
]
_fields = st.dictionaries(
    st.sampled_from(
        [
            *("login", "password", "code", "ticket", "username", "email", "next", "name", "for"),
            *("session", "app", "notice", "text", "passkey", "account", "post", "category"),
            *("client_id", "client_secret", "grant_type", "redirect_uri", "scope", "token"),
            *("client_name", "redirect_uris", "redirect_uris[]", "scopes", "answer", "subject"),
        ]
    ),
    _texts,
    max_size=6,
)
_relaxed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def signed_in() -> Iterator[tuple[asyncio.Runner, AccountSite, App]]:
    """A browser with a session, and an app that is registered."""
    with asyncio.Runner() as runner:
        opening = account_site(open_office(limits=Limits(enforced=False)))
        site = runner.run(opening.__aenter__())

        async def furnish() -> App:
            person = await site.office.person()
            session = await begin_session(site.office.desk, person, "")
            site.browser.cookies.set(
                site.parts.cookies.name, session.secret, domain="testserver.local"
            )
            made = await register_app(site.office.desk, "App", [_BACK], "read", "", HERE)
            return made.app

        yield runner, site, runner.run(furnish())
        runner.run(opening.__aexit__(None, None, None))


def _check_where(location: str) -> None:
    """On this site, or at the app's own address."""
    parts = urlsplit(location)
    is_ours = location.startswith("/") and not location.startswith(("//", "/\\"))
    assert is_ours or f"{parts.scheme}://{parts.netloc}{parts.path}" == _BACK
    assert "\r" not in location
    assert "\n" not in location


@_relaxed
@given(path=st.sampled_from(["/oauth/authorize", "/sign-in", "/complain"]), query=_queries)
def test_addresses(
    signed_in: tuple[asyncio.Runner, AccountSite, App], path: str, query: dict[str, str]
) -> None:
    runner, site, app = signed_in
    if query.get("client_id"):
        query = {**query, "client_id": app.client_id, "redirect_uri": _BACK}
    answer = runner.run(site.get(path, params=query))
    assert answer.status_code < 500
    if "location" in answer.headers:
        _check_where(answer.headers["location"])


@_relaxed
@given(path=st.sampled_from(_FORMS), form=_fields)
def test_forms(
    signed_in: tuple[asyncio.Runner, AccountSite, App], path: str, form: dict[str, str]
) -> None:
    runner, site, _ = signed_in
    answer = runner.run(site.post(path, **form))
    assert answer.status_code < 500
    if "location" in answer.headers:
        _check_where(answer.headers["location"])


@_relaxed
@given(path=st.sampled_from(["/sign-in/passkey", "/settings/security/passkeys"]), body=st.binary())
def test_bodies(signed_in: tuple[asyncio.Runner, AccountSite, App], path: str, body: bytes) -> None:
    runner, site, _ = signed_in
    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    answer = runner.run(site.browser.post(path, content=body, headers=headers))
    assert answer.status_code < 500
