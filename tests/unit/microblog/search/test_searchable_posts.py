"""What of a post is found, and by what."""

from __future__ import annotations

from lapwing.microblog.model import Attachment, MediaKind, Poll, Post
from lapwing.microblog.search.posts import Trait
from lapwing.microblog.search.searchable import searchable


def test_all_its_words_can_be_found() -> None:
    photo = Attachment(1, 7, MediaKind.GIFV, "f", "p", description="an empty timeline")
    poll = Poll(("yes", "no"), ends_ms=9)
    post = Post(
        5,
        7,
        1000,
        "Down? https://a.org",
        warning="spoiler",
        media=(photo,),
        poll=poll,
        language="hi",
    )
    found = searchable(post, "Ada")
    assert found.words() == [
        *("spoiler", "down", "https", "a", "org", "an", "empty", "timeline", "yes", "no")
    ]
    assert found.traits == {Trait.MEDIA, Trait.VIDEO, Trait.POLL, Trait.LINK, Trait.WARNING}
    assert {":from:ada", ":by:7", ":language:hi", ":has:poll"} <= set(found.keys())


def test_a_plain_reply_is_only_that() -> None:
    post = Post(5, 7, 1000, "#XDown for @bob, $x", reply_to_id=3, sensitive=True)
    found = searchable(post, "ada")
    assert found.traits == {Trait.REPLY, Trait.SENSITIVE}
    assert {"#xdown", "@bob", "$x"} <= set(found.keys())
