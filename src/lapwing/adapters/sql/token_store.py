"""Operator tokens in the database."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from lapwing.accounts.tokens import Token, token_exists
from lapwing.adapters.sql.database import Database
from lapwing.adapters.sql.tables import tokens
from lapwing.kernel.instants import from_ms, to_ms


class SqlTokenStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, token: Token) -> None:
        row = {
            "name": token.name,
            "digest": token.digest,
            "created_ms": to_ms(token.created_at),
            "expires_ms": _to_ms(token.expires_at),
            "revoked_ms": _to_ms(token.revoked_at),
        }
        try:
            async with self._database.writing() as connection:
                await connection.execute(sa.insert(tokens), row)
        except sa.exc.IntegrityError as error:
            raise token_exists(token.name) from error

    async def revoke(self, name: str, at: datetime) -> bool:
        change = (
            sa.update(tokens)
            .where(tokens.c.name == name, tokens.c.revoked_ms.is_(None))
            .values(revoked_ms=to_ms(at))
        )
        async with self._database.writing() as connection:
            return (await connection.execute(change)).rowcount == 1

    async def load(self) -> list[Token]:
        async with self._database.reading() as connection:
            rows = await connection.execute(sa.select(tokens))
            found = [
                Token(
                    name=row.name,
                    digest=row.digest,
                    created_at=from_ms(row.created_ms),
                    expires_at=_from_ms(row.expires_ms),
                    revoked_at=_from_ms(row.revoked_ms),
                )
                for row in rows
            ]
        return sorted(found, key=lambda token: token.name)


def _to_ms(at: datetime | None) -> int | None:
    return None if at is None else to_ms(at)


def _from_ms(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
