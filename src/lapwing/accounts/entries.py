"""What happens to accounts, as it is written in the square's journal.

Everything that chance or the clock decides (ids, hashes, instants) is resolved before an entry is
written, so that the fold comes to the same state each time. Passwords are there as argon2id
hashes; of sessions, tokens and codes only the SHA-256 of a secret of 256 random bits.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from lapwing.accounts.entry import AccountEntryBase
from lapwing.accounts.model import ProfileField, Role, Standing
from lapwing.accounts.moderation_entries import ModerationEntry, Sanctioned
from lapwing.accounts.moderation_model import Act
from lapwing.accounts.private import Passkey, Purpose


class AccountOpened(AccountEntryBase, frozen=True, tag="acc:opened"):
    """Somebody signed up, or the server made an account for a service."""

    account_id: int
    username: str
    standing: Standing
    email: str = ""
    password_hash: str = ""
    display_name: str = ""
    note: str = ""
    language: str = "en"
    role: Role = Role.USER
    bot: bool = False
    service: str = ""
    reason: str = ""
    invitation_id: int = 0


class ProfileChanges(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What is to be different in an account; None leaves a thing as it is."""

    display_name: str | None = None
    note: str | None = None
    fields: tuple[ProfileField, ...] | None = None
    avatar: str | None = None
    header: str | None = None
    locked: bool | None = None
    bot: bool | None = None
    discoverable: bool | None = None
    hides_relations: bool | None = None
    language: str | None = None
    post_visibility: str | None = None
    post_sensitive: bool | None = None
    quote_policy: str | None = None


class ProfileEdited(AccountEntryBase, frozen=True, tag="acc:profile"):
    account_id: int
    changes: ProfileChanges


class CodeMailed(AccountEntryBase, frozen=True, tag="acc:code"):
    """A code for one purpose went to an address; it takes the place of an earlier one."""

    account_id: int
    purpose: Purpose
    digest: bytes
    email: str
    expires_ms: int


class EmailConfirmed(AccountEntryBase, frozen=True, tag="acc:email_confirmed"):
    """The code from a mail came back: the address is the account's. `standing` is what somebody
    has who was waiting for that."""

    account_id: int
    digest: bytes
    standing: Standing


class SignUpDecided(AccountEntryBase, frozen=True, tag="acc:sign_up_decided"):
    account_id: int
    by: int
    approved: bool
    reason: str = ""


class PasswordSet(AccountEntryBase, frozen=True, tag="acc:password"):
    """All other sessions end, and where it was `forgotten`, every app's access too."""

    account_id: int
    password_hash: str
    keep_session: int = 0
    code_digest: bytes = b""
    forgotten: bool = False
    by_operator: bool = False


class PasswordRehashed(AccountEntryBase, frozen=True, tag="acc:rehashed"):
    """The same password under the present cost of hashing."""

    account_id: int
    password_hash: str


class RoleGranted(AccountEntryBase, frozen=True, tag="acc:role"):
    """`by` is 0 for the operator's command."""

    account_id: int
    by: int
    role: Role


class AccountDeleted(AccountEntryBase, frozen=True, tag="acc:deleted"):
    """Everything goes but the name, which stays taken. `by` is the account itself, or who decided
    it."""

    account_id: int
    by: int


class TotpEnabled(AccountEntryBase, frozen=True, tag="acc:totp"):
    account_id: int
    secret: bytes
    step: int
    recovery_digests: tuple[bytes, ...]


class TotpUsed(AccountEntryBase, frozen=True, tag="acc:totp_used"):
    account_id: int
    step: int


class TotpDisabled(AccountEntryBase, frozen=True, tag="acc:totp_off"):
    account_id: int


class RecoveryCodesMade(AccountEntryBase, frozen=True, tag="acc:recovery"):
    account_id: int
    digests: tuple[bytes, ...]


class RecoveryCodeUsed(AccountEntryBase, frozen=True, tag="acc:recovery_used"):
    account_id: int
    digest: bytes


class PasskeyAdded(AccountEntryBase, frozen=True, tag="acc:passkey"):
    account_id: int
    passkey: Passkey


class PasskeyUsed(AccountEntryBase, frozen=True, tag="acc:passkey_used"):
    account_id: int
    credential: bytes
    sign_count: int


class PasskeyRemoved(AccountEntryBase, frozen=True, tag="acc:passkey_off"):
    account_id: int
    credential: bytes


class InvitationMade(AccountEntryBase, frozen=True, tag="acc:invitation"):
    invitation_id: int
    by: int
    digest: bytes
    uses: int
    expires_ms: int


class InvitationEnded(AccountEntryBase, frozen=True, tag="acc:invitation_ended"):
    invitation_id: int
    by: int


class SessionBegun(AccountEntryBase, frozen=True, tag="acc:session"):
    session_id: int
    account_id: int
    digest: bytes
    expires_ms: int
    browser: str


class SessionUsed(AccountEntryBase, frozen=True, tag="acc:session_used"):
    """At most one a day."""

    session_id: int
    account_id: int
    expires_ms: int


class SessionEnded(AccountEntryBase, frozen=True, tag="acc:session_ended"):
    session_id: int
    account_id: int


class OtherSessionsEnded(AccountEntryBase, frozen=True, tag="acc:sessions_ended"):
    account_id: int
    keep_session: int


class AppRegistered(AccountEntryBase, frozen=True, tag="acc:app"):
    app_id: int
    client_id: str
    secret_digest: bytes
    name: str
    website: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]


class AuthorizationGiven(AccountEntryBase, frozen=True, tag="acc:authorization"):
    """Somebody lets an app act for them: it gets a code."""

    digest: bytes
    app_id: int
    account_id: int
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str
    expires_ms: int


class TokenIssued(AccountEntryBase, frozen=True, tag="acc:token"):
    grant_id: int
    digest: bytes
    app_id: int
    account_id: int
    scopes: tuple[str, ...]
    code_digest: bytes = b""


class CodeReused(AccountEntryBase, frozen=True, tag="acc:code_reused"):
    """An authorisation code came a second time: whoever has its token may have stolen it."""

    code_digest: bytes


class TokenUsed(AccountEntryBase, frozen=True, tag="acc:token_used"):
    """At most one a day."""

    digest: bytes


class TokenRevoked(AccountEntryBase, frozen=True, tag="acc:token_revoked"):
    digest: bytes


class AppAccessEnded(AccountEntryBase, frozen=True, tag="acc:app_ended"):
    """Somebody lets an app act for them no more."""

    account_id: int
    app_id: int


class Tidied(AccountEntryBase, frozen=True, tag="acc:tidied"):
    """What had expired by then is gone."""


AccountEntry: TypeAlias = (
    AccountOpened
    | ProfileEdited
    | CodeMailed
    | EmailConfirmed
    | SignUpDecided
    | PasswordSet
    | PasswordRehashed
    | RoleGranted
    | AccountDeleted
    | TotpEnabled
    | TotpUsed
    | TotpDisabled
    | RecoveryCodesMade
    | RecoveryCodeUsed
    | PasskeyAdded
    | PasskeyUsed
    | PasskeyRemoved
    | InvitationMade
    | InvitationEnded
    | SessionBegun
    | SessionUsed
    | SessionEnded
    | OtherSessionsEnded
    | AppRegistered
    | AuthorizationGiven
    | TokenIssued
    | CodeReused
    | TokenUsed
    | TokenRevoked
    | AppAccessEnded
    | Tidied
    | ModerationEntry
)


def deleted_account(entry: object) -> int | None:
    """The account that is gone with this entry, by its own wish or a moderator's act."""
    if isinstance(entry, AccountDeleted):
        return entry.account_id
    if isinstance(entry, Sanctioned) and entry.act is Act.DELETE:
        return entry.account_id
    return None
