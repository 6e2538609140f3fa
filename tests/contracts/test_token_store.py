"""What every token store does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lapwing.accounts.tokens import Token, TokenStore, make_token
from lapwing.adapters.memory_store import MemoryTokenStore
from lapwing.adapters.sql.database import Database
from lapwing.adapters.sql.token_store import SqlTokenStore
from lapwing.kernel.refusals import Refusal

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)


@pytest.fixture
def store(database: Database | None) -> TokenStore:
    return MemoryTokenStore() if database is None else SqlTokenStore(database)


def _token(name: str) -> Token:
    return make_token(name, NOW, days=2)[0]


async def test_keeps_every_field_and_lists_by_name(store: TokenStore) -> None:
    probe, desk = _token("probe"), _token("desk.9")
    await store.add(probe)
    await store.add(desk)
    assert await store.load() == [desk, probe]


async def test_a_name_is_given_once_even_after_it_was_revoked(store: TokenStore) -> None:
    await store.add(_token("desk"))
    await store.revoke("desk", NOW)
    with pytest.raises(Refusal) as refused:
        await store.add(_token("desk"))
    assert refused.value.code == "token_exists"


async def test_revoking_happens_once_and_only_to_tokens_there_are(store: TokenStore) -> None:
    await store.add(_token("desk"))
    later = NOW + timedelta(hours=1)
    assert await store.revoke("desk", later)
    assert not await store.revoke("desk", later + timedelta(hours=1))
    assert not await store.revoke("nobody", later)
    assert [token.revoked_at for token in await store.load()] == [later]
