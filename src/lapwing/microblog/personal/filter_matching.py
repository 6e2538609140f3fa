"""Whether a text holds what somebody does not want to read. Plain words only, so that no keyword
can be a pattern that never ends. Case, width and composition of letters do not count."""

from __future__ import annotations

import unicodedata
from typing import Final

from lapwing.microblog.model import Post
from lapwing.microblog.personal.model import Filter, FilterContext, FilterResult

_MOST_REMEMBERED: Final = 400


def fold_words(text: str) -> str:
    """One spelling for texts that read alike."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def searched_text(post: Post) -> str:
    """All words of a post, folded: its warning, text, poll and media descriptions."""
    parts = [post.warning, post.text]
    parts.extend(media.description for media in post.media)
    if post.poll is not None:
        parts.extend(post.poll.options)
    if post.card is not None:
        parts.append(post.card.title)
    return fold_words("\n".join(part for part in parts if part))


def holds(text: str, keyword: str, *, whole_word: bool) -> bool:
    """Whether the folded text holds the folded keyword. As a whole word: where the keyword begins
    or ends with a letter or digit, none may stand next to it."""
    place = text.find(keyword) if keyword else -1
    if place < 0 or not whole_word:
        return place >= 0
    bound_before, bound_after = _is_word(keyword[0]), _is_word(keyword[-1])
    while place >= 0:
        end = place + len(keyword)
        before = bound_before and place > 0 and _is_word(text[place - 1])
        after = bound_after and end < len(text) and _is_word(text[end])
        if not before and not after:
            return True
        place = text.find(keyword, place + 1)
    return False


def _is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_" or unicodedata.category(letter).startswith("M")


class CompiledFilters:
    """One person's filters, folded once; remembers what it found in the posts it saw."""

    def __init__(self, filters: list[Filter]) -> None:
        self._filters = [
            (
                one,
                tuple(
                    (fold_words(keyword.keyword), keyword.whole_word, keyword.keyword)
                    for keyword in one.keywords
                ),
                frozenset(kept.post_id for kept in one.posts),
            )
            for one in filters
        ]
        self._seen: dict[int, tuple[Post, tuple[FilterResult, ...]]] = {}

    def matches(self, post: Post, context: FilterContext, now_ms: int) -> list[FilterResult]:
        """`post` is no repost."""
        seen = self._seen.get(post.id)
        if seen is None or seen[0] is not post:
            if len(self._seen) >= _MOST_REMEMBERED:
                self._seen.clear()
            seen = self._seen[post.id] = post, tuple(self._results(post))
        if not seen[1]:
            return []
        return [
            result
            for result in seen[1]
            if context in result.filter.contexts
            and (not result.filter.expires_ms or now_ms < result.filter.expires_ms)
        ]

    def _results(self, post: Post) -> list[FilterResult]:
        """In every context and at every time."""
        text, found = searched_text(post), []
        for one, keywords, post_ids in self._filters:
            held = tuple(
                shown
                for keyword, whole_word, shown in keywords
                if holds(text, keyword, whole_word=whole_word)
            )
            kept = (post.id,) if post.id in post_ids else ()
            if held or kept:
                found.append(FilterResult(one, held, kept))
        return found
