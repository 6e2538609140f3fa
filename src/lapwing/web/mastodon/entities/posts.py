"""Status, StatusEdit, StatusSource, Context."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from lapwing.accounts.model import Account
from lapwing.accounts.moderation_entries import Sanctioned
from lapwing.microblog.model import Mark, Post, QuotePolicy, Version, Visibility
from lapwing.microblog.square import Change, Square
from lapwing.microblog.text.hashtags import normalise_hashtag
from lapwing.microblog.text.parsing import ServiceResolver, parse
from lapwing.microblog.text.rendering import render_html
from lapwing.web.mastodon.answers import EMPTY_LIST, encode
from lapwing.web.mastodon.entities.accounts import AccountEntities
from lapwing.web.mastodon.entities.addresses import Addresses
from lapwing.web.mastodon.entities.instants import instant, instant_or_none
from lapwing.web.mastodon.entities.kept import Kept
from lapwing.web.mastodon.entities.media import card_form, media_form
from lapwing.web.mastodon.entities.polls import poll_form
from lapwing.web.mastodon.entities.viewing import (
    ENDS_FOR_NOBODY,
    Eye,
    RepostedBy,
    end_of_new,
)

VISIBILITY: Final = {
    Visibility.PUBLIC: "public",
    Visibility.QUIET: "unlisted",
    Visibility.FOLLOWERS: "private",
    Visibility.MENTIONED: "direct",
}

Filters = Callable[[int, Post, str], list[dict[str, Any]]]
"""(viewer, post, context such as "home") -> FilterResults."""


class _Drawn(msgspec.Struct, frozen=True, gc=False):
    head: bytes
    """All members but the account, which comes next, and what `PostEntities._middle` adds."""
    has_more: bool
    """Whether there is something that each viewer may see differently: poll, quote, repost."""


class PostEntities:
    """Posts in JSON for one viewer, made of what was drawn for all of them."""

    def __init__(
        self,
        square: Square,
        accounts: AccountEntities,
        addresses: Addresses,
        now_ms: Callable[[], int],
        *,
        host: str = "",
        service_of: ServiceResolver | None = None,
        filters: Filters,
        has_filters: Callable[[int], bool],
        room: int = 100_000,
    ) -> None:
        """`room`: how many drawn posts are kept."""
        self._square = square
        self._accounts = accounts
        self._addresses = addresses
        self._now_ms = now_ms
        self._host = host
        self._service_of = service_of
        self._filters = filters
        self._has_filters = has_filters
        self._reposted_by = RepostedBy(square)
        self._kept: Kept[_Drawn] = Kept(room)
        square.listen(self._hear)

    def draw(self, post: Post, viewer_id: int, context: str = "") -> bytes:
        """One post that the viewer (0: nobody) may see. `context`: which filters apply."""
        return self._draw(post, self._eye(viewer_id), self._filtered_context(viewer_id, context))

    def draw_new(self, post: Post) -> bytes | None:
        """A post that was just written, as all see it who follow its author and filter nothing;
        None where it is not the same for all of them."""
        drawn = self._kept.find(post.id) or self._kept.put(post.id, self._draw_for_all(post))
        if drawn.has_more or post.reply_to_id or post.quote_policy is QuotePolicy.FOLLOWERS:
            return None
        return drawn.head + self._accounts.draw(post.account_id) + end_of_new(post.quote_policy)

    def draw_all(self, post_ids: Iterable[int], viewer_id: int, context: str = "") -> bytes:
        """A JSON list of posts that the viewer may see; its pieces are put together once."""
        eye = self._eye(viewer_id)
        context = self._filtered_context(viewer_id, context)
        get, find = self._square.posts.get, self._kept.find
        account = self._accounts.draw
        pieces: list[bytes] = []
        for post_id in post_ids:
            post = get(post_id)
            drawn = find(post_id)
            if drawn is None or drawn.has_more or context:
                pieces += (b",", self._draw(post, eye, context))
            else:
                end = ENDS_FOR_NOBODY[post.quote_policy] if eye is None else eye.end(post)
                pieces += (b",", drawn.head, account(post.account_id), end)
        if not pieces:
            return EMPTY_LIST
        pieces[0] = b"["
        pieces.append(b"]")
        return b"".join(pieces)

    def content(self, post: Post) -> str:
        return self._html(post.text, post.mentions)

    def card(self, post: Post) -> dict[str, Any] | None:
        return card_form(post.card, self._addresses) if post.card else None

    def source(self, post: Post) -> dict[str, Any]:
        return {
            "id": str(post.id),
            "text": post.text,
            "spoiler_text": post.warning,
            "quote_approval": None,
        }

    def history(self, post: Post) -> list[dict[str, Any]]:
        """All versions, the first one first; the present one is the last."""
        account = msgspec.Raw(self._accounts.draw(post.account_id))
        earlier = self._square.posts.versions.get(post.id, ())
        present = Version(
            post.edited_ms or post.created_ms,
            post.text,
            post.warning,
            post.sensitive,
            post.media,
            post.poll,
        )
        return [self._version(one, post, account) for one in (*earlier, present)]

    def poll(self, post: Post, viewer_id: int) -> dict[str, Any]:
        votes = self._square.posts.votes(post.id)
        return poll_form(post, votes, viewer_id, self._now_ms())

    def _filtered_context(self, viewer_id: int, context: str) -> str:
        """The context, where the viewer filters anything at all."""
        return context if context and viewer_id and self._has_filters(viewer_id) else ""

    def _eye(self, viewer_id: int) -> Eye | None:
        return Eye(self._square, self._reposted_by, viewer_id) if viewer_id else None

    def _draw(self, post: Post, eye: Eye | None, context: str) -> bytes:
        drawn = self._kept.find(post.id) or self._kept.put(post.id, self._draw_for_all(post))
        account = self._accounts.draw(post.account_id)
        if eye is None:
            end = ENDS_FOR_NOBODY[post.quote_policy]
        elif not context or post.account_id == eye.viewer_id:
            end = eye.end(post)
        else:
            end = eye.end(post, self._filters(eye.viewer_id, post, context))
        if drawn.has_more:
            return drawn.head + account + self._middle(post, eye, context) + end
        return drawn.head + account + end

    def _middle(self, post: Post, eye: Eye | None, context: str) -> bytes:
        parts: list[bytes] = []
        if post.poll is not None:
            form = self.poll(post, eye.viewer_id if eye is not None else 0)
            parts += (b',"poll":', encode(form))
        if post.repost_of_id:
            original = self._square.posts.get(post.repost_of_id)
            parts += (b',"reblog":', self._draw(original, eye, context))
        if post.quote_of_id:
            parts += (b',"quote":', self._quote(post, eye, context))
        return b"".join(parts)

    def _quote(self, post: Post, eye: Eye | None, context: str) -> bytes:
        """What is quoted, one deep: a quote in a quote is told by its id."""
        quoted = self._square.posts.find(post.quote_of_id)
        state = self._quote_state(post, quoted, eye.viewer_id if eye is not None else 0)
        if quoted is None or state != "accepted":
            return b'{"state":"%b","quoted_status":null}' % state.encode()
        if quoted.quote_of_id:
            inner = self._shallow(quoted, eye)
        else:
            inner = self._draw(quoted, eye, context)
        return b'{"state":"accepted","quoted_status":' + inner + b"}"

    def _quote_state(self, post: Post, quoted: Post | None, viewer_id: int) -> str:
        if quoted is None:
            return "deleted"
        if post.quote_revoked:
            return "revoked"
        may_see = self._square.permissions.may_see(viewer_id, quoted)
        return "accepted" if may_see else "unauthorized"

    def _shallow(self, post: Post, eye: Eye | None) -> bytes:
        drawn = self._kept.find(post.id) or self._kept.put(post.id, self._draw_for_all(post))
        innermost = self._square.posts.find(post.quote_of_id)
        viewer_id = eye.viewer_id if eye is not None else 0
        quote = {"state": self._quote_state(post, innermost, viewer_id), "quoted_status_id": None}
        if innermost is not None and quote["state"] == "accepted":
            quote["quoted_status_id"] = str(innermost.id)
        end = ENDS_FOR_NOBODY[post.quote_policy] if eye is None else eye.end(post)
        poll = b""
        if post.poll is not None:
            form = self.poll(post, viewer_id)
            poll = b',"poll":' + encode(form)
        account = self._accounts.draw(post.account_id)
        return drawn.head + account + poll + b',"quote":' + encode(quote) + end

    def _draw_for_all(self, post: Post) -> _Drawn:
        square = self._square
        posts = square.posts
        author = square.accounts.find(post.account_id)
        username = author.username if author is not None else ""
        has_more = bool(post.poll or post.repost_of_id or post.quote_of_id)
        url = self._addresses.post(username, post.id)
        form: dict[str, Any] = {
            "id": str(post.id),
            "created_at": instant(post.created_ms),
            "in_reply_to_id": str(post.reply_to_id) if post.reply_to_id else None,
            "in_reply_to_account_id": (
                str(post.reply_to_account_id) if post.reply_to_account_id else None
            ),
            "sensitive": post.sensitive or (author is not None and author.marked_sensitive),
            "spoiler_text": post.warning,
            "visibility": VISIBILITY[post.visibility],
            "language": post.language or None,
            "uri": f"{self._addresses.base_url}/users/{username}/statuses/{post.id}",
            "url": url,
            "replies_count": posts.count_told_replies(post.id),
            "reblogs_count": len(posts.reposts_of(post.id)),
            "favourites_count": len(posts.markers(post.id, Mark.LIKE)),
            "quotes_count": len(posts.quotes_of(post.id)),
            "edited_at": instant_or_none(post.edited_ms),
            "content": self.content(post),
            "application": _application(post),
            "media_attachments": [media_form(one, self._addresses) for one in post.media],
            "mentions": [self._mention(one) for one in self._mentioned(post.mentions)],
            "tags": [
                {"name": normalise_hashtag(tag), "url": self._addresses.tag(tag)}
                for tag in post.tags
            ],
            "emojis": [],
            "card": self.card(post),
        }
        if post.poll is None:
            form["poll"] = None
        if not post.repost_of_id:
            form["reblog"] = None
        if not post.quote_of_id:
            form["quote"] = None
        return _Drawn(encode(form)[:-1] + b',"account":', has_more)

    def _version(self, version: Version, post: Post, account: msgspec.Raw) -> dict[str, Any]:
        form: dict[str, Any] = {
            "content": self._html(version.text, post.mentions),
            "spoiler_text": version.warning,
            "sensitive": version.sensitive,
            "created_at": instant(version.created_ms),
            "account": account,
            "media_attachments": [media_form(one, self._addresses) for one in version.media],
            "emojis": [],
            "quote": None,
        }
        if version.poll is not None:
            form["poll"] = {"options": [{"title": title} for title in version.poll.options]}
        return form

    def _html(self, text: str, mentions: tuple[int, ...]) -> str:
        names = {account.username.lower() for account in self._mentioned(mentions)}
        parsed = parse(text, self._host, self._service_of)
        return render_html(parsed, self._addresses.base_url, names)

    def _mentioned(self, account_ids: tuple[int, ...]) -> list[Account]:
        found = (self._square.accounts.find(account_id) for account_id in account_ids)
        return [account for account in found if account is not None and account.is_there]

    def _mention(self, account: Account) -> dict[str, str]:
        return {
            "id": str(account.id),
            "username": account.username,
            "url": self._addresses.account(account.username),
            "acct": account.username,
        }

    def _hear(self, change: Change) -> None:
        if isinstance(change.entry, Sanctioned):
            for post_id in self._square.posts.of(change.entry.account_id):
                self._kept.drop(post_id)
        for post_id in change.touched:
            self._kept.drop(post_id)
        for post in change.removed:
            self._kept.drop(post.id)


def _application(post: Post) -> dict[str, str | None] | None:
    if not post.app_name:
        return None
    return {"name": post.app_name, "website": post.app_website or None}
