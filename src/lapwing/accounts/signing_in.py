"""Signing in and out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lapwing.accounts.access import digest_of
from lapwing.accounts.desk import AccountDesk, make_secret
from lapwing.accounts.entries import (
    OtherSessionsEnded,
    PasswordRehashed,
    SessionBegun,
    SessionEnded,
    SessionUsed,
)
from lapwing.accounts.limits import SIGN_INS, WRONG_SIGN_INS, Address, block_of
from lapwing.accounts.model import Account, Standing
from lapwing.accounts.passwords import LONGEST
from lapwing.accounts.private import Session
from lapwing.accounts.second_factor import check_second_factor
from lapwing.kernel.refusals import Refusal

SESSION_MS: Final = 60 * 24 * 3_600_000
"""How long a session lasts that is not used."""
_DAY_MS: Final = 24 * 3_600_000
_SECOND_STEP: Final = "second step"


@dataclass(frozen=True)
class SignedIn:
    account: Account
    secret: str
    """Of the new session: what the cookie holds."""


@dataclass(frozen=True)
class SecondStep:
    """The password was right; a code is needed besides."""

    ticket: str


async def check_who(
    desk: AccountDesk, login: str, password: str, address: Address | None
) -> Account:
    """The account with this name or e-mail address and this password.

    The same words after the same work whether there is such an account or not. Raises `Refusal`
    (`sign_in_wrong`, and where only that is in the way `unconfirmed` or `waiting`) and `TooMany`.
    """
    now_ms = desk.now_ms()
    desk.limits.take(SIGN_INS, block_of(address), now_ms)
    account = _find(desk, login)
    whose = str(account.id) if account is not None else f"={login.strip().lower()[:LONGEST]}"
    desk.limits.take(WRONG_SIGN_INS, whose, now_ms)
    people = desk.accounts.people
    kept = people.credentials.get(account.id) if account is not None else None
    password_hash = kept.password_hash if kept is not None else ""
    right = await desk.passwords.verify(password_hash, password[: LONGEST + 1])
    if not right or account is None:
        raise Refusal("sign_in_wrong", "That name and that password do not go together.")
    desk.limits.give_back(WRONG_SIGN_INS, whose)
    account = desk.accounts.get(account.id)
    _check_standing(account)
    if desk.passwords.is_outdated(password_hash):
        renewed = await desk.passwords.hash(password)
        await desk.write(PasswordRehashed(now_ms, account.id, renewed))
    return account


async def sign_in(
    desk: AccountDesk, login: str, password: str, address: Address | None, browser: str
) -> SignedIn | SecondStep:
    """Raises as `check_who`."""
    account = await check_who(desk, login, password, address)
    if desk.accounts.people.get_credentials(account.id).totp_secret:
        return SecondStep(desk.tickets.issue(_SECOND_STEP, desk.now_ms(), account.id))
    return await begin_session(desk, account, browser)


async def take_second_step(desk: AccountDesk, ticket: str, code: str, browser: str) -> SignedIn:
    """Raises `Refusal` (`ticket_expired`, `totp_code_wrong`) and `TooMany`."""
    found = desk.tickets.find(ticket, _SECOND_STEP, desk.now_ms())
    if found is None:
        raise Refusal("ticket_expired", "That took too long. Please sign in again.")
    await check_second_factor(desk, found.account_id, code)
    desk.tickets.redeem(ticket, _SECOND_STEP, desk.now_ms())
    return await begin_session(desk, desk.accounts.get(found.account_id), browser)


async def begin_session(desk: AccountDesk, account: Account, browser: str) -> SignedIn:
    """Always under a new secret: one that somebody planted before is worth nothing."""
    secret, now_ms = make_secret(), desk.now_ms()
    await desk.write(
        SessionBegun(
            at_ms=now_ms,
            session_id=desk.fresh_id(),
            account_id=account.id,
            digest=digest_of(secret),
            expires_ms=now_ms + SESSION_MS,
            browser=browser,
        )
    )
    return SignedIn(account, secret)


async def keep_session(desk: AccountDesk, session: Session) -> None:
    """Puts off a session's end while it is used; writes at most once a day."""
    now_ms = desk.now_ms()
    if now_ms - session.used_ms >= _DAY_MS:
        await desk.write(SessionUsed(now_ms, session.id, session.account_id, now_ms + SESSION_MS))


async def end_session(desk: AccountDesk, account_id: int, session_id: int) -> None:
    await desk.write(SessionEnded(desk.now_ms(), session_id, account_id))


async def end_other_sessions(desk: AccountDesk, account_id: int, keep: int) -> None:
    await desk.write(OtherSessionsEnded(desk.now_ms(), account_id, keep))


async def check_own_password(desk: AccountDesk, account_id: int, password: str) -> None:
    """For what only the person may do who holds the account, not whoever finds a browser open.
    Raises `Refusal` (`password_wrong`) and `TooMany`."""
    desk.limits.take(WRONG_SIGN_INS, str(account_id), desk.now_ms())
    kept = desk.accounts.people.get_credentials(account_id)
    if not await desk.passwords.verify(kept.password_hash, password[: LONGEST + 1]):
        raise Refusal("password_wrong", "This is not your password.", field="password")
    desk.limits.give_back(WRONG_SIGN_INS, str(account_id))


def _find(desk: AccountDesk, login: str) -> Account | None:
    name = login.strip().lower()
    people = desk.accounts.people
    found = people.find_by_email(name) if "@" in name[1:] else None
    found = found or people.find_named(name.removeprefix("@"))
    return None if found is None or found.standing is Standing.DELETED else found


def _check_standing(account: Account) -> None:
    if account.standing is Standing.UNCONFIRMED:
        raise Refusal(
            "unconfirmed", "Please open the link in the mail that you got when you signed up."
        )
    if account.standing is Standing.WAITING:
        raise Refusal(
            "waiting", "The moderators have not looked at your sign-up yet. Please be patient."
        )
