"""Whatever happens to accounts: the fold is the same each time, a refusal changes nothing, and a
checkpoint with the entries behind it comes to the state of all entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.accounts import entries as made
from lapwing.accounts.model import Role, Standing
from lapwing.accounts.moderation_model import Act, BlockKind, Category, Subject
from lapwing.accounts.private import Passkey, Purpose
from lapwing.accounts.registry import Accounts
from lapwing.kernel.refusals import Refusal

_ids = st.integers(1, 4)
"""Few, so that entries meet."""
_digests = st.integers(0, 3).map(lambda n: bytes([n]) * 32)
_names = st.sampled_from(["asha", "bina", "carla"])
_emails = st.sampled_from(["", "a@example.org", "b@example.org"])
_scopes = st.sampled_from([("read",), ("read", "write")])
_times = st.integers(0, 40).map(lambda days: days * 24 * 3_600_000)
_by_type: dict[type[Any], st.SearchStrategy[Any]] = {
    Standing: st.sampled_from([Standing.ACTIVE, Standing.UNCONFIRMED, Standing.WAITING]),
    Role: st.sampled_from(Role),
    Purpose: st.sampled_from(Purpose),
    Act: st.sampled_from(Act),
    BlockKind: st.sampled_from(BlockKind),
    Category: st.sampled_from(Category),
    Subject: st.sampled_from(Subject),
    bool: st.booleans(),
    made.ProfileChanges: st.builds(made.ProfileChanges, note=st.sampled_from(["x", "y"])),
    Passkey: st.builds(
        Passkey, _digests, st.just(b"key"), st.just(0), st.just("key"), st.just(0), st.just(0)
    ),
}
_by_name: dict[str, st.SearchStrategy[Any]] = {
    "at_ms": _times,
    "expires_ms": _times,
    "username": _names,
    "email": _emails,
    "scopes": _scopes,
    "redirect_uris": st.just(("a:b",)),
    "post_ids": st.just((1, 2)),
    "recovery_digests": st.tuples(_digests),
    "digests": st.tuples(_digests),
    "step": st.integers(0, 3),
    "sign_count": st.integers(0, 3),
    "uses": st.integers(0, 2),
}


def _field(field: msgspec.structs.FieldInfo, kind: Any) -> st.SearchStrategy[Any]:
    if field.name in _by_name:
        return _by_name[field.name]
    if kind in _by_type:
        return _by_type[kind]
    if kind is int:
        return _ids
    if kind is bytes:
        return _digests
    return st.just("text")


def _entry(kind: type[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, *(_field(each, each.type) for each in msgspec.structs.fields(kind)))


_KINDS: tuple[type[Any], ...] = made.AccountEntry.__args__  # type: ignore[attr-defined]


@st.composite
def _histories(draw: st.DrawFn) -> list[Any]:
    """Some accounts and an app, then entries of a few kinds, so that they have to do with one
    another."""
    kinds = draw(st.lists(st.sampled_from(_KINDS), min_size=1, max_size=5, unique=True))
    beginning = [
        made.AccountOpened(0, 1, "asha", Standing.ACTIVE, "a@example.org", "hash"),
        made.AccountOpened(0, 2, "bina", draw(_by_type[Standing]), invitation_id=0),
        made.AppRegistered(0, 1, "client", b"s", "App", "", ("a:b",), ("read",)),
    ]
    return [*beginning, *draw(st.lists(st.one_of(map(_entry, kinds)), max_size=20))]


def fold(accounts: Accounts, history: list[Any]) -> None:
    for entry in history:
        before = list(accounts.capture())
        try:
            accounts.apply(entry)
        except Refusal:
            assert list(accounts.capture()) == before


@settings(max_examples=300, deadline=None)
@given(_histories(), st.integers(0, 25))
def test_a_checkpoint_and_what_follows_is_the_whole(history: list[Any], taken_after: int) -> None:
    whole = Accounts()
    fold(whole, history)
    early = Accounts()
    fold(early, history[:taken_after])
    restored = Accounts()
    restored.restore(early.capture())
    fold(restored, history[taken_after:])
    assert _state(restored) == _state(whole)
    _check_indices(whole)


@settings(max_examples=200, deadline=None)
@given(_histories())
def test_entries_survive_the_journal(history: list[Any]) -> None:
    decoder = msgspec.msgpack.Decoder(made.AccountEntry)
    for entry in history:
        assert decoder.decode(msgspec.msgpack.encode(entry)) == entry


def _state(accounts: Accounts) -> Any:
    """In an order that says nothing: dicts keep the order in which things came."""
    people, access, moderation = accounts.people, accounts.access, accounts.moderation
    ordered: Callable[[dict[Any, Any]], list[Any]] = lambda kept: sorted(kept.items())  # noqa: E731
    return (
        ordered(people.accounts),
        ordered(people.credentials),
        ordered(people.codes),
        ordered(people.invitations),
        ordered(access.sessions),
        ordered(access.grants),
        ordered(access.codes),
        ordered(access.apps),
        ordered(moderation.complaints),
        ordered(moderation.sanctions),
        ordered(moderation.blocks),
        moderation.audit,
    )


def _check_indices(accounts: Accounts) -> None:
    """What is found by name, address and secret is there, and of nobody who is gone."""
    people = accounts.people
    for account in accounts.all():
        assert people.find_named(account.username.upper()) == account
    for account_id, credentials in people.credentials.items():
        found = people.find_by_email(credentials.email) if credentials.email else None
        assert found is None or found.id == account_id
        assert people.accounts[account_id].standing is not Standing.DELETED
    for session in accounts.access.sessions.values():
        assert session in accounts.access.sessions_of(session.account_id)
    for grant in accounts.access.grants.values():
        assert grant in accounts.access.grants_of(grant.account_id)
    gone = [each.id for each in accounts.all() if each.standing is Standing.DELETED]
    for account_id in gone:
        assert not accounts.access.sessions_of(account_id)
        assert not accounts.access.grants_of(account_id)
