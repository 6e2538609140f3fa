"""Writing, editing and deleting posts; reposts; marks; votes."""

from __future__ import annotations

import msgspec

from lapwing.accounts.model import Account, Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.composing import (
    Draft,
    PollDraft,
    compose,
    find_media,
    make_poll,
    read_words,
)
from lapwing.microblog.actions.context import Context
from lapwing.microblog.entries import (
    PollVoted,
    PostDeleted,
    PostEdited,
    PostMarked,
    PostWritten,
)
from lapwing.microblog.model import Attachment, Mark, Poll, Post, Visibility
from lapwing.microblog.posts import already_voted, unknown_post
from lapwing.microblog.text.cleaning import clean_text


class Edit(msgspec.Struct, frozen=True):
    """What a post shall be; None: as it is."""

    text: str | None = None
    warning: str | None = None
    sensitive: bool | None = None
    language: str | None = None
    media_ids: tuple[int, ...] | None = None
    described: dict[int, str] = {}
    """New descriptions of the post's media, by media id."""
    retouched: dict[int, Attachment] = {}
    """New forms of the post's media (another focus or preview), by media id."""
    poll: PollDraft | None = None


def check_may_act(account: Account) -> None:
    """Raises `Refusal` for an account that may only read."""
    if not account.may_act:
        raise Refusal("forbidden", "This account may not write at present.")


async def write_post(context: Context, viewer: Viewer, draft: Draft, request: str = "") -> Post:
    """The new post; the earlier one where `request`, its idempotency key, is known.
    Raises `Refusal`, `Unavailable`."""
    author = viewer.account
    check_may_act(author)
    earlier = find_earlier(context, author.id, request)
    if earlier is not None:
        return earlier
    post = compose(context, author, draft, context.take_id())
    try:
        await context.journal.append(PostWritten(post.created_ms, post, request))
    except Refusal as refusal:
        if refusal.code != "already_posted":
            raise  # else the same request came twice at once
    return find_earlier(context, author.id, request) or post


def find_earlier(context: Context, account_id: int, request: str) -> Post | None:
    """The post that this request has brought already."""
    post_id = context.square.requests.find(account_id, request)
    return None if post_id is None else context.square.posts.find(post_id)


async def edit_post(context: Context, viewer: Viewer, post_id: int, edit: Edit) -> Post:
    """The post as it is now. Raises `Refusal`, `Unavailable`."""
    check_may_act(viewer.account)
    square = context.square
    post = get_own(context, viewer.account_id, post_id)
    if post.is_repost:
        raise unknown_post()
    text = post.text if edit.text is None else edit.text
    words = read_words(context, text, post.warning if edit.warning is None else edit.warning)
    media = _edited_media(context, post, edit)
    poll = _edited_poll(context, post, edit)
    if not words.text and not media and poll is None and not post.quote_of_id:
        raise Refusal("empty_post", "A post needs a text, media or a poll.", field="status")
    sensitive = post.sensitive if edit.sensitive is None else edit.sensitive
    await context.journal.append(
        PostEdited(
            context.now_ms(),
            post.id,
            words.text,
            words.warning,
            sensitive or bool(words.warning),
            edit.language or post.language,
            words.mentions,
            words.tags,
            words.services,
            media,
            poll,
        )
    )
    return square.posts.get(post_id)


def _edited_media(context: Context, post: Post, edit: Edit) -> tuple[Attachment, ...]:
    media = post.media
    if edit.media_ids is not None:
        own = {one.id: one for one in post.media}

        def find(media_id: int) -> Attachment | None:
            return own.get(media_id) or context.square.uploads.find(media_id)

        media = find_media(find, post.account_id, edit.media_ids, context.rules)
    media = tuple(edit.retouched.get(one.id, one) for one in media)
    described = {one: _description(context, text) for one, text in edit.described.items()}
    return tuple(
        msgspec.structs.replace(one, description=described.get(one.id, one.description))
        for one in media
    )


def _description(context: Context, text: str) -> str:
    text = clean_text(text, field="description")
    context.rules.media.check_description(text)
    return text


def _edited_poll(context: Context, post: Post, edit: Edit) -> Poll | None:
    if edit.poll is None:
        return None if edit.media_ids else post.poll
    made = make_poll(edit.poll, context.now_ms(), context.rules)
    same = post.poll is not None and post.poll.options == made.options
    return post.poll if same and post.poll is not None and not edit.poll.expires_in_s else made


async def delete_post(
    context: Context, viewer: Viewer, post_id: int, *, keeps_media: bool = False
) -> Post:
    """The post as it was; with `keeps_media` its media can be posted anew for some hours.
    Raises `Refusal`, `Unavailable`."""
    post = get_own(context, viewer.account_id, post_id)
    entry = PostDeleted(context.now_ms(), post.id, viewer.account_id, keeps_media)
    await context.journal.append(entry)
    return post


async def repost(
    context: Context, viewer: Viewer, post_id: int, visibility: Visibility = Visibility.PUBLIC
) -> Post:
    """The viewer's repost of a post; the one that is there where they reposted it before."""
    check_may_act(viewer.account)
    permissions = context.square.permissions
    post = get_original(context, viewer.account_id, post_id)
    if not permissions.may_repost(viewer.account_id, post):
        raise Refusal("repost_not_allowed", "This post cannot be reposted.")
    present = context.square.posts.find_repost(viewer.account_id, post.id)
    if present is not None:
        return present
    if post.visibility is not Visibility.PUBLIC:
        visibility = post.visibility
    now_ms, repost_id = context.now_ms(), context.take_id()
    made = Post(
        repost_id,
        viewer.account_id,
        now_ms,
        visibility=visibility,
        language=post.language,
        thread_id=repost_id,
        repost_of_id=post.id,
    )
    await context.journal.append(PostWritten(now_ms, made))
    return made


async def undo_repost(context: Context, viewer: Viewer, post_id: int) -> Post:
    """The post that was reposted."""
    post = get_original(context, viewer.account_id, post_id)
    present = context.square.posts.find_repost(viewer.account_id, post.id)
    if present is not None:
        await context.journal.append(PostDeleted(context.now_ms(), present.id, viewer.account_id))
    return post


async def mark_post(
    context: Context, viewer: Viewer, post_id: int, mark: Mark, *, on: bool
) -> Post:
    """Likes, bookmarks, pins or mutes a post, or does no more. Raises `Refusal`, `Unavailable`."""
    check_may_act(viewer.account)
    posts = context.square.posts
    post = get_original(context, viewer.account_id, post_id)
    if mark is Mark.PIN and on:
        _check_pin(context, viewer.account_id, post)
    if (post.id in posts.marked(viewer.account_id, mark)) != on:
        entry = PostMarked(context.now_ms(), viewer.account_id, post.id, mark, on)
        await context.journal.append(entry)
    return post


def _check_pin(context: Context, account_id: int, post: Post) -> None:
    if post.account_id != account_id:
        raise Refusal("not_own_post", "Someone else's post cannot be pinned")
    if post.visibility is Visibility.MENTIONED:
        raise Refusal(
            "not_public", "Posts that are only visible to mentioned users cannot be pinned"
        )
    if len(context.square.posts.marked(account_id, Mark.PIN)) >= context.rules.most_pins:
        raise Refusal("too_many_pins", "You have already pinned the maximum number of posts")


async def vote(context: Context, viewer: Viewer, post_id: int, choices: tuple[int, ...]) -> Post:
    """Raises `Refusal` in Mastodon's words, which apps show."""
    check_may_act(viewer.account)
    square = context.square
    post = square.permissions.get_visible(viewer.account_id, post_id)
    poll = post.poll
    if poll is None:
        raise unknown_post()
    if context.now_ms() >= poll.ends_ms:
        raise Refusal("poll_ended", "The poll has already ended")
    earlier = square.posts.votes(post_id).get(viewer.account_id, ())
    if earlier and not poll.multiple:
        raise already_voted()
    chosen = tuple(sorted(set(choices)))
    if not chosen or chosen[0] < 0 or chosen[-1] >= len(poll.options):
        raise Refusal("unknown_option", "The chosen vote option does not exist")
    if (len(chosen) > 1 and not poll.multiple) or not set(chosen).isdisjoint(earlier):
        raise already_voted()
    await context.journal.append(PollVoted(context.now_ms(), viewer.account_id, post_id, chosen))
    return post


def get_own(context: Context, account_id: int, post_id: int) -> Post:
    """A post of the account's; others are unknown. Raises `Refusal`."""
    post = context.square.posts.get(post_id)
    if post.account_id != account_id:
        raise unknown_post()
    return post


def get_original(context: Context, viewer_id: int, post_id: int) -> Post:
    """The post, or the one that it reposts, if the viewer may see it. Raises `Refusal`."""
    post = context.square.permissions.get_visible(viewer_id, post_id)
    return context.square.posts.get(post.repost_of_id) if post.is_repost else post
