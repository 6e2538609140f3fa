"""Accounts in a browser: to be used without eyes, without scripts, and with a passkey."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.account_desk import PASSWORD
from tests.browser.account_server import AccountServer, serving_accounts

from lapwing.accounts.oauth import OUT_OF_BAND

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
ANYBODYS = ["/sign-in", "/sign-up", "/password/forgotten", "/confirm/x"]
OWN = [
    "/settings/account",
    "/settings/security",
    "/settings/security/totp",
    "/settings/apps",
    "/settings/notices",
    "/settings/export",
    "/settings/delete",
]
MODERATORS = [
    "/moderation",
    "/moderation?resolved=1",
    "/moderation/blocks",
    "/moderation/audit",
    "/moderation/accounts/asha",
]


@pytest.fixture(scope="module")
def accounts() -> Iterator[AccountServer]:
    with serving_accounts() as running:
        yield running


def sign_in(page: Page, accounts: AccountServer, login: str) -> None:
    page.goto(accounts.url + "/sign-in")
    page.get_by_label("Username or e-mail address").fill(login)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()


def violations(page: Page, url: str) -> list[tuple[str, str, list[str]]]:
    page.goto(url)
    page.add_script_tag(path=AXE)
    result = page.evaluate("axe.run({resultTypes: ['violations'], preload: false})")
    found = [
        (url, violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in result["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append((url, "wider than the window", []))
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_accounts(
    chromium: Browser, accounts: AccountServer, scheme: str
) -> None:
    context = chromium.new_context(
        viewport={"width": 390, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    found = [each for path in ANYBODYS for each in violations(page, accounts.url + path)]
    sign_in(page, accounts, "asha")
    asking = {
        "response_type": "code",
        "client_id": accounts.client_id,
        "redirect_uri": OUT_OF_BAND,
        "scope": "read push",
    }
    reporting = f"/complain?account={accounts.office.desk.accounts.find_named('bina').id}"  # type: ignore[union-attr]
    for path in [*OWN, f"/oauth/authorize?{urlencode(asking)}", reporting]:
        found += violations(page, accounts.url + path)
    context.clear_cookies()
    sign_in(page, accounts, "boss")
    for path in [*MODERATORS, f"/moderation/complaints/{accounts.complaint_id}"]:
        found += violations(page, accounts.url + path)
    context.close()
    assert found == []


def test_everything_works_without_scripts(chromium: Browser, accounts: AccountServer) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(accounts.url + "/sign-up")
    page.get_by_label("Username").fill("carla")
    page.get_by_label("E-mail address").fill("carla@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.goto(accounts.url + "/settings/account")
    page.get_by_label("Name that is shown").fill("Carla C")
    page.get_by_role("button", name="Change the name").click()
    expect(page.get_by_role("status")).to_contain_text("Your name is changed.")
    page.get_by_role("button", name="Sign out").click()
    page.goto(accounts.url + "/settings/account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    context.close()


def with_authenticator(context: BrowserContext, page: Page) -> None:
    """A key in the browser itself, that always says that its owner is there."""
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_a_passkey_is_added_signs_in_and_is_removed(
    chromium: Browser, accounts: AccountServer
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    with_authenticator(context, page)
    sign_in(page, accounts, "bina")
    page.goto(accounts.url + "/settings/security")
    form = page.locator("[data-passkey-add]")
    form.get_by_label("A name for it").fill("My phone")
    form.get_by_label("Your password").fill("wrong password")
    form.get_by_role("button", name="Add a passkey").click()
    expect(form.get_by_role("alert")).to_have_text("This is not your password.")
    form.get_by_label("Your password").fill(PASSWORD)
    form.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".lines strong", has_text="My phone")).to_be_visible()
    context.clear_cookies()
    page.goto(accounts.url + "/sign-in?next=/settings/security")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/settings/security")
    page.get_by_text("Remove My phone").click()
    removing = page.locator(".lines details")
    removing.get_by_label("Your password").fill(PASSWORD)
    removing.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("My phone", exact=True)).to_have_count(0)
    context.clear_cookies()
    page.goto(accounts.url + "/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("[data-passkey-problem]")).to_contain_text("not accepted")
    context.close()
