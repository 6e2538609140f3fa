"""Letting an app in, as the app and the person see it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.account_desk import PASSWORD, open_office
from tests.site.account_site import URL, AccountSite, account_site

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
BACK = "https://app.example/back"
VERIFIER = "a-verifier-of-43-to-128-characters-0123456789"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


async def register(site: AccountSite, **more: Any) -> dict[str, Any]:
    body = {"client_name": "Phanpy", "redirect_uris": BACK, "scopes": "read write"} | more
    answer = await site.browser.post(
        "/api/v1/apps", data=body, headers={"Origin": "https://app.example"}
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def ask(site: AccountSite, app: dict[str, Any], **more: str) -> httpx.Response:
    query = {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": BACK,
        "scope": "read",
        "state": "s 1&2",
    } | more
    return await site.get("/oauth/authorize", params=query)


async def say(site: AccountSite, page: httpx.Response, answer: str = "yes") -> httpx.Response:
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    form = {name: value.replace("&amp;", "&") for name, value in form.items()}
    return await site.post("/oauth/authorize", **form, answer=answer)


def answer_in(response: httpx.Response) -> dict[str, str]:
    """What the app finds in the address it gets back."""
    parts = urlsplit(response.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == BACK
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


async def exchange(
    site: AccountSite, app: dict[str, Any], code: str, **more: str
) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": BACK,
        "code": code,
    } | more
    return await site.browser.post(
        "/oauth/token", data=form, headers={"Origin": "https://app.example"}
    )


async def test_an_app_in_another_site_is_let_in_with_a_challenge() -> None:
    office = open_office()
    person = await office.person()
    async with account_site(office) as site:
        app = await register(site)
        challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        first = await ask(site, app, **challenge)
        assert first.headers["location"].startswith("/sign-in?next=%2Foauth%2Fauthorize%3F")
        following = parse_qs(urlsplit(first.headers["location"]).query)["next"][0]
        back = await site.post("/sign-in", login="asha", password=PASSWORD, next=following)
        page = await site.get(back.headers["location"])
        assert "Phanpy" in page.text
        assert page.headers["cross-origin-opener-policy"] == "unsafe-none"
        assert page.headers["content-security-policy"].endswith(
            "form-action 'self' https://app.example"
        )
        answer = answer_in(await say(site, page))
        assert answer["state"] == "s 1&2"
        refused = await exchange(site, app, answer["code"])
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        token = await exchange(site, app, answer["code"], code_verifier=VERIFIER)
        assert token.status_code == 200
        assert token.headers["access-control-allow-origin"] == "*"
        assert "no-store" in token.headers["cache-control"]
        granted = token.json()
        assert (granted["token_type"], granted["scope"]) == ("Bearer", "read")
        viewer = office.accounts.viewer_of_token(granted["access_token"])
        assert viewer is not None
        assert viewer.account_id == person.id
        again = await exchange(site, app, answer["code"], code_verifier=VERIFIER)
        assert again.json()["error"] == "invalid_grant"
        assert office.accounts.viewer_of_token(granted["access_token"]) is None


async def test_a_code_is_shown_to_copy_where_the_app_has_no_address() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        await site.sign_in()
        app = await register(site, redirect_uris=OUT_OF_BAND)
        page = await ask(site, app, redirect_uri=OUT_OF_BAND)
        shown = await say(site, page)
        code = re.search(r"<code>([\w-]{43})</code>", shown.text)
        assert code is not None
        token = await exchange(site, app, code[1], redirect_uri=OUT_OF_BAND)
        assert token.status_code == 200


async def test_a_person_says_no_and_the_app_hears_of_it() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        await site.sign_in()
        page = await ask(site, await register(site))
        assert answer_in(await say(site, page, "no"))["error"] == "access_denied"


async def test_what_an_app_may_not_ask_it_hears_by_the_redirect() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        await site.sign_in()
        app = await register(site)
        for more, error in [
            ({"scope": "read push"}, "invalid_scope"),
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"code_challenge": "x", "code_challenge_method": "plain"}, "invalid_request"),
        ]:
            assert answer_in(await ask(site, app, **more))["error"] == error


async def test_nobody_is_sent_to_an_address_that_was_not_registered() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        await site.sign_in()
        app = await register(site)
        for more in [
            {"redirect_uri": "https://evil.example/"},
            {"redirect_uri": BACK + "/.."},
            {"redirect_uri": ""},
            {"client_id": "unknown"},
            {"state": "x" * 5000},
        ]:
            answer = await ask(site, app, **more)
            assert answer.status_code in (400, 401)
            assert "location" not in answer.headers
        page = await ask(site, app)
        forged = page.text.replace(BACK, "https://evil.example/")
        answer = await say(site, httpx.Response(200, text=forged))
        assert "location" not in answer.headers


async def test_another_site_cannot_say_yes_for_somebody() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        await site.sign_in()
        app = await register(site)
        form = {
            "response_type": "code",
            "client_id": app["client_id"],
            "redirect_uri": BACK,
            "scope": "read",
            "answer": "yes",
        }
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
        answer = await site.browser.post("/oauth/authorize", data=form, headers=headers)
        assert answer.status_code == 403
        assert office.accounts.access.codes == {}


async def test_force_login_asks_who_it_is() -> None:
    office = open_office()
    await office.person()
    await office.person("bina")
    async with account_site(office) as site:
        await site.sign_in()
        answer = await ask(site, await register(site), force_login="true")
        where = answer.headers["location"]
        assert where.startswith("/sign-in?")
        page = await site.get(where)
        assert page.status_code == 200
        following = parse_qs(urlsplit(where).query)["next"][0]
        back = await site.post("/sign-in", login="bina", password=PASSWORD, next=following)
        assert "@bina" in (await site.get(back.headers["location"])).text


async def test_an_app_registers_in_every_form_that_apps_send() -> None:
    async with account_site() as site:
        wanted = ["tusky://oauth", OUT_OF_BAND]
        by_list = await site.browser.post(
            "/api/v1/apps",
            json={"client_name": "Tusky", "redirect_uris": wanted, "scopes": "read"},
        )
        by_lines = await site.browser.post(
            "/api/v1/apps",
            files={
                "client_name": (None, "Tusky"),
                "redirect_uris": (None, "\n".join(wanted)),
                "scopes": (None, "read"),
                "website": (None, "https://tusky.app"),
            },
        )
        by_form = await site.browser.post(
            "/api/v1/apps/",
            content="client_name=Tusky&redirect_uris[]=tusky://oauth"
            f"&redirect_uris[]={OUT_OF_BAND}",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        for answer in (by_list, by_lines, by_form):
            assert answer.status_code == 200
            app = answer.json()
            assert app["redirect_uris"] == wanted
            assert app["redirect_uri"] == "\n".join(wanted)
            assert app["scopes"] == ["read"]
            assert len(app["client_id"]) == len(app["client_secret"]) == 43
        assert by_lines.json()["website"] == "https://tusky.app"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"client_name": "", "redirect_uris": BACK},
        {"client_name": "x" * 61, "redirect_uris": BACK},
        {"client_name": "x", "redirect_uris": ""},
        {"client_name": "x", "redirect_uris": "javascript:alert(1)"},
        {"client_name": "x", "redirect_uris": [f"a:{n}" for n in range(21)]},
        {"client_name": "x", "redirect_uris": BACK, "scopes": "everything"},
        {"client_name": "x", "redirect_uris": BACK, "website": "javascript:alert(1)"},
        {"client_name": {"x": 1}, "redirect_uris": BACK},
    ],
)
async def test_a_wrong_registration_is_refused_as_json(body: dict[str, Any]) -> None:
    async with account_site() as site:
        answer = await site.browser.post("/api/v1/apps", json=body)
        assert answer.status_code == 422
        assert answer.json()["error"]


async def test_errors_of_the_token_endpoint_are_those_of_rfc_6749() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        app = await register(site)
        for more, status, error in [
            ({"client_secret": "wrong"}, 401, "invalid_client"),
            ({"client_id": "unknown"}, 401, "invalid_client"),
            ({"grant_type": "implicit"}, 400, "unsupported_grant_type"),
            ({"grant_type": ""}, 400, "unsupported_grant_type"),
            ({"grant_type": "password"}, 400, "unsupported_grant_type"),
            ({"grant_type": "client_credentials", "scope": "push"}, 400, "invalid_scope"),
            ({}, 400, "invalid_grant"),
        ]:
            answer = await exchange(site, app, "unknown\x00", **more)
            assert (answer.status_code, answer.json()["error"]) == (status, error)
            assert answer.json()["error_description"]


async def test_a_client_shows_who_it_is_by_basic_authentication_too() -> None:
    async with account_site() as site:
        app = await register(site)
        answer = await site.browser.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(app["client_id"], app["client_secret"]),
        )
        assert answer.json()["scope"] == "read write"
        verified = await site.browser.get(
            "/api/v1/apps/verify_credentials",
            headers={"Authorization": f"Bearer {answer.json()['access_token']}"},
        )
        assert verified.json()["name"] == "Phanpy"
        broken = await site.browser.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": "Basic %%%"},
        )
        assert broken.status_code == 401


async def test_a_token_is_revoked_by_its_app_alone() -> None:
    office = open_office()
    await office.person()
    async with account_site(office, password_grant=True) as site:
        app, other = await register(site), await register(site)
        token = await exchange(
            site, app, "", grant_type="password", username="asha", password=PASSWORD, scope="read"
        )
        secret = token.json()["access_token"]
        for by, status in [(other, 403), (app, 200), (app, 200)]:
            form = {
                "client_id": by["client_id"],
                "client_secret": by["client_secret"],
                "token": secret,
            }
            answer = await site.browser.post("/oauth/revoke", data=form)
            assert answer.status_code == status
        assert office.accounts.find_grant(secret) is None


async def test_the_settings_list_apps_and_end_their_access() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        await site.sign_in()
        app = await register(site)
        code = answer_in(await say(site, await ask(site, app)))["code"]
        secret = (await exchange(site, app, code)).json()["access_token"]
        page = await site.get("/settings/apps")
        assert "Phanpy" in page.text
        found = re.search(r'name="app" value="(\d+)"', page.text)
        assert found is not None
        await site.post("/settings/apps/end", app=found[1])
        assert office.accounts.viewer_of_token(secret) is None
        assert "Phanpy" not in (await site.get("/settings/apps")).text


async def test_when_an_app_came_last_is_kept_by_the_day() -> None:
    office = open_office()
    person = await office.person()
    async with account_site(office, password_grant=True) as site:
        app = await register(site)
        token = await exchange(
            site, app, "", grant_type="password", username="asha", password=PASSWORD, scope="read"
        )
        headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
        for hours, written in [(1, 0), (24, 1), (1, 0)]:
            office.clock.pass_ms(hours * 3_600_000)
            before = office.journal.last_position
            for _ in range(3):
                await site.browser.get("/oauth/userinfo", headers=headers)
                await asyncio.sleep(0)  # what is done behind the answer has its turn
            assert office.journal.last_position - before == written
        [grant] = office.accounts.access.grants_of(person.id)
        assert grant.used_ms == office.clock.now_ms - 3_600_000


async def test_other_sites_may_ask_for_tokens_and_read_the_answer() -> None:
    async with account_site() as site:
        for path in ["/oauth/token", "/oauth/revoke", "/api/v1/apps", "/api/v1/accounts"]:
            answer = await site.browser.options(
                path,
                headers={
                    "Origin": "https://app.example",
                    "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": "authorization",
                },
            )
            assert answer.status_code == 204
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "POST" in answer.headers["access-control-allow-methods"]
            assert "Authorization" in answer.headers["access-control-allow-headers"]


async def test_the_server_says_what_it_can() -> None:
    async with account_site() as site:
        answer = await site.browser.get("/.well-known/oauth-authorization-server")
        told = answer.json()
        assert told["code_challenge_methods_supported"] == ["S256"]
        assert told["token_endpoint"] == f"{URL}/oauth/token"
        assert "read:statuses" in told["scopes_supported"]
        assert "password" not in told["grant_types_supported"]


async def test_an_app_signs_somebody_up_and_the_token_works_at_once() -> None:
    office = open_office()
    async with account_site(office) as site:
        app = await register(site)
        token = await exchange(site, app, "", grant_type="client_credentials", scope="read write")
        headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
        body = {
            "username": "asha",
            "email": "asha@example.org",
            "password": PASSWORD,
            "agreement": True,
            "locale": "en",
        }
        answer = await site.browser.post("/api/v1/accounts", json=body, headers=headers)
        assert answer.status_code == 200
        viewer = office.accounts.viewer_of_token(answer.json()["access_token"])
        assert viewer is not None
        assert viewer.account.username == "asha"
        taken = await site.browser.post("/api/v1/accounts", json=body, headers=headers)
        assert taken.status_code == 422
        assert taken.json()["details"]["username"][0]["error"] == "ERR_TAKEN"
        body |= {"username": "bina", "agreement": False}
        refused = await site.browser.post("/api/v1/accounts", json=body, headers=headers)
        assert refused.json()["details"]["agreement"][0]["error"] == "ERR_ACCEPTED"
        nobody = await site.browser.post("/api/v1/accounts", json=body)
        assert nobody.status_code == 401
        userinfo = await site.browser.get(
            "/oauth/userinfo", headers={"Authorization": f"Bearer {answer.json()['access_token']}"}
        )
        assert userinfo.json()["preferred_username"] == "asha"


async def test_a_custom_scheme_is_allowed_as_the_form_s_target() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        await site.sign_in()
        app = await register(site, redirect_uris="com.example.app:/oauth?x=1")
        page = await ask(site, app, redirect_uri="com.example.app:/oauth?x=1")
        assert page.headers["content-security-policy"].endswith(
            "form-action 'self' com.example.app:"
        )
        answer = await say(site, page)
        assert answer.headers["location"].startswith("com.example.app:/oauth?x=1&code=")
