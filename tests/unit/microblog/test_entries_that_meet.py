"""Entries that were right when they were made and are not any more when they are folded."""

from __future__ import annotations

import pytest
from tests.sample_square import SampleSquare

from lapwing.accounts.entries import AccountDeleted
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import (
    FollowAnswered,
    MediaAdded,
    PollVoted,
    PostEdited,
    PostMarked,
    PostWritten,
    RelationChanged,
)
from lapwing.microblog.model import (
    Attachment,
    FollowOptions,
    Mark,
    MediaKind,
    Poll,
    Post,
    Relation,
)
from lapwing.microblog.square import Change


@pytest.fixture
def sample() -> SampleSquare:
    return SampleSquare()


def _edited(post: Post, poll: Poll | None, media: tuple[Attachment, ...] = ()) -> PostEdited:
    return PostEdited(post.created_ms, post.id, "anew", "", False, "en", (), (), (), media, poll)


@pytest.mark.parametrize("options", [("yes", "no"), ()])
async def test_a_vote_that_meets_an_edit_counts_for_no_option_that_is_gone(
    sample: SampleSquare, options: tuple[str, ...]
) -> None:
    asha, ben = await sample.join("asha"), await sample.join("ben")
    ends_ms = sample.now_ms + 3_600_000
    post = await sample.write(asha, "?", poll=Poll(("yes", "no", "perhaps"), ends_ms))
    await sample.add(_edited(post, Poll(options, ends_ms) if options else None))
    with pytest.raises(Refusal, match="does not exist"):
        await sample.add(PollVoted(sample.now_ms, ben, post.id, (2,)))
    assert sample.square.posts.votes(post.id) == {}


async def test_one_upload_is_in_one_post(sample: SampleSquare) -> None:
    asha = await sample.join("asha")
    media = Attachment(sample.ids.take(sample.now_ms), asha, MediaKind.IMAGE, "file", "preview")
    first = await sample.write(asha, "first", media=(media,))
    second = await sample.write(asha, "second")
    third = Post(sample.ids.take(sample.now_ms), asha, sample.now_ms, "third", media=(media,))
    with pytest.raises(Refusal, match="posted already"):
        await sample.add(PostWritten(sample.now_ms, third))
    with pytest.raises(Refusal, match="posted already"):
        await sample.add(_edited(second, None, (media,)))
    assert list(sample.square.posts.of(asha)) == [first.id, second.id]
    await sample.add(_edited(first, None, (media,)))


async def test_nothing_of_a_deleted_account_comes_after_it(sample: SampleSquare) -> None:
    asha, ben = await sample.join("asha"), await sample.join("ben")
    post = await sample.write(ben, "hello", poll=Poll(("a", "b"), sample.now_ms + 1000))
    late = Post(sample.ids.take(sample.now_ms), asha, sample.now_ms, "late")
    await sample.add(AccountDeleted(sample.now_ms, asha, asha))
    for entry in (
        PostWritten(sample.now_ms, late),
        PostMarked(sample.now_ms, asha, post.id, Mark.LIKE, True),
        PollVoted(sample.now_ms, asha, post.id, (0,)),
        RelationChanged(sample.now_ms, asha, ben, Relation.FOLLOW, True),
        RelationChanged(sample.now_ms, ben, asha, Relation.FOLLOW, True),
    ):
        with pytest.raises(Refusal, match="no such account"):
            await sample.add(entry)
    square = sample.square
    assert len(square.posts.of(asha)) == 0
    assert len(square.posts.markers(post.id, Mark.LIKE)) == 0
    assert len(square.relations.to(ben, Relation.FOLLOW)) == 0


@pytest.mark.parametrize("deletes", [True, False])
async def test_a_refused_request_leaves_no_wish_behind(sample: SampleSquare, deletes: bool) -> None:
    asha, ben = await sample.join("asha"), await sample.join("ben")
    wish = FollowOptions(notifies=True, languages=("hi",))
    await sample.relate(ben, Relation.REQUEST, asha, options=wish)
    if deletes:
        await sample.add(AccountDeleted(sample.now_ms, ben, ben))
    else:
        await sample.add(FollowAnswered(sample.now_ms, asha, ben, accepted=False))
    assert not sample.square.relations.has_options(ben)


async def test_whom_one_follows_no_more_one_features_no_more(sample: SampleSquare) -> None:
    asha, ben = await sample.join("asha"), await sample.join("ben")
    await sample.relate(ben, Relation.FOLLOW, asha)
    await sample.relate(ben, Relation.FEATURE, asha)
    await sample.relate(ben, Relation.FOLLOW, asha, on=False)
    assert not sample.square.relations.has(ben, Relation.FEATURE, asha)


async def test_an_accepted_request_keeps_its_wish(sample: SampleSquare) -> None:
    asha, ben = await sample.join("asha"), await sample.join("ben")
    wish = FollowOptions(notifies=True)
    await sample.relate(ben, Relation.REQUEST, asha, options=wish)
    await sample.add(FollowAnswered(sample.now_ms, asha, ben, accepted=True))
    assert sample.square.relations.options_of(ben, asha) == wish
    assert sample.square.relations.notified_by(asha) == [ben]


async def test_who_reposted_a_deleted_post_has_one_post_less(sample: SampleSquare) -> None:
    asha, ben = await sample.join("asha"), await sample.join("ben")
    post = await sample.write(asha, "hello")
    await sample.repost(ben, post)
    heard: list[Change] = []
    sample.square.listen(heard.append)
    await sample.add(AccountDeleted(sample.now_ms, asha, asha))
    assert {asha, ben} <= {one for change in heard for one in change.accounts}


async def test_a_bug_in_one_listener_or_table_is_no_failure_of_the_write(
    sample: SampleSquare,
) -> None:
    asha, ben = await sample.join("asha"), await sample.join("ben")
    heard: list[Change] = []

    def fails(change: Change) -> None:
        raise RuntimeError("a bug")

    sample.tables.trends.hear = fails  # type: ignore[method-assign]
    sample.square.listen(fails)
    sample.square.listen(heard.append)
    post = await sample.write(asha, "@ben", mentions=(ben,))
    assert [change.added for change in heard] == [post]
    media = Attachment(sample.ids.take(sample.now_ms), asha, MediaKind.IMAGE, "file", "preview")
    await sample.add(MediaAdded(sample.now_ms, media))
    assert sample.tables.notifications.box_of(ben).newest_id
