"""Posts that wait at a reader for the writer, which is away: kept in the reader's own journal,
shown to their author alone, delivered later, once."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from lapwing.accounts.model import Viewer
from lapwing.microblog.actions.composing import Draft, PollDraft
from lapwing.microblog.actions.context import Context
from lapwing.microblog.actions.posting import write_post
from lapwing.microblog.entries import PostDeleted, PostWritten
from lapwing.microblog.model import Post, QuotePolicy, Visibility
from lapwing.microblog.requests import Requests
from lapwing.microblog.square import Square

WAITING: Final = "⏳ Waiting: this goes out as soon as the server can write again."
REFUSED: Final = "⚠ This could not go out: "
KEPT_MS: Final = 24 * 3600 * 1000
"""How long somebody is shown what could not go out."""


class PostWaits(msgspec.Struct, tag="reader:waits", frozen=True):
    at_ms: int
    account_id: int
    request: str
    """Idempotency key: by it the writer takes the post once, however often it is sent."""
    draft: Draft

    @property
    def instant_ms(self) -> int:
        return self.at_ms


class PostDelivered(msgspec.Struct, tag="reader:delivered", frozen=True):
    at_ms: int
    account_id: int
    request: str

    @property
    def instant_ms(self) -> int:
        return self.at_ms


class PostRefused(msgspec.Struct, tag="reader:refused", frozen=True):
    """By the writer, when it was delivered."""

    at_ms: int
    account_id: int
    request: str
    reason: str

    @property
    def instant_ms(self) -> int:
        return self.at_ms


OutboxEntry: TypeAlias = PostWaits | PostDelivered | PostRefused
Key: TypeAlias = tuple[int, str]
"""Account and request."""


class WaitingPosts:
    """A fold over the outbox journal."""

    def __init__(self) -> None:
        self.waiting: dict[Key, PostWaits] = {}
        """In their order."""
        self.refused: dict[Key, tuple[PostWaits, PostRefused]] = {}

    def apply(self, entry: OutboxEntry) -> None:
        key = entry.account_id, entry.request
        if isinstance(entry, PostWaits):
            self.waiting.setdefault(key, entry)
            return
        waiting = self.waiting.pop(key, None)
        self.refused.pop(key, None)
        if isinstance(entry, PostRefused) and waiting is not None:
            self.refused[key] = waiting, entry


def draft_of(post: Post) -> Draft:
    """The draft that becomes such a post."""
    poll = None
    if post.poll is not None:
        lasts_s = (post.poll.ends_ms - post.created_ms) // 1000
        poll = PollDraft(post.poll.options, lasts_s, post.poll.multiple, post.poll.hides_totals)
    return Draft(
        text=post.text,
        visibility=post.visibility,
        language=post.language,
        warning=post.warning,
        sensitive=post.sensitive,
        reply_to_id=post.reply_to_id,
        quote_of_id=post.quote_of_id,
        quote_policy=QuotePolicy(post.quote_policy),
        media_ids=tuple(one.id for one in post.media),
        poll=poll,
        app_name=post.app_name,
        app_website=post.app_website,
    )


async def take_waiting(context: Context, waits: PostWaits) -> None:
    """At the writer: the post is written, or was. Raises `Refusal`, `Unavailable`."""
    viewer = Viewer(context.square.accounts.get(waits.account_id), frozenset())
    await write_post(context, viewer, waits.draft, waits.request)


class StandIns:
    """In a reader's copy of the square, what stands for posts that wait: seen by their authors
    alone, in the words of the post and with what becomes of it."""

    def __init__(self, square: Square) -> None:
        self._square = square
        self._ids: dict[Key, int] = {}

    def put(self, waits: PostWaits, post_id: int, note: str = WAITING) -> None:
        """`post_id` is fresh, and no other post's when this one is long gone."""
        draft, key = waits.draft, (waits.account_id, waits.request)
        post = Post(
            post_id,
            waits.account_id,
            waits.at_ms,
            text="\n\n".join(filter(None, (draft.text, note))),
            visibility=Visibility.MENTIONED,
            language=draft.language or "",
            warning=draft.warning,
            sensitive=bool(draft.sensitive),
            thread_id=post_id,
        )
        self._square.apply(PostWritten(waits.at_ms, post, waits.request))
        self._ids[key] = post_id

    def take_away(self, key: Key, now_ms: int) -> None:
        """The post itself comes, or its author knows."""
        post_id = self._ids.pop(key, 0)
        if post_id:
            self._square.apply(PostDeleted(now_ms, post_id, key[0]))
            requests: Requests = self._square.requests
            requests.forget(*key)
