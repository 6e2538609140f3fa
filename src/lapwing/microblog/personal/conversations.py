"""Conversations: threads of posts for the mentioned only, as each of their people has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import AccountErased, PostDeleted, PostEdited, PostWritten
from lapwing.microblog.model import Post, Visibility
from lapwing.microblog.paging import Page
from lapwing.microblog.personal.entries import ConversationDeleted, ConversationRead
from lapwing.microblog.personal.model import Conversation
from lapwing.microblog.square import Change, Square

MOST_POSTS: Final = 100
"""Of one conversation that are remembered: the newest that is left is shown."""
_NO_CONVERSATIONS: Final[dict[int, Conversation]] = {}


class ConversationView(msgspec.Struct, frozen=True):
    id: int
    unread: bool
    account_ids: tuple[int, ...]
    """The others in it."""
    last_post_id: int
    """The newest that the viewer may see; by it conversations are ordered and paged."""


class Conversations:
    name = "conversations"

    def __init__(self, square: Square) -> None:
        self._square = square
        self._by_thread: dict[int, dict[int, Conversation]] = {}
        self._steps: dict[type, Callable[[Change, Any], None]] = {
            PostWritten: self._hear_post,
            PostEdited: self._hear_edit,
            PostDeleted: self._hear_removal,
            AccountErased: self._hear_erasure,
            ConversationRead: self._read,
            ConversationDeleted: self._delete,
        }

    def page(self, viewer_id: int, page: Page) -> list[ConversationView]:
        """The one with the newest post first."""
        views = (self.view(one) for one in self._of(viewer_id).values())
        within = [
            view
            for view in views
            if view is not None and page.floor < view.last_post_id < page.max_id
        ]
        within.sort(key=lambda view: view.last_post_id, reverse=True)
        return within[-page.limit :] if page.goes_up else within[: page.limit]

    def get(self, viewer_id: int, conversation_id: int) -> Conversation:
        """The viewer's own. Raises `Refusal`."""
        for one in self._of(viewer_id).values():
            if one.id == conversation_id:
                return one
        raise Refusal("unknown_conversation", "There is no such conversation.")

    def find_with(self, viewer_id: int, post: Post) -> Conversation | None:
        """The viewer's conversation that a post is in: what streams send with it."""
        found = self._of(viewer_id).get(post.thread_id)
        return found if found is not None and post.id in found.post_ids else None

    def view(self, shown: Conversation) -> ConversationView | None:
        """None where its person may see none of its posts any more."""
        square = self._square
        for post_id in reversed(shown.post_ids):
            post = square.posts.find(post_id)
            if post is not None and square.permissions.may_see(shown.account_id, post):
                people = dict.fromkeys((post.account_id, *post.mentions))
                people.pop(shown.account_id, None)
                return ConversationView(shown.id, shown.unread, tuple(people), post_id)
        return None

    def count_unread(self, viewer_id: int) -> int:
        return sum(one.unread for one in self._of(viewer_id).values())

    def hear(self, change: Change) -> None:
        step = self._steps.get(type(change.entry))
        if step is not None:
            step(change, change.entry)

    def _of(self, account_id: int) -> dict[int, Conversation]:
        return self._by_thread.get(account_id, _NO_CONVERSATIONS)

    def _hear_post(self, change: Change, entry: PostWritten) -> None:
        if entry.post.visibility is Visibility.MENTIONED:
            self._add(entry.post, {entry.post.account_id, *entry.post.mentions})

    def _hear_edit(self, change: Change, entry: PostEdited) -> None:
        post, before = self._square.posts.get(entry.post_id), change.before
        if before is None or post.visibility is not Visibility.MENTIONED:
            return
        self._add(post, set(post.mentions).difference(before.mentions, (post.account_id,)))
        for account_id in set(before.mentions).difference(post.mentions, (post.account_id,)):
            self._take_from(account_id, post)

    def _hear_removal(self, change: Change, entry: Any) -> None:
        for post in change.removed:
            if post.visibility is Visibility.MENTIONED:
                for account_id in {post.account_id, *post.mentions}:
                    self._take_from(account_id, post)

    def _hear_erasure(self, change: Change, entry: AccountErased) -> None:
        self._hear_removal(change, entry)
        self._by_thread.pop(entry.account_id, None)

    def _add(self, post: Post, people: set[int]) -> None:
        square = self._square
        for account_id in sorted(people):
            account = square.accounts.find(account_id)
            if account is None or account.service or not account.may_act:
                continue
            if not square.permissions.may_see(account_id, post):
                continue
            present = self._of(account_id).get(post.thread_id)
            known = () if present is None else present.post_ids
            post_ids = tuple(sorted({*known, post.id}))[-MOST_POSTS:]
            unread = account_id != post.account_id
            own_id = post.id if present is None else present.id
            self._put(Conversation(own_id, account_id, post.thread_id, unread, post_ids))

    def _take_from(self, account_id: int, post: Post) -> None:
        present = self._of(account_id).get(post.thread_id)
        if present is None or post.id not in present.post_ids:
            return
        left = tuple(one for one in present.post_ids if one != post.id)
        if left:
            self._put(replace(present, post_ids=left))
        else:
            self._remove(present)

    def _read(self, change: Change, entry: ConversationRead) -> None:
        present = self.get(entry.account_id, entry.conversation_id)
        self._put(replace(present, unread=entry.unread))

    def _delete(self, change: Change, entry: ConversationDeleted) -> None:
        self._remove(self.get(entry.account_id, entry.conversation_id))

    def _put(self, put: Conversation) -> None:
        self._by_thread.setdefault(put.account_id, {})[put.thread_id] = put

    def _remove(self, removed: Conversation) -> None:
        kept = self._by_thread[removed.account_id]
        del kept[removed.thread_id]
        if not kept:
            del self._by_thread[removed.account_id]

    def capture(self) -> Iterator[bytes]:
        for account_id in sorted(self._by_thread):
            yield msgspec.msgpack.encode(list(self._by_thread[account_id].values()))

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(list[Conversation])
        for chunk in chunks:
            for one in decoder.decode(chunk):
                self._put(one)
