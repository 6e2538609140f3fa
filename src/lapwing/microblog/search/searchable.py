"""What of a post goes into the search index."""

from __future__ import annotations

from typing import Final

from lapwing.microblog.model import MediaKind, Post
from lapwing.microblog.search.posts import SearchablePost, Trait
from lapwing.microblog.text.parsing import parse_links

_KINDS: Final = {
    MediaKind.IMAGE: Trait.IMAGE,
    MediaKind.GIFV: Trait.VIDEO,
    MediaKind.VIDEO: Trait.VIDEO,
    MediaKind.AUDIO: Trait.AUDIO,
}


def searchable(post: Post, username: str) -> SearchablePost:
    """`username` is the author's. A repost has no words of its own: index none."""
    said = [post.warning, post.text, *(media.description for media in post.media)]
    said.extend(post.poll.options if post.poll else ())
    return SearchablePost(
        id=post.id,
        account_id=post.account_id,
        username=username,
        text="\n\n".join(filter(None, said)),
        created_ms=post.created_ms,
        traits=frozenset(_traits_of(post)),
        language=post.language,
    )


def _traits_of(post: Post) -> set[Trait]:
    kinds = {_KINDS[media.kind] for media in post.media if media.kind in _KINDS}
    told = {
        Trait.MEDIA: bool(post.media),
        Trait.POLL: post.poll is not None,
        Trait.LINK: post.card is not None or bool(parse_links(post.text).links),
        Trait.WARNING: bool(post.warning),
        Trait.REPLY: post.reply_to_id != 0,
        Trait.QUOTE: post.quote_of_id != 0,
        Trait.SENSITIVE: post.sensitive,
    }
    return kinds | {trait for trait, is_so in told.items() if is_so}
