"""`lapwing token ...`: operators' tokens, straight in the database, so that the first one needs
none. A running server knows a change within about a second."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from lapwing.accounts.tokens import Token, make_token
from lapwing.kernel.refusals import Refusal
from lapwing.settings import load_settings

if TYPE_CHECKING:
    from lapwing.adapters.sql.token_store import SqlTokenStore

app = typer.Typer(help="Operators' tokens: create, list and revoke them.", no_args_is_help=True)


@app.command()
def create(
    name: str = typer.Argument(help="Whose it is; stands in the history of what is done with it."),
    days: int | None = typer.Option(None, help="Valid for so many days; else until revoked."),
) -> None:
    """Make a token and print its secret, which is shown this once."""
    token, secret = make_token(name, datetime.now(UTC), days)
    asyncio.run(_add(token))
    typer.echo(secret)
    typer.echo("This is shown only now; send it as 'Authorization: Bearer ...'.", err=True)


@app.command("list")
def list_tokens() -> None:
    """List tokens; secrets are not kept, so they are not shown."""
    tokens = asyncio.run(_load())
    if not tokens:
        typer.echo("No tokens.")
    now = datetime.now(UTC)
    for token in tokens:
        typer.echo(f"{token.name:<24}made {token.created_at:%Y-%m-%d}  {_validity(token, now)}")


@app.command()
def revoke(name: str) -> None:
    """Make a token useless, for good."""
    if not asyncio.run(_revoke(name)):
        raise Refusal("unknown_token", f"There is no valid token named {name}.")
    typer.echo(f"{name} is revoked.")


def _validity(token: Token, now: datetime) -> str:
    if token.revoked_at is not None:
        return f"revoked {token.revoked_at:%Y-%m-%d}"
    if token.expires_at is None:
        return "valid until revoked"
    word = "valid until" if token.is_valid(now) else "expired"
    return f"{word} {token.expires_at:%Y-%m-%d}"


@asynccontextmanager
async def _store() -> AsyncIterator[SqlTokenStore]:
    from lapwing.adapters.sql.database import open_database  # slow: not for the other commands
    from lapwing.adapters.sql.token_store import SqlTokenStore

    database = await open_database(load_settings(os.environ).database_url)
    try:
        yield SqlTokenStore(database)
    finally:
        await database.close()


async def _add(token: Token) -> None:
    async with _store() as store:
        await store.add(token)


async def _load() -> list[Token]:
    async with _store() as store:
        return await store.load()


async def _revoke(name: str) -> bool:
    async with _store() as store:
        return await store.revoke(name, datetime.now(UTC))
