"""Passkeys: WebAuthn credentials that are found by the browser itself and unlocked by a finger, a
face or a PIN, so that one alone is enough to sign in."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.entries import PasskeyAdded, PasskeyRemoved, PasskeyUsed
from lapwing.accounts.limits import SIGN_INS, Address, block_of
from lapwing.accounts.model import Account
from lapwing.accounts.private import Passkey
from lapwing.kernel.refusals import Refusal

MOST: Final = 20
_LONGEST_NAME: Final = 60
_ADDING: Final = "adding passkey"
_SIGNING_IN: Final = "passkey sign-in"


def begin_adding(desk: AccountDesk, account_id: int) -> tuple[str, str]:
    """A ticket, and what the browser needs (JSON). Raises `Refusal` (`too_many_passkeys`)."""
    from webauthn import generate_registration_options, options_to_json  # slow to import
    from webauthn.helpers import structs

    account = desk.accounts.get(account_id)
    kept = desk.accounts.people.get_credentials(account_id).passkeys
    if len(kept) >= MOST:
        raise Refusal("too_many_passkeys", f"You have {MOST} passkeys; remove one first.")
    options = generate_registration_options(
        rp_id=_host(desk),
        rp_name=desk.site_name,
        user_name=account.username,
        user_id=account.id.to_bytes(8, "big"),
        user_display_name=account.display_name or account.username,
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=k.credential) for k in kept],
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )
    ticket = desk.tickets.issue(_ADDING, desk.now_ms(), account_id, options.challenge)
    return ticket, options_to_json(options)


async def add(
    desk: AccountDesk, account_id: int, ticket: str, name: str, answer: dict[str, Any]
) -> Passkey:
    """`answer` is the browser's. Raises `Refusal` (`ticket_expired`, `passkey_wrong`)."""
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException

    found = desk.tickets.redeem(ticket, _ADDING, desk.now_ms())
    if found is None or found.account_id != account_id:
        raise _too_late()
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=found.content,
            expected_rp_id=_host(desk),
            expected_origin=desk.public_url,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise _wrong() from error
    passkey = Passkey(
        credential=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=" ".join(name.split())[:_LONGEST_NAME] or "Passkey",
        added_ms=desk.now_ms(),
    )
    await desk.write(PasskeyAdded(desk.now_ms(), account_id, passkey))
    return passkey


async def remove(desk: AccountDesk, account_id: int, credential: bytes) -> None:
    await desk.write(PasskeyRemoved(desk.now_ms(), account_id, credential))


def begin_sign_in(desk: AccountDesk, address: Address | None) -> tuple[str, str]:
    """A ticket, and what the browser needs (JSON); nobody has said yet who it is.
    Raises `TooMany`."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    desk.limits.take(SIGN_INS, block_of(address), desk.now_ms())
    options = generate_authentication_options(
        rp_id=_host(desk), user_verification=UserVerificationRequirement.REQUIRED
    )
    ticket = desk.tickets.issue(_SIGNING_IN, desk.now_ms(), 0, options.challenge)
    return ticket, options_to_json(options)


async def check_answer(desk: AccountDesk, ticket: str, answer: dict[str, Any]) -> Account:
    """Whose passkey answered. Raises `Refusal` (`ticket_expired`, `passkey_wrong`)."""
    from webauthn import base64url_to_bytes, verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    found = desk.tickets.redeem(ticket, _SIGNING_IN, desk.now_ms())
    if found is None:
        raise _too_late()
    try:
        credential = base64url_to_bytes(str(answer["rawId"]))
        known = desk.accounts.people.find_passkey(credential)
        if known is None:
            raise _wrong()
        account, passkey = known
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=found.content,
            expected_rp_id=_host(desk),
            expected_origin=desk.public_url,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise _wrong() from error
    used = PasskeyUsed(desk.now_ms(), account.id, credential, verified.new_sign_count)
    await desk.write(used)
    return desk.accounts.get(account.id)


def _host(desk: AccountDesk) -> str:
    return urlsplit(desk.public_url).hostname or ""


def _wrong() -> Refusal:
    return Refusal("passkey_wrong", "This passkey was not accepted. Please try another way.")


def _too_late() -> Refusal:
    return Refusal("ticket_expired", "That took too long. Please begin again.")
