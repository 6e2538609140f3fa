"""Codes of an authenticator app (RFC 6238: SHA-1, 30 seconds, six digits) and recovery codes."""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Final
from urllib.parse import quote, urlencode

from lapwing.accounts.access import digest_of
from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.entries import (
    RecoveryCodesMade,
    RecoveryCodeUsed,
    TotpDisabled,
    TotpEnabled,
    TotpUsed,
)
from lapwing.accounts.limits import CODES
from lapwing.kernel.refusals import Refusal

STEP_MS: Final = 30_000
_DIGITS: Final = 6
_DRIFT_STEPS: Final = 1
"""How far the clocks of phone and server may be apart."""
_SECRET_BYTES: Final = 20
_RECOVERY_CODES: Final = 10
_RECOVERY_BYTES: Final = 10
_ENABLING: Final = "enabling totp"


def totp_code(secret: bytes, step: int) -> str:
    """RFC 4226, section 5.3, with the time step as the counter."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


def find_step(secret: bytes, code: str, now_ms: int, after_step: int = 0) -> int | None:
    """The time step whose code this is, if it is near and later than one that was taken."""
    present = now_ms // STEP_MS
    found = None
    for step in range(present - _DRIFT_STEPS, present + _DRIFT_STEPS + 1):
        if hmac.compare_digest(totp_code(secret, step).encode(), code.encode()):
            found = step
    return found if found is not None and found > after_step else None


async def check_second_factor(desk: AccountDesk, account_id: int, code: str) -> None:
    """Takes a code of the app or a recovery code, each once. Raises `Refusal`
    (`totp_code_wrong`) and `TooMany`."""
    desk.limits.take(CODES, str(account_id), desk.now_ms())
    kept = desk.accounts.people.get_credentials(account_id)
    plain = _plain(code)
    if len(plain) == _DIGITS and plain.isdecimal():
        step = find_step(kept.totp_secret, plain, desk.now_ms(), kept.totp_step)
        if step is None:
            raise _wrong()
        await desk.write(TotpUsed(desk.now_ms(), account_id, step))
    else:
        digest = digest_of(plain)
        if digest not in kept.recovery_digests:
            raise _wrong()
        await desk.write(RecoveryCodeUsed(desk.now_ms(), account_id, digest))
    desk.limits.give_back(CODES, str(account_id))


def begin_enabling(desk: AccountDesk, account_id: int) -> tuple[str, str]:
    """A ticket and the secret in base32, which the app is to have."""
    secret = secrets.token_bytes(_SECRET_BYTES)
    ticket = desk.tickets.issue(_ENABLING, desk.now_ms(), account_id, secret)
    return ticket, base64.b32encode(secret).decode()


def secret_of(desk: AccountDesk, account_id: int, ticket: str) -> str | None:
    """The secret that goes with a ticket, in base32."""
    found = desk.tickets.find(ticket, _ENABLING, desk.now_ms())
    if found is None or found.account_id != account_id:
        return None
    return base64.b32encode(found.content).decode()


def app_address(secret: str, username: str, site: str) -> str:
    """What the picture says to the app (the `otpauth` form of Google Authenticator)."""
    label = quote(f"{site}:{username}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': site})}"


async def enable(desk: AccountDesk, account_id: int, ticket: str, code: str) -> list[str]:
    """The app shows the right code, so it is asked for from now on; the recovery codes, shown this
    once. Raises `Refusal` (`ticket_expired`, `totp_code_wrong`) and `TooMany`."""
    now_ms = desk.now_ms()
    found = desk.tickets.find(ticket, _ENABLING, now_ms)
    if found is None or found.account_id != account_id:
        raise Refusal("ticket_expired", "That took too long. Please begin again.")
    desk.limits.take(CODES, str(account_id), now_ms)
    step = find_step(found.content, _plain(code), now_ms)
    if step is None:
        raise _wrong()
    codes, digests = _make_recovery_codes()
    await desk.write(TotpEnabled(now_ms, account_id, found.content, step, digests))
    desk.tickets.redeem(ticket, _ENABLING, now_ms)
    desk.limits.give_back(CODES, str(account_id))
    return codes


async def disable(desk: AccountDesk, account_id: int) -> None:
    await desk.write(TotpDisabled(desk.now_ms(), account_id))


async def renew_recovery_codes(desk: AccountDesk, account_id: int) -> list[str]:
    """New ones in place of those before, shown this once."""
    codes, digests = _make_recovery_codes()
    await desk.write(RecoveryCodesMade(desk.now_ms(), account_id, digests))
    return codes


def _make_recovery_codes() -> tuple[list[str], tuple[bytes, ...]]:
    plain = [
        base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
        for _ in range(_RECOVERY_CODES)
    ]
    shown = ["-".join(code[i : i + 4] for i in range(0, len(code), 4)) for code in plain]
    return shown, tuple(digest_of(code) for code in plain)


def _plain(code: str) -> str:
    return "".join(character for character in code.lower() if character.isalnum())[:64]


def _wrong() -> Refusal:
    return Refusal("totp_code_wrong", "This code is wrong, too old or used already.", field="code")
