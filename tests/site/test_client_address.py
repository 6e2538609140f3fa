"""Whose address counts: the rightmost one that no trusted proxy owns."""

from __future__ import annotations

import pytest

from lapwing.web.client_address import TrustedProxies

PROXIES = TrustedProxies(("10.0.0.0/8", "2001:db8:ffff::/48"))


def _client(peer: str | None, *headers: tuple[str, str], proxies: TrustedProxies = PROXIES) -> str:
    scope = {
        "client": (peer, 1) if peer else None,
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    return str(proxies.client_of(scope))


@pytest.mark.parametrize(
    ("peer", "chain", "client"),
    [
        ("203.0.113.7", "198.51.100.9", "203.0.113.7"),
        ("10.1.1.1", "198.51.100.9", "198.51.100.9"),
        ("10.1.1.1", "6.6.6.6, 198.51.100.9", "198.51.100.9"),
        ("10.1.1.1", "6.6.6.6, 198.51.100.9, 10.2.2.2", "198.51.100.9"),
        ("10.1.1.1", "10.3.3.3, 10.2.2.2", "10.3.3.3"),
        ("10.1.1.1", "nonsense", "10.1.1.1"),
        ("10.1.1.1", "6.6.6.6, nonsense, 10.2.2.2", "10.2.2.2"),
        ("10.1.1.1", "", "10.1.1.1"),
        ("10.1.1.1", "198.51.100.9:4711", "198.51.100.9"),
        ("10.1.1.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("10.1.1.1", "::ffff:198.51.100.9", "198.51.100.9"),
        ("::ffff:10.1.1.1", "198.51.100.9", "198.51.100.9"),
        ("2001:db8:ffff::1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_x_forwarded_for(peer: str, chain: str, client: str) -> None:
    assert _client(peer, ("x-forwarded-for", chain)) == client


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("for=198.51.100.9", "198.51.100.9"),
        ('for="[2001:db8::7]:4711";proto=https;by=10.1.1.1', "2001:db8::7"),
        ("for=6.6.6.6, For=198.51.100.9, for=10.2.2.2", "198.51.100.9"),
        ("for=unknown", "10.1.1.1"),
        ("proto=https", "10.1.1.1"),
    ],
)
def test_forwarded(chain: str, client: str) -> None:
    assert _client("10.1.1.1", ("forwarded", chain)) == client


def test_several_header_lines_are_one_chain() -> None:
    lines = (("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "198.51.100.9"))
    assert _client("10.1.1.1", *lines) == "198.51.100.9"


def test_forwarded_does_not_count_beside_x_forwarded_for() -> None:
    lines = (("forwarded", "for=6.6.6.6"), ("x-forwarded-for", "198.51.100.9"))
    assert _client("10.1.1.1", *lines) == "198.51.100.9"


def test_without_trusted_proxies_only_the_connection_counts() -> None:
    line = ("x-forwarded-for", "198.51.100.9")
    assert _client("10.1.1.1", line, proxies=TrustedProxies()) == "10.1.1.1"


def test_over_a_unix_socket_nothing_is_known() -> None:
    assert _client(None) == "None"


def test_an_endless_chain_is_not_walked_to_its_end() -> None:
    assert _client("10.1.1.1", ("x-forwarded-for", "10.2.2.2, " * 10_000)) == "10.1.1.1"
    chain = "6.6.6.6, " + ", ".join(["10.2.2.2"] * 10_000)
    assert _client("10.1.1.1", ("x-forwarded-for", chain)) == "10.2.2.2"
