"""The part of the composition root that puts accounts and the microblog together.

Like `app.py` it chooses and connects, and decides nothing.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog

from lapwing.accounts.blocks import find_word_block
from lapwing.accounts.desk import AccountDesk, SignUp
from lapwing.accounts.entries import Tidied
from lapwing.accounts.passwords import PasswordHasher
from lapwing.adapters.checkpoint_files import CheckpointFiles
from lapwing.adapters.file_journal import FileJournal, read_journal
from lapwing.adapters.mail.outbox import OutboxMailer
from lapwing.adapters.mail.smtp import SmtpMailer, SmtpServer
from lapwing.adapters.media.disk_media_files import DiskMediaFiles
from lapwing.adapters.media.processor import ProcessMediaProcessor
from lapwing.adapters.random_key import read_random_key
from lapwing.adapters.sql.database import Database
from lapwing.adapters.sql.post_search import SqlPostSearch
from lapwing.adapters.web_fetching import GuardedFetcher
from lapwing.adapters.web_push import VapidPush
from lapwing.kernel.ids import IdSequence
from lapwing.kernel.instants import to_ms
from lapwing.kernel.refusals import Unavailable
from lapwing.microblog.actions.context import Context, Rules
from lapwing.microblog.entries import MediaForgotten
from lapwing.microblog.keeping import restore_state
from lapwing.microblog.link_previews.cards import Cards
from lapwing.microblog.media.processing import keys_of
from lapwing.microblog.media.sweeping import delete_unused
from lapwing.microblog.names import Names
from lapwing.microblog.never_empty.home import Home
from lapwing.microblog.never_empty.kept_pages import KeptPages
from lapwing.microblog.paging import BIGGEST_ID
from lapwing.microblog.personal.actions.ending import end_what_is_over
from lapwing.microblog.personal.actions.scheduling import publish_due_posts
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.pushing import Pushing
from lapwing.microblog.search.posts import PostSearch
from lapwing.microblog.searching import Searching, accounts_touched, posts_touched
from lapwing.microblog.square import Change
from lapwing.microblog.state import SquareEntry, SquareState
from lapwing.microblog.timelines import Timelines
from lapwing.microblog.uploads import KEPT_MS as UPLOADS_KEPT_MS
from lapwing.ports.clock import Clock
from lapwing.ports.journal import Position
from lapwing.settings import Settings
from lapwing.worker import Step

_log = structlog.get_logger()
_CHECKPOINT_BYTES = 32 * 1024 * 1024
"""Journal behind the last checkpoint that is worth a new one: folding it takes about a second."""
_CHECKPOINT_MS = 24 * 3_600_000
"""However little was written: what people delete is to leave the disk, too."""


def journal_folder(data: Path) -> Path:
    return data / "square" / "journal"


def checkpoint_folder(data: Path) -> Path:
    return data / "square" / "checkpoints"


def write_checkpoint(data: Path, until: Position) -> None:
    """Writes the state at a position of the journal, which another process may be writing on."""
    checkpoints = CheckpointFiles(checkpoint_folder(data))
    folder = journal_folder(data)
    span = Span(0, until)
    kept = [one for one in checkpoints.positions() if one <= until]
    if kept:
        span = Span(min(kept), until)
    state, _ = restore_state(
        checkpoints, span, lambda after: read_journal(folder, SquareEntry, after, until)
    )
    checkpoints.write(until, state.capture())


def contact_of(settings: Settings) -> str:
    """How push servers' operators reach ours."""
    url = settings.public_url
    return url if url.startswith("https:") else f"mailto:{settings.mail_from}"


def _mailer(settings: Settings) -> SmtpMailer | OutboxMailer:
    if not settings.smtp_url:
        return OutboxMailer(settings.data / "outbox")
    mailer = SmtpMailer(SmtpServer.of(settings.smtp_url).send, settings.mail_from)
    mailer.start()
    return mailer


def _read_kept_pages(path: Path) -> KeptPages:
    kept = KeptPages()
    try:
        kept.unpack(path.read_bytes())
    except FileNotFoundError:
        return kept
    except (OSError, msgspec.MsgspecError):
        _log.warning("kept_pages_unusable", exc_info=True)
        return KeptPages()
    return kept


def _write_whole(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise Unavailable("Home pages cannot be kept.", detail=str(error)) from error


@dataclass(frozen=True)
class Span:
    """From where to where a journal goes."""

    first_position: Position
    last_position: Position


@dataclass
class SquareApplication:
    """The square, open. `open` before it is used, `close` at the end."""

    settings: Settings
    clock: Clock
    service_of: Callable[[str], str | None]
    service_names: Sequence[str]
    """Slugs, names and aliases of the watched services: nobody may be called so."""

    async def open(self, database: Database) -> None:
        """Restores the state. Raises `Refusal`, `Unavailable`."""
        data = self.settings.data
        self.checkpoints = CheckpointFiles(checkpoint_folder(data))
        self.journal: FileJournal[Any] = FileJournal(journal_folder(data), SquareEntry)
        self.state, self._checkpoint_position = await asyncio.to_thread(
            restore_state, self.checkpoints, self.journal, self.journal.read
        )
        first = next(self.journal.read(self._checkpoint_position), None)
        self._checkpoint_ms = self.now_ms() if first is None else first[1].instant_ms
        self.journal.follow(self._fold)
        self._connect(data)
        square = self.state.square
        self._kept_pages_file = data / "square" / "kept-pages"
        self.kept_pages = await asyncio.to_thread(_read_kept_pages, self._kept_pages_file)
        self.home = Home(square, self.timelines, self.kept_pages, self.now_ms)
        self._index = SqlPostSearch(database)
        self._indexed: Position = -1
        self.searching = Searching(square, self._index, self.now_ms)
        entries = await self._unindexed(self._index)
        touched = None if entries is None else posts_touched(entries)
        await self.searching.begin(touched, accounts_touched(entries or ()))
        square.listen(self.searching.hear)
        self.fetcher = GuardedFetcher(f"Lapwing (+{self.settings.public_url})")
        contact = contact_of(self.settings)
        self.web_push = VapidPush(data / "square" / "push-key.pem", self.fetcher, contact)
        self.pushing = Pushing(self.personal, self.web_push, self.settings.public_url)
        square.listen(self.pushing.hear)
        self.cards = Cards(self.context, self.fetcher, self.media_processor)
        square.listen(self.cards.hear)
        self._forgotten: list[str] = []
        square.listen(self._note_forgotten_files)

    def _connect(self, data: Path) -> None:
        """Everything that stands over the state and the journal."""
        self.ids = IdSequence(self.state.last_id())
        self.media_files = DiskMediaFiles(data / "square" / "media")
        self.media_processor = ProcessMediaProcessor(
            data / "square" / "processing", self.media_files
        )
        square = self.state.square
        self.context = Context(
            square=square,
            journal=self.journal,
            ids=self.ids,
            now_ms=self.now_ms,
            host=urlsplit(self.settings.public_url).netloc,
            service_of=self.service_of,
            rules=Rules(longest_post=self.settings.longest_post),
            blocked_word_in=self._blocked_word_in,
        )
        self.timelines = Timelines(square, self.now_ms)
        tables = self.state.personal
        self.personal = PersonalDesk(self.context, tables)
        self.timelines.followed_tags_of = tables.tags.followed_keys
        self.timelines.hidden_from_home_of = tables.lists.hidden_from_home
        self.mailer = _mailer(self.settings)
        self.account_desk = self._account_desk()

    def _blocked_word_in(self, text: str) -> str | None:
        blocks = self.state.accounts.moderation.blocks
        found = find_word_block(blocks.values(), text, self.now_ms()) if blocks else None
        return None if found is None else found.value

    def _account_desk(self) -> AccountDesk:
        settings = self.settings
        return AccountDesk(
            accounts=self.state.accounts,
            journal=self.journal,
            ids=self.ids,
            now_ms=self.now_ms,
            passwords=PasswordHasher(),
            mailer=self.mailer,
            names=Names(self.service_names),
            site_name="Lapwing",
            public_url=settings.public_url,
            block_key=read_random_key(settings.data / "square" / "block-key"),
            sign_up=SignUp(settings.sign_up),
        )

    async def _tidy(self) -> bool:
        await self.account_desk.write(Tidied(self.now_ms()))
        return False

    async def close(self) -> None:
        try:
            await self._keep_pages()
        except Unavailable:
            _log.warning("pages_not_kept", exc_info=True)
        if isinstance(self.mailer, SmtpMailer):
            await self.mailer.close()
        await self.fetcher.close()
        await self.media_processor.close()
        await self.journal.close()

    def now_ms(self) -> int:
        return to_ms(self.clock.now())

    def steps(self) -> list[Step]:
        return [
            Step("index_posts", self._index_posts, 0.5),
            Step("checkpoint_square", self._checkpoint, 30.0),
            Step("push", self.pushing.step, 0.5),
            Step("find_cards", self.cards.step, 0.5),
            Step("end_what_is_over", lambda: end_what_is_over(self.personal), 1.0),
            Step("publish_due_posts", self._publish_due_posts, 1.0),
            Step("forget_uploads", self._forget_uploads, 600.0),
            Step("forget_files", self._forget_files, 2.0),
            Step("sweep_files", self._sweep_files, 86_400.0),
            Step("keep_pages", self._keep_pages, 60.0),
            Step("tidy_accounts", self._tidy, 3600.0),
        ]

    async def _unindexed(self, index: PostSearch) -> list[SquareEntry] | None:
        """What was written since the database's index was last up to date; None: all, or the
        database does not answer."""
        try:
            position = await index.read_position()
        except Unavailable:
            return None
        if not position or not (
            self.journal.first_position <= position <= self.journal.last_position
        ):
            return None
        read = self.journal.read
        return await asyncio.to_thread(lambda: [entry for _, entry in read(position)])

    async def _index_posts(self) -> bool:
        position = self.journal.last_position
        if await self.searching.step():
            return True
        if position != self._indexed:
            await self._index.save_position(position)
            self._indexed = position
        return False

    def _fold(self, position: Position, entry: Any) -> None:
        del position
        self.state.apply(entry)

    def _note_forgotten_files(self, change: Change) -> None:
        uploads = self.context.square.uploads
        media = [*change.media, *(one for post in change.removed for one in post.media)]
        for one in media:
            if uploads.find(one.id) is None:
                self._forgotten.extend(keys_of(one))
        self._forgotten.extend(
            post.card.image for post in change.removed if post.card and post.card.image
        )

    async def _publish_due_posts(self) -> bool:
        return bool(await publish_due_posts(self.personal))

    async def _forget_uploads(self) -> bool:
        """Uploads that nobody posted within a day."""
        bound_id = self.ids.bound(self.now_ms() - UPLOADS_KEPT_MS)
        kept = self.state.personal.media_ids()
        for media in self.state.square.uploads.older_than(bound_id):
            if media.id not in kept:
                await self.journal.append(MediaForgotten(self.now_ms(), media.id))
        return False

    async def _forget_files(self) -> bool:
        """What nobody may see any more goes from the disk as well."""
        if not self._forgotten:
            return False
        keys, self._forgotten = self._forgotten, []
        try:
            await self.media_files.delete(keys)
        except BaseException:
            self._forgotten.extend(keys)
            raise
        return True

    async def _sweep_files(self) -> bool:
        """What a killed process left on the disk."""
        used: set[str] = set()
        square = self.state.square
        for media in square.uploads.older_than(BIGGEST_ID):
            used.update(keys_of(media))
        for number, post_id in enumerate(square.posts.all_ids()):
            if number % 5000 == 0:
                await asyncio.sleep(0)  # others are served meanwhile
            post = square.posts.find(post_id)
            if post is not None and (post.media or post.card is not None):
                used.update(key for media in post.media for key in keys_of(media))
                used.add(post.card.image if post.card is not None else "")
        for account in self.state.accounts.all():
            used.update((account.avatar, account.header))
        await delete_unused(self.media_files, used.__contains__, self.clock.now())
        return False

    async def _keep_pages(self) -> bool:
        if self.kept_pages.has_changed:
            packed = self.kept_pages.pack()
            await asyncio.to_thread(_write_whole, self._kept_pages_file, packed)
        return False

    async def _checkpoint(self) -> bool:
        """Another process writes it: this one goes on serving at full speed meanwhile. A restart
        does not put it off: what was written first since the last one counts."""
        until = self.journal.last_position
        is_much = until - self._checkpoint_position >= _CHECKPOINT_BYTES
        if not is_much and self.now_ms() - self._checkpoint_ms < _CHECKPOINT_MS:
            return False
        self._checkpoint_ms = self.now_ms()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "lapwing.cli.main",
            "square",
            "checkpoint",
            str(self.settings.data.absolute()),
            str(until),
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        if await process.wait() == 0:
            self._checkpoint_position = until
            self.journal.drop_before(min(self.checkpoints.positions()))
        else:
            _log.error("checkpoint_failed", status=process.returncode)
        return False


__all__ = ["SquareApplication", "SquareState", "write_checkpoint"]
