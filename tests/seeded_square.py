"""A data folder with people and posts in it, made before its server starts.

Asha and Meena follow Ravi. Nobody follows Dora; Asha has blocked Brij. Every text that Asha must
never be shown has `HIDDEN` in it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.model import Account, Viewer
from lapwing.accounts.oauth import issue_to_person, register_app
from lapwing.accounts.opening import create_account
from lapwing.accounts.passwords import PasswordHasher
from lapwing.accounts.scopes import EVERYTHING
from lapwing.accounts.signing_in import begin_session
from lapwing.adapters.file_journal import FileJournal
from lapwing.adapters.mail.memory_mailer import MemoryMailer
from lapwing.adapters.random_key import read_random_key
from lapwing.app_square import journal_folder
from lapwing.kernel.ids import IdSequence
from lapwing.microblog.actions import posting, relating
from lapwing.microblog.actions.composing import Draft
from lapwing.microblog.actions.context import Context
from lapwing.microblog.model import Visibility
from lapwing.microblog.names import Names
from lapwing.microblog.state import SquareEntry, SquareState

HIDDEN = "not-for-asha"
_SCOPES = "read write follow push"
_POSTS = 30


@dataclass
class Person:
    """Somebody, with what lets an app and a browser act for them."""

    account_id: int
    token: str
    cookie: str

    @property
    def by_app(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def by_browser(self) -> dict[str, str]:
        return {"Cookie": self.cookie}


@dataclass
class SeededSquare:
    people: dict[str, Person] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)
    """Ids of posts that tests name."""

    def __getitem__(self, username: str) -> Person:
        return self.people[username]


async def seed_square(data: Path) -> SeededSquare:
    """Writes the journal that the server of this folder will start from."""
    state = SquareState()
    journal: FileJournal[Any] = FileJournal(journal_folder(data), SquareEntry)
    journal.follow(lambda _, entry: state.apply(entry))
    try:
        return await _Seeding(state, journal, data).seed()
    finally:
        await journal.close()


class _Seeding:
    def __init__(self, state: SquareState, journal: FileJournal[Any], data: Path) -> None:
        ids = IdSequence()
        self.context = Context(
            square=state.square, journal=journal, ids=ids, now_ms=lambda: int(time.time() * 1000)
        )
        self.desk = AccountDesk(
            accounts=state.accounts,
            journal=journal,
            ids=ids,
            now_ms=self.context.now_ms,
            passwords=PasswordHasher(memory_kib=8, passes=1),
            mailer=MemoryMailer(delivers=False),
            names=Names([]),
            site_name="Lapwing",
            public_url="http://127.0.0.1",
            block_key=read_random_key(data / "square" / "block-key"),
        )
        self.made = SeededSquare()

    async def seed(self) -> SeededSquare:
        for username in ("asha", "meena", "ravi", "dora", "brij"):
            await self._person(username)
        for follower, followed in (("asha", "ravi"), ("asha", "brij"), ("meena", "ravi")):
            await relating.follow(self.context, self._viewer(follower), self._id(followed))
        for number in range(_POSTS):
            await self._post("ravi", f"Post {number} of the lake")
        await self._post("ravi", "For my followers", Visibility.FOLLOWERS)
        await self._post("ravi", f"@dora for you alone, {HIDDEN}", Visibility.MENTIONED)
        await self._post("dora", f"For Dora's followers, {HIDDEN}", Visibility.FOLLOWERS)
        await self._post("brij", f"Of somebody whom Asha will block, {HIDDEN}")
        await relating.block(self.context, self._viewer("asha"), self._id("brij"))
        deleted = await self._post("ravi", f"Deleted later, {HIDDEN}")
        await posting.delete_post(self.context, self._viewer("ravi"), deleted)
        return self.made

    async def _person(self, username: str) -> None:
        account = await create_account(
            self.desk, username, email=f"{username}@example.org", password_hash="unused"
        )
        registered = await register_app(
            self.desk, "An app", ["urn:ietf:wg:oauth:2.0:oob"], _SCOPES, "", None
        )
        scopes = frozenset(_SCOPES.split())
        issued = await issue_to_person(self.desk, registered.app, account, scopes)
        signed_in = await begin_session(self.desk, account, "Firefox")
        cookie = f"lapwing_session={signed_in.secret}"
        self.made.people[username] = Person(account.id, issued.secret, cookie)

    async def _post(
        self, username: str, text: str, visibility: Visibility = Visibility.PUBLIC
    ) -> int:
        draft = Draft(text, visibility)
        return (await posting.write_post(self.context, self._viewer(username), draft)).id

    def _id(self, username: str) -> int:
        return self.made.people[username].account_id

    def _viewer(self, username: str) -> Viewer:
        account: Account = self.desk.accounts.get(self._id(username))
        return Viewer(account, EVERYTHING)
