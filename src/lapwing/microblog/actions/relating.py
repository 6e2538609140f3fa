"""Following, asking, blocking, muting, featuring, and private notes."""

from __future__ import annotations

from lapwing.accounts.model import Account, Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.context import Context
from lapwing.microblog.actions.posting import check_may_act
from lapwing.microblog.entries import FollowAnswered, PrivateNoteWritten, RelationChanged
from lapwing.microblog.model import FollowOptions, Relation

_LONGEST_NOTE = 2000
_MOST_LANGUAGES = 50
_LONGEST_CODE = 12


async def follow(
    context: Context, viewer: Viewer, target_id: int, options: FollowOptions | None = None
) -> None:
    """Follows, or asks a locked account; for who follows already, only the options change
    (None: they stay). Raises `Refusal`, `Unavailable`."""
    check_may_act(viewer.account)
    target = get_other(context, viewer, target_id)
    relations, own = context.square.relations, viewer.account_id
    if relations.is_apart(own, target.id):
        raise Refusal("forbidden", "This action is not allowed")
    if relations.follows(own, target.id):
        wanted = Relation.FOLLOW
    else:
        wanted = Relation.REQUEST if target.locked else Relation.FOLLOW
        if len(relations.of(own, Relation.FOLLOW)) >= context.rules.most_follows:
            raise Refusal(
                "too_many_follows", f"One can follow {context.rules.most_follows} accounts."
            )
    if options is None:
        options = relations.options_of(own, target.id)
    _check_languages(options)
    entry = RelationChanged(context.now_ms(), own, target.id, wanted, True, options)
    await context.journal.append(entry)


def _check_languages(options: FollowOptions) -> None:
    languages = options.languages
    if len(languages) > _MOST_LANGUAGES or max(map(len, languages), default=0) > _LONGEST_CODE:
        raise Refusal(
            "wrong_languages",
            f"At most {_MOST_LANGUAGES} languages by their codes, such as “en”.",
            field="languages",
        )


async def unfollow(context: Context, viewer: Viewer, target_id: int) -> None:
    """Also takes back the asking."""
    target = get_other(context, viewer, target_id)
    for relation in (Relation.FOLLOW, Relation.REQUEST):
        await _end(context, viewer.account_id, relation, target.id)


async def block(context: Context, viewer: Viewer, target_id: int) -> None:
    target = get_other(context, viewer, target_id)
    await _begin(context, viewer.account_id, Relation.BLOCK, target.id)


async def unblock(context: Context, viewer: Viewer, target_id: int) -> None:
    await _end(context, viewer.account_id, Relation.BLOCK, target_id)


async def mute(
    context: Context,
    viewer: Viewer,
    target_id: int,
    *,
    hides_notifications: bool = True,
    duration_s: int = 0,
) -> None:
    """`duration_s` 0: until it is undone. Muting again replaces what was said before."""
    target = get_other(context, viewer, target_id)
    now_ms = context.now_ms()
    await context.journal.append(
        RelationChanged(
            now_ms,
            viewer.account_id,
            target.id,
            Relation.MUTE,
            True,
            hides_notifications=hides_notifications,
            ends_ms=now_ms + duration_s * 1000 if duration_s > 0 else 0,
        )
    )


async def unmute(context: Context, viewer: Viewer, target_id: int) -> None:
    await _end(context, viewer.account_id, Relation.MUTE, target_id)


async def feature(context: Context, viewer: Viewer, target_id: int, *, on: bool) -> None:
    """Shows an account that one follows on one's profile, or no more."""
    target = get_other(context, viewer, target_id)
    own = viewer.account_id
    if not on:
        await _end(context, own, Relation.FEATURE, target.id)
        return
    if not context.square.relations.follows(own, target.id):
        raise Refusal("not_followed", "Validation failed: You must be already following the person")
    await _begin(context, own, Relation.FEATURE, target.id)


async def answer_request(
    context: Context, viewer: Viewer, asker_id: int, *, accepted: bool
) -> None:
    """Raises `Refusal` where nobody of that id asks."""
    if not context.square.relations.has(asker_id, Relation.REQUEST, viewer.account_id):
        raise Refusal("unknown_request", "There is no such request.")
    entry = FollowAnswered(context.now_ms(), viewer.account_id, asker_id, accepted)
    await context.journal.append(entry)


async def remove_follower(context: Context, viewer: Viewer, follower_id: int) -> None:
    await _end(context, follower_id, Relation.FOLLOW, viewer.account_id)


async def write_note(context: Context, viewer: Viewer, target_id: int, text: str) -> None:
    """A note for oneself about somebody; an empty one is removed."""
    context.square.accounts.get(target_id)
    if len(text) > _LONGEST_NOTE:
        raise Refusal("note_too_long", f"A note has at most {_LONGEST_NOTE} characters.")
    entry = PrivateNoteWritten(context.now_ms(), viewer.account_id, target_id, text.strip())
    await context.journal.append(entry)


def get_other(context: Context, viewer: Viewer, target_id: int) -> Account:
    """Somebody else who is there. Raises `Refusal`."""
    target = context.square.accounts.get(target_id)
    if target.id == viewer.account_id:
        raise Refusal("oneself", "This can be done with others only.")
    if not target.is_there:
        raise Refusal("unknown_account", "There is no such account.")
    return target


async def _begin(context: Context, own: int, relation: Relation, target_id: int) -> None:
    if not context.square.relations.has(own, relation, target_id):
        entry = RelationChanged(context.now_ms(), own, target_id, relation, True)
        await context.journal.append(entry)


async def _end(context: Context, own: int, relation: Relation, target_id: int) -> None:
    if context.square.relations.has(own, relation, target_id):
        entry = RelationChanged(context.now_ms(), own, target_id, relation, False)
        await context.journal.append(entry)
