"""What the actions on accounts work with."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from lapwing.accounts.entries import AccountEntry
from lapwing.accounts.limits import Limits
from lapwing.accounts.passwords import PasswordHasher
from lapwing.accounts.registry import Accounts
from lapwing.accounts.tickets import Tickets
from lapwing.kernel.ids import IdSequence
from lapwing.ports.mail import Mailer

_SECRET_BYTES: Final = 32


class SignUp(StrEnum):
    """Who may have an account."""

    OPEN = "open"
    APPROVAL = "approval"
    """Moderators decide."""
    INVITATION = "invitation"
    CLOSED = "closed"


class Names(Protocol):
    """What names people may have; the square's rules for texts."""

    def check_username(self, name: str) -> str:
        """The name as it is kept. Raises `Refusal`."""
        ...

    def check_display_name(self, name: str) -> str:
        """The name as it is kept. Raises `Refusal`."""
        ...

    def find_reserved(self, username: str) -> str | None:
        """What this name is kept for, or would be taken for."""
        ...


class AppendsEntries(Protocol):
    """The square's journal, as far as accounts need it."""

    async def append(self, entry: Any, /) -> int: ...


@dataclass(frozen=True)
class AccountDesk:
    """The registry, the journal that feeds it, and what decisions need from outside."""

    accounts: Accounts
    journal: AppendsEntries
    ids: IdSequence
    now_ms: Callable[[], int]
    passwords: PasswordHasher
    mailer: Mailer
    names: Names
    site_name: str
    public_url: str
    block_key: bytes
    """Under which blocked address ranges are hashed; as lasting as the journal."""
    sign_up: SignUp = SignUp.OPEN
    limits: Limits = field(default_factory=Limits)
    tickets: Tickets = field(default_factory=Tickets)

    def fresh_id(self) -> int:
        return self.ids.take(self.now_ms())

    async def write(self, entry: AccountEntry) -> None:
        """Returns when the entry is on disk and its effect is there. Raises `Refusal` where it
        does not hold any more, `Unavailable` where it cannot be kept."""
        await self.journal.append(entry)

    @property
    def confirms_addresses(self) -> bool:
        return self.mailer.delivers


def make_secret() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(_SECRET_BYTES)
