"""A desk of accounts over a journal in memory, with cheap hashing and a clock that is set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any

from lapwing.accounts.desk import AccountDesk, SignUp
from lapwing.accounts.model import Account
from lapwing.accounts.opening import create_account
from lapwing.accounts.passwords import PasswordHasher
from lapwing.accounts.registry import Accounts
from lapwing.adapters.mail.memory_mailer import MemoryMailer
from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.kernel.ids import IdSequence
from lapwing.microblog.text.display_names import check_display_name
from lapwing.microblog.text.lookalikes import ReservedNames
from lapwing.microblog.text.usernames import check_username

HERE = ip_address("203.0.113.7")
PASSWORD = "correct horse battery"
CHEAP = {"memory_kib": 8, "passes": 1}
START_MS = 1_790_000_000_000


class SetClock:
    def __init__(self, now_ms: int = START_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def pass_ms(self, ms: int) -> None:
        self.now_ms += ms


class SampleNames:
    """The square's rules, with one service."""

    def __init__(self) -> None:
        self._reserved = ReservedNames(["x", "whatsapp", "WhatsApp"])

    def check_username(self, name: str) -> str:
        return check_username(name)

    def check_display_name(self, name: str) -> str:
        return check_display_name(name)

    def find_reserved(self, username: str) -> str | None:
        return self._reserved.find(username)


@dataclass
class Office:
    """A desk and what a test moves."""

    desk: AccountDesk
    clock: SetClock
    mailer: MemoryMailer
    journal: MemoryJournal[Any]

    @property
    def accounts(self) -> Accounts:
        return self.desk.accounts

    async def person(self, username: str = "asha", **more: Any) -> Account:
        """An account with `PASSWORD`."""
        more.setdefault("email", f"{username}@example.org")
        hashed = await self.desk.passwords.hash(PASSWORD)
        return await create_account(self.desk, username, password_hash=hashed, **more)

    def folded_again(self) -> Accounts:
        """A second fold over the same journal."""
        again = Accounts()
        for _, entry in self.journal.read(0):
            again.apply(entry)
        return again


def open_office(*, mail: bool = False, sign_up: SignUp = SignUp.OPEN, **more: Any) -> Office:
    accounts = Accounts()
    journal: MemoryJournal[Any] = MemoryJournal()
    journal.follow(lambda _, entry: accounts.apply(entry))
    clock = SetClock()
    mailer = MemoryMailer(delivers=mail)
    desk = AccountDesk(
        accounts=accounts,
        journal=journal,
        ids=IdSequence(),
        now_ms=clock,
        passwords=PasswordHasher(**CHEAP),
        mailer=mailer,
        names=SampleNames(),
        site_name="Lapwing",
        public_url="http://testserver.local",
        block_key=b"k" * 32,
        sign_up=sign_up,
    )
    return Office(replace(desk, **more), clock, mailer, journal)
