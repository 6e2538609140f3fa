"""What moderators do, and what people ask of them, as it is written in the square's journal."""

from __future__ import annotations

from typing import TypeAlias

from lapwing.accounts.entry import AccountEntryBase
from lapwing.accounts.moderation_model import Act, BlockKind, Category, Subject


class ComplaintMade(AccountEntryBase, frozen=True, tag="acc:complaint"):
    """`by` is 0 where it comes from nobody who is signed in."""

    complaint_id: int
    by: int
    subject: Subject
    about: int
    """Account; 0 where it is about no account."""
    reference: str
    """Which outage report or Space is meant."""
    post_ids: tuple[int, ...]
    category: Category
    comment: str


class ComplaintAssigned(AccountEntryBase, frozen=True, tag="acc:complaint_assigned"):
    """`to` is 0 where nobody has it any more."""

    complaint_id: int
    by: int
    to: int


class ComplaintResolved(AccountEntryBase, frozen=True, tag="acc:complaint_resolved"):
    complaint_id: int
    by: int
    reason: str


class ComplaintReopened(AccountEntryBase, frozen=True, tag="acc:complaint_reopened"):
    complaint_id: int
    by: int
    reason: str


class Sanctioned(AccountEntryBase, frozen=True, tag="acc:sanction"):
    """A moderator acted on an account. `post_ids` are posts that go with it: the microblog
    deletes them where the act is `delete_posts` and hides their media where it is `sensitive`."""

    sanction_id: int
    by: int
    account_id: int
    act: Act
    reason: str
    complaint_id: int = 0
    post_ids: tuple[int, ...] = ()


class AppealMade(AccountEntryBase, frozen=True, tag="acc:appeal"):
    sanction_id: int
    account_id: int
    text: str


class AppealDecided(AccountEntryBase, frozen=True, tag="acc:appeal_decided"):
    sanction_id: int
    by: int
    approved: bool
    reason: str


class BlockMade(AccountEntryBase, frozen=True, tag="acc:block"):
    """Of a word, an e-mail domain or an address range; `value` is what `blocks.py` makes of it:
    of a range only its length and a keyed hash."""

    block_id: int
    by: int
    kind: BlockKind
    value: str
    reason: str
    expires_ms: int = 0
    """0: until it is lifted."""


class BlockLifted(AccountEntryBase, frozen=True, tag="acc:block_lifted"):
    block_id: int
    by: int


ModerationEntry: TypeAlias = (
    ComplaintMade
    | ComplaintAssigned
    | ComplaintResolved
    | ComplaintReopened
    | Sanctioned
    | AppealMade
    | AppealDecided
    | BlockMade
    | BlockLifted
)
