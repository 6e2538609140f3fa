"""`lapwing accounts ...`: what only the operator may do, such as making the first owner."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from typing import Annotated, Any

import typer

from lapwing.accounts.model import Role
from lapwing.cli.connection import open_connection
from lapwing.kernel.refusals import Refusal
from lapwing.settings import load_settings

_PATH = "/api/v1/operator/accounts"
app = typer.Typer(help="People's accounts: make one, give a role.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="The username.")],
    role: Annotated[Role, typer.Option(help="What the person may do besides.")] = Role.USER,
    email: Annotated[str, typer.Option(help="Needs no confirmation.")] = "",
    password: Annotated[
        str, typer.Option(help="'-' reads it from standard input; without it, one is made.")
    ] = "",
) -> None:
    """Make an account, also where nobody may sign up."""
    given = _password(password)
    body = {"username": name, "password": given, "email": email, "role": role.value}
    made = asyncio.run(_ask("POST", _PATH, body))
    typer.echo(f"@{made['username']} is there, with the role {made['role']}.")
    if not password:
        typer.echo(given)
        typer.echo("This password is shown only now.", err=True)


@app.command("role")
def give_role(name: str, role: Role) -> None:
    """Give an account a role."""
    made = asyncio.run(_ask("PATCH", f"{_PATH}/{name}", {"role": role.value}))
    typer.echo(f"@{made['username']} has the role {made['role']}.")


@app.command("password")
def set_password(name: str) -> None:
    """Set a new password, which is made and printed; the account's sessions end."""
    given = _password("")
    asyncio.run(_ask("PATCH", f"{_PATH}/{name}", {"password": given}))
    typer.echo(given)
    typer.echo("This password is shown only now.", err=True)


@app.command("list")
def list_staff() -> None:
    """List the accounts that have a role."""
    found = asyncio.run(_ask("GET", _PATH))["accounts"]
    for each in found:
        typer.echo(f"@{each['username']:<31}{each['role']:<12}{each['standing']}")
    if not found:
        typer.echo("No account has a role. `lapwing accounts create NAME --role owner` makes one.")


def _password(given: str) -> str:
    if given == "-":
        return sys.stdin.readline().rstrip("\n")
    return given or secrets.token_urlsafe(15)


async def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    async with open_connection(load_settings(os.environ)) as client:
        response = await client.request(method, path, json=body)
    answer: dict[str, Any] = response.json()
    if response.is_error:
        problem = answer["error"]
        raise Refusal(problem["code"], problem["message"])
    return answer
