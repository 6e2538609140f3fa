"""Signing up, in and out, and the settings, as a browser does it."""

from __future__ import annotations

import base64
import io
import re
import zipfile

import httpx
import pytest
from tests.account_desk import PASSWORD, open_office
from tests.site.account_site import account_site

from lapwing.accounts.desk import SignUp
from lapwing.accounts.entries import Tidied
from lapwing.accounts.model import Role, Standing
from lapwing.accounts.moderation_model import Act
from lapwing.accounts.sanctioning import sanction
from lapwing.accounts.second_factor import STEP_MS, totp_code


def told(response: httpx.Response) -> str:
    """What the page says is wrong."""
    found = re.search(r'role="alert" id="wrong">([^<]*)<', response.text)
    assert found is not None, response.text
    return found[1]


def hidden(response: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', response.text)
    assert found is not None
    return found[1]


async def test_somebody_signs_up_and_is_signed_in() -> None:
    async with account_site() as site:
        page = await site.get("/sign-up")
        assert page.status_code == 200
        assert page.headers["cross-origin-opener-policy"] == "unsafe-none"
        assert page.headers["cache-control"] == "no-store"
        answer = await site.post(
            "/sign-up", username="Asha", email="asha@example.org", password=PASSWORD
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/home")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        settings = await site.get("/settings/account")
        assert "@asha" in settings.text
        assert (await site.get("/sign-in")).headers["location"] == "/home"


async def test_what_was_typed_stays_when_something_is_wrong() -> None:
    async with account_site() as site:
        answer = await site.post(
            "/sign-up", username='"><script>', email="asha@example.org", password="x"
        )
        assert answer.status_code == 422
        assert "username has" in told(answer)
        assert "<script>" not in answer.text
        assert 'value="asha@example.org"' in answer.text
        assert 'aria-invalid="true"' in answer.text


async def test_over_https_the_cookie_is_for_this_host_alone() -> None:
    office = open_office(public_url="https://lapwing.example")
    await office.person()
    async with account_site(office) as site:
        answer = await site.sign_in()
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-lapwing=")
        assert cookie.endswith("; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure")


async def test_signing_in_with_a_mail_that_was_opened() -> None:
    office = open_office(mail=True)
    async with account_site(office) as site:
        answer = await site.post(
            "/sign-up", username="asha", email="asha@example.org", password=PASSWORD
        )
        assert "Look into your mail" in answer.text
        refused = await site.sign_in()
        assert told(refused).startswith("Please open the link")
        first = site.mailed_path()
        office.clock.pass_ms(3 * 24 * 3_600_000)
        await office.desk.write(Tidied(office.clock.now_ms))
        assert (await site.post(first)).status_code == 400
        again = await site.post("/confirm/again", username=hidden(refused, "username"))
        assert "Look into your mail" in again.text
        path = site.mailed_path()
        assert path != first
        for _ in range(2):  # what looks into mails may open the link
            assert (await site.get(path)).status_code == 200
        assert "is confirmed" in (await site.post(path)).text
        assert (await site.post(path)).status_code == 400
        assert (await site.sign_in()).status_code == 303


async def test_a_forgotten_password() -> None:
    office = open_office(mail=True)
    await office.person()
    async with account_site(office) as site:
        known = await site.post("/password/forgotten", email="asha@example.org")
        path = site.mailed_path()
        unknown = await site.post("/password/forgotten", email="nobody@example.org")
        assert known.text.replace("asha@", "nobody@") == unknown.text
        assert known.status_code == unknown.status_code == 200
        assert len(office.mailer.letters) == 1
        assert (await site.get(path)).status_code == 200
        assert "8 to 256" in told(await site.post(path, password="short"))
        assert "is changed" in (await site.post(path, password="another good password")).text
        assert (await site.get(path)).status_code == 400
        assert (await site.sign_in(password="another good password")).status_code == 303


async def test_the_same_words_whether_there_is_such_an_account() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        wrong = await site.sign_in("asha", "wrong password")
        nobody = await site.sign_in("bina", "wrong password")
        assert wrong.status_code == nobody.status_code == 422
        assert wrong.text.replace("asha", "bina") == nobody.text


async def test_another_site_cannot_send_our_forms() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        await site.sign_in()
        for path in ["/settings/delete", "/sign-out", "/settings/account/email", "/sign-in"]:
            for headers in [
                {"Sec-Fetch-Site": "cross-site"},
                {"Sec-Fetch-Site": "same-site"},
                {"Origin": "https://evil.example"},
                {"Origin": "null"},
            ]:
                form = {"password": PASSWORD, "login": "asha"}
                answer = await site.browser.post(path, data=form, headers=headers)
                assert answer.status_code == 403
        assert (await site.get("/settings/account")).status_code == 200


async def test_a_planted_session_is_not_taken_up() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        planted = "p" * 43
        site.browser.cookies.set(site.parts.cookies.name, planted, domain="testserver.local")
        await site.sign_in()
        assert site.session != planted
        assert office.accounts.find_session(planted, office.clock.now_ms) is None
        first = site.session
        await site.sign_in()
        assert site.session != first
        assert office.accounts.find_session(str(first), office.clock.now_ms) is None


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\tevil",
        "/%0d%0aSet-Cookie:x",
        "http:/evil.example",
    ],
)
async def test_signing_in_leads_to_no_other_site(following: str) -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        page = await site.get("/sign-in", params={"next": following})
        shown = hidden(page, "next")
        answer = await site.post("/sign-in", login="asha", password=PASSWORD, next=following)
        for where in (shown, answer.headers["location"]):
            assert where == "" or (where[0] == "/" and where[1:2] not in ("/", "\\"))
        again = await site.get("/sign-in", params={"next": following})
        assert again.headers["location"][:2] not in ("//", "/\\", "ht", "ja")


async def test_a_page_of_the_settings_leads_over_the_sign_in_and_back() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        for path in ["account", "security", "apps", "notices", "export", "delete"]:
            answer = await site.get(f"/settings/{path}")
            assert answer.headers["location"] == f"/sign-in?next=%2Fsettings%2F{path}"
        answer = await site.post("/sign-in", login="asha", password=PASSWORD, next="/settings/apps")
        assert answer.headers["location"] == "/settings/apps"
        assert "no app act for you" in (await site.get("/settings/apps")).text


async def test_sessions_are_listed_and_ended() -> None:
    office = open_office()
    person = await office.person()
    async with account_site(office) as site:
        site.browser.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
        await site.sign_in()
        secret = site.session
        site.browser.cookies.clear()
        site.browser.headers["user-agent"] = "Mozilla/5.0 (iPhone; CPU iPhone OS) Safari/604.1"
        await site.sign_in()
        page = await site.get("/settings/security")
        assert "Firefox on Linux" in page.text
        assert "Safari on iPhone" in page.text
        assert "203.0.113" not in page.text
        await site.post("/settings/sessions/end", session=hidden_session(page))
        assert office.accounts.find_session(str(secret), office.clock.now_ms) is None
        assert len(office.accounts.access.sessions_of(person.id)) == 1
        await site.post("/sign-out")
        assert site.session is None
        assert office.accounts.access.sessions_of(person.id) == []


def hidden_session(page: httpx.Response) -> str:
    found = re.search(r'name="session" value="(\d+)"', page.text)
    assert found is not None
    return found[1]


async def test_an_authenticator_app_is_set_up_and_asked_for() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        await site.sign_in()
        page = await site.get("/settings/security/totp")
        assert "<svg" in page.text
        shown = re.search(r'class="secret">([A-Z2-7 ]+)<', page.text)
        assert shown is not None
        secret = base64.b32decode(shown[1].replace(" ", ""))
        ticket = hidden(page, "ticket")
        wrong = await site.post(
            "/settings/security/totp", ticket=ticket, code="000000", password=PASSWORD
        )
        assert wrong.status_code == 422
        code = totp_code(secret, office.clock.now_ms // STEP_MS)
        codes = await site.post(
            "/settings/security/totp", ticket=ticket, code=code, password=PASSWORD
        )
        recovery = re.findall(r"<li>([a-z2-7-]{19})</li>", codes.text)
        assert len(recovery) == 10
        await site.post("/sign-out")
        step = await site.sign_in()
        assert site.session is None
        replayed = await site.post("/sign-in/code", ticket=hidden(step, "ticket"), code=code)
        assert "used already" in told(replayed)
        answer = await site.post(
            "/sign-in/code", ticket=hidden(step, "ticket"), code=recovery[0], next="/settings/apps"
        )
        assert answer.headers["location"] == "/settings/apps"
        refused = await site.post("/settings/security/totp/off", password="wrong")
        assert "not your password" in told(refused)
        await site.post("/settings/security/totp/off", password=PASSWORD)
        await site.post("/sign-out")
        assert (await site.sign_in()).status_code == 303


async def test_password_managers_find_where_a_password_is_changed() -> None:
    async with account_site() as site:
        answer = await site.get("/.well-known/change-password")
        answer = await site.get(answer.headers["location"])
        assert answer.headers["location"] == "/settings/account"


async def test_name_address_and_password_are_changed() -> None:
    office = open_office()
    person = await office.person()
    async with account_site(office) as site:
        await site.sign_in()
        await site.post("/settings/account/name", display_name="Asha R")
        assert office.accounts.get(person.id).display_name == "Asha R"
        refused = await site.post(
            "/settings/account/email", email="new@example.org", password="wrong"
        )
        assert "not your password" in told(refused)
        await site.post("/settings/account/email", email="new@example.org", password=PASSWORD)
        assert office.accounts.people.get_credentials(person.id).email == "new@example.org"
        answer = await site.post(
            "/settings/account/password", password=PASSWORD, new_password="another good password"
        )
        assert "signed out" in (await site.get(answer.headers["location"])).text


async def test_one_s_data_goes_along_and_the_rest_goes_for_good() -> None:
    async def posts(account_id: int) -> dict[str, bytes]:
        return {"posts.json": b"[]"}

    office = open_office()
    await office.person(note="I talk of this and that")
    async with account_site(office, exporters=[posts]) as site:
        await site.sign_in()
        answer = await site.post("/settings/export")
        assert answer.headers["content-type"] == "application/zip"
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        assert archive.namelist() == ["account.json", "posts.json"]
        account = archive.read("account.json").decode()
        assert "I talk of this and that" in account
        assert "argon2" not in account
        assert "not your password" in told(await site.post("/settings/delete", password="no"))
        answer = await site.post("/settings/delete", password=PASSWORD)
        assert answer.headers["location"] == "/"
        assert site.session is None
        gone = office.accounts.find_named("asha")
        assert gone is not None
        assert gone.standing is Standing.DELETED


async def test_somebody_suspended_learns_why_and_appeals() -> None:
    office = open_office()
    person = await office.person()
    moderator = await office.person("mod_one", role=Role.MODERATOR)
    await sanction(office.desk, moderator, person.id, Act.SUSPEND, "Sold things.")
    async with account_site(office) as site:
        answer = await site.sign_in()
        assert answer.headers["location"] == "/settings/notices"
        page = await site.get("/settings/notices")
        assert "Sold things." in page.text
        [act] = office.accounts.moderation.sanctions_of(person.id)
        await site.post("/settings/notices/appeal", notice=str(act.id), text="I gave them away.")
        assert "I gave them away." in (await site.get("/settings/notices")).text
        again = await site.post("/settings/notices/appeal", notice=str(act.id), text="Please!")
        assert "already" in told(again)


async def test_who_may_have_an_account_is_the_operator_s_word() -> None:
    async with account_site(open_office(sign_up=SignUp.CLOSED)) as site:
        assert "no new accounts" in (await site.get("/sign-up")).text
    office = open_office(sign_up=SignUp.INVITATION)
    await office.person()
    async with account_site(office) as site:
        await site.sign_in()
        made = await site.post("/settings/invitations", uses="1", days="7")
        link = re.search(r"/sign-up\?invitation=([\w-]+)", made.text)
        assert link is not None
        site.browser.cookies.clear()
        assert link[1] in (await site.get(link[0])).text
        answer = await site.post(
            "/sign-up",
            username="bina",
            email="bina@example.org",
            password=PASSWORD,
            invitation=link[1],
        )
        assert answer.status_code == 303


async def test_trying_too_often_is_told_with_when_to_come_back() -> None:
    office = open_office()
    await office.person()
    async with account_site(office) as site:
        for _ in range(25):
            await site.sign_in("asha", "wrong password")
        answer = await site.sign_in()
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 300


async def test_long_and_strange_input_is_refused_not_broken_on() -> None:
    async with account_site() as site:
        for form in [
            {"login": "x" * 30_000, "password": "y"},
            {
                "login": "\udcff".encode("utf-8", "surrogatepass").decode("latin-1"),
                "password": "\0",
            },
            {"password": "only"},
            {},
        ]:
            answer = await site.post("/sign-in", **form)
            assert answer.status_code in (400, 422)
        for body in [b"", b"--x", b"--x\r\n\r\n", b"\xff" * 100]:
            headers = {
                "Sec-Fetch-Site": "same-origin",
                "Content-Type": "multipart/form-data; boundary=x",
            }
            answer = await site.browser.post("/sign-in", content=body, headers=headers)
            assert answer.status_code in (400, 422)
        for path in ["/confirm/" + "x" * 3000, "/password/..%2f", "/confirm/%00"]:
            assert (await site.get(path)).status_code in (200, 400, 404)
        for cookie in ["x" * 43 + "é", "", "a=b; " * 100]:
            headers = {"Cookie": f"{site.parts.cookies.name}={cookie}".encode()}
            assert (await site.get("/settings/account", headers=headers)).status_code == 303


async def test_the_operator_makes_the_first_owner() -> None:
    async with account_site() as site:
        body = {"username": "boss", "password": PASSWORD, "role": "owner"}
        path = "/api/v1/operator/accounts"
        assert (await site.browser.post(path, json=body)).status_code == 401
        headers = {"Authorization": f"Bearer {site.operator_secret}"}
        made = await site.browser.post(path, json=body, headers=headers)
        assert made.json()["role"] == "owner"
        changed = await site.browser.patch(f"{path}/BOSS", json={"role": "admin"}, headers=headers)
        assert changed.json()["role"] == "admin"
        listed = await site.browser.get(path, headers=headers)
        assert [each["username"] for each in listed.json()["accounts"]] == ["boss"]
        body = {"password": "another good password"}
        await site.browser.patch(f"{path}/boss", json=body, headers=headers)
        logged = [line.what for line in site.office.accounts.moderation.audit]
        assert logged == ["role", "role", "password"]
        unknown = await site.browser.patch(f"{path}/x", json={}, headers=headers)
        assert unknown.status_code == 404
        assert (await site.sign_in("boss", "another good password")).status_code == 303
