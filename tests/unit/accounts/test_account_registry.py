"""The fold over accounts: questions, refusals, checkpoint."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from tests.account_desk import START_MS, open_office

from lapwing.accounts import entries
from lapwing.accounts.access import digest_of
from lapwing.accounts.changing import edit_profile, grant_role, set_role
from lapwing.accounts.entries import AccountEntry, AccountOpened, ProfileChanges, TokenIssued
from lapwing.accounts.leaving import delete_account
from lapwing.accounts.model import ProfileField, Role, Standing
from lapwing.accounts.registry import Accounts
from lapwing.accounts.signing_in import begin_session
from lapwing.kernel.refusals import Refusal


def opened(account_id: int, username: str, **more: object) -> AccountOpened:
    return AccountOpened(START_MS, account_id, username, Standing.ACTIVE, **more)  # type: ignore[arg-type]


def refusal(call: object, *arguments: object) -> str:
    with pytest.raises(Refusal) as refused:
        call(*arguments)  # type: ignore[operator]
    return refused.value.code


def test_accounts_are_found_by_id_and_by_name_in_any_case() -> None:
    accounts = Accounts()
    accounts.apply(opened(1, "asha"))
    found = accounts.find_named("ASHA")
    assert found is not None
    assert found == accounts.find(1) == accounts.get(1)
    assert accounts.find(2) is None
    assert refusal(accounts.get, 2) == "unknown_account"
    assert [account.id for account in accounts.all()] == [1]


def test_a_name_that_was_taken_meanwhile_is_refused_and_changes_nothing() -> None:
    accounts = Accounts()
    accounts.apply(opened(1, "asha", email="one@example.org"))
    before = list(accounts.capture())
    assert refusal(accounts.apply, opened(2, "asha")) == "username_taken"
    assert refusal(accounts.apply, opened(2, "other", email="one@example.org")) == "email_taken"
    assert list(accounts.capture()) == before


async def test_a_deleted_account_leaves_nothing_but_its_name() -> None:
    office = open_office()
    person = await office.person()
    await edit_profile(office.desk, person.id, ProfileChanges(note="I was here"))
    signed_in = await begin_session(office.desk, person, "Firefox on Linux")
    await delete_account(office.desk, person.id)
    accounts = office.accounts
    gone = accounts.find_named("asha")
    assert gone is not None
    assert gone.standing is Standing.DELETED
    assert gone.note == gone.display_name == ""
    assert refusal(accounts.get, person.id) == "unknown_account"
    assert accounts.people.find_by_email("asha@example.org") is None
    assert accounts.viewer_of_session(signed_in.secret, office.clock.now_ms) is None
    assert b"I was here" not in b"".join(accounts.capture())
    with pytest.raises(Refusal, match="taken"):
        await office.person()


async def test_a_checkpoint_restores_the_same_state_while_more_is_applied() -> None:
    office = open_office()
    person = await office.person()
    await begin_session(office.desk, person, "Firefox on Linux")
    captured = office.accounts.capture()
    before = list(office.accounts.capture())
    await edit_profile(office.desk, person.id, ProfileChanges(note="later"))
    chunks = list(captured)
    assert chunks == before
    restored = Accounts()
    restored.restore(chunks)
    assert list(restored.capture()) == before
    assert restored.get(person.id).note == ""
    assert restored.people.find_by_email("asha@example.org") == restored.get(person.id)


async def test_folding_the_journal_again_comes_to_the_same_state() -> None:
    office = open_office()
    owner = await office.person("owner", role=Role.OWNER)
    person = await office.person()
    await grant_role(office.desk, owner, person.id, Role.MODERATOR)
    await begin_session(office.desk, person, "Safari on iPhone")
    assert list(office.folded_again().capture()) == list(office.accounts.capture())


def test_every_entry_survives_being_written() -> None:
    encoder, decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(AccountEntry)
    entry = TokenIssued(START_MS, 1, hashlib.sha256(b"").digest(), 2, 3, ("read",))
    assert decoder.decode(encoder.encode(entry)) == entry
    assert entry.instant_ms == START_MS
    handled = set(Accounts()._steps)
    assert handled == set(AccountEntry.__args__)  # type: ignore[attr-defined]


async def test_roles_are_granted_only_by_higher_ones() -> None:
    office = open_office()
    owner = await office.person("owner", role=Role.OWNER)
    admin = await office.person("admin_one", role=Role.ADMIN)
    person = await office.person()
    assert (await grant_role(office.desk, admin, person.id, Role.MODERATOR)).role is Role.MODERATOR
    for by, whom, role in [
        (admin, person, Role.ADMIN),
        (admin, admin, Role.OWNER),
        (admin, owner, Role.USER),
        (office.accounts.get(person.id), person, Role.USER),
    ]:
        with pytest.raises(Refusal, match="higher"):
            await grant_role(office.desk, by, whom.id, role)
    assert (await set_role(office.desk, person.id, Role.OWNER)).role is Role.OWNER
    assert [line.what for line in office.accounts.moderation.audit] == ["role", "role"]


async def test_a_profile_keeps_within_its_limits() -> None:
    office = open_office()
    person = await office.person()
    kept = await edit_profile(
        office.desk,
        person.id,
        ProfileChanges(
            display_name=" Asha  R ", fields=(ProfileField("a", "b"), ProfileField("", ""))
        ),
    )
    assert kept.fields == (ProfileField("a", "b"),)
    assert kept.username == "asha"
    for changes, field in [
        (ProfileChanges(note="x" * 501), "note"),
        (ProfileChanges(display_name="x" * 31), "display_name"),
        (ProfileChanges(fields=(ProfileField("a", "b"),) * 5), "fields"),
        (ProfileChanges(fields=(ProfileField("a", "b" * 256),)), "fields"),
        (ProfileChanges(post_visibility="secret"), "post_visibility"),
    ]:
        with pytest.raises(Refusal) as refused:
            await edit_profile(office.desk, person.id, changes)
        assert refused.value.field == field
    assert office.accounts.get(person.id) == kept


async def test_what_has_expired_is_tidied_away() -> None:
    office = open_office()
    person = await office.person()
    await begin_session(office.desk, person, "Firefox on Linux")
    office.accounts.apply(
        AccountOpened(START_MS, 77, "never", Standing.UNCONFIRMED, password_hash="x")
    )
    office.accounts.apply(
        entries.AppRegistered(START_MS, 5, "client", digest_of("s"), "App", "", ("a:b",), ("read",))
    )
    office.clock.pass_ms(61 * 24 * 3_600_000)
    await office.desk.write(entries.Tidied(office.clock.now_ms))
    assert office.accounts.access.sessions_of(person.id) == []
    assert office.accounts.find_named("never") is None
    assert office.accounts.access.find_app("client") is None
    assert office.accounts.get(person.id) == person
