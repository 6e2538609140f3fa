"""The square: all live state of the microblog, a fold over the square's journal.

Pure: no clock, no files. A restart that restores the last checkpoint and folds the entries after
it arrives at the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import msgspec
import structlog

from lapwing.accounts.model import Standing
from lapwing.accounts.registry import Accounts
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import (
    AccountErased,
    CardFound,
    FollowAnswered,
    MediaAdded,
    MediaDescribed,
    MediaForgotten,
    PollEnded,
    PollVoted,
    PostDeleted,
    PostEdited,
    PostHidden,
    PostMarked,
    PostWritten,
    PrivateNoteWritten,
    QuotePolicySet,
    QuoteRevoked,
    RelationChanged,
)
from lapwing.microblog.model import Attachment, Mark, Post, Relation, Version
from lapwing.microblog.permissions import Permissions
from lapwing.microblog.posts import Posts, already_voted
from lapwing.microblog.relations import Mute, Relations
from lapwing.microblog.requests import Requests
from lapwing.microblog.uploads import Uploads

_log = structlog.get_logger()


class Change(msgspec.Struct, frozen=True):
    """What an entry did."""

    entry: Any
    added: Post | None = None
    removed: tuple[Post, ...] = ()
    touched: frozenset[int] = frozenset()
    """Posts whose shown form changed: words, counts, card."""
    accounts: frozenset[int] = frozenset()
    """Accounts whose shown form (counts) or relations changed."""
    media: tuple[Attachment, ...] = ()
    """Uploads that no post has and nobody can post any more: their files are to go."""
    is_news: bool = True
    """False where all was so already."""
    before: Post | None = None
    """The post that was edited or hidden, as it was."""


class Saved(Protocol):
    """A part of the state, as the checkpoint knows it."""

    @property
    def name(self) -> str: ...

    def capture(self) -> Iterator[bytes]: ...

    def restore(self, chunks: Iterable[bytes]) -> None: ...


class Table(Saved, Protocol):
    """A part that follows from the entries and from what they did to the others."""

    def hear(self, change: Change) -> None:
        """Called with every change, in order, after posts and relations have taken it."""
        ...


class Square:
    """Posts, relations and the tables that follow them. `listen` is for what is no state."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.posts = Posts()
        self.relations = Relations()
        self.permissions = Permissions(accounts, self.posts, self.relations)
        self.requests = Requests()
        self.uploads = Uploads()
        self.tables: list[Table] = []
        self._listeners: list[Callable[[Change], None]] = []
        self._folds: dict[type, Callable[[Any], Change]] = {
            PostWritten: self._write,
            PostEdited: self._edit,
            PostDeleted: self._delete,
            PostHidden: self._hide,
            CardFound: self._add_card,
            QuotePolicySet: self._set_quote_policy,
            QuoteRevoked: self._revoke_quote,
            PostMarked: self._mark,
            PollVoted: self._vote,
            PollEnded: self._end_poll,
            RelationChanged: self._relate,
            FollowAnswered: self._answer_follow,
            PrivateNoteWritten: self._note,
            MediaAdded: self._add_media,
            MediaDescribed: self._describe_media,
            MediaForgotten: self._forget_media,
            AccountErased: self._erase,
        }

    def listen(self, listener: Callable[[Change], None]) -> None:
        """`listener` is called after each change from now on: caches, streams, files."""
        self._listeners.append(listener)

    def apply(self, entry: Any) -> Change:
        """Folds one entry. Raises `Refusal` where it does not hold any more, and changes nothing
        then: somebody else's entry came before it."""
        fold = self._folds.get(type(entry))
        change = Change(entry) if fold is None else fold(entry)
        self.hear(change)
        return change

    def own_tables(self) -> tuple[Saved, ...]:
        """The parts of the state that `apply` changes itself, for the checkpoint."""
        return self.posts, self.relations, self.uploads, self.requests

    def hear(self, change: Change) -> None:
        """Tells the tables, then those who listen. Raises `Refusal` where a table refuses the
        entry. A bug in one of them is its own loss: the entry is durable, so its author must not
        hear that it failed, and the others must not miss it."""
        for table in self.tables:
            try:
                table.hear(change)
            except Refusal:
                raise
            except Exception:
                _log.exception("table_failed", table=table.name)
        for listener in self._listeners:
            try:
                listener(change)
            except Exception:
                _log.exception("listener_failed", listener=repr(listener))

    # Posts

    def _write(self, entry: PostWritten) -> Change:
        post = entry.post
        self._check_is_left(post.account_id)
        if not post.subject:
            self._check_uploads(post.media)
        if post.repost_of_id:
            if self.posts.find(post.repost_of_id) is None:
                raise Refusal("unknown_post", "The post to repost is not there any more.")
            if self.posts.find_repost(post.account_id, post.repost_of_id) is not None:
                raise Refusal("already_reposted", "You have reposted this already.")
        if post.subject and self.posts.find_about(post.subject) is not None:
            raise Refusal("already_told", "There is a post with this subject already.")
        earlier = self.requests.find(post.account_id, entry.request)
        if earlier is not None and self.posts.find(earlier) is not None:
            raise Refusal("already_posted", "This request has brought its post already.")
        self.posts.add(post)
        self.requests.remember(post.account_id, entry.request, post.id, entry.at_ms)
        for media in post.media:
            self.uploads.forget(media.id)
        near = {post.reply_to_id, post.repost_of_id, post.quote_of_id} - {0}
        return Change(entry, post, touched=frozenset(near), accounts=frozenset({post.account_id}))

    def _edit(self, entry: PostEdited) -> Change:
        post = self.posts.get(entry.post_id)
        if not post.subject:
            own = {media.id for media in post.media}
            self._check_uploads([media for media in entry.media if media.id not in own])
        earlier = Version(
            post.edited_ms or post.created_ms,
            post.text,
            post.warning,
            post.sensitive,
            post.media,
            post.poll,
        )
        self.posts.versions.setdefault(post.id, []).append(earlier)
        if entry.poll is None or post.poll is None or entry.poll.options != post.poll.options:
            self.posts.forget_votes(post.id)
        kept = {media.id for media in entry.media}
        for media in entry.media:
            self.uploads.forget(media.id)
        for media in post.media:
            if media.id not in kept:
                self.uploads.add(media)
        self.posts.replace(
            msgspec.structs.replace(
                post,
                text=entry.text,
                warning=entry.warning,
                sensitive=entry.sensitive,
                language=entry.language,
                mentions=entry.mentions,
                tags=entry.tags,
                services=entry.services or (post.services if post.subject else ()),
                media=entry.media,
                poll=entry.poll,
                card=post.card if entry.text == post.text else None,
                edited_ms=entry.at_ms,
            )
        )
        return Change(entry, touched=self._shown_with(post.id), before=post)

    def _delete(self, entry: PostDeleted) -> Change:
        post = self.posts.get(entry.post_id)
        reposts = [self.posts.get(one) for one in self.posts.reposts_of(post.id)]
        for one in (*reposts, post):
            self.posts.remove(one.id)
        if entry.keeps_media:
            for media in post.media:
                self.uploads.add(media)
        near = {post.reply_to_id, post.repost_of_id, post.quote_of_id} - {0}
        return Change(
            entry,
            removed=(post, *reposts),
            touched=frozenset(near) | frozenset(self.posts.quotes_of(post.id)),
            accounts=frozenset(one.account_id for one in (post, *reposts)),
        )

    def _hide(self, entry: PostHidden) -> Change:
        post = self.posts.get(entry.post_id)
        self.posts.replace(msgspec.structs.replace(post, sensitive=True))
        return Change(entry, touched=self._shown_with(post.id), before=post)

    def _set_quote_policy(self, entry: QuotePolicySet) -> Change:
        post = self.posts.get(entry.post_id)
        self.posts.replace(msgspec.structs.replace(post, quote_policy=entry.policy))
        return Change(entry, touched=self._shown_with(post.id))

    def _revoke_quote(self, entry: QuoteRevoked) -> Change:
        post = self.posts.get(entry.post_id)
        self.posts.replace(msgspec.structs.replace(post, quote_revoked=True))
        return Change(entry, touched=self._shown_with(post.id))

    def _add_card(self, entry: CardFound) -> Change:
        post = self.posts.find(entry.post_id)
        if post is None:
            return Change(entry)
        self.posts.replace(msgspec.structs.replace(post, card=entry.card))
        return Change(entry, touched=self._shown_with(post.id))

    def _mark(self, entry: PostMarked) -> Change:
        self.posts.get(entry.post_id)
        self._check_is_left(entry.account_id)
        put = self.posts.mark if entry.on else self.posts.unmark
        if not put(entry.account_id, entry.post_id, entry.mark):
            return Change(entry, is_news=False)
        touched = self._shown_with(entry.post_id) if entry.mark is Mark.LIKE else frozenset()
        return Change(entry, touched=touched)

    def _vote(self, entry: PollVoted) -> Change:
        post = self.posts.get(entry.post_id)
        if post.poll is None or max(entry.choices, default=0) >= len(post.poll.options):
            raise Refusal("unknown_option", "The chosen vote option does not exist")
        self._check_is_left(entry.account_id)
        earlier = self.posts.votes(entry.post_id).get(entry.account_id, ())
        if (earlier and not post.poll.multiple) or not set(earlier).isdisjoint(entry.choices):
            raise already_voted()
        self.posts.vote(entry.account_id, entry.post_id, (*earlier, *entry.choices))
        return Change(entry, touched=self._shown_with(entry.post_id))

    def _end_poll(self, entry: PollEnded) -> Change:
        return Change(entry, touched=self._shown_with(entry.post_id))

    def _check_is_left(self, account_id: int) -> None:
        """What was on its way to the disk when its author was deleted is not kept either."""
        account = self.accounts.find(account_id)
        if account is None or account.standing is Standing.DELETED:
            raise Refusal("unknown_account", "There is no such account.")

    def _check_uploads(self, media: Iterable[Attachment]) -> None:
        """Of two posts with the same upload that come at once, the first has it."""
        if any(self.uploads.find(one.id) is None for one in media):
            raise Refusal(
                "unknown_media",
                "One of the media is not there: it is somebody else's, or was posted already.",
                field="media_ids",
            )

    def _shown_with(self, post_id: int) -> frozenset[int]:
        """The post and those that show it within themselves."""
        return frozenset({post_id, *self.posts.quotes_of(post_id)})

    # Relations

    def _relate(self, entry: RelationChanged) -> Change:
        one, other, relation = entry.account_id, entry.target_id, entry.relation
        relations = self.relations
        if entry.on:
            for account_id in (one, other):
                self._check_is_left(account_id)
            if relation in (Relation.FOLLOW, Relation.REQUEST) and relations.is_apart(one, other):
                raise Refusal("blocked", "One of you blocks the other.")
            is_news = relations.add(one, relation, other)
        else:
            is_news = relations.remove(one, relation, other)
            if relation is Relation.FOLLOW:
                relations.remove(one, Relation.FEATURE, other)
        if relation is Relation.FOLLOW and entry.on:
            relations.remove(one, Relation.REQUEST, other)
        if relation in (Relation.FOLLOW, Relation.REQUEST) and entry.on:
            relations.set_options(one, other, entry.options)
        if relation is Relation.MUTE and entry.on:
            relations.set_mute(one, other, Mute(entry.hides_notifications, entry.ends_ms))
        if relation is Relation.BLOCK and entry.on:
            self._part(one, other)
        return Change(entry, accounts=frozenset({one, other}), is_news=is_news)

    def _part(self, one: int, other: int) -> None:
        """Those of whom one blocks the other follow each other no more."""
        for relation in (Relation.FOLLOW, Relation.REQUEST, Relation.FEATURE):
            self.relations.remove(one, relation, other)
            self.relations.remove(other, relation, one)

    def _answer_follow(self, entry: FollowAnswered) -> Change:
        asker, account = entry.asker_id, entry.account_id
        options = self.relations.options_of(asker, account)
        if not self.relations.remove(asker, Relation.REQUEST, account):
            raise Refusal("unknown_request", "There is no such request any more.")
        if entry.accepted:
            self.relations.add(asker, Relation.FOLLOW, account)
            self.relations.set_options(asker, account, options)
        return Change(entry, accounts=frozenset({asker, account}))

    def _note(self, entry: PrivateNoteWritten) -> Change:
        notes = self.relations.notes.setdefault(entry.account_id, {})
        if entry.text:
            notes[entry.target_id] = entry.text
        else:
            notes.pop(entry.target_id, None)
        return Change(entry)

    # Media

    def _add_media(self, entry: MediaAdded) -> Change:
        self.uploads.add(entry.media)
        return Change(entry)

    def _describe_media(self, entry: MediaDescribed) -> Change:
        if self.uploads.find(entry.media.id) is None:
            raise Refusal("unknown_media", "This upload is not there any more.")
        self.uploads.add(entry.media)
        return Change(entry)

    def _forget_media(self, entry: MediaForgotten) -> Change:
        media = self.uploads.forget(entry.media_id)
        return Change(entry, media=() if media is None else (media,))

    # Accounts

    def _erase(self, entry: AccountErased) -> Change:
        account_id = entry.account_id
        near = {*self.relations.of(account_id, Relation.FOLLOW)}
        near.update(self.relations.to(account_id, Relation.FOLLOW))
        touched = {*self.posts.marked(account_id, Mark.LIKE)}
        removed: list[Post] = []
        for post_id in list(self.posts.of(account_id)):
            if self.posts.find(post_id) is not None:
                change = self._delete(PostDeleted(entry.at_ms, post_id, account_id))
                removed.extend(change.removed)
                touched |= change.touched
        self.posts.erase(account_id)
        self.relations.erase(account_id)
        forgotten = self.uploads.erase(account_id)
        return Change(
            entry,
            removed=tuple(removed),
            touched=frozenset(touched),
            accounts=frozenset({account_id, *near, *(post.account_id for post in removed)}),
            media=forgotten,
        )
