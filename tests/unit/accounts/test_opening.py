"""Signing up."""

from __future__ import annotations

import re
from ipaddress import ip_address

import pytest
from tests.account_desk import HERE, PASSWORD, Office, open_office

from lapwing.accounts.desk import SignUp
from lapwing.accounts.model import Account, Role, Standing
from lapwing.accounts.opening import (
    Application,
    confirm_email,
    decide_sign_up,
    invite,
    send_confirmation_again,
    sign_up,
)
from lapwing.accounts.signing_in import SignedIn, sign_in
from lapwing.kernel.refusals import Refusal, TooMany

ASHA = Application("asha", "Asha@Example.org", PASSWORD)


def link_in(office: Office) -> str:
    """The secret in the newest mail."""
    found = re.search(r"/(?:confirm|password)/([\w-]{43})", office.mailer.letters[-1].text)
    assert found is not None
    return found[1]


async def refused(office: Office, given: Application) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as refusal:
        await sign_up(office.desk, given, HERE)
    return refusal.value.code, refusal.value.field


async def test_without_mail_an_account_works_at_once() -> None:
    office = open_office()
    account = await sign_up(office.desk, ASHA, HERE)
    assert account.standing is Standing.ACTIVE
    assert isinstance(await sign_in(office.desk, "ASHA", PASSWORD, HERE, ""), SignedIn)
    assert isinstance(await sign_in(office.desk, "asha@example.ORG", PASSWORD, HERE, ""), SignedIn)


async def test_what_cannot_be_is_refused_by_field() -> None:
    office = open_office()
    await sign_up(office.desk, ASHA, HERE)
    for given, code, field in [
        (Application("ASHA", "b@example.org", PASSWORD), "username_taken", "username"),
        (Application("b", "asha@example.org", PASSWORD), "email_taken", "email"),
        (Application("b-b", "b@example.org", PASSWORD), "username_invalid", "username"),
        (Application("whatsapp_help", "b@example.org", PASSWORD), "username_reserved", "username"),
        (Application("x_outages", "b@example.org", PASSWORD), "username_reserved", "username"),
        (Application("bina", "b@example", PASSWORD), "mail_address_invalid", "email"),
        (Application("bina", "b@e.org\r\nBcc: c@e.org", PASSWORD), "mail_address_invalid", "email"),
        (Application("bina", "b@example.org", "short"), "password_weak", "password"),
        (Application("bina", "b@example.org", "Password123"), "password_weak", "password"),
        (Application("bina_bina", "b@example.org", "bina_bina"), "password_weak", "password"),
    ]:
        assert await refused(office, given) == (code, field)
    assert office.accounts.count == 1


async def test_with_mail_the_address_is_confirmed_by_a_link_that_works_once() -> None:
    office = open_office(mail=True)
    account = await sign_up(office.desk, ASHA, HERE)
    assert account.standing is Standing.UNCONFIRMED
    with pytest.raises(Refusal, match="mail"):
        await sign_in(office.desk, "asha", PASSWORD, HERE, "")
    secret = link_in(office)
    assert (await confirm_email(office.desk, secret)).standing is Standing.ACTIVE
    assert isinstance(await sign_in(office.desk, "asha@example.org", PASSWORD, HERE, ""), SignedIn)
    with pytest.raises(Refusal, match="used already"):
        await confirm_email(office.desk, secret)


async def test_a_link_holds_for_two_days_and_only_the_newest_does() -> None:
    office = open_office(mail=True)
    account = await sign_up(office.desk, ASHA, HERE)
    first = link_in(office)
    await send_confirmation_again(office.desk, account.id)
    second = link_in(office)
    with pytest.raises(Refusal):
        await confirm_email(office.desk, first)
    office.clock.pass_ms(48 * 3_600_000)
    with pytest.raises(Refusal):
        await confirm_email(office.desk, second)


async def test_whether_an_address_has_an_account_is_told_only_to_its_owner() -> None:
    office = open_office(mail=True)
    await sign_up(office.desk, ASHA, HERE)
    await confirm_email(office.desk, link_in(office))
    entries_before = office.journal.last_position
    again = await sign_up(office.desk, Application("other", "asha@example.org", PASSWORD), HERE)
    assert again.standing is Standing.UNCONFIRMED
    assert office.journal.last_position - entries_before == 2
    assert "/confirm/" not in office.mailer.letters[-1].text
    assert office.mailer.letters[-1].to == "asha@example.org"


async def test_moderators_decide_where_the_operator_wants_it() -> None:
    office = open_office(mail=True, sign_up=SignUp.APPROVAL)
    moderator = await office.person("mod_one", role=Role.MODERATOR)
    assert await refused(office, ASHA) == ("reason_missing", "reason")
    waiting = await _confirmed(office, Application("asha", "a@example.org", PASSWORD, "to talk"))
    assert waiting.standing is Standing.WAITING
    with pytest.raises(Refusal, match="moderators"):
        await sign_in(office.desk, "asha", PASSWORD, HERE, "")
    await decide_sign_up(office.desk, moderator, waiting.id, True)
    assert office.accounts.get(waiting.id).standing is Standing.ACTIVE
    other = await _confirmed(office, Application("bina", "b@example.org", PASSWORD, "to sell"))
    await decide_sign_up(office.desk, moderator, other.id, False, "No selling.")
    assert office.accounts.find_named("bina") is None
    assert "No selling." in office.mailer.letters[-1].text
    what = [line.what for line in office.accounts.moderation.audit]
    assert what == ["sign_up_approved", "sign_up_rejected"]


async def _confirmed(office: Office, given: Application) -> Account:
    await sign_up(office.desk, given, HERE)
    return await confirm_email(office.desk, link_in(office))


async def test_an_invitation_lets_in_as_many_as_it_says() -> None:
    office = open_office(sign_up=SignUp.INVITATION)
    owner = await office.person("boss", role=Role.OWNER)
    assert await refused(office, ASHA) == ("invitation_invalid", "invitation")
    secret = await invite(office.desk, owner, uses=1, days=7)
    given = Application("asha", "a@example.org", PASSWORD, invitation=secret)
    assert (await sign_up(office.desk, given, HERE)).standing is Standing.ACTIVE
    second = Application("bina", "b@example.org", PASSWORD, invitation=secret)
    assert (await refused(office, second))[0] == "invitation_invalid"
    late = await invite(office.desk, owner, uses=1, days=7)
    office.clock.pass_ms(7 * 24 * 3_600_000)
    third = Application("bina", "b@example.org", PASSWORD, invitation=late)
    assert (await refused(office, third))[0] == "invitation_invalid"


async def test_a_closed_server_takes_nobody() -> None:
    assert (await refused(open_office(sign_up=SignUp.CLOSED), ASHA))[0] == "sign_up_closed"


async def test_one_address_block_signs_up_five_times_in_half_an_hour() -> None:
    office = open_office()
    for number in range(5):
        address = ip_address(f"2001:db8:1:2::{number + 1}")
        given = Application(f"person{number}", f"p{number}@example.org", PASSWORD)
        await sign_up(office.desk, given, address)
    sixth = Application("person6", "p6@example.org", PASSWORD)
    with pytest.raises(TooMany) as refusal:
        await sign_up(office.desk, sixth, ip_address("2001:db8:1:2:ffff::1"))
    assert refusal.value.retry_after_s == 1800
    await sign_up(office.desk, sixth, ip_address("2001:db8:1:3::1"))
    office.clock.pass_ms(1_800_000)
    seventh = Application("person7", "p7@example.org", PASSWORD)
    await sign_up(office.desk, seventh, ip_address("2001:db8:1:2::1"))
