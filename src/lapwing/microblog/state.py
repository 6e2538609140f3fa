"""All that is known of accounts and the microblog: one fold over the square's journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias, cast

from lapwing.accounts.entries import AccountEntry
from lapwing.accounts.entry import AccountEntryBase
from lapwing.accounts.moderation_entries import Sanctioned
from lapwing.accounts.moderation_model import Act
from lapwing.accounts.registry import Accounts
from lapwing.microblog.entries import AccountErased, PostDeleted, PostEntry, PostHidden
from lapwing.microblog.personal.entries import PersonalEntry
from lapwing.microblog.personal.tables import PersonalTables
from lapwing.microblog.square import Change, Saved, Square
from lapwing.microblog.withdrawn import WithdrawnSubjects

SquareEntry: TypeAlias = AccountEntry | PostEntry | PersonalEntry

Chunk: TypeAlias = tuple[str, bytes]
"""A part's name and some of what it holds: a checkpoint is a sequence of them, parts in order."""


class SquareState:
    """Accounts and square, changed by `apply` alone."""

    def __init__(self) -> None:
        self.accounts = Accounts()
        self.square = Square(self.accounts)
        self.personal = PersonalTables(self.square)
        self.withdrawn = WithdrawnSubjects()
        self.square.tables.append(self.withdrawn)

    def apply(self, entry: Any) -> None:
        """Folds one entry. Raises `Refusal` where it does not hold after those before it; nothing
        has changed then."""
        if not isinstance(entry, AccountEntryBase):
            self.square.apply(entry)
            return
        self.accounts.apply(cast(AccountEntry, entry))
        self.square.hear(Change(entry, accounts=_accounts_of(entry)))
        if isinstance(entry, Sanctioned):
            self._follow_sanction(entry)
        erased, self.accounts.erased = self.accounts.erased, []
        for account_id in erased:
            self.square.apply(AccountErased(entry.at_ms, account_id))

    def _follow_sanction(self, entry: Sanctioned) -> None:
        """What a moderator decided on posts."""
        for post_id in entry.post_ids:
            post = self.square.posts.find(post_id)
            if post is None or post.account_id != entry.account_id:
                continue
            if entry.act is Act.DELETE_POSTS:
                self.square.apply(PostDeleted(entry.at_ms, post_id, entry.by))
            elif entry.act is Act.SENSITIVE:
                self.square.apply(PostHidden(entry.at_ms, post_id))

    def last_id(self) -> int:
        """The highest id in use: fresh ones stay above it, also when the clock was set back."""
        return max(
            max((account.id for account in self.accounts.all()), default=0),
            self.square.posts.last_id(),
            self.square.uploads.last_id(),
        )

    def capture(self) -> Iterator[Chunk]:
        """The whole state in parts; nothing may change while it is taken."""
        for name, capture, _ in self._parts():
            for chunk in capture():
                yield name, chunk

    def restore(self, chunks: Iterable[Chunk]) -> None:
        """Into a fresh state. Parts that this version does not know are left out."""
        parts = {name: restore for name, _, restore in self._parts()}
        for name, group in groupby(chunks, itemgetter(0)):
            restore = parts.get(name)
            content = (chunk for _, chunk in group)
            if restore is not None:
                restore(content)

    def _parts(
        self,
    ) -> Iterator[tuple[str, Callable[[], Iterable[bytes]], Callable[[Iterable[bytes]], None]]]:
        yield "accounts", self.accounts.capture, self.accounts.restore
        tables: list[Saved] = [*self.square.own_tables(), *self.square.tables]
        for table in tables:
            yield table.name, table.capture, table.restore


def _accounts_of(entry: Any) -> frozenset[int]:
    """Whose shown form the entry may have changed."""
    account_id = getattr(entry, "account_id", 0)
    return frozenset({account_id} if account_id else ())
