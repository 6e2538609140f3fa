"""What moderators work with: complaints, sanctions, blocks and the audit log."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Subject(StrEnum):
    """What a complaint is about."""

    ACCOUNT = "account"
    """And the posts that go with it."""
    SPACE = "space"
    REPORT = "report"
    """Reports of an outage."""


class Category(StrEnum):
    SPAM = "spam"
    LEGAL = "legal"
    VIOLATION = "violation"
    OTHER = "other"


class Act(StrEnum):
    """What a moderator can do to an account, and how it is undone."""

    WARN = "warn"
    SENSITIVE = "sensitive"
    SILENCE = "silence"
    SUSPEND = "suspend"
    DELETE_POSTS = "delete_posts"
    DELETE = "delete"
    NOT_SENSITIVE = "not_sensitive"
    UNSILENCE = "unsilence"
    UNSUSPEND = "unsuspend"

    @property
    def undoes(self) -> Act | None:
        return {
            Act.NOT_SENSITIVE: Act.SENSITIVE,
            Act.UNSILENCE: Act.SILENCE,
            Act.UNSUSPEND: Act.SUSPEND,
        }.get(self)

    @property
    def can_be_appealed(self) -> bool:
        return self.undoes is None and self is not Act.DELETE


class BlockKind(StrEnum):
    WORD = "word"
    DOMAIN = "domain"
    ADDRESSES = "addresses"


class Complaint(msgspec.Struct, array_like=True, frozen=True, gc=False):
    id: int
    made_ms: int
    by: int
    subject: Subject
    about: int
    reference: str
    post_ids: tuple[int, ...]
    category: Category
    comment: str
    assigned_to: int = 0
    resolved_ms: int = 0
    """0: it is open."""
    resolved_by: int = 0
    outcome: str = ""


class Sanction(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An act on an account as the person is told of it."""

    id: int
    at_ms: int
    by: int
    account_id: int
    act: Act
    reason: str
    complaint_id: int
    post_ids: tuple[int, ...]
    appeal: str = ""
    appealed_ms: int = 0
    decided_ms: int = 0
    approved: bool = False
    """The appeal was right: the act is undone."""
    decision: str = ""


class Block(msgspec.Struct, array_like=True, frozen=True, gc=False):
    id: int
    kind: BlockKind
    value: str
    made_by: int
    made_ms: int
    reason: str
    expires_ms: int


class AuditLine(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Who did what when on whom, and why. Account ids, 0: the operator's command or nobody."""

    at_ms: int
    by: int
    what: str
    account_id: int
    detail: str
    reason: str
