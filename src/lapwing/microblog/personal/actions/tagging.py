"""Following hashtags, and showing them on one's profile."""

from __future__ import annotations

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.entries import TagFeatured, TagFollowed
from lapwing.microblog.personal.model import FollowedTag
from lapwing.microblog.text.hashtags import find_hashtag


async def follow_tag(desk: PersonalDesk, viewer: Viewer, name: str, *, on: bool) -> None:
    """`name` with or without its sign. Raises `Refusal` for what is no hashtag."""
    name = check_hashtag(name)
    context, own = desk.context, viewer.account_id
    if desk.tables.tags.follows(own, name) != on:
        follow_id = context.take_id() if on else 0
        entry = TagFollowed(context.now_ms(), own, name, on, follow_id)
        await context.journal.append(entry)


async def feature_tag(desk: PersonalDesk, viewer: Viewer, name: str) -> FollowedTag:
    """The one that is there where it is shown already. Raises `Refusal`."""
    name = check_hashtag(name)
    context, own, tags = desk.context, viewer.account_id, desk.tables.tags
    if not tags.features(own, name):
        entry = TagFeatured(context.now_ms(), own, name, True, context.take_id())
        await context.journal.append(entry)
    featured = tags.find_featured(own, name)
    if featured is None:
        raise Refusal("conflict", "It was taken from your profile meanwhile.")
    return featured


async def stop_featuring_tag(desk: PersonalDesk, viewer: Viewer, name: str) -> None:
    context, own = desk.context, viewer.account_id
    if desk.tables.tags.features(own, name):
        await context.journal.append(TagFeatured(context.now_ms(), own, name, False))


def check_hashtag(typed: str) -> str:
    """As it was written, without its sign. Raises `Refusal`."""
    if find_hashtag(typed) is None:
        raise Refusal("wrong_tag", "Validation failed: Tag is invalid", field="name")
    return typed.strip().lstrip("#＃")
