"""Whether somebody is to be told something: whom they block, mute, and what they let wait."""

from __future__ import annotations

from typing import Final

from lapwing.accounts.model import Account, Role, Standing
from lapwing.microblog.model import Mark, Post, Visibility
from lapwing.microblog.personal.model import NotificationKind, NotificationPolicy, Rule
from lapwing.microblog.square import Square

NEW_ACCOUNT_MS: Final = 30 * 24 * 3_600_000
"""How long an account counts as new."""
ALWAYS_TOLD: Final = frozenset(
    {
        NotificationKind.POLL,
        NotificationKind.EDIT,
        NotificationKind.QUOTED_EDIT,
        NotificationKind.POST,
        NotificationKind.WARNING,
    }
)
"""Kinds that one asked for by an act of one's own: no policy holds them back."""


def is_let_through(
    square: Square, account_id: int, sender_id: int, subject: Post | None, at_ms: int
) -> bool:
    """Whether the account may be told at all of what the sender did with a post (None: with the
    account itself). Asked when it happens and again whenever it is read."""
    if sender_id != account_id:
        sender = square.accounts.find(sender_id)
        if sender is None or not sender.is_there:
            return False
        relations = square.relations
        if relations.is_apart(account_id, sender_id):
            return False
        mute = relations.find_mute(account_id, sender_id)
        if mute is not None and mute.hides_notifications:
            ended = mute.ends_ms and mute.ends_ms <= at_ms
            if not ended:
                return False
    return subject is None or square.permissions.may_see(account_id, subject)


def mutes_thread(square: Square, account_id: int, post: Post) -> bool:
    """Whether the account wants to hear no more of the post's thread: of any post in it, and none
    of these has a smaller id than the one that began it."""
    marked = square.posts.marked(account_id, Mark.MUTE_THREAD)
    for place in range(marked.count_below(post.thread_id), len(marked)):
        muted = square.posts.find(marked[place])
        if muted is not None and muted.thread_id == post.thread_id:
            return True
    return False


def rule_for(
    square: Square,
    policy: NotificationPolicy,
    account_id: int,
    sender: Account,
    subject: Post | None,
    at_ms: int,
) -> Rule:
    """What the account's policy says of something that the sender does: the strictest of what
    applies. Moderators always get through."""
    if sender.role is not Role.USER:
        return Rule.ACCEPT
    relations = square.relations
    followed = relations.follows(account_id, sender.id)
    rules = []
    if not followed:
        rules.append(policy.for_not_following)
        if sender.standing is Standing.SILENCED:
            rules.append(policy.for_limited_accounts)
        if at_ms - sender.created_ms < NEW_ACCOUNT_MS:
            rules.append(policy.for_new_accounts)
        if subject is not None and _is_unasked(subject, account_id):
            rules.append(policy.for_private_mentions)
    if not relations.follows(sender.id, account_id):
        rules.append(policy.for_not_followers)
    return max(rules, key=_STRICTNESS.index, default=Rule.ACCEPT)


_STRICTNESS = (Rule.ACCEPT, Rule.FILTER, Rule.DROP)


def _is_unasked(post: Post, account_id: int) -> bool:
    """A private mention that answers nothing of the account's."""
    return post.visibility is Visibility.MENTIONED and post.reply_to_account_id != account_id
