"""Making filters and changing them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.entries import FilterDeleted, FilterPut
from lapwing.microblog.personal.filters import (
    LONGEST_KEYWORD,
    MOST_FILTERED_POSTS,
    MOST_KEYWORDS,
)
from lapwing.microblog.personal.model import (
    Filter,
    FilterAction,
    FilterContext,
    FilterKeyword,
    FilterPost,
)
from lapwing.microblog.text.cleaning import clean_line

_LONGEST_TITLE = 200


class KeywordChange(msgspec.Struct, frozen=True):
    """A keyword that a filter gets, changes (`id`) or loses (`removed`). None: as it is."""

    id: int = 0
    keyword: str | None = None
    whole_word: bool | None = None
    removed: bool = False


class FilterChange(msgspec.Struct, frozen=True):
    """What a filter shall be. None: as it is, or as it is by default."""

    title: str | None = None
    contexts: tuple[FilterContext, ...] | None = None
    action: FilterAction | None = None
    expires_in_s: int | None = None
    """0: never."""
    keywords: tuple[KeywordChange, ...] = ()


async def make_filter(desk: PersonalDesk, viewer: Viewer, wish: FilterChange) -> Filter:
    """Raises `Refusal`, `Unavailable`."""
    filter_id = desk.context.take_id()
    made = Filter(filter_id, viewer.account_id, "", ())
    return await _put(desk, _changed(desk, made, wish))


async def edit_filter(
    desk: PersonalDesk, viewer: Viewer, filter_id: int, wish: FilterChange
) -> Filter:
    present = desk.tables.filters.get(viewer.account_id, filter_id)
    return await _put(desk, _changed(desk, present, wish))


async def delete_filter(desk: PersonalDesk, viewer: Viewer, filter_id: int) -> None:
    desk.tables.filters.get(viewer.account_id, filter_id)
    entry = FilterDeleted(desk.context.now_ms(), viewer.account_id, filter_id)
    await desk.context.journal.append(entry)


async def add_keyword(
    desk: PersonalDesk, viewer: Viewer, filter_id: int, keyword: str, *, whole_word: bool
) -> FilterKeyword:
    wish = FilterChange(keywords=(KeywordChange(keyword=keyword, whole_word=whole_word),))
    return (await edit_filter(desk, viewer, filter_id, wish)).keywords[-1]


async def edit_keyword(
    desk: PersonalDesk,
    viewer: Viewer,
    keyword_id: int,
    keyword: str | None = None,
    whole_word: bool | None = None,
) -> FilterKeyword:
    filters, own = desk.tables.filters, viewer.account_id
    present, _ = filters.get_by_keyword(own, keyword_id)
    wish = FilterChange(keywords=(KeywordChange(keyword_id, keyword, whole_word),))
    await edit_filter(desk, viewer, present.id, wish)
    return filters.get_by_keyword(own, keyword_id)[1]


async def remove_keyword(desk: PersonalDesk, viewer: Viewer, keyword_id: int) -> Filter:
    """What is left of the filter."""
    present, _ = desk.tables.filters.get_by_keyword(viewer.account_id, keyword_id)
    wish = FilterChange(keywords=(KeywordChange(keyword_id, removed=True),))
    return await edit_filter(desk, viewer, present.id, wish)


async def add_filtered_post(
    desk: PersonalDesk, viewer: Viewer, filter_id: int, post_id: int
) -> FilterPost:
    """The one that is there where the filter has the post already."""
    present = desk.tables.filters.get(viewer.account_id, filter_id)
    desk.context.square.permissions.get_visible(viewer.account_id, post_id)
    for kept in present.posts:
        if kept.post_id == post_id:
            return kept
    if len(present.posts) >= MOST_FILTERED_POSTS:
        raise Refusal("filter_full", f"A filter has at most {MOST_FILTERED_POSTS} posts.")
    added = FilterPost(desk.context.take_id(), post_id)
    await _put(desk, replace(present, posts=(*present.posts, added)))
    return added


async def remove_filtered_post(
    desk: PersonalDesk, viewer: Viewer, filter_post_id: int
) -> FilterPost:
    present, removed = desk.tables.filters.get_by_post(viewer.account_id, filter_post_id)
    left = tuple(kept for kept in present.posts if kept.id != filter_post_id)
    await _put(desk, replace(present, posts=left))
    return removed


async def _put(desk: PersonalDesk, put: Filter) -> Filter:
    await desk.context.journal.append(FilterPut(desk.context.now_ms(), put))
    return desk.tables.filters.get(put.account_id, put.id)


def _changed(desk: PersonalDesk, present: Filter, wish: FilterChange) -> Filter:
    title = present.title
    if wish.title is not None or not title:
        title = clean_line(wish.title or "", field="title").strip()
        if not title:
            raise Refusal("no_title", "Validation failed: Title can't be blank", field="title")
        if len(title) > _LONGEST_TITLE:
            raise Refusal(
                "title_too_long",
                f"A filter's title has at most {_LONGEST_TITLE} characters.",
                field="title",
            )
    contexts = present.contexts if wish.contexts is None else tuple(dict.fromkeys(wish.contexts))
    if not contexts:
        raise Refusal("no_context", "Validation failed: Context can't be blank", field="context")
    expires_ms = present.expires_ms
    if wish.expires_in_s is not None:
        expires_ms = _expiry(desk.context.now_ms(), wish.expires_in_s)
    return replace(
        present,
        title=title,
        contexts=contexts,
        action=wish.action or present.action,
        expires_ms=expires_ms,
        keywords=_changed_keywords(desk, present.keywords, wish.keywords),
    )


def _expiry(now_ms: int, expires_in_s: int) -> int:
    """0: never."""
    if not 0 <= expires_in_s <= 100 * 366 * 86_400:
        raise Refusal(
            "wrong_expiry", "A filter lasts some seconds up to a century.", field="expires_in"
        )
    return now_ms + expires_in_s * 1000 if expires_in_s else 0


def _changed_keywords(
    desk: PersonalDesk, present: tuple[FilterKeyword, ...], wishes: Sequence[KeywordChange]
) -> tuple[FilterKeyword, ...]:
    keywords = {keyword.id: keyword for keyword in present}
    for wish in wishes:
        if wish.id and wish.id not in keywords:
            raise Refusal("unknown_keyword", "There is no such keyword.", field="keywords")
        if wish.removed:
            keywords.pop(wish.id, None)
            continue
        before = keywords.get(wish.id) or FilterKeyword(desk.context.take_id(), "")
        text = before.keyword if wish.keyword is None else _check_keyword(wish.keyword)
        if not text:
            raise _no_keyword()
        whole = before.whole_word if wish.whole_word is None else wish.whole_word
        keywords[before.id] = FilterKeyword(before.id, text, whole)
    if len(keywords) > MOST_KEYWORDS:
        raise Refusal(
            "filter_full", f"A filter has at most {MOST_KEYWORDS} keywords.", field="keywords"
        )
    return tuple(keywords.values())


def _check_keyword(typed: str) -> str:
    keyword = clean_line(typed, field="keyword").strip()
    if not keyword:
        raise _no_keyword()
    if len(keyword) > LONGEST_KEYWORD:
        raise Refusal(
            "keyword_too_long",
            f"A keyword has at most {LONGEST_KEYWORD} characters.",
            field="keyword",
        )
    return keyword


def _no_keyword() -> Refusal:
    return Refusal("no_keyword", "Validation failed: Keyword can't be blank", field="keyword")
