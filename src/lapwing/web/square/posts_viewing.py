"""Makes what the pages show of posts, for one viewer. Everything is in memory: no waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from markupsafe import Markup

from lapwing.kernel.instants import from_ms
from lapwing.microblog.actions.context import Context
from lapwing.microblog.model import Attachment, Card, Mark, Post
from lapwing.microblog.text.parsing import parse
from lapwing.microblog.text.rendering import render_html
from lapwing.web.square.viewing import AccountViews, media_url
from lapwing.web.square.views import (
    AccountView,
    CardView,
    MediaView,
    OptionView,
    PollView,
    PostView,
    QuoteView,
)

Filtering = Callable[[int, Post], str | None]
"""What the viewer's filters do with a post: None hides it, "" lets it through, and anything else
is the title of the filter that warns of it."""


def nothing_filtered(viewer_id: int, post: Post) -> str | None:
    del viewer_id, post
    return ""


class PostViews:
    def __init__(self, context: Context, accounts: AccountViews) -> None:
        self._context = context
        self._square = context.square
        self._accounts = accounts

    def several(
        self,
        viewer_id: int,
        ids: Iterable[int],
        filtering: Filtering = nothing_filtered,
        reasons: dict[int, str] | None = None,
    ) -> tuple[PostView, ...]:
        """Those of the posts that are there and that the viewer may see, in the order given."""
        found = []
        for one in ids:
            view = self.find(viewer_id, one, filtering, (reasons or {}).get(one, ""))
            if view is not None:
                found.append(view)
        return tuple(found)

    def find(
        self,
        viewer_id: int,
        post_id: int,
        filtering: Filtering = nothing_filtered,
        reason: str = "",
    ) -> PostView | None:
        entry = self._square.posts.find(post_id)
        if entry is None or not self._square.permissions.may_see(viewer_id, entry):
            return None
        shown = self._square.posts.find(entry.repost_of_id) if entry.is_repost else entry
        if shown is None:
            return None
        filtered = filtering(viewer_id, shown)
        author = self._accounts.find(shown.account_id)
        if filtered is None or author is None:
            return None
        view = self._view(viewer_id, shown, author)
        reposter = self._accounts.find(entry.account_id) if entry.is_repost else None
        return msgspec.structs.replace(
            view, entry_id=str(entry.id), reposted_by=reposter, filtered=filtered, reason=reason
        )

    def html(self, post: Post) -> Markup:
        """The post's words; everything that people wrote is escaped."""
        parsed = parse(post.text, self._context.host, self._context.service_of)
        named = (self._square.accounts.find(one) for one in post.mentions)
        names = {account.username.lower() for account in named if account is not None}
        return Markup(render_html(parsed, "", names))  # noqa: S704 - escaped by the renderer

    def _view(self, viewer_id: int, post: Post, author: AccountView) -> PostView:
        posts, permissions = self._square.posts, self._square.permissions
        quote = self._quote(viewer_id, post)
        return PostView(
            id=str(post.id),
            entry_id=str(post.id),
            author=author,
            path=f"{author.path}/{post.id}",
            at=from_ms(post.created_ms),
            html=self.html(post),
            language=post.language,
            visibility=post.visibility.value,
            warning=post.warning,
            sensitive=post.sensitive or self._is_marked_sensitive(post.account_id),
            edited_at=from_ms(post.edited_ms) if post.edited_ms else None,
            answers=self._accounts.find(post.reply_to_account_id) if post.reply_to_id else None,
            media=tuple(media_view(one) for one in post.media),
            poll=self._poll(viewer_id, post),
            card=_card(post.card) if post.card is not None and not post.media else None,
            quote=quote,
            quote_gone=quote is None and post.quote_of_id != 0,
            app_name=post.app_name,
            replies=posts.count_told_replies(post.id),
            reposts=len(posts.reposts_of(post.id)),
            quotes=len(posts.quotes_of(post.id)),
            likes=len(posts.markers(post.id, Mark.LIKE)),
            liked=post.id in posts.marked(viewer_id, Mark.LIKE),
            reposted=bool(viewer_id) and posts.find_repost(viewer_id, post.id) is not None,
            bookmarked=post.id in posts.marked(viewer_id, Mark.BOOKMARK),
            pinned=post.id in posts.marked(viewer_id, Mark.PIN),
            thread_muted=post.id in posts.marked(viewer_id, Mark.MUTE_THREAD),
            is_own=viewer_id == post.account_id,
            may_repost=bool(viewer_id) and permissions.may_repost(viewer_id, post),
            may_quote=bool(viewer_id) and permissions.may_quote(viewer_id, post),
        )

    def _is_marked_sensitive(self, account_id: int) -> bool:
        account = self._square.accounts.find(account_id)
        return account is not None and account.marked_sensitive

    def _quote(self, viewer_id: int, post: Post) -> QuoteView | None:
        quoted = self._square.posts.find(post.quote_of_id)
        if (
            quoted is None
            or post.quote_revoked
            or not self._square.permissions.may_see(viewer_id, quoted)
        ):
            return None
        author = self._accounts.find(quoted.account_id)
        if author is None:
            return None
        return QuoteView(
            author=author,
            path=f"{author.path}/{quoted.id}",
            at=from_ms(quoted.created_ms),
            html=self.html(quoted),
            warning=quoted.warning,
            has_media=bool(quoted.media),
        )

    def _poll(self, viewer_id: int, post: Post) -> PollView | None:
        poll = post.poll
        if poll is None:
            return None
        votes = self._square.posts.votes(post.id)
        own = votes.get(viewer_id, ()) if viewer_id else ()
        over = self._context.now_ms() >= poll.ends_ms
        counts = [0] * len(poll.options)
        for choices in votes.values():
            for choice in choices:
                counts[choice] += 1
        is_asker = viewer_id == post.account_id
        voted = bool(own) or is_asker
        told = over or (not poll.hides_totals and (voted or not viewer_id)) or is_asker
        return PollView(
            options=tuple(
                OptionView(
                    title,
                    counts[number],
                    counts[number] / len(votes) if votes else 0.0,
                    number in own,
                    bool(votes) and counts[number] == max(counts),
                )
                for number, title in enumerate(poll.options)
            ),
            voters=len(votes),
            ends_at=from_ms(poll.ends_ms),
            over=over,
            multiple=poll.multiple,
            told=told,
            may_vote=bool(viewer_id) and not over and not voted,
        )


def media_view(media: Attachment) -> MediaView:
    meta = msgspec.json.decode(media.meta)
    size = meta.get("small") or meta.get("original") or {}
    focus = meta.get("focus") or {}
    return MediaView(
        id=str(media.id),
        kind=media.kind.value,
        url=media_url(media.file),
        preview=media_url(media.preview),
        description=media.description,
        width=int(size.get("width", 0)),
        height=int(size.get("height", 0)),
        focus=(float(focus.get("x", 0.0)), float(focus.get("y", 0.0))),
    )


def _card(card: Card) -> CardView:
    return CardView(
        url=card.url,
        title=card.title,
        description=card.description,
        site=card.provider_name,
        image=media_url(card.image),
        width=card.width,
        height=card.height,
    )
