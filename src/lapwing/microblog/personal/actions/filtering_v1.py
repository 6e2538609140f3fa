"""Filters as version 1 of the Mastodon API has them: each keyword is one."""

from __future__ import annotations

import msgspec

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.personal.actions.filtering import (
    FilterChange,
    KeywordChange,
    delete_filter,
    edit_filter,
    make_filter,
)
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.filters import Filters
from lapwing.microblog.personal.model import (
    Filter,
    FilterAction,
    FilterContext,
    FilterKeyword,
)


class FilterV1(msgspec.Struct, frozen=True):
    id: int
    """Of the keyword."""
    phrase: str
    contexts: tuple[FilterContext, ...]
    whole_word: bool
    expires_ms: int
    """0: never."""
    irreversible: bool
    """Hidden without a hint."""


class FilterV1Change(msgspec.Struct, frozen=True):
    """None: as it is, or as it is by default."""

    phrase: str | None = None
    contexts: tuple[FilterContext, ...] | None = None
    whole_word: bool | None = None
    expires_in_s: int | None = None
    irreversible: bool | None = None


def filters_v1_of(filters: Filters, account_id: int) -> list[FilterV1]:
    return [_view(one, keyword) for one in filters.of(account_id) for keyword in one.keywords]


def get_filter_v1(filters: Filters, account_id: int, keyword_id: int) -> FilterV1:
    """Raises `Refusal`."""
    return _view(*filters.get_by_keyword(account_id, keyword_id))


async def make_filter_v1(desk: PersonalDesk, viewer: Viewer, wish: FilterV1Change) -> FilterV1:
    keyword = KeywordChange(keyword=wish.phrase or "", whole_word=bool(wish.whole_word))
    made = await make_filter(desk, viewer, _change(wish, wish.phrase, keyword))
    return _view(made, made.keywords[0])


async def edit_filter_v1(
    desk: PersonalDesk, viewer: Viewer, keyword_id: int, wish: FilterV1Change
) -> FilterV1:
    """Raises `Refusal` where more keywords than this one would change."""
    filters = desk.tables.filters
    present, _ = filters.get_by_keyword(viewer.account_id, keyword_id)
    change = _change(wish, None, KeywordChange(keyword_id, wish.phrase, wish.whole_word))
    changes_all = (
        wish.contexts not in (None, present.contexts)
        or change.action not in (None, present.action)
        or wish.expires_in_s is not None
    )
    if changes_all and len(present.keywords) > 1:
        raise Refusal(
            "filter_has_more_keywords",
            "This keyword belongs to a filter with others: change that filter as a whole.",
        )
    await edit_filter(desk, viewer, present.id, change)
    return get_filter_v1(filters, viewer.account_id, keyword_id)


async def delete_filter_v1(desk: PersonalDesk, viewer: Viewer, keyword_id: int) -> None:
    """With its last keyword a filter goes, too."""
    present, _ = desk.tables.filters.get_by_keyword(viewer.account_id, keyword_id)
    if len(present.keywords) == 1 and not present.posts:
        await delete_filter(desk, viewer, present.id)
        return
    wish = FilterChange(keywords=(KeywordChange(keyword_id, removed=True),))
    await edit_filter(desk, viewer, present.id, wish)


def _change(wish: FilterV1Change, title: str | None, keyword: KeywordChange) -> FilterChange:
    action = None
    if wish.irreversible is not None:
        action = FilterAction.HIDE if wish.irreversible else FilterAction.WARN
    return FilterChange(title, wish.contexts, action, wish.expires_in_s, (keyword,))


def _view(one: Filter, keyword: FilterKeyword) -> FilterV1:
    return FilterV1(
        id=keyword.id,
        phrase=keyword.keyword,
        contexts=one.contexts,
        whole_word=keyword.whole_word,
        expires_ms=one.expires_ms,
        irreversible=one.action is FilterAction.HIDE,
    )
