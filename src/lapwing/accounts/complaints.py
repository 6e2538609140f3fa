"""Complaints: what people tell the moderators, and what becomes of it. Reports of posts, Spaces and
outages all end in this one queue."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.limits import COMPLAINTS
from lapwing.accounts.model import Account, Role
from lapwing.accounts.moderation_entries import (
    ComplaintAssigned,
    ComplaintMade,
    ComplaintReopened,
    ComplaintResolved,
)
from lapwing.accounts.moderation_model import Category, Complaint, Subject
from lapwing.kernel.refusals import Refusal

LONGEST_COMMENT: Final = 1000
MOST_POSTS: Final = 20
_REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,120}")
_LONGEST_REASON: Final = 1000


@dataclass(frozen=True)
class Draft:
    """A complaint as somebody sends it."""

    about: int = 0
    """Account; 0 where it is about a Space or reports of nobody's."""
    category: Category = Category.OTHER
    comment: str = ""
    post_ids: tuple[int, ...] = ()
    subject: Subject = Subject.ACCOUNT
    reference: str = ""
    """The Space's or the incident's id."""


async def complain(desk: AccountDesk, by: int, draft: Draft) -> Complaint:
    """`by` is 0 for somebody without an account. Raises `Refusal` (`unknown_account`,
    `comment_too_long`, `too_many_posts`) and `TooMany`."""
    if draft.about or draft.subject is Subject.ACCOUNT:
        desk.accounts.get(draft.about)
    if len(draft.comment) > LONGEST_COMMENT:
        raise Refusal(
            "comment_too_long",
            f"A comment has at most {LONGEST_COMMENT} characters.",
            field="comment",
        )
    if len(draft.post_ids) > MOST_POSTS:
        raise Refusal(
            "too_many_posts", f"A complaint has at most {MOST_POSTS} posts.", field="status_ids"
        )
    if draft.subject is not Subject.ACCOUNT and _REFERENCE.fullmatch(draft.reference) is None:
        raise Refusal("unknown_reference", "Say what it is about.", field="reference")
    desk.limits.take(COMPLAINTS, str(by), desk.now_ms())
    entry = ComplaintMade(
        at_ms=desk.now_ms(),
        complaint_id=desk.fresh_id(),
        by=by,
        subject=draft.subject,
        about=draft.about,
        reference=draft.reference,
        post_ids=tuple(dict.fromkeys(draft.post_ids)),
        category=draft.category,
        comment=draft.comment.strip(),
    )
    await desk.write(entry)
    return desk.accounts.moderation.get_complaint(entry.complaint_id)


async def assign(desk: AccountDesk, by: Account, complaint_id: int, to: int) -> None:
    """To a moderator, or to nobody (0). Raises `Refusal`."""
    check_moderator(by)
    if to:
        check_moderator(desk.accounts.get(to))
    await desk.write(ComplaintAssigned(desk.now_ms(), complaint_id, by.id, to))


async def resolve(desk: AccountDesk, by: Account, complaint_id: int, reason: str) -> None:
    check_moderator(by)
    reason = reason.strip()[:_LONGEST_REASON]
    await desk.write(ComplaintResolved(desk.now_ms(), complaint_id, by.id, reason))


async def reopen(desk: AccountDesk, by: Account, complaint_id: int, reason: str = "") -> None:
    check_moderator(by)
    reason = reason.strip()[:_LONGEST_REASON]
    await desk.write(ComplaintReopened(desk.now_ms(), complaint_id, by.id, reason))


def check_moderator(account: Account, least: Role = Role.MODERATOR) -> None:
    """Raises `Refusal` (`forbidden`)."""
    if account.role.rank < least.rank or not account.may_act:
        raise Refusal("forbidden", f"This is for people with the role {least} or a higher one.")
