"""Checks what somebody wants to post and resolves it into what is kept. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from lapwing.accounts.model import Account
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.context import Context, Rules
from lapwing.microblog.model import Attachment, MediaKind, Poll, Post, QuotePolicy, Visibility
from lapwing.microblog.permissions import Permissions
from lapwing.microblog.text.cleaning import clean_line, clean_text
from lapwing.microblog.text.measuring import check_length
from lapwing.microblog.text.parsing import parse
from lapwing.microblog.text.segments import ParsedText

_MOST_MENTIONS = 50
_MOST_TAGS = 60
_WIDEST_FIRST = (
    Visibility.PUBLIC,
    Visibility.QUIET,
    Visibility.FOLLOWERS,
    Visibility.MENTIONED,
)


class PollDraft(msgspec.Struct, frozen=True):
    options: tuple[str, ...]
    expires_in_s: int
    multiple: bool = False
    hides_totals: bool = False


class Draft(msgspec.Struct, frozen=True):
    """A post as somebody asks for it; None: as the author usually has it."""

    text: str = ""
    visibility: Visibility | None = None
    language: str | None = None
    warning: str = ""
    sensitive: bool | None = None
    reply_to_id: int = 0
    quote_of_id: int = 0
    quote_policy: QuotePolicy | None = None
    media_ids: tuple[int, ...] = ()
    poll: PollDraft | None = None
    app_name: str = ""
    app_website: str = ""


class Words(msgspec.Struct, frozen=True):
    """A text with what it names."""

    text: str
    warning: str
    mentions: tuple[int, ...]
    tags: tuple[str, ...]
    services: tuple[str, ...]
    parsed: ParsedText


def read_words(context: Context, text: str, warning: str) -> Words:
    """Cleans and parses. Raises `Refusal` for a text that is too long or holds a blocked word."""
    text = clean_text(text)
    warning = clean_line(warning, field="spoiler_text")
    parsed = parse(text, context.host, context.service_of)
    check_length(parsed, warning, context.rules.longest_post)
    blocked = context.blocked_word_in(f"{warning}\n{text}")
    if blocked is not None:
        raise Refusal(
            "blocked_word", f"This server does not take posts with “{blocked}”.", field="status"
        )
    mentioned = [context.square.accounts.find_named(name) for name in parsed.mentioned]
    mentions = [account.id for account in mentioned if account is not None and account.is_there]
    if len(mentions) > _MOST_MENTIONS or len(parsed.hashtags) > _MOST_TAGS:
        raise Refusal(
            "too_many_names",
            f"A post names at most {_MOST_MENTIONS} people and {_MOST_TAGS} hashtags.",
            field="status",
        )
    tags = tuple(parsed.hashtags.values())
    return Words(text, warning, tuple(mentions), tags, tuple(parsed.services), parsed)


def compose(context: Context, author: Account, draft: Draft, post_id: int) -> Post:
    """The post that a draft becomes. Raises `Refusal`."""
    square, rules = context.square, context.rules
    now_ms = context.now_ms()
    words = read_words(context, draft.text, draft.warning)
    media = find_media(square.uploads.find, author.id, draft.media_ids, rules)
    if not words.text and not media and draft.poll is None and not draft.quote_of_id:
        raise Refusal("empty_post", "A post needs a text, media or a poll.", field="status")
    if media and draft.poll is not None:
        raise Refusal("poll_with_media", "A post has media or a poll, not both.", field="poll")
    answered = None
    if draft.reply_to_id:
        answered = square.permissions.get_visible(author.id, draft.reply_to_id)
        if answered.is_repost:
            answered = square.permissions.get_visible(author.id, answered.repost_of_id)
    quoted = _get_quoted(square.permissions, author.id, draft.quote_of_id)
    visibility = draft.visibility or _usual_visibility(author, answered)
    warning = words.warning
    sensitive = author.post_sensitive if draft.sensitive is None else draft.sensitive
    return Post(
        id=post_id,
        account_id=author.id,
        created_ms=now_ms,
        text=words.text,
        visibility=visibility,
        language=draft.language or author.language,
        warning=warning,
        sensitive=sensitive or bool(warning),
        reply_to_id=answered.id if answered else 0,
        reply_to_account_id=answered.account_id if answered else 0,
        thread_id=answered.thread_id if answered else post_id,
        quote_of_id=quoted.id if quoted else 0,
        quote_policy=_quote_policy(
            draft.quote_policy or QuotePolicy(author.quote_policy), visibility
        ),
        mentions=words.mentions,
        tags=words.tags,
        services=words.services,
        media=media,
        poll=None if draft.poll is None else make_poll(draft.poll, now_ms, rules),
        app_name=draft.app_name,
        app_website=draft.app_website,
    )


def find_media(
    find: Callable[[int], Attachment | None], author_id: int, media_ids: Sequence[int], rules: Rules
) -> tuple[Attachment, ...]:
    """The author's uploads of these ids. Raises `Refusal`."""
    if len(media_ids) > rules.most_media:
        raise Refusal(
            "too_many_media", f"A post has at most {rules.most_media} media.", field="media_ids"
        )
    found = [find(media_id) for media_id in dict.fromkeys(media_ids)]
    media = tuple(one for one in found if one is not None and one.account_id == author_id)
    if len(media) < len(found):
        raise Refusal(
            "unknown_media",
            "One of the media is not there: it is somebody else's, or was posted already.",
            field="media_ids",
        )
    if len(media) > 1 and any(one.kind is not MediaKind.IMAGE for one in media):
        raise Refusal(
            "mixed_media",
            "Cannot attach a video to a post that already contains images",
            field="media_ids",
        )
    return media


def make_poll(draft: PollDraft, now_ms: int, rules: Rules) -> Poll:
    """Raises `Refusal` for a poll that is none."""
    options = tuple(clean_line(option, field="poll") for option in draft.options)
    if not 2 <= len(options) <= rules.most_poll_options or not all(options):
        raise Refusal(
            "wrong_poll",
            f"A poll has 2 to {rules.most_poll_options} options, none of them empty.",
            field="poll",
        )
    if len(set(options)) < len(options):
        raise Refusal("wrong_poll", "A poll's options differ from each other.", field="poll")
    if any(len(option) > rules.longest_poll_option for option in options):
        raise Refusal(
            "wrong_poll",
            f"A poll's option has at most {rules.longest_poll_option} characters.",
            field="poll",
        )
    if not rules.shortest_poll_s <= draft.expires_in_s <= rules.longest_poll_s:
        raise Refusal(
            "wrong_poll",
            f"A poll lasts {rules.shortest_poll_s} to {rules.longest_poll_s} seconds.",
            field="poll",
        )
    ends_ms = now_ms + draft.expires_in_s * 1000
    return Poll(options, ends_ms, draft.multiple, draft.hides_totals)


def _get_quoted(permissions: Permissions, author_id: int, quote_of_id: int) -> Post | None:
    if not quote_of_id:
        return None
    quoted = permissions.get_visible(author_id, quote_of_id)
    if not permissions.may_quote(author_id, quoted):
        raise Refusal(
            "quote_not_allowed", "The author does not let this be quoted.", field="quoted_status_id"
        )
    return quoted


def _usual_visibility(author: Account, answered: Post | None) -> Visibility:
    """The author's own default; an answer goes no wider than what it answers."""
    usual = Visibility(author.post_visibility)
    if answered is None:
        return usual
    return max(usual, answered.visibility, key=_WIDEST_FIRST.index)


def _quote_policy(wanted: QuotePolicy, visibility: Visibility) -> QuotePolicy:
    """What only some may read, nobody quotes."""
    if visibility in (Visibility.PUBLIC, Visibility.QUIET):
        return wanted
    return QuotePolicy.NOBODY
