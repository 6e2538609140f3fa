"""Filters: what they find, where, and until when."""

from __future__ import annotations

import pytest
from tests.sample_square import SampleSquare

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import AccountErased, PostEdited
from lapwing.microblog.model import Attachment, MediaKind, Poll
from lapwing.microblog.personal.actions.filtering import (
    FilterChange,
    KeywordChange,
    add_filtered_post,
    add_keyword,
    delete_filter,
    edit_filter,
    edit_keyword,
    make_filter,
    remove_filtered_post,
    remove_keyword,
)
from lapwing.microblog.personal.actions.filtering_v1 import (
    FilterV1Change,
    delete_filter_v1,
    edit_filter_v1,
    filters_v1_of,
    make_filter_v1,
)
from lapwing.microblog.personal.filter_matching import fold_words, holds
from lapwing.microblog.personal.filters import MOST_KEYWORDS
from lapwing.microblog.personal.model import Filter, FilterAction, FilterContext

HOME = FilterContext.HOME


@pytest.mark.parametrize(
    ("text", "keyword", "whole_word", "found"),
    [
        ("The Cat sat", "cat", True, True),
        ("concatenate", "cat", True, False),
        ("concatenate", "cat", False, True),
        ("concat cat", "cat", True, True),
        ("cat_flap", "cat", True, False),
        ("#cat!", "cat", True, True),
        ("a cat", "#cat", True, False),
        ("a#cat", "#cat", True, True),
        ("#cats", "#cat", True, False),
        ("STRASSE", "straße", True, True),
        ("ｆｕｌｌ width", "full", True, True),
        ("caf\u0065\u0301", "café", True, True),
        ("東京大学", "東京", False, True),
        ("(a+)+$", "(a+)+", False, True),
        ("aaaa", ".*", False, False),
    ],
)
def test_words_are_found_as_people_read_them(
    text: str, keyword: str, whole_word: bool, found: bool
) -> None:
    assert holds(fold_words(text), fold_words(keyword), whole_word=whole_word) is found


async def filter_of(town: SampleSquare, account_id: int, *words: str, **more: object) -> Filter:
    keywords = tuple(KeywordChange(keyword=word, whole_word=True) for word in words)
    wish = FilterChange("Mine", (HOME,), keywords=keywords, **more)  # type: ignore[arg-type]
    return await make_filter(town.desk, town.viewer(account_id), wish)


async def test_a_match_says_which_keywords_it_was(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    made = await filter_of(town, ann, "Cat", "dog", "bird")
    post = await town.write(bob, "my cat, my bird")

    (result,) = town.tables.filters.matches(ann, post, HOME, town.now_ms)

    assert (result.filter.id, result.keywords, result.post_ids) == (made.id, ("Cat", "bird"), ())
    assert town.tables.filters.matches(ann, post, FilterContext.PUBLIC, town.now_ms) == []
    assert town.tables.filters.matches(bob, post, HOME, town.now_ms) == []
    assert town.tables.filters.matches(0, post, HOME, town.now_ms) == []


async def test_every_part_of_a_post_is_searched(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    await filter_of(town, ann, "cat")
    picture = Attachment(1, bob, MediaKind.IMAGE, "f", "p", "a cat on a mat")
    posts = [
        await town.write(bob, "look", warning="cat"),
        await town.write(bob, "look", media=(picture,)),
        await town.write(bob, "look", poll=Poll(("a dog", "a cat"), town.now_ms + 1)),
        await town.repost(bob, await town.write(bob, "cat")),
    ]

    for post in posts:
        assert town.tables.filters.matches(ann, post, HOME, town.now_ms)


async def test_own_posts_are_not_filtered(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    await filter_of(town, ann, "cat")
    post = await town.write(ann, "my cat")

    assert town.tables.filters.matches(ann, post, HOME, town.now_ms) == []
    repost = await town.repost(bob, post)
    assert town.tables.filters.matches(ann, repost, HOME, town.now_ms) == []


async def test_an_expired_filter_finds_nothing(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    made = await filter_of(town, ann, "cat", expires_in_s=60)
    post = await town.write(bob, "cat")
    assert town.tables.filters.matches(ann, post, HOME, town.now_ms)

    town.pass_time(60_000)
    assert town.tables.filters.matches(ann, post, HOME, town.now_ms) == []
    await edit_filter(town.desk, town.viewer(ann), made.id, FilterChange(expires_in_s=0))
    assert town.tables.filters.matches(ann, post, HOME, town.now_ms)


async def test_what_was_found_is_found_anew_after_an_edit(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    made = await filter_of(town, ann, "cat")
    post = await town.write(bob, "dog")
    assert not town.tables.filters.matches(ann, post, HOME, town.now_ms)

    await town.add(PostEdited(town.now_ms, post.id, "cat", "", False, "en", (), (), (), (), None))
    post = town.square.posts.get(post.id)
    assert town.tables.filters.matches(ann, post, HOME, town.now_ms)
    await delete_filter(town.desk, town.viewer(ann), made.id)
    assert not town.tables.filters.matches(ann, post, HOME, town.now_ms)


async def test_single_posts_are_filtered(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    made = await filter_of(town, ann, action=FilterAction.HIDE)
    post = await town.write(bob, "dog")
    kept = await add_filtered_post(town.desk, town.viewer(ann), made.id, post.id)
    assert await add_filtered_post(town.desk, town.viewer(ann), made.id, post.id) == kept

    (result,) = town.tables.filters.matches(ann, post, HOME, town.now_ms)
    assert (result.keywords, result.post_ids) == ((), (post.id,))
    assert town.tables.filters.hides(ann, post, HOME, town.now_ms)
    await remove_filtered_post(town.desk, town.viewer(ann), kept.id)
    assert town.tables.filters.matches(ann, post, HOME, town.now_ms) == []


async def test_keywords_are_added_changed_and_removed(town: SampleSquare) -> None:
    ann = await town.join("ann")
    viewer = town.viewer(ann)
    made = await filter_of(town, ann, "cat")
    added = await add_keyword(town.desk, viewer, made.id, "dog", whole_word=False)
    changed = await edit_keyword(town.desk, viewer, made.keywords[0].id, "bird")
    assert (changed.keyword, changed.whole_word) == ("bird", True)

    left = await remove_keyword(town.desk, viewer, added.id)
    assert left.keywords == (changed,)
    wish = FilterChange(
        keywords=(KeywordChange(changed.id, removed=True), KeywordChange(keyword="fish"))
    )
    edited = await edit_filter(town.desk, viewer, made.id, wish)
    assert [(one.keyword, one.whole_word) for one in edited.keywords] == [("fish", False)]


@pytest.mark.parametrize(
    "wish",
    [
        FilterChange(None, (HOME,)),
        FilterChange("", (HOME,)),
        FilterChange("x" * 201, (HOME,)),
        FilterChange("Mine", ()),
        FilterChange("Mine", (HOME,), expires_in_s=-1),
        FilterChange("Mine", (HOME,), keywords=(KeywordChange(keyword=" "),)),
        FilterChange("Mine", (HOME,), keywords=(KeywordChange(),)),
        FilterChange("Mine", (HOME,), keywords=(KeywordChange(keyword="x" * 101),)),
        FilterChange("Mine", (HOME,), keywords=(KeywordChange(77, "cat"),)),
        FilterChange(
            "Mine",
            (HOME,),
            keywords=tuple(KeywordChange(keyword=f"{n}") for n in range(MOST_KEYWORDS + 1)),
        ),
    ],
)
async def test_wrong_filters_are_refused(town: SampleSquare, wish: FilterChange) -> None:
    ann = await town.join("ann")
    with pytest.raises(Refusal) as refused:
        await make_filter(town.desk, town.viewer(ann), wish)
    assert refused.value.field
    assert town.tables.filters.of(ann) == []


async def test_filters_are_their_owners_alone(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    made = await filter_of(town, ann, "cat")
    with pytest.raises(Refusal, match="no such filter"):
        await delete_filter(town.desk, town.viewer(bob), made.id)
    with pytest.raises(Refusal, match="no such filter"):
        await remove_keyword(town.desk, town.viewer(bob), made.keywords[0].id)

    await town.add(AccountErased(town.now_ms, ann))
    assert town.tables.filters.of(ann) == []


# Version 1 of the API


async def test_each_keyword_is_a_filter_of_version_1(town: SampleSquare) -> None:
    ann = await town.join("ann")
    viewer = town.viewer(ann)
    made = await make_filter_v1(
        town.desk, viewer, FilterV1Change("cat", (HOME,), True, 3600, irreversible=True)
    )
    assert (made.phrase, made.whole_word, made.irreversible) == ("cat", True, True)
    assert made.expires_ms == town.now_ms + 3_600_000
    assert town.tables.filters.of(ann)[0].action is FilterAction.HIDE

    changed = await edit_filter_v1(
        town.desk, viewer, made.id, FilterV1Change("dog", (HOME,), irreversible=False)
    )
    assert (changed.id, changed.phrase, changed.irreversible) == (made.id, "dog", False)
    await delete_filter_v1(town.desk, viewer, made.id)
    assert filters_v1_of(town.tables.filters, ann) == []
    assert town.tables.filters.of(ann) == []


async def test_version_1_does_not_change_other_keywords_unasked(town: SampleSquare) -> None:
    ann = await town.join("ann")
    made = await filter_of(town, ann, "cat", "dog")
    first = made.keywords[0].id
    wish = FilterV1Change("bird", (FilterContext.PUBLIC,))
    with pytest.raises(Refusal, match="belongs to a filter with others"):
        await edit_filter_v1(town.desk, town.viewer(ann), first, wish)

    await delete_filter_v1(town.desk, town.viewer(ann), first)
    assert [one.phrase for one in filters_v1_of(town.tables.filters, ann)] == ["dog"]
