"""The hierarchy of OAuth scopes."""

from __future__ import annotations

import pytest

from lapwing.accounts.scopes import allows, check_within, parse_scopes
from lapwing.kernel.refusals import Refusal


@pytest.mark.parametrize(
    ("granted", "wanted", "allowed"),
    [
        ("read", "read:statuses", True),
        ("read", "read", True),
        ("read:statuses", "read:statuses", True),
        ("read:statuses", "read", False),
        ("read:statuses", "read:accounts", False),
        ("read", "write:statuses", False),
        ("follow", "write:follows", True),
        ("follow", "read:mutes", True),
        ("follow", "write:statuses", False),
        ("admin:read", "admin:read:reports", True),
        ("admin:read:accounts", "admin:read:reports", False),
        ("read write", "admin:read", False),
        ("read:accounts", "profile", True),
        ("profile", "read:accounts", False),
        ("", "read", False),
    ],
)
def test_the_wider_scope_covers_the_narrower(granted: str, wanted: str, allowed: bool) -> None:
    assert allows(frozenset(granted.split()), wanted) is allowed


def test_scopes_are_read_as_clients_write_them() -> None:
    assert parse_scopes("read write:media+push") == {"read", "write:media", "push"}
    assert parse_scopes("") == {"read"}
    for wrong in ("everything", "read:nothing", "READ", "read " * 500):
        with pytest.raises(Refusal) as refused:
            parse_scopes(wrong)
        assert refused.value.code == "invalid_scope"


def test_an_app_is_given_no_more_than_it_registered_for() -> None:
    check_within(frozenset({"read:statuses", "push"}), frozenset({"read", "push"}))
    with pytest.raises(Refusal, match="write"):
        check_within(frozenset({"read", "write"}), frozenset({"read"}))
