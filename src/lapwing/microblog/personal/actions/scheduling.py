"""Posts for later: scheduling, moving and cancelling them, and writing them when they are due."""

from __future__ import annotations

from msgspec.structs import replace

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.composing import Draft, compose
from lapwing.microblog.actions.posting import check_may_act
from lapwing.microblog.entries import PostWritten
from lapwing.microblog.model import Post
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.entries import PostScheduled, ScheduledPostCancelled
from lapwing.microblog.personal.model import ScheduledPost


async def schedule_post(
    desk: PersonalDesk,
    viewer: Viewer,
    draft: Draft,
    due_ms: int,
    params: str = "{}",
    request: str = "",
) -> ScheduledPost:
    """`params` is JSON with what was asked for, kept as it is; the earlier scheduled post is
    returned where `request`, its idempotency key, is known. Raises `Refusal` for what could not be
    posted now either, and for a time that is too soon."""
    check_may_act(viewer.account)
    context, own, scheduled = desk.context, viewer.account_id, desk.tables.scheduled
    earlier = scheduled.find_earlier(own, request)
    if earlier is not None:
        return earlier
    compose(context, viewer.account, draft, 0)
    now_ms, scheduled_id = context.now_ms(), context.take_id()
    made = ScheduledPost(scheduled_id, own, due_ms, draft, params, now_ms, request)
    scheduled.check(made, now_ms)
    await context.journal.append(PostScheduled(now_ms, made))
    return scheduled.get(own, made.id)


async def move_scheduled_post(
    desk: PersonalDesk, viewer: Viewer, scheduled_id: int, due_ms: int
) -> ScheduledPost:
    """To another time; one that was refused is tried again then. Raises `Refusal`."""
    context, own, scheduled = desk.context, viewer.account_id, desk.tables.scheduled
    moved = replace(scheduled.get(own, scheduled_id), due_ms=due_ms, refused="")
    scheduled.check(moved, context.now_ms())
    await context.journal.append(PostScheduled(context.now_ms(), moved))
    return scheduled.get(own, scheduled_id)


async def cancel_scheduled_post(
    desk: PersonalDesk, viewer: Viewer, scheduled_id: int
) -> ScheduledPost:
    """What it was. Raises `Refusal`."""
    cancelled = desk.tables.scheduled.get(viewer.account_id, scheduled_id)
    entry = ScheduledPostCancelled(desk.context.now_ms(), viewer.account_id, scheduled_id)
    await desk.context.journal.append(entry)
    return cancelled


async def publish_due_posts(desk: PersonalDesk) -> list[Post]:
    """Writes the posts whose time has come. What is refused stays with its author, who sees why.

    The entry that writes a post ends its being scheduled: whatever is killed when, it is written
    once."""
    context = desk.context
    written = []
    for scheduled in desk.tables.scheduled.due(context.now_ms()):
        try:
            author = context.square.accounts.get(scheduled.account_id)
            check_may_act(author)
            post = compose(context, author, scheduled.draft, context.take_id())
            await context.journal.append(
                PostWritten(post.created_ms, post, f"scheduled:{scheduled.id}", scheduled.id)
            )
            written.append(post)
        except Refusal as refusal:
            refused = replace(scheduled, refused=refusal.message)
            await context.journal.append(PostScheduled(context.now_ms(), refused))
    return written
