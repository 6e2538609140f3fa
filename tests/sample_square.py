"""A small square over a journal in memory, with a clock that tests set."""

from __future__ import annotations

from typing import Any

from lapwing.accounts.entries import AccountOpened
from lapwing.accounts.model import Account, Role, Standing, Viewer
from lapwing.accounts.scopes import EVERYTHING
from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.kernel.ids import IdSequence
from lapwing.microblog.actions.context import Context
from lapwing.microblog.entries import MediaAdded, PostMarked, PostWritten, RelationChanged
from lapwing.microblog.model import FollowOptions, Mark, Post, Relation, Visibility
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.state import SquareState

START_MS = 1_703_116_800_000
DAY_MS = 24 * 3_600_000


class SampleSquare:
    """`now_ms` only moves when a test says so; every post and account gets the next id."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.state = SquareState()
        self.square = self.state.square
        self.tables = self.state.personal
        self.journal: MemoryJournal[Any] = MemoryJournal()
        self.journal.follow(lambda position, entry: self.state.apply(entry))
        self.ids = IdSequence()
        self.context = Context(self.square, self.journal, self.ids, lambda: self.now_ms)
        self.desk = PersonalDesk(self.context, self.tables)

    async def add(self, entry: Any) -> None:
        await self.journal.append(entry)

    async def join(
        self,
        username: str,
        *,
        standing: Standing = Standing.ACTIVE,
        role: Role = Role.USER,
        bot: bool = False,
        service: str = "",
        age_days: int = 400,
    ) -> int:
        """Somebody who came `age_days` ago; their id."""
        account_id = self.ids.take(self.now_ms)
        made_ms = self.now_ms - age_days * DAY_MS
        await self.add(
            AccountOpened(
                made_ms, account_id, username, standing, role=role, bot=bot, service=service
            )
        )
        return account_id

    def account(self, account_id: int) -> Account:
        return self.square.accounts.get(account_id)

    def viewer(self, account_id: int, session_id: int = 1) -> Viewer:
        return Viewer(self.account(account_id), EVERYTHING, session_id=session_id)

    async def write(
        self,
        account_id: int,
        text: str = "",
        *,
        mentions: tuple[int, ...] = (),
        reply_to: Post | None = None,
        quote_of: Post | None = None,
        visibility: Visibility = Visibility.PUBLIC,
        **more: Any,
    ) -> Post:
        for media in more.get("media", ()):
            await self.add(MediaAdded(self.now_ms, media))
        post_id = self.ids.take(self.now_ms)
        post = Post(
            post_id,
            account_id,
            self.now_ms,
            text,
            visibility,
            mentions=mentions,
            reply_to_id=reply_to.id if reply_to else 0,
            reply_to_account_id=reply_to.account_id if reply_to else 0,
            thread_id=reply_to.thread_id if reply_to else post_id,
            quote_of_id=quote_of.id if quote_of else 0,
            **more,
        )
        await self.add(PostWritten(self.now_ms, post))
        return post

    async def repost(self, account_id: int, post: Post) -> Post:
        return await self.write(account_id, repost_of_id=post.id)

    async def like(self, account_id: int, post: Post, *, on: bool = True) -> None:
        await self.mark(account_id, post, Mark.LIKE, on=on)

    async def mark(self, account_id: int, post: Post, mark: Mark, *, on: bool = True) -> None:
        await self.add(PostMarked(self.now_ms, account_id, post.id, mark, on))

    async def relate(
        self,
        one: int,
        relation: Relation,
        other: int,
        *,
        on: bool = True,
        options: FollowOptions | None = None,
        hides_notifications: bool = True,
        ends_ms: int = 0,
    ) -> None:
        await self.add(
            RelationChanged(
                self.now_ms,
                one,
                other,
                relation,
                on,
                options or FollowOptions(),
                hides_notifications,
                ends_ms,
            )
        )

    async def follow(self, one: int, other: int, *, notifies: bool = False) -> None:
        await self.relate(one, Relation.FOLLOW, other, options=FollowOptions(notifies=notifies))

    def pass_time(self, ms: int) -> None:
        self.now_ms += ms
