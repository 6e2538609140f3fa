"""The fold over what happens to accounts and to how their people prove who they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from lapwing.accounts import entries
from lapwing.accounts.access import check_fresh
from lapwing.accounts.model import Account, Standing
from lapwing.accounts.private import Credentials, Invitation, MailedCode, Passkey, Purpose
from lapwing.kernel.refusals import Refusal

UNCONFIRMED_KEPT_MS: Final = 7 * 24 * 3_600_000
"""How long a name is kept for somebody who never confirms the address."""


class PeopleRows(msgspec.Struct, array_like=True):
    """A part of the state as a checkpoint keeps it."""

    accounts: list[Account] = []
    credentials: list[Credentials] = []
    codes: list[MailedCode] = []
    invitations: list[Invitation] = []


class People:
    """Accounts by id, name, e-mail address and passkey. Records are never changed in place."""

    def __init__(self) -> None:
        self.accounts: dict[int, Account] = {}
        self.credentials: dict[int, Credentials] = {}
        self.codes: dict[bytes, MailedCode] = {}
        self.invitations: dict[int, Invitation] = {}
        self._by_name: dict[str, int] = {}
        self._by_email: dict[str, int] = {}
        self._by_passkey: dict[bytes, int] = {}
        self._unconfirmed: set[int] = set()

    # Questions

    def get(self, account_id: int) -> Account:
        """Raises `Refusal` (`unknown_account`) where there never was one; also for deleted ones."""
        account = self.accounts.get(account_id)
        if account is None or account.standing is Standing.DELETED:
            raise Refusal("unknown_account", "There is no such account.")
        return account

    def get_credentials(self, account_id: int) -> Credentials:
        self.get(account_id)
        return self.credentials.get(account_id) or Credentials(account_id)

    def find_named(self, username: str) -> Account | None:
        account_id = self._by_name.get(username.lower())
        return None if account_id is None else self.accounts[account_id]

    def is_name_taken(self, username: str) -> bool:
        """Also by a deleted account."""
        return username.lower() in self._by_name

    def find_by_email(self, email: str) -> Account | None:
        account_id = self._by_email.get(email)
        return None if account_id is None else self.accounts[account_id]

    def find_passkey(self, credential: bytes) -> tuple[Account, Passkey] | None:
        account_id = self._by_passkey.get(credential)
        if account_id is None:
            return None
        kept = self.credentials[account_id].passkeys
        passkey = next(passkey for passkey in kept if passkey.credential == credential)
        return self.accounts[account_id], passkey

    def get_code(self, digest: bytes, purpose: Purpose, now_ms: int) -> MailedCode:
        """Raises `Refusal` (`code_invalid`) for one that is unknown, used or expired."""
        code = self.codes.get(digest)
        if code is None or code.purpose is not purpose or now_ms >= code.expires_ms:
            raise Refusal("code_invalid", "This link is used already or too old. Ask for another.")
        return code

    def get_invitation(self, digest: bytes, now_ms: int) -> Invitation:
        """Raises `Refusal` (`invitation_invalid`)."""
        for invitation in self.invitations.values():
            if invitation.digest == digest and invitation.uses_left > 0:
                if now_ms < invitation.expires_ms:
                    return invitation
                break
        raise Refusal(
            "invitation_invalid",
            "This invitation is used already or too old. Ask who invited you for another.",
            field="invitation",
        )

    # The fold

    @property
    def steps(self) -> dict[type[Any], Callable[[Any], None]]:
        """What each entry does; all raise `Refusal`, and change nothing then."""
        return {
            entries.AccountOpened: self._open,
            entries.ProfileEdited: self._edit,
            entries.CodeMailed: self._mail_code,
            entries.EmailConfirmed: self._confirm_email,
            entries.PasswordRehashed: self._rehash,
            entries.RoleGranted: self._grant_role,
            entries.TotpEnabled: self._enable_totp,
            entries.TotpUsed: self._use_totp,
            entries.TotpDisabled: self._disable_totp,
            entries.RecoveryCodesMade: self._make_recovery_codes,
            entries.RecoveryCodeUsed: self._use_recovery_code,
            entries.PasskeyAdded: self._add_passkey,
            entries.PasskeyUsed: self._use_passkey,
            entries.PasskeyRemoved: self._remove_passkey,
            entries.InvitationMade: self._make_invitation,
            entries.InvitationEnded: self._end_invitation,
        }

    def put(self, account: Account) -> None:
        """The account takes the place of the one with its id."""
        self.accounts[account.id] = account
        self._by_name[account.username.lower()] = account.id
        if account.standing is Standing.UNCONFIRMED:
            self._unconfirmed.add(account.id)
        else:
            self._unconfirmed.discard(account.id)

    def delete(self, account_id: int) -> None:
        """Leaves the name, so that nobody else can pose as who is gone."""
        account = self.get(account_id)
        self._forget_private(account_id)
        self.put(
            Account(
                id=account.id,
                username=account.username,
                created_ms=account.created_ms,
                standing=Standing.DELETED,
            )
        )

    def tidy(self, now_ms: int) -> list[int]:
        """Drops expired codes and invitations, and sign-ups that were never confirmed: these are
        given back."""
        self.codes = {
            digest: code
            for digest, code in self.codes.items()
            if now_ms < code.expires_ms or self._waits_for(code)
        }
        self.invitations = {
            i: each
            for i, each in self.invitations.items()
            if now_ms < each.expires_ms and each.uses_left > 0
        }
        given_up = [
            account_id
            for account_id in sorted(self._unconfirmed)
            if now_ms >= self.accounts[account_id].created_ms + UNCONFIRMED_KEPT_MS
        ]
        for account_id in given_up:
            self._remove(account_id)
        return given_up

    def _waits_for(self, code: MailedCode) -> bool:
        """An expired code still says where to send another, while somebody has not confirmed."""
        return code.purpose is Purpose.CONFIRM and code.account_id in self._unconfirmed

    def _remove(self, account_id: int) -> None:
        """As if it had never been: its name is free again."""
        self._forget_private(account_id)
        self._unconfirmed.discard(account_id)
        account = self.accounts.pop(account_id)
        del self._by_name[account.username.lower()]

    def _forget_private(self, account_id: int) -> None:
        self._put_credentials(Credentials(account_id))
        self.credentials.pop(account_id, None)
        self._drop_codes(account_id)
        self.invitations = {i: v for i, v in self.invitations.items() if v.made_by != account_id}

    def _put_credentials(self, new: Credentials) -> None:
        old = self.credentials.get(new.account_id)
        if old is not None:
            if self._by_email.get(old.email) == new.account_id:
                del self._by_email[old.email]
            for passkey in old.passkeys:
                self._by_passkey.pop(passkey.credential, None)
        if new.email:
            self._by_email[new.email] = new.account_id
        for passkey in new.passkeys:
            self._by_passkey[passkey.credential] = new.account_id
        self.credentials[new.account_id] = new

    def _open(self, entry: entries.AccountOpened) -> None:
        check_fresh(entry.account_id not in self.accounts)
        check_free(self, entry.username, entry.email)
        if entry.invitation_id:
            invitation = self.invitations.get(entry.invitation_id)
            if invitation is None or invitation.uses_left < 1:
                raise Refusal("invitation_invalid", "This invitation is used already.")
            left = replace(invitation, uses_left=invitation.uses_left - 1)
            self.invitations[invitation.id] = left
        self.put(
            Account(
                id=entry.account_id,
                username=entry.username,
                created_ms=entry.at_ms,
                display_name=entry.display_name,
                note=entry.note,
                language=entry.language,
                role=entry.role,
                standing=entry.standing,
                bot=entry.bot,
                service=entry.service,
            )
        )
        if entry.email or entry.password_hash:
            self._put_credentials(
                Credentials(
                    account_id=entry.account_id,
                    email=entry.email,
                    password_hash=entry.password_hash,
                    reason=entry.reason,
                    invitation_id=entry.invitation_id,
                )
            )

    def _edit(self, entry: entries.ProfileEdited) -> None:
        account = self.get(entry.account_id)
        given = msgspec.structs.asdict(entry.changes)
        self.put(replace(account, **{k: v for k, v in given.items() if v is not None}))

    def _mail_code(self, entry: entries.CodeMailed) -> None:
        self.get(entry.account_id)
        check_fresh(entry.digest not in self.codes)
        self._drop_codes(entry.account_id, entry.purpose)
        self.codes[entry.digest] = MailedCode(
            entry.digest, entry.account_id, entry.purpose, entry.email, entry.expires_ms
        )

    def _confirm_email(self, entry: entries.EmailConfirmed) -> None:
        code = self.codes.get(entry.digest)
        if code is None or code.account_id != entry.account_id or code.purpose is Purpose.RESET:
            raise Refusal("code_invalid", "This link is used already or too old.")
        other = self.find_by_email(code.email)
        if other is not None and other.id != entry.account_id:
            raise email_taken()
        account = self.get(entry.account_id)
        del self.codes[entry.digest]
        self._put_credentials(replace(self.get_credentials(account.id), email=code.email))
        if account.standing is Standing.UNCONFIRMED:
            self.put(replace(account, standing=entry.standing))

    def decide_sign_up(self, entry: entries.SignUpDecided) -> None:
        account = self.get(entry.account_id)
        if account.standing is not Standing.WAITING:
            raise Refusal("wrong_state", f"@{account.username} is not waiting for approval.")
        if entry.approved:
            self.put(replace(account, standing=Standing.ACTIVE))
        else:
            self._remove(account.id)

    def set_password(self, entry: entries.PasswordSet) -> None:
        kept = self.get_credentials(entry.account_id)
        if entry.code_digest:
            code = self.codes.get(entry.code_digest)
            if code is None or code.account_id != entry.account_id:
                raise Refusal("code_invalid", "This link is used already or too old.")
            if kept.email != code.email:
                raise Refusal("code_invalid", "This link went to an address that is not used now.")
        self._drop_codes(entry.account_id, Purpose.RESET)
        if entry.forgotten:
            self._drop_codes(entry.account_id, Purpose.CHANGE)
        self._put_credentials(replace(kept, password_hash=entry.password_hash))

    def _rehash(self, entry: entries.PasswordRehashed) -> None:
        kept = self.get_credentials(entry.account_id)
        self._put_credentials(replace(kept, password_hash=entry.password_hash))

    def _grant_role(self, entry: entries.RoleGranted) -> None:
        self.put(replace(self.get(entry.account_id), role=entry.role))

    def _enable_totp(self, entry: entries.TotpEnabled) -> None:
        kept = self.get_credentials(entry.account_id)
        self._put_credentials(
            replace(
                kept,
                totp_secret=entry.secret,
                totp_step=entry.step,
                recovery_digests=entry.recovery_digests,
            )
        )

    def _use_totp(self, entry: entries.TotpUsed) -> None:
        kept = self.get_credentials(entry.account_id)
        if entry.step <= kept.totp_step:
            raise Refusal("totp_code_wrong", "That code was used already; wait for the next one.")
        self._put_credentials(replace(kept, totp_step=entry.step))

    def _disable_totp(self, entry: entries.TotpDisabled) -> None:
        kept = self.get_credentials(entry.account_id)
        self._put_credentials(replace(kept, totp_secret=b"", recovery_digests=()))

    def _make_recovery_codes(self, entry: entries.RecoveryCodesMade) -> None:
        kept = self.get_credentials(entry.account_id)
        self._put_credentials(replace(kept, recovery_digests=entry.digests))

    def _use_recovery_code(self, entry: entries.RecoveryCodeUsed) -> None:
        kept = self.get_credentials(entry.account_id)
        if entry.digest not in kept.recovery_digests:
            raise Refusal("totp_code_wrong", "That recovery code was used already.")
        left = tuple(digest for digest in kept.recovery_digests if digest != entry.digest)
        self._put_credentials(replace(kept, recovery_digests=left))

    def _add_passkey(self, entry: entries.PasskeyAdded) -> None:
        kept = self.get_credentials(entry.account_id)
        if entry.passkey.credential in self._by_passkey:
            raise Refusal("passkey_known", "This passkey is registered already.")
        self._put_credentials(replace(kept, passkeys=(*kept.passkeys, entry.passkey)))

    def _use_passkey(self, entry: entries.PasskeyUsed) -> None:
        kept = self.get_credentials(entry.account_id)
        used = tuple(
            replace(passkey, sign_count=entry.sign_count, used_ms=entry.at_ms)
            if passkey.credential == entry.credential
            else passkey
            for passkey in kept.passkeys
        )
        self._put_credentials(replace(kept, passkeys=used))

    def _remove_passkey(self, entry: entries.PasskeyRemoved) -> None:
        kept = self.get_credentials(entry.account_id)
        left = tuple(key for key in kept.passkeys if key.credential != entry.credential)
        self._put_credentials(replace(kept, passkeys=left))

    def _make_invitation(self, entry: entries.InvitationMade) -> None:
        check_fresh(entry.invitation_id not in self.invitations)
        self.invitations[entry.invitation_id] = Invitation(
            entry.invitation_id, entry.by, entry.digest, entry.uses, entry.expires_ms, entry.at_ms
        )

    def _end_invitation(self, entry: entries.InvitationEnded) -> None:
        self.invitations.pop(entry.invitation_id, None)

    def _drop_codes(self, account_id: int, purpose: Purpose | None = None) -> None:
        kept = {
            digest: code
            for digest, code in self.codes.items()
            if code.account_id != account_id
            or (purpose is not None and code.purpose is not purpose)
        }
        self.codes = kept

    # The checkpoint

    def rows(self, chunk: int) -> Iterator[PeopleRows]:
        """The state as it is when this is called, in parts of `chunk` records; may be read later:
        records are never changed in place."""
        accounts = list(self.accounts.values())
        credentials = list(self.credentials.values())
        small = PeopleRows(
            codes=list(self.codes.values()), invitations=list(self.invitations.values())
        )

        def parts() -> Iterator[PeopleRows]:
            for first in range(0, len(accounts), chunk):
                yield PeopleRows(accounts=accounts[first : first + chunk])
            for first in range(0, len(credentials), chunk):
                yield PeopleRows(credentials=credentials[first : first + chunk])
            yield small

        return parts()

    def take(self, rows: PeopleRows) -> None:
        for account in rows.accounts:
            self.put(account)
        for credentials in rows.credentials:
            self._put_credentials(credentials)
        self.codes.update((code.digest, code) for code in rows.codes)
        self.invitations.update((each.id, each) for each in rows.invitations)


def check_free(people: People, username: str, email: str) -> None:
    """Raises `Refusal` (`username_taken`, `email_taken`)."""
    if people.is_name_taken(username):
        raise Refusal(
            "username_taken", f"@{username} is taken; choose another name.", field="username"
        )
    if email and people.find_by_email(email) is not None:
        raise email_taken()


def email_taken() -> Refusal:
    return Refusal("email_taken", "There is an account with this e-mail address.", field="email")
