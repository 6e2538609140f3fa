"""The part of the composition root that makes a copy of the square beside the process that writes:
restored from its checkpoints and journal, and following them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any, cast

from lapwing.adapters.checkpoint_files import CheckpointFiles
from lapwing.adapters.file_journal import FileJournal, read_journal
from lapwing.adapters.journal_tail import JournalTail, TailLost
from lapwing.adapters.mail.smtp import SmtpMailer
from lapwing.adapters.sql.database import Database
from lapwing.adapters.sql.post_search import SqlPostSearch
from lapwing.adapters.web_fetching import GuardedFetcher
from lapwing.adapters.web_push import VapidPush
from lapwing.adapters.writer_link import WriterLink
from lapwing.app_square import (
    SquareApplication,
    checkpoint_folder,
    contact_of,
    journal_folder,
)
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.microblog.entries import PostWritten
from lapwing.microblog.keeping import fold, restore_state
from lapwing.microblog.never_empty.home import Home
from lapwing.microblog.never_empty.kept_pages import KeptPages
from lapwing.microblog.never_empty.waiting_posts import (
    KEPT_MS,
    REFUSED,
    Key,
    OutboxEntry,
    PostDelivered,
    PostRefused,
    PostWaits,
    StandIns,
    WaitingPosts,
    draft_of,
)
from lapwing.microblog.searching import Searching
from lapwing.microblog.state import SquareEntry
from lapwing.ports.journal import Position
from lapwing.worker import Step

_LOOK_S = 0.05
_HEARTBEAT_S = 0.5
_DELIVERY_S = 10.0
_STAND_IN_BIT = 1 << 20


class ReplicaLost(Exception):
    """The journal does not go on where this copy is: it has to be made anew."""


@dataclass
class SquareReplica(SquareApplication):
    """The square as a reader has it: folded from the writer's files, never written to.

    What people post while the writer is away waits in the reader's own journal.
    """

    link: WriterLink

    async def open(self, database: Database) -> None:
        """Restores the state and what waits. Raises `Refusal`, `Unavailable`."""
        data = self.settings.data
        self.checkpoints = CheckpointFiles(checkpoint_folder(data))
        beside = _JournalBeside(journal_folder(data))
        self.state, begun = await asyncio.to_thread(
            restore_state, self.checkpoints, beside, beside.read
        )
        self._tail = JournalTail[Any](beside.folder, SquareEntry, max(begun, beside.position))
        self._waiters: list[tuple[Position, asyncio.Future[None]]] = []
        self.silent_since_ms = self._heard_ms = beside.written_ms() or self.now_ms()
        self.journal = cast(Any, self)
        self._connect(data)
        square = self.state.square
        self.home = Home(
            square, self.timelines, KeptPages(), self.now_ms, lambda: self.silent_since_ms
        )
        self.searching = Searching(square, SqlPostSearch(database), self.now_ms, writes=False)
        await self.searching.begin(())
        square.listen(self.searching.hear)
        self.fetcher = GuardedFetcher(f"Lapwing (+{self.settings.public_url})")
        contact = contact_of(self.settings)
        self.web_push = VapidPush(data / "square" / "push-key.pem", self.fetcher, contact)
        await self._open_outbox(data / "square" / "readers" / str(self.settings.port))

    async def _open_outbox(self, folder: Path) -> None:
        self._posts = WaitingPosts()
        self._stand_ins = StandIns(self.state.square)
        self._arrived: list[Key] = []
        self._readers_folder = folder
        before = _numbers_in(folder)
        for number in before[:-1]:
            await self._fold_outbox(number).close()
        self._outbox_number = before[-1] if before else 1
        self._outbox = self._fold_outbox(self._outbox_number)
        if self._posts.waiting:
            keys = await asyncio.to_thread(_requests_in, self._tail.folder)
            self._arrived += keys.intersection(self._posts.waiting)
        for waits in self._posts.waiting.values():
            self._stand_ins.put(waits, self._stand_in_id())
        for waits, refused in self._posts.refused.values():
            self._stand_ins.put(waits, self._stand_in_id(), REFUSED + refused.reason)

    def _fold_outbox(self, number: int) -> FileJournal[OutboxEntry]:
        folder = self._readers_folder / str(number)
        outbox: FileJournal[OutboxEntry] = FileJournal(folder, OutboxEntry)
        for _, entry in outbox.read(0):
            self._posts.apply(entry)
        outbox.follow(lambda _, entry: self._posts.apply(entry))
        return outbox

    async def close(self) -> None:
        self._tail.close()
        if isinstance(self.mailer, SmtpMailer):
            await self.mailer.close()
        await self.fetcher.close()
        await self.media_processor.close()
        await self._outbox.close()

    def steps(self) -> list[Step]:
        return [
            Step("follow_journal", self._follow, _LOOK_S),
            Step("hear_writer", self._hear_writer, _HEARTBEAT_S),
            Step("deliver_posts", self._deliver, _HEARTBEAT_S),
        ]

    # Following

    async def wait_for(self, position: Position, patience_s: float) -> bool:
        """Until the copy has all up to the position; whether it has in time."""
        with suppress(ReplicaLost, Unavailable):  # the step that follows meets it, and tells
            await self._follow()
        if self._tail.position >= position:
            return True
        reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((position, reached))
        try:
            async with asyncio.timeout(patience_s):
                await reached
        except TimeoutError:
            return False
        return True

    async def _follow(self) -> bool:
        try:
            entries = self._tail.read_new()
        except TailLost as lost:
            raise ReplicaLost from lost
        except OSError as error:
            raise Unavailable("The journal cannot be read.", detail=str(error)) from error
        for position, entry in entries:
            if isinstance(entry, PostWritten) and entry.request:
                self._note_arrival((entry.post.account_id, entry.request))
            fold(self.state, [(position, entry)])
        waiters, self._waiters = self._waiters, []
        for position, reached in waiters:
            if reached.done():
                continue
            if self._tail.position >= position:
                reached.set_result(None)
            else:
                self._waiters.append((position, reached))
        return bool(entries)

    async def _hear_writer(self) -> bool:
        try:
            position = await self.link.read_position()
        except Unavailable:
            self.silent_since_ms = self.silent_since_ms or self._heard_ms
            return False
        heard_ms = self.now_ms()
        if await self.wait_for(position, 1.0):
            self._heard_ms, self.silent_since_ms = heard_ms, 0
        else:
            self.silent_since_ms = self.silent_since_ms or self._heard_ms
        return False

    # Waiting

    async def append(self, entry: Any) -> Position:
        """What this process may take by itself while the writer is away: posts. Raises
        `Unavailable` for all else."""
        if not isinstance(entry, PostWritten) or entry.post.is_repost:
            raise Unavailable(
                "The part of this server that writes is away; only posts are taken meanwhile."
            )
        request = entry.request or secrets.token_hex(16)
        account_id = entry.post.account_id
        waits = PostWaits(entry.at_ms, account_id, request, draft_of(entry.post))
        position = await self._outbox.append(waits)
        if self.state.square.requests.find(account_id, request) is None:
            self._stand_ins.put(waits, self._stand_in_id())
        return position

    def _stand_in_id(self) -> int:
        """Like no id that the writer may take in the same millisecond."""
        return self.context.take_id() | _STAND_IN_BIT

    def _note_arrival(self, key: Key) -> None:
        if key in self._posts.waiting or key in self._posts.refused:
            self._stand_ins.take_away(key, self.now_ms())
            self._arrived.append(key)

    async def _deliver(self) -> bool:
        """One of the posts that wait."""
        while self._arrived:
            await self._outbox.append(PostDelivered(self.now_ms(), *self._arrived[0]))
            self._arrived.pop(0)
        self._forget_refused()
        waits = next(iter(self._posts.waiting.values()), None)
        if waits is None:
            await self._renew_outbox()
            return False
        if self.silent_since_ms:
            return False
        key = waits.account_id, waits.request
        try:
            position = await self.link.deliver(waits, _DELIVERY_S)
        except Refusal as refusal:
            await self._outbox.append(PostRefused(self.now_ms(), *key, refusal.message))
            self._stand_ins.take_away(key, self.now_ms())
            self._stand_ins.put(waits, self._stand_in_id(), REFUSED + refusal.message)
            return True
        await self.wait_for(position, _DELIVERY_S)
        if key not in self._arrived:
            self._note_arrival(key)
        return True

    async def _renew_outbox(self) -> None:
        """What was delivered is not to stay here: people may delete it there."""
        if self._posts.refused or next(self._outbox.read(0), None) is None:
            return
        old = self._outbox
        self._outbox_number += 1
        self._outbox = self._fold_outbox(self._outbox_number)
        await old.close()
        if not self._posts.waiting:
            for number in _numbers_in(self._readers_folder)[:-1]:
                await asyncio.to_thread(rmtree, self._readers_folder / str(number))

    def _forget_refused(self) -> None:
        now_ms = self.now_ms()
        old = [
            key
            for key, (_, refused) in self._posts.refused.items()
            if now_ms - refused.at_ms > KEPT_MS
        ]
        for key in old:
            del self._posts.refused[key]
            self._stand_ins.take_away(key, now_ms)


class _JournalBeside:
    """The journal of a process that may be writing it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.position: Position = 0
        """Behind the last entry that was read."""

    @property
    def first_position(self) -> Position:
        return min((int(path.stem) for path in self._paths()), default=0)

    @property
    def last_position(self) -> Position:
        return max((int(path.stem) + path.stat().st_size for path in self._paths()), default=0)

    def written_ms(self) -> int:
        """When it was written last; 0: never."""
        return int(max((path.stat().st_mtime for path in self._paths()), default=0) * 1000)

    def read(self, after: Position) -> Iterator[tuple[Position, Any]]:
        entries: Iterator[tuple[Position, Any]] = read_journal(self.folder, SquareEntry, after)
        for position, entry in entries:
            self.position = position
            yield position, entry

    def _paths(self) -> list[Path]:
        return [path for path in self.folder.glob("*.journal") if path.stem.isdigit()]


def _numbers_in(folder: Path) -> list[int]:
    """Of the outbox journals there, in the order in which they were begun."""
    return sorted(int(one.name) for one in folder.glob("*") if one.name.isdigit())


def _requests_in(folder: Path) -> set[Key]:
    """Of all posts in the journal."""
    entries: Iterator[tuple[Position, Any]] = read_journal(folder, SquareEntry, 0)
    return {
        (entry.post.account_id, entry.request)
        for _, entry in entries
        if isinstance(entry, PostWritten) and entry.request
    }
