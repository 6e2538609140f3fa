"""How often something may be tried, and what is half done."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from lapwing.accounts.limits import Limit, Limits, block_of
from lapwing.accounts.mail_addresses import check_email
from lapwing.accounts.passwords import check_password
from lapwing.accounts.tickets import KEPT_MS, Tickets
from lapwing.kernel.refusals import Refusal, TooMany

TWICE = Limit("twice", 2, 1000)


def take(limits: Limits, whose: str, now_ms: int) -> bool:
    try:
        limits.take(TWICE, whose, now_ms)
    except TooMany:
        return False
    return True


def test_the_window_slides() -> None:
    limits = Limits()
    assert [take(limits, "a", at) for at in (0, 900, 950, 1000, 1001, 1900)] == [
        True,
        True,
        False,
        True,
        False,
        True,
    ]


def test_one_s_tries_are_not_another_s_and_one_can_be_given_back() -> None:
    limits = Limits()
    assert take(limits, "a", 0)
    assert take(limits, "a", 0)
    assert take(limits, "b", 0)
    limits.give_back(TWICE, "a")
    assert take(limits, "a", 0)
    assert not take(limits, "a", 0)
    limits.give_back(TWICE, "nobody")


def test_it_says_when_to_come_back() -> None:
    limits = Limits()
    limits.take(TWICE, "a", 0)
    limits.take(TWICE, "a", 400)
    with pytest.raises(TooMany) as refused:
        limits.take(TWICE, "a", 500)
    assert refused.value.retry_after_s == 0.5


def test_what_is_kept_is_bounded_and_holds_no_address() -> None:
    limits = Limits(most_keys=10)
    for number in range(100):
        take(limits, f"203.0.113.{number}", 0)
    assert len(limits._tried) == 10
    assert b"203.0.113" not in b"".join(limits._tried)


def test_who_is_nobody_in_particular_is_not_limited() -> None:
    limits = Limits()
    assert all(take(limits, "", 0) for _ in range(5))
    assert all(take(Limits(enforced=False), "a", 0) for _ in range(5))


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("127.0.0.1", ""),
        ("::1", ""),
    ],
)
def test_a_household_is_one(address: str, block: str) -> None:
    assert block_of(ip_address(address)) == block
    assert block_of(None) == ""


def test_a_ticket_is_for_one_thing_once_and_for_ten_minutes() -> None:
    tickets = Tickets()
    name = tickets.issue("this", 0, 7, b"content")
    assert tickets.find(name, "that", 0) is None
    assert tickets.find("other", "this", 0) is None
    found = tickets.find(name, "this", KEPT_MS - 1)
    assert found is not None
    assert (found.account_id, found.content) == (7, b"content")
    assert tickets.redeem(name, "this", KEPT_MS) is None
    assert tickets.redeem(name, "this", 0) is found
    assert tickets.redeem(name, "this", 0) is None


def test_old_tickets_go() -> None:
    tickets = Tickets()
    for _ in range(20):
        tickets.issue("this", 0)
    tickets.issue("this", KEPT_MS)
    assert len(tickets._tickets) == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Asha@Example.ORG ", "asha@example.org"),
        ("asha+lapwing@mail.example.org", "asha+lapwing@mail.example.org"),
        ("asha@bücher.example", "asha@xn--bcher-kva.example"),
    ],
)
def test_an_address_has_one_spelling(given: str, kept: str) -> None:
    assert check_email(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        *("", "asha", "@example.org", "asha@", "asha@localhost", "a b@example.org"),
        *("asha@example.org, b@example.org", "asha@example..org", "x" * 65 + "@example.org"),
        *("asha@exa\nmple.org", "asha@example.org\0", "asha@-example.org", "ä@example.org"),
        "a@" + "b" * 300 + ".org",
    ],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_email(given)
    assert refused.value.field == "email"


def test_long_passwords_of_any_script_are_good() -> None:
    for good in ("correct horse battery", "поле-лес-река", "🐦" * 3 + "lapwing", "xyz1" * 64):
        assert check_password(good, "asha") == good
    for weak in ("seven77", "PASSWORD", "aaaaaaaaaa", "asha_asha", "x" * 257):
        with pytest.raises(Refusal):
            check_password(weak, "asha_asha")
