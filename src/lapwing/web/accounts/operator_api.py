"""What `lapwing accounts ...` asks of the server, with an operator's token."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, JSONBody

from lapwing.accounts.changing import set_role
from lapwing.accounts.entries import PasswordSet
from lapwing.accounts.model import Account, Role
from lapwing.accounts.opening import create_account
from lapwing.accounts.passwords import check_password
from lapwing.kernel.instants import from_ms
from lapwing.kernel.refusals import Refusal
from lapwing.web.accounts.parts import AccountParts, Asked, Parts
from lapwing.web.answers import data as json_answer

_PATH = "/api/v1/operator/accounts"


class NewAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    username: str
    password: str
    email: str = ""
    role: Role = Role.USER


class AccountChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be different; null leaves it."""

    role: Role | None = None
    password: str | None = None


async def _check(parts: AccountParts, request: Request[Any, Any, Any]) -> None:
    """Raises `Refusal` for anybody but an operator."""
    header = request.headers.get("authorization")
    await parts.tokens.identify(header, parts.clock.now())


def _form(parts: AccountParts, account: Account) -> dict[str, Any]:
    return {
        "id": str(account.id),
        "username": account.username,
        "email": parts.desk.accounts.people.get_credentials(account.id).email,
        "role": account.role,
        "standing": account.standing,
        "created_at": from_ms(account.created_ms),
    }


@get(_PATH, include_in_schema=False)
async def list_accounts(request: Asked, parts: Parts) -> Response[bytes]:
    """Those with a role; the others are too many."""
    await _check(parts, request)
    staff = [
        _form(parts, each)
        for each in parts.desk.accounts.all()
        if each.role is not Role.USER and each.is_there
    ]
    return json_answer(request, {"accounts": staff}, cache_control=b"no-store")


@post(_PATH, include_in_schema=False, status_code=200)
async def create(request: Asked, parts: Parts, data: JSONBody[NewAccount]) -> Response[bytes]:
    await _check(parts, request)
    check_password(data.password, data.username)
    account = await create_account(
        parts.desk,
        data.username,
        email=data.email,
        password_hash=await parts.desk.passwords.hash(data.password),
    )
    if data.role is not Role.USER:
        account = await set_role(parts.desk, account.id, data.role)
    return json_answer(request, _form(parts, account), cache_control=b"no-store")


@patch(_PATH + "/{username:str}", include_in_schema=False)
async def change(
    request: Asked, parts: Parts, username: FromPath[str], data: JSONBody[AccountChange]
) -> Response[bytes]:
    await _check(parts, request)
    desk = parts.desk
    account = desk.accounts.find_named(username)
    if account is None:
        raise Refusal("unknown_account", f"There is no account named {username}.")
    account = desk.accounts.get(account.id)
    if data.password is not None:
        check_password(data.password, account.username)
        hashed = await desk.passwords.hash(data.password)
        await desk.write(PasswordSet(desk.now_ms(), account.id, hashed, by_operator=True))
    if data.role is not None:
        account = await set_role(desk, account.id, data.role)
    return json_answer(request, _form(parts, account), cache_control=b"no-store")


HANDLERS = [list_accounts, create, change]
