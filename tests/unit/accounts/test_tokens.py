"""Operators' tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lapwing.accounts.tokens import (
    RETRY_AFTER_S,
    Token,
    TokenRegistry,
    bearer_secret,
    make_token,
)
from lapwing.adapters.memory_store import MemoryTokenStore
from lapwing.kernel.refusals import Refusal, Unavailable

NOW = datetime(2026, 6, 20, 12, 0, 0, 123_456, tzinfo=UTC)


class Seconds:
    def __init__(self) -> None:
        self.passed_s = 0.0

    def __call__(self) -> float:
        return self.passed_s


class AwayAtTimes(MemoryTokenStore):
    """A store that can be made not to answer, and counts how often it is asked."""

    away = False
    asked = 0

    async def load(self) -> list[Token]:
        self.asked += 1
        if self.away:
            raise Unavailable("away", retry_after_s=7.0)
        return await super().load()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def store() -> AwayAtTimes:
    return AwayAtTimes()


@pytest.fixture
def registry(store: AwayAtTimes, seconds: Seconds) -> TokenRegistry:
    return TokenRegistry(store, monotonic_s=seconds)


async def _refusal(registry: TokenRegistry, header: str | None) -> str:
    with pytest.raises(Refusal) as refused:
        await registry.identify(header, NOW)
    return refused.value.code


def test_a_secret_is_long_random_and_not_kept() -> None:
    token, secret = make_token("desk", NOW)
    assert len(secret) >= 43
    assert secret not in repr(token)
    assert make_token("desk", NOW)[1] != secret


@pytest.mark.parametrize("name", ["", "Desk", "a b", "-a", "a" * 41, "a\n", "☃"])
def test_a_name_that_is_not_plain_is_refused(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        make_token(name, NOW)
    assert refused.value.code == "invalid_token_name"


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_days_out_of_range_are_refused(days: int) -> None:
    with pytest.raises(Refusal) as refused:
        make_token("desk", NOW, days)
    assert refused.value.code == "invalid_token_days"


def test_only_a_bearer_header_brings_a_secret() -> None:
    assert bearer_secret("Bearer  abc ") == "abc"
    assert bearer_secret("bearer abc") == "abc"
    for header in (None, "", "abc", "Basic abc", "Bearer", "Bearer "):
        assert bearer_secret(header) is None


async def test_a_token_is_found_by_its_secret_until_it_expires(
    registry: TokenRegistry, store: AwayAtTimes
) -> None:
    token, secret = make_token("desk", NOW, days=2)
    await store.add(token)
    await registry.refresh()
    assert registry.find(secret, NOW) == token
    assert registry.find(secret + "x", NOW) is None
    assert registry.find("\ud800", NOW) is None
    assert registry.find(secret, NOW + timedelta(days=2)) is None


async def test_made_and_revoked_tokens_take_effect_within_a_second(
    registry: TokenRegistry, store: AwayAtTimes, seconds: Seconds
) -> None:
    token, secret = make_token("desk", NOW)
    assert await _refusal(registry, f"Bearer {secret}") == "token_invalid"
    await store.add(token)
    seconds.passed_s += 1.0
    assert await registry.identify(f"Bearer {secret}", NOW) == token
    await store.revoke("desk", NOW)
    seconds.passed_s += 1.0
    assert await _refusal(registry, f"Bearer {secret}") == "token_invalid"


async def test_guessing_does_not_reach_the_store(
    registry: TokenRegistry, store: AwayAtTimes
) -> None:
    for guess in range(100):
        await _refusal(registry, f"Bearer {guess}")
    assert await _refusal(registry, None) == "token_required"
    assert store.asked == 1


async def test_known_tokens_hold_while_the_store_is_away(
    registry: TokenRegistry, store: AwayAtTimes, seconds: Seconds
) -> None:
    token, secret = make_token("desk", NOW)
    await store.add(token)
    await registry.refresh()
    store.away = True
    seconds.passed_s += 60.0
    assert await registry.identify(f"Bearer {secret}", NOW) == token
    for _ in range(3):
        with pytest.raises(Unavailable):
            await registry.identify("Bearer another", NOW)
    assert store.asked == 2
    store.away = False
    seconds.passed_s += RETRY_AFTER_S
    assert await _refusal(registry, "Bearer another") == "token_invalid"


async def test_a_token_of_this_process_alone_needs_no_store(
    store: AwayAtTimes, seconds: Seconds
) -> None:
    console, secret = make_token("console", NOW)
    store.away = True
    registry = TokenRegistry(store, [console], seconds)
    assert await registry.identify(f"Bearer {secret}", NOW) == console
