"""How accounts come to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lapwing.accounts import letters
from lapwing.accounts.access import digest_of
from lapwing.accounts.blocks import find_address_block, find_domain_block, find_word_block
from lapwing.accounts.desk import AccountDesk, SignUp, make_secret
from lapwing.accounts.entries import (
    AccountOpened,
    CodeMailed,
    EmailConfirmed,
    InvitationEnded,
    InvitationMade,
    SignUpDecided,
)
from lapwing.accounts.limits import MAILS, SIGN_UPS, Address, block_of
from lapwing.accounts.mail_addresses import check_email
from lapwing.accounts.model import Account, Role, Standing
from lapwing.accounts.passwords import check_password
from lapwing.accounts.people import check_free
from lapwing.accounts.private import Purpose
from lapwing.kernel.refusals import Refusal, TooMany

HOUR_MS: Final = 3_600_000
CONFIRM_WITHIN_MS: Final = 48 * HOUR_MS
_LONGEST_REASON: Final = 1000
_LONGEST_INVITATION_DAYS: Final = 365
_MOST_USES: Final = 1000


@dataclass(frozen=True)
class Application:
    """What somebody who signs up sends."""

    username: str
    email: str
    password: str
    reason: str = ""
    language: str = "en"
    invitation: str = ""


async def create_account(
    desk: AccountDesk,
    username: str,
    *,
    display_name: str = "",
    note: str = "",
    email: str = "",
    password_hash: str = "",
    role: Role = Role.USER,
    bot: bool = False,
    service: str = "",
) -> Account:
    """An account made by the server itself: nobody is asked, no name is reserved, no mail sent.
    Raises `Refusal` (`username_invalid`, `username_taken`, `email_taken`)."""
    entry = AccountOpened(
        at_ms=desk.now_ms(),
        account_id=desk.fresh_id(),
        username=desk.names.check_username(username),
        standing=Standing.ACTIVE,
        email=check_email(email) if email else "",
        password_hash=password_hash,
        display_name=desk.names.check_display_name(display_name),
        note=note,
        role=role,
        bot=bot,
        service=service,
    )
    check_free(desk.accounts.people, entry.username, entry.email)
    await desk.write(entry)
    return desk.accounts.get(entry.account_id)


async def sign_up(desk: AccountDesk, given: Application, address: Address | None) -> Account:
    """A new account; unconfirmed where mail is sent, waiting where moderators decide.

    Whether the e-mail address has an account already is not to be seen where mail is sent: its
    owner is told by mail. Raises `Refusal` (`sign_up_closed`, `blocked`, `username_taken` and
    others that name their field) and `TooMany`.
    """
    now_ms = desk.now_ms()
    invitation_id = _check_admission(desk, given, address, now_ms)
    username = _check_username(desk, given.username, now_ms)
    email = check_email(given.email)
    if find_domain_block(desk.accounts.moderation.blocks.values(), email, now_ms):
        raise Refusal(
            "email_blocked", "Addresses of this provider are not taken here.", field="email"
        )
    reason = _check_reason(desk, given.reason)
    check_password(given.password, username)
    confirms = desk.confirms_addresses
    check_free(desk.accounts.people, username, "" if confirms else email)
    desk.limits.take(SIGN_UPS, block_of(address), now_ms)
    entry = AccountOpened(
        at_ms=now_ms,
        account_id=desk.fresh_id(),
        username=username,
        standing=Standing.UNCONFIRMED if confirms else standing_after_confirming(desk),
        email="" if confirms else email,
        password_hash=await desk.passwords.hash(given.password),
        language=given.language,
        reason=reason,
        invitation_id=invitation_id,
    )
    await desk.write(entry)
    account = desk.accounts.get(entry.account_id)
    if confirms:
        await _mail_confirmation(desk, account, email)
    return account


def standing_after_confirming(desk: AccountDesk) -> Standing:
    return Standing.WAITING if desk.sign_up is SignUp.APPROVAL else Standing.ACTIVE


async def confirm_email(desk: AccountDesk, secret: str) -> Account:
    """The link from a mail was opened: at sign-up, or for a new address. Raises `Refusal`."""
    digest, now_ms = digest_of(secret), desk.now_ms()
    code = desk.accounts.people.codes.get(digest)
    purpose = Purpose.CONFIRM if code is None or code.purpose is Purpose.RESET else code.purpose
    code = desk.accounts.people.get_code(digest, purpose, now_ms)
    old = desk.accounts.people.get_credentials(code.account_id).email
    await desk.write(
        EmailConfirmed(now_ms, code.account_id, digest, standing_after_confirming(desk))
    )
    if purpose is Purpose.CHANGE and old:
        what = "Your e-mail address was changed"
        link = f"{desk.public_url}/password/forgotten"
        desk.mailer.post(letters.changed(old, desk.site_name, what, link))
    return desk.accounts.get(code.account_id)


async def send_confirmation_again(desk: AccountDesk, account_id: int) -> None:
    """To the address that the last one went to. Raises `TooMany`."""
    for code in list(desk.accounts.people.codes.values()):
        if code.account_id == account_id and code.purpose is Purpose.CONFIRM:
            await _mail_confirmation(desk, desk.accounts.get(account_id), code.email)


async def decide_sign_up(
    desk: AccountDesk, by: Account, account_id: int, approved: bool, reason: str = ""
) -> None:
    """Lets somebody in who waits, or not. Raises `Refusal`."""
    email = desk.accounts.people.get_credentials(account_id).email
    account = desk.accounts.get(account_id)
    await desk.write(SignUpDecided(desk.now_ms(), account_id, by.id, approved, reason))
    if email:
        link = f"{desk.public_url}/sign-in"
        desk.mailer.post(
            letters.approved(email, desk.site_name, link, account.username)
            if approved
            else letters.rejected(email, desk.site_name, reason)
        )


async def invite(desk: AccountDesk, by: Account, uses: int, days: int) -> str:
    """The secret of a new invitation, shown this once. Raises `Refusal` (`invitation_invalid`)."""
    if not 1 <= uses <= _MOST_USES or not 1 <= days <= _LONGEST_INVITATION_DAYS:
        raise Refusal(
            "invitation_invalid",
            f"An invitation is for 1 to {_MOST_USES} people and 1 to"
            f" {_LONGEST_INVITATION_DAYS} days.",
        )
    secret, now_ms = make_secret(), desk.now_ms()
    expires_ms = now_ms + days * 24 * HOUR_MS
    await desk.write(
        InvitationMade(now_ms, desk.fresh_id(), by.id, digest_of(secret), uses, expires_ms)
    )
    return secret


async def end_invitation(desk: AccountDesk, by: Account, invitation_id: int) -> None:
    await desk.write(InvitationEnded(desk.now_ms(), invitation_id, by.id))


def _check_admission(
    desk: AccountDesk, given: Application, address: Address | None, now_ms: int
) -> int:
    """The invitation's id, where one is needed."""
    if desk.sign_up is SignUp.CLOSED:
        raise Refusal("sign_up_closed", "This server takes no new accounts at present.")
    blocks = desk.accounts.moderation.blocks.values()
    if find_address_block(blocks, address, desk.block_key, now_ms):
        raise Refusal("blocked", "From your network no accounts are taken at present.")
    if desk.sign_up is not SignUp.INVITATION:
        return 0
    return desk.accounts.people.get_invitation(digest_of(given.invitation), now_ms).id


def _check_username(desk: AccountDesk, given: str, now_ms: int) -> str:
    username = desk.names.check_username(given)
    reserved = desk.names.find_reserved(username)
    blocks = desk.accounts.moderation.blocks.values()
    if reserved or find_word_block(blocks, username.replace("_", " "), now_ms):
        raise Refusal(
            "username_reserved",
            f"@{username} is kept free here, so that nobody is taken for somebody else."
            " Choose another name.",
            field="username",
        )
    return username


def _check_reason(desk: AccountDesk, given: str) -> str:
    reason = given.strip()[:_LONGEST_REASON]
    if desk.sign_up is SignUp.APPROVAL and not reason:
        raise Refusal("reason_missing", "Say in a sentence why you want to join.", field="reason")
    return reason


async def _mail_confirmation(desk: AccountDesk, account: Account, email: str) -> None:
    """To the owner of an account who signs up again, a word that there is one: the entry is the
    same, so that it takes the same time, but nobody gets its code."""
    now_ms, secret = desk.now_ms(), make_secret()
    await desk.write(
        CodeMailed(
            at_ms=now_ms,
            account_id=account.id,
            purpose=Purpose.CONFIRM,
            digest=digest_of(secret),
            email=email,
            expires_ms=now_ms + CONFIRM_WITHIN_MS,
        )
    )
    try:
        desk.limits.take(MAILS, email, now_ms)
    except TooMany:
        return
    if desk.accounts.people.find_by_email(email) is None:
        link = f"{desk.public_url}/confirm/{secret}"
        desk.mailer.post(letters.confirm(email, desk.site_name, link, account.username))
    else:
        link = f"{desk.public_url}/password/forgotten"
        desk.mailer.post(letters.known_already(email, desk.site_name, link))
