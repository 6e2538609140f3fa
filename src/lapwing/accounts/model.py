"""Who people are here. An account is public; its credentials are not, and are kept apart."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from lapwing.accounts.scopes import allows


class Role(StrEnum):
    """What somebody may do beyond speaking for themselves; each includes those before it."""

    USER = "user"
    MODERATOR = "moderator"
    ADMIN = "admin"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class Standing(StrEnum):
    UNCONFIRMED = "unconfirmed"
    """The e-mail address is not confirmed yet."""
    WAITING = "waiting"
    """For the moderators' approval."""
    ACTIVE = "active"
    SILENCED = "silenced"
    """Seen by followers only: not on public timelines, in trends, suggestions or search."""
    SUSPENDED = "suspended"
    """Seen by nobody; can be undone."""
    DELETED = "deleted"
    """Gone for good; only the name stays taken."""


class ProfileField(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A line of the table on a profile."""

    name: str
    value: str


class Account(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What everybody may know of an account, and how it stands. Instants are milliseconds.

    Never changed in place: a change puts another in its stead, so ask for it each time.
    """

    id: int
    username: str
    created_ms: int
    display_name: str = ""
    note: str = ""
    """The profile's text, as written."""
    fields: tuple[ProfileField, ...] = ()
    avatar: str = ""
    """Key of the picture among the media files; empty: a drawn one."""
    header: str = ""
    locked: bool = False
    """Followers are asked for approval."""
    bot: bool = False
    discoverable: bool = True
    role: Role = Role.USER
    standing: Standing = Standing.ACTIVE
    service: str = ""
    """Slug of the watched service whose outages this account tells; empty for everybody else."""
    hides_relations: bool = False
    """Who follows whom is not shown on the profile."""
    language: str = "en"
    post_visibility: str = "public"
    post_sensitive: bool = False
    quote_policy: str = "public"
    marked_sensitive: bool = False
    """Moderators hide all its media behind a warning."""

    @property
    def is_there(self) -> bool:
        """Whether others may see the account at all."""
        return self.standing in (Standing.ACTIVE, Standing.SILENCED)

    @property
    def may_act(self) -> bool:
        """Whether the account may write."""
        return self.standing in (Standing.ACTIVE, Standing.SILENCED)


class Viewer(msgspec.Struct, frozen=True):
    """Somebody signed in: by a browser's session or by an app's token."""

    account: Account
    scopes: frozenset[str]
    """OAuth scopes, as granted (`read`, `write:statuses`); a browser's session has all."""
    app_id: int = 0
    """The app that the token belongs to; 0 for a browser's session."""
    app_name: str = ""
    session_id: int = 0
    """Of the session or token: what "end this session" means."""

    def may(self, scope: str) -> bool:
        """Whether what was granted covers a scope (`read:statuses`)."""
        return allows(self.scopes, scope)

    @property
    def account_id(self) -> int:
        return self.account.id
