"""Hashtags that people follow and show."""

from __future__ import annotations

import pytest
from tests.sample_square import SampleSquare

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import AccountErased
from lapwing.microblog.model import Visibility
from lapwing.microblog.personal.actions.tagging import (
    feature_tag,
    follow_tag,
    stop_featuring_tag,
)
from lapwing.microblog.personal.tags import MOST_FEATURED, most_used_tags, tag_use


async def test_a_hashtag_is_followed_in_all_its_spellings(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    await follow_tag(town.desk, town.viewer(ann), "#Straße", on=True)
    await follow_tag(town.desk, town.viewer(ann), "STRASSE", on=True)
    await follow_tag(town.desk, town.viewer(bob), "strasse", on=True)

    (tag,) = town.tables.tags.followed_by(ann)
    assert tag.name == "Straße"
    assert town.tables.tags.follows(ann, "strasse")
    assert sorted(town.tables.tags.followers_of("Strasse")) == sorted([ann, bob])

    await follow_tag(town.desk, town.viewer(ann), "strasse", on=False)
    assert town.tables.tags.followed_by(ann) == []
    await town.add(AccountErased(town.now_ms, bob))
    assert list(town.tables.tags.followers_of("strasse")) == []


@pytest.mark.parametrize("name", ["", "#", "two words", "123", "x" * 101, "a/b"])
async def test_what_is_no_hashtag_is_refused(town: SampleSquare, name: str) -> None:
    ann = await town.join("ann")
    with pytest.raises(Refusal, match="Tag is invalid"):
        await follow_tag(town.desk, town.viewer(ann), name, on=True)
    with pytest.raises(Refusal, match="Tag is invalid"):
        await feature_tag(town.desk, town.viewer(ann), name)


async def test_hashtags_on_a_profile(town: SampleSquare) -> None:
    ann = await town.join("ann")
    viewer = town.viewer(ann)
    shown = await feature_tag(town.desk, viewer, "Tea")
    assert await feature_tag(town.desk, viewer, "#tea") == shown
    assert town.tables.tags.get_featured(ann, shown.id) == shown
    await stop_featuring_tag(town.desk, viewer, "TEA")
    assert town.tables.tags.featured_by(ann) == []
    with pytest.raises(Refusal, match="not on your profile"):
        town.tables.tags.get_featured(ann, shown.id)

    for number in range(MOST_FEATURED):
        await feature_tag(town.desk, viewer, f"tag{number}")
    with pytest.raises(Refusal, match="At most 10 hashtags"):
        await feature_tag(town.desk, viewer, "onemore")


async def test_how_somebody_uses_a_hashtag(town: SampleSquare) -> None:
    ann, bob = await town.join("ann"), await town.join("bob")
    await town.write(ann, tags=("Tea", "cake"))
    town.pass_time(1000)
    last = await town.write(ann, tags=("tea",))
    await town.write(ann, tags=("secret",), visibility=Visibility.FOLLOWERS)
    await town.write(bob, tags=("tea",))
    posts = town.square.posts

    used = tag_use(posts, ann, "TEA")
    assert (used.posts, used.last_ms) == (2, last.created_ms)
    assert tag_use(posts, ann, "coffee").posts == 0
    assert most_used_tags(posts, ann) == ["tea", "cake"]
