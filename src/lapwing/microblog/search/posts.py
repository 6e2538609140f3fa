"""What of a post is searched, and the port behind which the indexes are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from lapwing.microblog.search.queries import SearchQuery
from lapwing.microblog.search.words import key_of, signed_words_of, words_of

EVERY_POST: Final = key_of("is:post")
"""A key that every post has, for queries that only exclude."""


class Trait(StrEnum):
    """What can be asked for after `has:` and `is:`."""

    MEDIA = "has:media"
    IMAGE = "has:image"
    VIDEO = "has:video"
    AUDIO = "has:audio"
    POLL = "has:poll"
    LINK = "has:link"
    WARNING = "has:warning"
    REPLY = "is:reply"
    QUOTE = "is:quote"
    SENSITIVE = "is:sensitive"


@dataclass(frozen=True, slots=True)
class SearchablePost:
    """`text` is all that words are searched in: text, warning, poll options, descriptions of
    media; with blank lines between them."""

    id: int
    account_id: int
    username: str
    text: str
    created_ms: int
    traits: frozenset[Trait] = frozenset()
    language: str = ""

    def words(self) -> list[str]:
        return words_of(self.text)

    def keys(self) -> list[str]:
        """Words that begin with a sign or a colon: tags, and what the post is."""
        language = self.language.partition("-")[0].lower()
        return [
            EVERY_POST,
            key_of(f"from:{self.username.lower()}"),
            account_key(self.account_id),
            *([key_of(f"language:{language}")] if language else []),
            *sorted(map(key_of, self.traits)),
            *signed_words_of(self.text),
        ]


def account_key(account_id: int) -> str:
    return key_of(f"by:{account_id}")


class PostSearch(Protocol):
    """Finds ids only: whoever asks still has to ask who may see each post.

    Raises `Unavailable` where what is behind it does not answer.
    """

    async def index(self, posts: Sequence[SearchablePost]) -> None:
        """Puts posts in, in place of those with the same ids."""
        ...

    async def remove(self, ids: Collection[int]) -> None:
        """Takes posts out; ids that are not there are no error."""
        ...

    async def remove_account(self, account_id: int) -> None:
        """Takes all posts of the account out."""
        ...

    async def read_position(self) -> int:
        """Up to where in the journal all changes are in the index, 0 for a new one. Whoever starts
        goes on from there: putting in and taking out may be done twice."""
        ...

    async def save_position(self, position: int) -> None:
        """After the changes up to there have been made."""
        ...

    async def search(
        self,
        query: SearchQuery,
        limit: int,
        before_id: int | None = None,
        account_id: int | None = None,
    ) -> list[int]:
        """Ids of posts that have all that is asked for, the newest first; those below `before_id`
        only, and of one account only, where that is said. Nothing for an empty query."""
        ...
