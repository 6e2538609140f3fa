"""Posts that wait for the writer: who sees them, and what becomes of them."""

from __future__ import annotations

import pytest
from tests.sample_square import SampleSquare

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.composing import Draft, PollDraft
from lapwing.microblog.actions.posting import delete_post, write_post
from lapwing.microblog.model import Post, Visibility
from lapwing.microblog.never_empty.waiting_posts import (
    REFUSED,
    WAITING,
    PostDelivered,
    PostRefused,
    PostWaits,
    StandIns,
    WaitingPosts,
    draft_of,
    take_waiting,
)

KEY = "key"


@pytest.fixture
async def sample() -> SampleSquare:
    sample = SampleSquare()
    for name in ("ann", "bob"):
        await sample.join(name)
    return sample


def _id(sample: SampleSquare, name: str) -> int:
    account = sample.square.accounts.find_named(name)
    assert account is not None
    return account.id


def _waits(sample: SampleSquare, **draft: object) -> PostWaits:
    return PostWaits(sample.now_ms, _id(sample, "ann"), KEY, Draft(**draft))  # type: ignore[arg-type]


def _posts(sample: SampleSquare) -> list[Post]:
    posts = sample.square.posts
    return [posts.get(one) for one in posts.all_ids()]


async def test_a_stand_in_is_seen_by_its_author_alone(sample: SampleSquare) -> None:
    stand_ins = StandIns(sample.square)
    waits = _waits(sample, text="Hello @bob", visibility=Visibility.PUBLIC)
    stand_ins.put(waits, sample.ids.take(sample.now_ms))
    (post,) = _posts(sample)
    assert post.text == f"Hello @bob\n\n{WAITING}"
    may_see = sample.square.permissions.may_see
    assert may_see(waits.account_id, post)
    assert not may_see(_id(sample, "bob"), post)
    assert not may_see(0, post)


async def test_it_makes_room_for_the_post_itself(sample: SampleSquare) -> None:
    stand_ins = StandIns(sample.square)
    waits = _waits(sample, text="Hello")
    stand_ins.put(waits, sample.ids.take(sample.now_ms))
    stand_ins.take_away((waits.account_id, KEY), sample.now_ms)
    assert _posts(sample) == []
    await take_waiting(sample.context, waits)
    assert [post.text for post in _posts(sample)] == ["Hello"]


async def test_it_is_taken_once_however_often_it_is_sent(sample: SampleSquare) -> None:
    waits = _waits(sample, text="Hello")
    await take_waiting(sample.context, waits)
    await take_waiting(sample.context, waits)
    assert len(_posts(sample)) == 1


async def test_what_does_not_hold_any_more_is_refused(sample: SampleSquare) -> None:
    bob = sample.viewer(_id(sample, "bob"))
    answered = await write_post(sample.context, bob, Draft("A question"))
    waits = _waits(sample, text="An answer", reply_to_id=answered.id)
    await delete_post(sample.context, bob, answered.id)
    with pytest.raises(Refusal):
        await take_waiting(sample.context, waits)
    stand_ins = StandIns(sample.square)
    stand_ins.put(waits, sample.ids.take(sample.now_ms), f"{REFUSED}it is gone")
    (post,) = _posts(sample)
    assert post.text == "An answer\n\n⚠ This could not go out: it is gone"


@pytest.mark.parametrize(
    "draft",
    [
        Draft("Hello #ducks", Visibility.QUIET, "de", warning="birds"),
        Draft("Which?", poll=PollDraft(("mallard", "teal"), 3600, multiple=True)),
        Draft("For @bob", Visibility.MENTIONED, app_name="An app", app_website="https://a.example"),
    ],
)
async def test_a_draft_comes_back_from_the_post_that_it_became(
    sample: SampleSquare, draft: Draft
) -> None:
    ann = sample.viewer(_id(sample, "ann"))
    first = await write_post(sample.context, ann, draft)
    second = await write_post(sample.context, ann, draft_of(first))
    for name in Post.__struct_fields__:
        if name not in ("id", "thread_id"):
            assert getattr(first, name) == getattr(second, name), name


def test_the_fold_knows_what_waits_and_what_was_refused() -> None:
    posts = WaitingPosts()
    waits = [PostWaits(number, 7, f"key {number}", Draft("Hello")) for number in range(3)]
    for one in (*waits, waits[0]):
        posts.apply(one)
    assert list(posts.waiting.values()) == waits
    posts.apply(PostDelivered(9, 7, "key 0"))
    refused = PostRefused(9, 7, "key 1", "no")
    posts.apply(refused)
    posts.apply(PostDelivered(9, 7, "unknown"))
    assert list(posts.waiting.values()) == waits[2:]
    assert posts.refused == {(7, "key 1"): (waits[1], refused)}
