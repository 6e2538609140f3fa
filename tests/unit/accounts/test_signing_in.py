"""Signing in with a password, a second factor, and by a forgotten password."""

from __future__ import annotations

import base64
import re
from ipaddress import ip_address

import pytest
from tests.account_desk import HERE, PASSWORD, Office, open_office

from lapwing.accounts.changing import ask_for_reset, change_email, change_password, reset_password
from lapwing.accounts.entries import CodeMailed
from lapwing.accounts.model import Account
from lapwing.accounts.opening import confirm_email, create_account
from lapwing.accounts.passwords import PasswordHasher
from lapwing.accounts.second_factor import (
    STEP_MS,
    begin_enabling,
    check_second_factor,
    disable,
    enable,
    renew_recovery_codes,
    secret_of,
    totp_code,
)
from lapwing.accounts.signing_in import (
    SecondStep,
    SignedIn,
    begin_session,
    check_own_password,
    end_other_sessions,
    end_session,
    keep_session,
    sign_in,
    take_second_step,
)
from lapwing.kernel.refusals import Refusal, TooMany

RFC_6238_SECRET = b"12345678901234567890"


class CountingHasher(PasswordHasher):
    """Counts the work."""

    verified = 0

    async def verify(self, password_hash: str, password: str) -> bool:
        self.verified += 1
        return await super().verify(password_hash, password)


async def signed_in(office: Office, login: str = "asha", password: str = PASSWORD) -> SignedIn:
    found = await sign_in(office.desk, login, password, HERE, "Firefox on Linux")
    assert isinstance(found, SignedIn)
    return found


async def refusal_of(office: Office, login: str, password: str) -> tuple[str, str]:
    with pytest.raises(Refusal) as refused:
        await sign_in(office.desk, login, password, HERE, "")
    return refused.value.code, refused.value.message


async def test_the_answer_and_the_work_are_the_same_for_unknown_people() -> None:
    hasher = CountingHasher(memory_kib=8)
    office = open_office(passwords=hasher)
    await office.person()
    answers = {
        await refusal_of(office, login, password)
        for login, password in [
            ("asha", "wrong password"),
            ("nobody_here", PASSWORD),
            ("nobody@example.org", PASSWORD),
            ("", ""),
            ("asha", "x" * 10_000),
        ]
    }
    assert len(answers) == 1
    assert hasher.verified == 5


async def test_an_account_without_a_password_cannot_be_signed_in_to() -> None:
    office = open_office()
    await create_account(office.desk, "x_outages", service="x", bot=True)
    for password in ("", "nobody's"):
        assert (await refusal_of(office, "x_outages", password))[0] == "sign_in_wrong"


async def test_wrong_passwords_are_limited_by_account_and_tries_by_address() -> None:
    office = open_office()
    await office.person()
    for number in range(25):
        with pytest.raises(Refusal) as refused:
            await sign_in(office.desk, "asha", "wrong", ip_address(f"198.51.100.{number}"), "")
        assert refused.value.code == "sign_in_wrong"
    with pytest.raises(TooMany):
        await sign_in(office.desk, "asha", PASSWORD, ip_address("192.0.2.1"), "")
    office.clock.pass_ms(3_600_000)
    for _ in range(25):
        await signed_in(office)
    with pytest.raises(TooMany):
        await signed_in(office)


async def test_a_session_ends_by_itself_when_it_is_not_used() -> None:
    office = open_office()
    person = await office.person()
    secret = (await signed_in(office)).secret
    for _ in range(3):
        office.clock.pass_ms(59 * 24 * 3_600_000)
        session = office.accounts.find_session(secret, office.clock.now_ms)
        assert session is not None
        await keep_session(office.desk, session)
    viewer = office.accounts.viewer_of_session(secret, office.clock.now_ms)
    assert viewer is not None
    assert viewer.account_id == person.id
    assert viewer.may("write:statuses")
    office.clock.pass_ms(60 * 24 * 3_600_000)
    assert office.accounts.viewer_of_session(secret, office.clock.now_ms) is None


async def test_every_session_has_a_secret_of_its_own_and_can_be_ended() -> None:
    office = open_office()
    person = await office.person()
    secrets = [(await signed_in(office)).secret for _ in range(3)]
    assert len(set(secrets)) == 3
    kept = b"".join(office.accounts.capture())
    assert not any(secret.encode() in kept for secret in secrets)
    now_ms = office.clock.now_ms
    sessions = [office.accounts.find_session(secret, now_ms) for secret in secrets]
    assert sessions[0] is not None
    assert sessions[2] is not None
    await end_session(office.desk, person.id, sessions[0].id)
    assert office.accounts.viewer_of_session(secrets[0], now_ms) is None
    await end_other_sessions(office.desk, person.id, sessions[2].id)
    assert [each.id for each in office.accounts.access.sessions_of(person.id)] == [sessions[2].id]


async def test_nobody_ends_another_ones_session() -> None:
    office = open_office()
    person, other = await office.person(), await office.person("bina")
    secret = (await signed_in(office)).secret
    session = office.accounts.find_session(secret, office.clock.now_ms)
    assert session is not None
    await end_session(office.desk, other.id, session.id)
    assert office.accounts.access.sessions_of(person.id) == [session]


async def test_a_password_of_an_earlier_cost_is_hashed_anew_at_sign_in() -> None:
    office = open_office()
    person = await office.person()
    dearer = open_office(passwords=PasswordHasher(memory_kib=16)).desk.passwords
    before = office.accounts.people.get_credentials(person.id).password_hash
    office.desk.__dict__["passwords"] = dearer
    await signed_in(office)
    after = office.accounts.people.get_credentials(person.id).password_hash
    assert after != before
    assert not dearer.is_outdated(after)
    await signed_in(office)


def mailed_secret(office: Office) -> str:
    found = re.search(r"/(?:confirm|password)/([\w-]{43})", office.mailer.letters[-1].text)
    assert found is not None
    return found[1]


async def test_a_forgotten_password_is_replaced_once_and_ends_everything() -> None:
    office = open_office(mail=True)
    person = await office.person()
    old = (await signed_in(office)).secret
    await ask_for_reset(office.desk, "ASHA@example.org", HERE)
    secret = mailed_secret(office)
    await reset_password(office.desk, secret, "another good password")
    assert office.accounts.find_session(old, office.clock.now_ms) is None
    assert (await refusal_of(office, "asha", PASSWORD))[0] == "sign_in_wrong"
    await signed_in(office, password="another good password")
    with pytest.raises(Refusal, match="used already"):
        await reset_password(office.desk, secret, "a third good password")
    assert "password was changed" in office.mailer.letters[-1].subject
    assert office.mailer.letters[-1].to == office.accounts.people.get_credentials(person.id).email


async def test_a_reset_link_holds_for_an_hour_and_goes_nowhere_for_nobody() -> None:
    office = open_office(mail=True)
    await office.person()
    await ask_for_reset(office.desk, "nobody@example.org", HERE)
    assert not office.mailer.letters
    await ask_for_reset(office.desk, "asha@example.org", HERE)
    office.clock.pass_ms(3_600_000)
    with pytest.raises(Refusal, match="too old"):
        await reset_password(office.desk, mailed_secret(office), "another good password")


async def test_a_mailbox_is_not_flooded_and_the_answer_stays_the_same() -> None:
    office = open_office(mail=True)
    await office.person()
    for _ in range(8):
        await ask_for_reset(office.desk, "asha@example.org", HERE)
    assert len(office.mailer.letters) == 5
    entries = [entry for _, entry in office.journal.read(0)]
    assert sum(isinstance(entry, CodeMailed) for entry in entries) == 5


async def test_a_changed_password_ends_the_other_sessions() -> None:
    office = open_office()
    person = await office.person()
    other = (await signed_in(office)).secret
    mine = (await signed_in(office)).secret
    session = office.accounts.find_session(mine, office.clock.now_ms)
    assert session is not None
    await change_password(office.desk, person.id, "another good password", session.id)
    assert office.accounts.find_session(other, office.clock.now_ms) is None
    assert office.accounts.find_session(mine, office.clock.now_ms) is not None
    with pytest.raises(Refusal, match="not your password"):
        await check_own_password(office.desk, person.id, PASSWORD)
    await check_own_password(office.desk, person.id, "another good password")


async def test_a_new_address_counts_when_its_mail_was_opened() -> None:
    office = open_office(mail=True)
    person = await office.person()
    assert not await change_email(office.desk, person.id, "New@Example.org")
    assert office.accounts.people.get_credentials(person.id).email == "asha@example.org"
    await confirm_email(office.desk, mailed_secret(office))
    assert office.accounts.people.get_credentials(person.id).email == "new@example.org"
    assert office.accounts.people.find_by_email("asha@example.org") is None
    assert office.mailer.letters[-1].to == "asha@example.org"


async def test_without_mail_a_new_address_counts_at_once() -> None:
    office = open_office()
    person = await office.person()
    await office.person("bina")
    assert await change_email(office.desk, person.id, "new@example.org")
    with pytest.raises(Refusal, match="There is an account"):
        await change_email(office.desk, person.id, "bina@example.org")


@pytest.mark.parametrize(
    ("at_s", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(at_s: int, code: str) -> None:
    assert totp_code(RFC_6238_SECRET, at_s // 30) == code


async def _enabled(office: Office, person: Account) -> tuple[bytes, list[str]]:
    ticket, shown = begin_enabling(office.desk, person.id)
    secret = base64.b32decode(shown)
    code = totp_code(secret, office.clock.now_ms // STEP_MS)
    codes = await enable(office.desk, person.id, ticket, code)
    return secret, codes


async def _second_step(office: Office) -> str:
    found = await sign_in(office.desk, "asha", PASSWORD, HERE, "")
    assert isinstance(found, SecondStep)
    return found.ticket


async def test_a_code_of_the_app_is_taken_once() -> None:
    office = open_office()
    person = await office.person()
    secret, _ = await _enabled(office, person)
    code = totp_code(secret, office.clock.now_ms // STEP_MS)
    with pytest.raises(Refusal, match="used already"):
        await take_second_step(office.desk, await _second_step(office), code, "")
    office.clock.pass_ms(STEP_MS)
    code = totp_code(secret, office.clock.now_ms // STEP_MS)
    ticket = await _second_step(office)
    assert (await take_second_step(office.desk, ticket, code, "")).account.id == person.id
    with pytest.raises(Refusal, match="sign in again"):
        await take_second_step(office.desk, ticket, code, "")
    with pytest.raises(Refusal, match="used already"):
        await take_second_step(office.desk, await _second_step(office), code, "")


async def test_codes_cannot_be_tried_out() -> None:
    office = open_office()
    person = await office.person()
    await _enabled(office, person)
    ticket = await _second_step(office)
    for _ in range(10):
        with pytest.raises(Refusal) as refused:
            await take_second_step(office.desk, ticket, "000000", "")
        assert refused.value.code == "totp_code_wrong"
    with pytest.raises(TooMany):
        await take_second_step(office.desk, ticket, "000000", "")


async def test_a_recovery_code_is_taken_once_and_all_can_be_renewed() -> None:
    office = open_office()
    person = await office.person()
    _, codes = await _enabled(office, person)
    assert len(set(codes)) == 10
    await check_second_factor(office.desk, person.id, codes[3].upper().replace("-", " "))
    with pytest.raises(Refusal):
        await check_second_factor(office.desk, person.id, codes[3])
    renewed = await renew_recovery_codes(office.desk, person.id)
    with pytest.raises(Refusal):
        await check_second_factor(office.desk, person.id, codes[4])
    await check_second_factor(office.desk, person.id, renewed[0])
    await disable(office.desk, person.id)
    await signed_in(office)


async def test_an_app_is_asked_for_its_code_before_it_is_relied_on() -> None:
    office = open_office()
    person, other = await office.person(), await office.person("bina")
    ticket, shown = begin_enabling(office.desk, person.id)
    assert secret_of(office.desk, person.id, ticket) == shown
    assert secret_of(office.desk, other.id, ticket) is None
    with pytest.raises(Refusal, match="wrong"):
        await enable(office.desk, person.id, ticket, "000000")
    await signed_in(office)
    office.clock.pass_ms(600_000)
    with pytest.raises(Refusal, match="too long"):
        await enable(office.desk, person.id, ticket, "000000")


async def test_a_planted_session_secret_is_worth_nothing() -> None:
    office = open_office()
    person = await office.person()
    planted = "p" * 43
    assert office.accounts.viewer_of_session(planted, office.clock.now_ms) is None
    assert (await begin_session(office.desk, person, "")).secret != planted
    assert office.accounts.viewer_of_session(planted, office.clock.now_ms) is None
