"""Random histories of a small square: what a few people do, possible or not.

A step names people and posts by small numbers; `Story` makes entries of them, also impossible
ones: answers to deleted posts, lists of others, votes in polls that are none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec
from hypothesis import strategies as st

from lapwing.accounts.entries import AccountDeleted, AccountOpened
from lapwing.accounts.model import Role, Standing
from lapwing.accounts.moderation_entries import Sanctioned
from lapwing.accounts.moderation_model import Act
from lapwing.kernel.ids import IdSequence
from lapwing.kernel.refusals import Refusal
from lapwing.microblog import entries as square
from lapwing.microblog.actions.composing import Draft
from lapwing.microblog.model import (
    Attachment,
    Card,
    FollowOptions,
    Mark,
    MediaKind,
    Poll,
    Post,
    Relation,
    Visibility,
)
from lapwing.microblog.personal import entries as own
from lapwing.microblog.personal.model import (
    Filter,
    FilterContext,
    FilterKeyword,
    KeptDraft,
    NotificationKind,
    NotificationPolicy,
    PushSubscription,
    RepliesPolicy,
    Rule,
    ScheduledPost,
)
from lapwing.microblog.state import SquareState

START_MS = 1_703_116_800_000
PEOPLE = 5
SERVICE = PEOPLE
"""The number of the account that tells a service's outages."""
TAGS = ("Outage", "tea", "TEA")

Step: TypeAlias = tuple[str, int, int, int, int]
"""What, who, whom, which, and a number more."""

PUBLIC_STEPS = (
    ["post"] * 6
    + ["reply"] * 4
    + ["mention"] * 2
    + ["repost"] * 3
    + ["quote"] * 2
    + ["like"] * 3
    + ["mark"] * 2
    + ["follow"] * 5
    + ["edit", "delete", "block", "mute", "mute", "request", "answer", "unrelate", "hide"]
    + ["card"] * 3
    + ["vote", "poll_end", "media", "note", "wait"]
)
PERSONAL_STEPS = [
    "clear",
    "dismiss",
    "policy",
    "answer_requests",
    "list",
    "list_edit",
    "list_delete",
    "members",
    "members",
    "members",
    "list",
    "filter",
    "filter_delete",
    "marker",
    "conversation_read",
    "conversation_delete",
    "tag_follow",
    "tag_feature",
    "schedule",
    "schedule_cancel",
    "publish",
    "draft",
    "draft_forget",
    "push",
    "push_end",
    "dismiss_suggestion",
]
MODERATORS_STEPS = ["sanction", "erase"]
_ACTS = (Act.SILENCE, Act.SUSPEND, Act.WARN, Act.SILENCE, Act.UNSILENCE, Act.UNSUSPEND)
ALL_STEPS = PUBLIC_STEPS + PERSONAL_STEPS + MODERATORS_STEPS


def steps(kinds: list[str], least: int = 0, most: int = 60) -> st.SearchStrategy[list[Step]]:
    """Long ones find more; a failing one shrinks to steps that do nothing."""
    who = st.integers(0, PEOPLE)
    return st.lists(
        st.tuples(
            st.sampled_from(["wait", *kinds]), who, who, st.integers(0, 40), st.integers(0, 7)
        ),
        min_size=least,
        max_size=most,
    )


class Story:
    """Applies steps to a state and keeps the entries that it made of them."""

    def __init__(self) -> None:
        self.state = SquareState()
        self.entries: list[Any] = []
        self.refused: list[Any] = []
        self.now_ms = START_MS
        self.ids = IdSequence()
        self.people: list[int] = []
        self.posts: list[Post] = []
        """All that were ever written, as they were."""
        self.own_ids: list[int] = []
        """Of lists, filters, drafts and the like of everybody."""
        for number in range(PEOPLE + 1):
            self._join(number)

    def _join(self, number: int) -> None:
        account_id = self.ids.take(self.now_ms)
        is_service = number == SERVICE
        self.people.append(account_id)
        self.take(
            AccountOpened(
                self.now_ms,
                account_id,
                f"person{number}",
                Standing.ACTIVE,
                bot=is_service,
                service="x" if is_service else "",
                role=Role.ADMIN if number == 0 else Role.USER,
            )
        )

    def tell(self, step: Step) -> None:
        """Does the step. The clock goes on by a second."""
        kind, who, whom, which, more = step
        self.now_ms += 1000
        make: Callable[[int, int, int, int], Any] = getattr(self, f"_{kind}")
        entry = make(self.people[who], self.people[whom], which, more)
        if entry is not None:
            self.take(entry)

    def take(self, entry: Any) -> None:
        self.entries.append(entry)
        try:
            self.state.apply(entry)
        except Refusal:
            self.refused.append(entry)

    # Posts

    def _some_post(self, which: int) -> Post | None:
        return self.posts[-1 - which % len(self.posts)] if self.posts else None

    def _write(self, author: int, **parts: Any) -> square.PostWritten:
        post_id = self.ids.take(self.now_ms)
        parts.setdefault("thread_id", post_id)
        post = Post(post_id, author, self.now_ms, **parts)
        self.posts.append(post)
        return square.PostWritten(self.now_ms, post)

    def _post(self, who: int, whom: int, which: int, more: int) -> Any:
        poll = Poll(("yes", "no"), self.now_ms + 5000) if which % 5 == 0 else None
        return self._write(
            who,
            text=f"words {which}",
            visibility=list(Visibility)[more % 4],
            tags=(TAGS[which % 3],) if which % 2 else (),
            services=("x",) if which % 7 == 0 else (),
            poll=poll,
            sensitive=which % 11 == 0,
        )

    def _mention(self, who: int, whom: int, which: int, more: int) -> Any:
        visibility = list(Visibility)[more % 4]
        return self._write(who, text="@you", mentions=(whom,), visibility=visibility)

    def _reply(self, who: int, whom: int, which: int, more: int) -> Any:
        answered = self._some_post(which)
        if answered is None or answered.repost_of_id:
            return None
        return self._write(
            who,
            text="yes",
            visibility=list(Visibility)[more % 4],
            mentions=(answered.account_id,),
            reply_to_id=answered.id,
            reply_to_account_id=answered.account_id,
            thread_id=answered.thread_id,
        )

    def _repost(self, who: int, whom: int, which: int, more: int) -> Any:
        post = self._some_post(which)
        if post is None or post.repost_of_id:
            return None
        return self._write(who, repost_of_id=post.id)

    def _quote(self, who: int, whom: int, which: int, more: int) -> Any:
        post = self._some_post(which)
        if post is None or post.repost_of_id:
            return None
        return self._write(who, text="look", quote_of_id=post.id)

    def _edit(self, who: int, whom: int, which: int, more: int) -> Any:
        post = self._some_post(which)
        if post is None:
            return None
        mentions = (whom,) if more % 2 else post.mentions
        tags = (TAGS[more % 3],)
        text, sensitive = f"edited {more}", more == 0
        return square.PostEdited(
            self.now_ms, post.id, text, "", sensitive, "en", mentions, tags, (), (), post.poll
        )

    def _delete(self, who: int, whom: int, which: int, more: int) -> Any:
        post = self._some_post(which)
        return None if post is None else square.PostDeleted(self.now_ms, post.id, post.account_id)

    def _card(self, who: int, whom: int, which: int, more: int) -> Any:
        post = self._some_post(which)
        card = Card(f"https://example.org/{more % 2}", "A page")
        return None if post is None else square.CardFound(self.now_ms, post.id, card)

    def _hide(self, who: int, whom: int, which: int, more: int) -> Any:
        post = self._some_post(which)
        return None if post is None else square.PostHidden(self.now_ms, post.id)

    def _like(self, who: int, whom: int, which: int, more: int) -> Any:
        post = self._some_post(which)
        if post is None:
            return None
        return square.PostMarked(self.now_ms, who, post.id, Mark.LIKE, more != 0)

    def _mark(self, who: int, whom: int, which: int, more: int) -> Any:
        post = self._some_post(which)
        if post is None:
            return None
        mark = list(Mark)[1 + more % 3]
        return square.PostMarked(self.now_ms, who, post.id, mark, more < 5)

    def _vote(self, who: int, whom: int, which: int, more: int) -> Any:
        post = self._some_post(which)
        if post is None or post.poll is None:
            return None
        return square.PollVoted(self.now_ms, who, post.id, (more % 2,))

    def _poll_end(self, who: int, whom: int, which: int, more: int) -> Any:
        post = self._some_post(which)
        return None if post is None else square.PollEnded(self.now_ms, post.id)

    def _media(self, who: int, whom: int, which: int, more: int) -> Any:
        media = Attachment(self.ids.take(self.now_ms), who, MediaKind.IMAGE, "file", "preview")
        return square.MediaAdded(self.now_ms, media)

    # Relations

    def _follow(self, who: int, whom: int, which: int, more: int) -> Any:
        options = FollowOptions(notifies=more % 3 == 0, shows_reposts=more % 5 != 0)
        return self._relation(who, Relation.FOLLOW, whom, True, options)

    def _request(self, who: int, whom: int, which: int, more: int) -> Any:
        return self._relation(who, Relation.REQUEST, whom, True, FollowOptions())

    def _block(self, who: int, whom: int, which: int, more: int) -> Any:
        return self._relation(who, Relation.BLOCK, whom, True, FollowOptions())

    def _mute(self, who: int, whom: int, which: int, more: int) -> Any:
        ends_ms = self.now_ms + 3000 if more % 2 else 0
        return square.RelationChanged(
            self.now_ms, who, whom, Relation.MUTE, True, FollowOptions(), more % 3 != 0, ends_ms
        )

    def _unrelate(self, who: int, whom: int, which: int, more: int) -> Any:
        relation = list(Relation)[more % len(Relation)]
        return self._relation(who, relation, whom, False, FollowOptions())

    def _relation(
        self, who: int, relation: Relation, whom: int, on: bool, options: FollowOptions
    ) -> Any:
        if who == whom:
            return None
        return square.RelationChanged(self.now_ms, who, whom, relation, on, options)

    def _answer(self, who: int, whom: int, which: int, more: int) -> Any:
        asking = self.state.square.relations.to(who, Relation.REQUEST)
        asker = asking[which % len(asking)] if asking and which else whom
        return square.FollowAnswered(self.now_ms, who, asker, bool(more % 2))

    def _note(self, who: int, whom: int, which: int, more: int) -> Any:
        return square.PrivateNoteWritten(self.now_ms, who, whom, "a friend" if more else "")

    def _wait(self, who: int, whom: int, which: int, more: int) -> Any:
        self.now_ms += more * 3_600_000

    # People's own things

    def _own(self, which: int, kept: Sequence[Any] = ()) -> int:
        """The id of something that somebody has kept; at times of somebody else's."""
        if kept and which % 8:
            own_id: int = kept[which % len(kept)].id
            return own_id
        return self.own_ids[-1 - which % len(self.own_ids)] if self.own_ids else 1

    def _fresh(self) -> int:
        self.own_ids.append(self.ids.take(self.now_ms))
        return self.own_ids[-1]

    def _clear(self, who: int, whom: int, which: int, more: int) -> Any:
        return own.NotificationsCleared(self.now_ms, who)

    def _dismiss(self, who: int, whom: int, which: int, more: int) -> Any:
        newest = self.state.personal.notifications.box_of(who).newest_id
        return own.NotificationsDismissed(self.now_ms, who, (newest, which))

    def _policy(self, who: int, whom: int, which: int, more: int) -> Any:
        policy = NotificationPolicy(list(Rule)[which % 3], list(Rule)[more % 3])
        return own.NotificationPolicySet(self.now_ms, who, policy)

    def _answer_requests(self, who: int, whom: int, which: int, more: int) -> Any:
        return own.NotificationRequestsAnswered(self.now_ms, who, (whom,), bool(more % 2))

    def _list(self, who: int, whom: int, which: int, more: int) -> Any:
        return own.ListMade(
            self.now_ms, who, self._fresh(), "Some", list(RepliesPolicy)[more % 3], more > 4
        )

    def _list_edit(self, who: int, whom: int, which: int, more: int) -> Any:
        lists = self.state.personal.lists.of(who)
        return own.ListEdited(
            self.now_ms, who, self._own(which, lists), "Others", RepliesPolicy.NONE, more < 4
        )

    def _list_delete(self, who: int, whom: int, which: int, more: int) -> Any:
        lists = self.state.personal.lists.of(who)
        return own.ListDeleted(self.now_ms, who, self._own(which, lists))

    def _members(self, who: int, whom: int, which: int, more: int) -> Any:
        lists = self.state.personal.lists.of(who)
        followed = self.state.square.relations.of(who, Relation.FOLLOW)
        if not lists and more > 1:
            return self._list(who, whom, which, more)
        if not followed and more > 1:
            return self._follow(who, whom, which, more)
        member = followed[which % len(followed)] if followed and more else whom
        list_id = self._own(which, lists)
        return own.ListMembersChanged(self.now_ms, who, list_id, (member,), more != 1)

    def _filter(self, who: int, whom: int, which: int, more: int) -> Any:
        keyword = FilterKeyword(which, "words", bool(more % 2))
        contexts = (FilterContext.HOME, FilterContext.PUBLIC)
        put = Filter(self._fresh(), who, "Words", contexts, keywords=(keyword,))
        return own.FilterPut(self.now_ms, put)

    def _filter_delete(self, who: int, whom: int, which: int, more: int) -> Any:
        filters = self.state.personal.filters.of(who)
        return own.FilterDeleted(self.now_ms, who, self._own(which, filters))

    def _marker(self, who: int, whom: int, which: int, more: int) -> Any:
        return own.MarkerSet(self.now_ms, who, "home" if more % 2 else "notifications", which)

    def _conversation_read(self, who: int, whom: int, which: int, more: int) -> Any:
        return own.ConversationRead(self.now_ms, who, self._some_conversation(who), more == 0)

    def _conversation_delete(self, who: int, whom: int, which: int, more: int) -> Any:
        return own.ConversationDeleted(self.now_ms, who, self._some_conversation(who))

    def _some_conversation(self, who: int) -> int:
        for post in reversed(self.posts):
            found = self.state.personal.conversations.find_with(who, post)
            if found is not None:
                return found.id
        return 1

    def _tag_follow(self, who: int, whom: int, which: int, more: int) -> Any:
        return own.TagFollowed(self.now_ms, who, TAGS[which % 3], more % 4 != 0, self._fresh())

    def _tag_feature(self, who: int, whom: int, which: int, more: int) -> Any:
        return own.TagFeatured(self.now_ms, who, TAGS[which % 3], more % 4 != 0, self._fresh())

    def _schedule(self, who: int, whom: int, which: int, more: int) -> Any:
        due_ms = self.now_ms + more * 250_000
        made = ScheduledPost(self._fresh(), who, due_ms, Draft("later"), "{}", self.now_ms)
        return own.PostScheduled(self.now_ms, made)

    def _schedule_cancel(self, who: int, whom: int, which: int, more: int) -> Any:
        scheduled = self.state.personal.scheduled.of(who)
        return own.ScheduledPostCancelled(self.now_ms, who, self._own(which, scheduled))

    def _publish(self, who: int, whom: int, which: int, more: int) -> Any:
        written = self._write(who, text="now")
        scheduled_id = self._own(which, self.state.personal.scheduled.of(who))
        return msgspec.structs.replace(
            written, request=f"request {which}", scheduled_id=scheduled_id
        )

    def _draft(self, who: int, whom: int, which: int, more: int) -> Any:
        drafts = self.state.personal.drafts.of(who)
        draft_id = self._own(which, drafts) if more % 2 else self._fresh()
        return own.DraftKept(self.now_ms, KeptDraft(draft_id, who, self.now_ms, "{}", (which,)))

    def _draft_forget(self, who: int, whom: int, which: int, more: int) -> Any:
        drafts = self.state.personal.drafts.of(who)
        return own.DraftForgotten(self.now_ms, who, self._own(which, drafts))

    def _push(self, who: int, whom: int, which: int, more: int) -> Any:
        made = PushSubscription(
            self._fresh(), who, which, "https://push.example", "k", "a", (NotificationKind.LIKE,)
        )
        return own.PushSubscribed(self.now_ms, made)

    def _push_end(self, who: int, whom: int, which: int, more: int) -> Any:
        return own.PushUnsubscribed(self.now_ms, who, which)

    def _dismiss_suggestion(self, who: int, whom: int, which: int, more: int) -> Any:
        return own.SuggestionDismissed(self.now_ms, who, whom)

    # Moderators

    def _sanction(self, who: int, whom: int, which: int, more: int) -> Any:
        if which % 2:
            return None
        act = _ACTS[more % len(_ACTS)]
        return Sanctioned(self.now_ms, self._fresh(), 0, who, act, "so it is")

    def _erase(self, who: int, whom: int, which: int, more: int) -> Any:
        return AccountDeleted(self.now_ms, who, who) if more == 0 else None


def told(made: list[Step]) -> Story:
    story = Story()
    for step in made:
        story.tell(step)
    return story


def captured(state: SquareState) -> Iterator[tuple[str, Any]]:
    """Everything that a checkpoint holds, in a form that compares."""
    for name, chunk in state.capture():
        yield name, msgspec.msgpack.decode(chunk, strict=False)
