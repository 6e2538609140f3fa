"""What people are told: derived from what others do, the same each time the journal is folded.

Ids are the entry's milliseconds followed by a counter, so they sort by time. Nothing of a post is
kept here but its id: what was deleted, or may not be seen any more, is not shown when one reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec

from lapwing.accounts.moderation_entries import Sanctioned
from lapwing.kernel.ids import IdSequence
from lapwing.microblog.entries import (
    AccountErased,
    FollowAnswered,
    PollEnded,
    PostDeleted,
    PostEdited,
    PostMarked,
    PostWritten,
    RelationChanged,
)
from lapwing.microblog.model import Mark, Post, Relation
from lapwing.microblog.personal.entries import (
    NotificationPolicySet,
    NotificationRequestsAnswered,
    NotificationsCleared,
    NotificationsDismissed,
)
from lapwing.microblog.personal.model import NotificationKind, NotificationPolicy, Rule
from lapwing.microblog.personal.notification_box import (
    Notification,
    NotificationBox,
)
from lapwing.microblog.personal.notification_rules import (
    ALWAYS_TOLD,
    is_let_through,
    mutes_thread,
    rule_for,
)
from lapwing.microblog.square import Change, Square

EDITS_APART_MS: Final = 3_600_000
"""Of a post that is edited again and again one is told once an hour."""
_BOXES_IN_A_CHUNK: Final = 2000
_NO_POLICY: Final = NotificationPolicy()


class _Chunk(msgspec.Struct, array_like=True):
    boxes: dict[int, bytes] = {}
    policies: dict[int, NotificationPolicy] = {}
    permitted: dict[int, list[int]] = {}
    last_id: int = 0


class Notifications:
    """Everybody's notifications. `made` are those of the change that was heard last."""

    name = "notifications"

    def __init__(self, square: Square) -> None:
        self._square = square
        self._boxes: dict[int, NotificationBox] = {}
        self._packed: dict[int, bytes] = {}
        """Boxes from the checkpoint that nobody has opened yet."""
        self._policies: dict[int, NotificationPolicy] = {}
        self._permitted: dict[int, set[int]] = {}
        """Senders whose requests were accepted: no policy holds them back."""
        self._last_id = 0
        self.made: list[Notification] = []
        self._steps: dict[type, Callable[[Change, Any], None]] = {
            PostWritten: self._hear_post,
            PostEdited: self._hear_edit,
            PostDeleted: self._hear_removal,
            PostMarked: self._hear_mark,
            PollEnded: self._hear_poll,
            RelationChanged: self._hear_relation,
            FollowAnswered: self._hear_answer,
            Sanctioned: self._hear_sanction,
            AccountErased: self._hear_erasure,
            NotificationsCleared: self._clear,
            NotificationsDismissed: self._dismiss,
            NotificationPolicySet: self._set_policy,
            NotificationRequestsAnswered: self._answer_requests,
        }

    def box_of(self, account_id: int) -> NotificationBox:
        """Not to be changed by the caller."""
        return self._find_box(account_id) or NotificationBox()

    def policy_of(self, account_id: int) -> NotificationPolicy:
        return self._policies.get(account_id, _NO_POLICY)

    def hear(self, change: Change) -> None:
        if self.made:
            self.made = []
        step = self._steps.get(type(change.entry))
        if step is not None:
            step(change, change.entry)

    # What others do

    def _hear_post(self, change: Change, entry: PostWritten) -> None:
        post, posts = entry.post, self._square.posts
        if post.repost_of_id:
            original = posts.get(post.repost_of_id)
            author = original.account_id
            self._tell(author, NotificationKind.REPOST, post.account_id, original, entry.at_ms)
            return
        told = self._tell_mentioned(post, (), entry.at_ms)
        quoted = posts.find(post.quote_of_id)
        if quoted is not None and quoted.account_id not in told:
            told.add(quoted.account_id)
            self._tell(
                quoted.account_id, NotificationKind.QUOTE, post.account_id, post, entry.at_ms
            )
        if post.reply_to_id and post.reply_to_account_id != post.account_id:
            return
        for follower in self._square.relations.notified_by(post.account_id):
            if follower not in told:
                self._tell(follower, NotificationKind.POST, post.account_id, post, entry.at_ms)

    def _tell_mentioned(self, post: Post, known: tuple[int, ...], at_ms: int) -> set[int]:
        """Who is told; `known` were mentioned before."""
        told = set(post.mentions).difference(known)
        for account_id in post.mentions:
            if account_id in told:
                self._tell(account_id, NotificationKind.MENTION, post.account_id, post, at_ms)
        return told

    def _hear_edit(self, change: Change, entry: PostEdited) -> None:
        square = self._square
        post, before = square.posts.get(entry.post_id), change.before
        known = before.mentions if before is not None else post.mentions
        told = self._tell_mentioned(post, known, entry.at_ms)
        for account_id in set(known).difference(post.mentions):
            self.box_of(account_id).remove_one(NotificationKind.MENTION, post.account_id, post.id)
        reposts = map(square.posts.get, square.posts.reposts_of(post.id))
        for account_id in dict.fromkeys(repost.account_id for repost in reposts):
            if account_id not in told:
                self._tell_of_edit(account_id, NotificationKind.EDIT, post, entry.at_ms)
        for quote in map(square.posts.get, square.posts.quotes_of(post.id)):
            self._tell_of_edit(quote.account_id, NotificationKind.QUOTED_EDIT, quote, entry.at_ms)

    def _tell_of_edit(
        self, account_id: int, kind: NotificationKind, subject: Post, at_ms: int
    ) -> None:
        """`subject` is the edited post, or the account's own that quotes it."""
        square = self._square
        last = self.box_of(account_id).find_newest(kind, subject.id)
        if last is not None and last >= IdSequence.bound(at_ms - EDITS_APART_MS):
            return
        sender_id = subject.account_id
        if kind is NotificationKind.QUOTED_EDIT:
            quoted = square.posts.get(subject.quote_of_id)
            if not square.permissions.may_see(account_id, quoted):
                return
            sender_id = quoted.account_id
        self._tell(account_id, kind, sender_id, subject, at_ms)

    def _hear_removal(self, change: Change, entry: PostDeleted | AccountErased) -> None:
        """Of posts: everybody who is easily found; for the others the missing post shows not."""
        square = self._square
        for post in change.removed:
            if post.repost_of_id:
                original = square.posts.find(post.repost_of_id)
                if original is not None:
                    box = self.box_of(original.account_id)
                    box.remove_one(NotificationKind.REPOST, post.account_id, original.id)
                continue
            quoted = square.posts.find(post.quote_of_id)
            near = {post.account_id, *post.mentions}
            if quoted is not None:
                near.add(quoted.account_id)
            for account_id in near:
                self.box_of(account_id).remove_about(post.id)

    def _hear_mark(self, change: Change, entry: PostMarked) -> None:
        if entry.mark is not Mark.LIKE or not change.is_news:
            return
        post = self._square.posts.get(entry.post_id)
        if entry.on:
            author = post.account_id
            self._tell(author, NotificationKind.LIKE, entry.account_id, post, entry.at_ms)
        else:
            box = self.box_of(post.account_id)
            box.remove_one(NotificationKind.LIKE, entry.account_id, post.id)

    def _hear_poll(self, change: Change, entry: PollEnded) -> None:
        posts = self._square.posts
        post = posts.find(entry.post_id)
        if post is None:
            return
        for account_id in dict.fromkeys((post.account_id, *sorted(posts.votes(post.id)))):
            if self.box_of(account_id).find_newest(NotificationKind.POLL, post.id) is None:
                self._tell(account_id, NotificationKind.POLL, post.account_id, post, entry.at_ms)

    def _hear_relation(self, change: Change, entry: RelationChanged) -> None:
        one, other, relation = entry.account_id, entry.target_id, entry.relation
        if not change.is_news:
            return
        if relation is Relation.BLOCK and entry.on:
            self.box_of(one).remove_from(other)
            self.box_of(other).remove_from(one)
        kind = _KINDS_OF_RELATIONS.get(relation)
        if kind is None:
            return
        if kind is NotificationKind.FOLLOW:
            self.box_of(other).remove_one(NotificationKind.REQUEST, one, 0)
        if entry.on:
            self._tell(other, kind, one, None, entry.at_ms)
        else:
            self.box_of(other).remove_one(kind, one, 0)

    def _hear_answer(self, change: Change, entry: FollowAnswered) -> None:
        box = self.box_of(entry.account_id)
        box.remove_one(NotificationKind.REQUEST, entry.asker_id, 0)

    def _hear_sanction(self, change: Change, entry: Sanctioned) -> None:
        if entry.act.can_be_appealed:
            own = entry.account_id
            self._keep(own, NotificationKind.WARNING, own, entry.sanction_id, entry.at_ms)

    def _hear_erasure(self, change: Change, entry: AccountErased) -> None:
        own = entry.account_id
        self._hear_removal(change, entry)
        for table in (self._boxes, self._packed, self._policies, self._permitted):
            table.pop(own, None)
        for permitted in self._permitted.values():
            permitted.discard(own)

    # What the person does

    def _clear(self, change: Change, entry: NotificationsCleared) -> None:
        self._boxes.pop(entry.account_id, None)
        self._packed.pop(entry.account_id, None)

    def _dismiss(self, change: Change, entry: NotificationsDismissed) -> None:
        self.box_of(entry.account_id).remove_ids(entry.notification_ids)

    def _set_policy(self, change: Change, entry: NotificationPolicySet) -> None:
        self._policies[entry.account_id] = entry.policy

    def _answer_requests(self, change: Change, entry: NotificationRequestsAnswered) -> None:
        box = self.box_of(entry.account_id)
        for sender_id in entry.sender_ids:
            if entry.accepted:
                self._permitted.setdefault(entry.account_id, set()).add(sender_id)
                box.let_in(sender_id)
            else:
                box.remove_from(sender_id, only_filtered=True)

    # Keeping

    def _tell(
        self,
        account_id: int,
        kind: NotificationKind,
        sender_id: int,
        subject: Post | None,
        at_ms: int,
    ) -> None:
        """Unless the account does not want it, may not see it, or is nobody's to read."""
        square = self._square
        account, sender = square.accounts.find(account_id), square.accounts.find(sender_id)
        if account is None or sender is None or not account.may_act or account.service:
            return
        if account_id == sender_id and kind is not NotificationKind.POLL:
            return
        if not is_let_through(square, account_id, sender_id, subject, at_ms):
            return
        if subject is not None and mutes_thread(square, account_id, subject):
            return
        filtered = False
        if kind not in ALWAYS_TOLD and sender_id not in self._permitted.get(account_id, ()):
            policy = self.policy_of(account_id)
            rule = rule_for(square, policy, account_id, sender, subject, at_ms)
            if rule is Rule.DROP:
                return
            filtered = rule is Rule.FILTER
        self._keep(account_id, kind, sender_id, subject.id if subject else 0, at_ms, filtered)

    def _keep(
        self,
        account_id: int,
        kind: NotificationKind,
        sender_id: int,
        subject_id: int,
        at_ms: int,
        filtered: bool = False,
    ) -> None:
        self._last_id = max(self._last_id + 1, IdSequence.bound(at_ms))
        box = self._find_box(account_id)
        if box is None:
            box = self._boxes[account_id] = NotificationBox()
        group = box.find_group(kind, subject_id, at_ms) or self._last_id
        told = Notification(self._last_id, account_id, kind, sender_id, subject_id, group, filtered)
        box.add(told)
        self.made.append(told)

    def _find_box(self, account_id: int) -> NotificationBox | None:
        packed = self._packed.pop(account_id, None) if self._packed else None
        if packed is not None:
            self._boxes[account_id] = NotificationBox.unpacked(packed)
        return self._boxes.get(account_id)

    # The checkpoint

    def capture(self) -> Iterator[bytes]:
        encode = msgspec.msgpack.encode
        accounts = iter(sorted((*self._boxes, *self._packed)))
        while ids := list(islice(accounts, _BOXES_IN_A_CHUNK)):
            boxes = ((one, self._packed.get(one) or self._boxes[one].packed()) for one in ids)
            yield encode(_Chunk(boxes={one: packed for one, packed in boxes if packed}))
        permitted = {one: sorted(ids) for one, ids in sorted(self._permitted.items()) if ids}
        yield encode(_Chunk(policies=self._policies, permitted=permitted, last_id=self._last_id))

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(_Chunk)
        for content in chunks:
            chunk = decoder.decode(content)
            self._packed.update(chunk.boxes)
            self._policies.update(chunk.policies)
            for account_id, ids in chunk.permitted.items():
                self._permitted[account_id] = set(ids)
            self._last_id = max(self._last_id, chunk.last_id)


_KINDS_OF_RELATIONS: Final = {
    Relation.FOLLOW: NotificationKind.FOLLOW,
    Relation.REQUEST: NotificationKind.REQUEST,
}
