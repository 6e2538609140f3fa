"""What people change about themselves: password, e-mail address, profile."""

from __future__ import annotations

from typing import Final

import msgspec

from lapwing.accounts import letters
from lapwing.accounts.access import digest_of
from lapwing.accounts.blocks import find_domain_block
from lapwing.accounts.desk import AccountDesk, make_secret
from lapwing.accounts.entries import (
    CodeMailed,
    EmailConfirmed,
    PasswordSet,
    ProfileChanges,
    ProfileEdited,
    RoleGranted,
)
from lapwing.accounts.limits import MAILS, MAILS_ASKED, Address, block_of
from lapwing.accounts.mail_addresses import check_email
from lapwing.accounts.model import Account, Role, Standing
from lapwing.accounts.opening import CONFIRM_WITHIN_MS, HOUR_MS
from lapwing.accounts.passwords import check_password
from lapwing.accounts.people import email_taken
from lapwing.accounts.private import Purpose
from lapwing.kernel.refusals import Refusal, TooMany

LONGEST_NOTE: Final = 500
MOST_FIELDS: Final = 4
LONGEST_FIELD: Final = 255
_VISIBILITIES: Final = frozenset({"public", "quiet", "followers", "mentioned"})
_QUOTE_POLICIES: Final = frozenset({"public", "followers", "nobody"})


async def edit_profile(desk: AccountDesk, account_id: int, changes: ProfileChanges) -> Account:
    """Raises `Refusal` naming the field that is not right."""
    desk.accounts.get(account_id)
    if changes.display_name is not None:
        clean = desk.names.check_display_name(changes.display_name)
        changes = _with(changes, display_name=clean)
    _check_length(changes.note, LONGEST_NOTE, "note")
    if changes.fields is not None:
        kept = tuple(each for each in changes.fields if each.name.strip() or each.value.strip())
        if len(kept) > MOST_FIELDS:
            raise Refusal(
                "too_many_fields", f"A profile has at most {MOST_FIELDS} fields.", field="fields"
            )
        for each in kept:
            _check_length(each.name, LONGEST_FIELD, "fields")
            _check_length(each.value, LONGEST_FIELD, "fields")
        changes = _with(changes, fields=kept)
    _check_choice(changes.post_visibility, _VISIBILITIES, "post_visibility")
    _check_choice(changes.quote_policy, _QUOTE_POLICIES, "quote_policy")
    _check_length(changes.language, 35, "language")
    await desk.write(ProfileEdited(desk.now_ms(), account_id, changes))
    return desk.accounts.get(account_id)


async def change_password(
    desk: AccountDesk, account_id: int, password: str, keep_session: int = 0
) -> None:
    """Whoever asks has shown the old one. All other sessions end. Raises `Refusal`."""
    account = desk.accounts.get(account_id)
    check_password(password, account.username)
    hashed = await desk.passwords.hash(password)
    await desk.write(PasswordSet(desk.now_ms(), account_id, hashed, keep_session))
    _tell_of_change(desk, account_id, "Your password was changed")


async def ask_for_reset(desk: AccountDesk, email: str, address: Address | None) -> None:
    """Mails a link to whoever has an account with this address; the caller answers the same
    whether there is one. Raises `TooMany` by network address only."""
    now_ms = desk.now_ms()
    desk.limits.take(MAILS_ASKED, block_of(address), now_ms)
    account = desk.accounts.people.find_by_email(email.strip().lower())
    if account is None or account.standing is Standing.DELETED:
        return
    to = desk.accounts.people.get_credentials(account.id).email
    try:
        desk.limits.take(MAILS, to, now_ms)
    except TooMany:
        return
    secret = make_secret()
    await desk.write(
        CodeMailed(now_ms, account.id, Purpose.RESET, digest_of(secret), to, now_ms + HOUR_MS)
    )
    link = f"{desk.public_url}/password/{secret}"
    desk.mailer.post(letters.reset(to, desk.site_name, link, account.username))


async def reset_password(desk: AccountDesk, secret: str, password: str) -> Account:
    """A new password by the link from a mail: sessions and apps' access end. Raises `Refusal`."""
    digest = digest_of(secret)
    people = desk.accounts.people
    code = people.get_code(digest, Purpose.RESET, desk.now_ms())
    check_password(password, desk.accounts.get(code.account_id).username)
    hashed = await desk.passwords.hash(password)
    await desk.write(PasswordSet(desk.now_ms(), code.account_id, hashed, 0, digest, forgotten=True))
    _tell_of_change(desk, code.account_id, "Your password was changed")
    return desk.accounts.get(code.account_id)


async def change_email(desk: AccountDesk, account_id: int, email: str) -> bool:
    """Whether it is changed already; else a link in a mail to the new address does it.
    Whoever asks has shown the password. Raises `Refusal` and `TooMany`."""
    now_ms, new = desk.now_ms(), check_email(email)
    account = desk.accounts.get(account_id)
    if find_domain_block(desk.accounts.moderation.blocks.values(), new, now_ms):
        raise Refusal(
            "email_blocked", "Addresses of this provider are not taken here.", field="email"
        )
    other = desk.accounts.people.find_by_email(new)
    mails = desk.confirms_addresses
    if other is not None and not mails:
        raise email_taken()
    desk.limits.take(MAILS, new, now_ms)
    secret = make_secret()
    digest = digest_of(secret)
    until_ms = now_ms + CONFIRM_WITHIN_MS
    await desk.write(CodeMailed(now_ms, account_id, Purpose.CHANGE, digest, new, until_ms))
    if not mails:
        await desk.write(EmailConfirmed(now_ms, account_id, digest, account.standing))
        return True
    if other is None:
        link = f"{desk.public_url}/confirm/{secret}"
        desk.mailer.post(letters.change(new, desk.site_name, link, account.username))
    else:
        link = f"{desk.public_url}/password/forgotten"
        desk.mailer.post(letters.known_already(new, desk.site_name, link))
    return False


async def grant_role(desk: AccountDesk, by: Account, account_id: int, role: Role) -> Account:
    """Only who is higher than both the role and the person's present one may.
    Raises `Refusal` (`forbidden`)."""
    account = desk.accounts.get(account_id)
    if by.role.rank <= max(role.rank, account.role.rank):
        raise Refusal("forbidden", "A role is granted by somebody with a higher one.")
    return await set_role(desk, account_id, role, by.id)


async def set_role(desk: AccountDesk, account_id: int, role: Role, by: int = 0) -> Account:
    """As the operator's command, which may do anything."""
    await desk.write(RoleGranted(desk.now_ms(), account_id, by, role))
    return desk.accounts.get(account_id)


def _tell_of_change(desk: AccountDesk, account_id: int, what: str) -> None:
    email = desk.accounts.people.get_credentials(account_id).email
    if email:
        link = f"{desk.public_url}/password/forgotten"
        desk.mailer.post(letters.changed(email, desk.site_name, what, link))


def _with(changes: ProfileChanges, **better: object) -> ProfileChanges:
    return msgspec.structs.replace(changes, **better)


def _check_length(text: str | None, longest: int, field: str) -> None:
    if text is not None and len(text) > longest:
        raise Refusal(
            "too_long",
            f"This is {len(text)} characters long; there is room for {longest}.",
            field=field,
        )


def _check_choice(given: str | None, known: frozenset[str], field: str) -> None:
    if given is not None and given not in known:
        raise Refusal("unknown_choice", f"This is one of {', '.join(sorted(known))}.", field=field)
