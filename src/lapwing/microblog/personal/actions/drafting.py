"""Keeping what is not finished."""

from __future__ import annotations

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.drafts import LONGEST_CONTENT, MOST_DRAFTS
from lapwing.microblog.personal.entries import DraftForgotten, DraftKept
from lapwing.microblog.personal.model import KeptDraft

_MOST_MEDIA = 20


async def keep_draft(
    desk: PersonalDesk,
    viewer: Viewer,
    content: str,
    media_ids: tuple[int, ...] = (),
    draft_id: int = 0,
) -> KeptDraft:
    """A new draft, or the one of `draft_id` as it is now. Raises `Refusal`."""
    context, own, drafts = desk.context, viewer.account_id, desk.tables.drafts
    if len(content) > LONGEST_CONTENT or len(media_ids) > _MOST_MEDIA:
        raise Refusal(
            "draft_too_long", f"A draft has at most {LONGEST_CONTENT} characters.", field="content"
        )
    if draft_id:
        drafts.get(own, draft_id)
    elif len(drafts.of(own)) >= MOST_DRAFTS:
        raise Refusal("too_many_drafts", f"One may keep at most {MOST_DRAFTS} drafts.")
    now_ms = context.now_ms()
    kept = KeptDraft(draft_id or context.take_id(), own, now_ms, content, media_ids)
    await context.journal.append(DraftKept(now_ms, kept))
    return kept


async def forget_draft(desk: PersonalDesk, viewer: Viewer, draft_id: int) -> None:
    desk.tables.drafts.get(viewer.account_id, draft_id)
    entry = DraftForgotten(desk.context.now_ms(), viewer.account_id, draft_id)
    await desk.context.journal.append(entry)
