"""The fold over complaints, sanctions, blocks and the audit log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from lapwing.accounts import entries
from lapwing.accounts import moderation_entries as made
from lapwing.accounts.blocks import shown
from lapwing.accounts.model import Account, Standing
from lapwing.accounts.moderation_model import Act, AuditLine, Block, Complaint, Sanction
from lapwing.accounts.people import People
from lapwing.kernel.refusals import Refusal


class ModerationRows(msgspec.Struct, array_like=True):
    """A part of the state as a checkpoint keeps it."""

    complaints: list[Complaint] = []
    sanctions: list[Sanction] = []
    blocks: list[Block] = []
    audit: list[AuditLine] = []


class Moderation:
    """What moderators have before them. Records are never changed in place."""

    def __init__(self, people: People, delete: Callable[[int], None]) -> None:
        """`delete` removes an account from everything."""
        self._people = people
        self._delete = delete
        self.complaints: dict[int, Complaint] = {}
        self.sanctions: dict[int, Sanction] = {}
        self.blocks: dict[int, Block] = {}
        self.audit: list[AuditLine] = []
        self._sanctions_of: dict[int, list[int]] = {}

    # Questions

    def get_complaint(self, complaint_id: int) -> Complaint:
        complaint = self.complaints.get(complaint_id)
        if complaint is None:
            raise Refusal("unknown_complaint", "There is no such complaint.")
        return complaint

    def get_sanction(self, sanction_id: int) -> Sanction:
        sanction = self.sanctions.get(sanction_id)
        if sanction is None:
            raise Refusal("unknown_sanction", "There is no such act.")
        return sanction

    def sanctions_of(self, account_id: int) -> list[Sanction]:
        """The first ones first."""
        return [self.sanctions[one] for one in self._sanctions_of.get(account_id, ())]

    def open_complaints(self) -> list[Complaint]:
        """Those that wait longest first."""
        return [each for each in self.complaints.values() if not each.resolved_ms]

    def complaints_about(self, account_id: int) -> list[Complaint]:
        return [each for each in self.complaints.values() if each.about == account_id]

    def waiting_appeals(self) -> list[Sanction]:
        return [s for s in self.sanctions.values() if s.appealed_ms and not s.decided_ms]

    # The fold

    @property
    def steps(self) -> dict[type[Any], Callable[[Any], None]]:
        """What each entry does; all raise `Refusal`, and change nothing then."""
        return {
            made.ComplaintMade: self._complain,
            made.ComplaintAssigned: self._assign,
            made.ComplaintResolved: self._resolve,
            made.ComplaintReopened: self._reopen,
            made.Sanctioned: self._sanction,
            made.AppealMade: self._appeal,
            made.AppealDecided: self._decide,
            made.BlockMade: self._block,
            made.BlockLifted: self._lift,
        }

    def note(
        self, at_ms: int, by: int, what: str, account_id: int, detail: str = "", reason: str = ""
    ) -> None:
        """A line of the audit log."""
        self.audit.append(AuditLine(at_ms, by, what, account_id, detail, reason))

    def note_other(self, entry: Any) -> None:
        """The line for an entry of another part that moderators cause."""
        if isinstance(entry, entries.RoleGranted):
            self.note(entry.at_ms, entry.by, "role", entry.account_id, entry.role.value)
        elif isinstance(entry, entries.SignUpDecided):
            what = "sign_up_approved" if entry.approved else "sign_up_rejected"
            self.note(entry.at_ms, entry.by, what, entry.account_id, reason=entry.reason)
        elif isinstance(entry, entries.AccountDeleted) and entry.by != entry.account_id:
            self.note(entry.at_ms, entry.by, "deleted", entry.account_id)
        elif isinstance(entry, entries.PasswordSet) and entry.by_operator:
            self.note(entry.at_ms, 0, "password", entry.account_id)
        elif isinstance(entry, entries.InvitationMade):
            self.note(entry.at_ms, entry.by, "invitation", 0, f"{entry.uses} uses")

    def forget(self, account_id: int) -> None:
        """What an account said here goes with it; that something was done stays in the log."""
        for sanction_id in self._sanctions_of.pop(account_id, ()):
            del self.sanctions[sanction_id]
        for complaint in list(self.complaints.values()):
            if complaint.by == account_id:
                self.complaints[complaint.id] = replace(complaint, by=0, comment="")

    def tidy(self, now_ms: int) -> None:
        """Drops blocks that have ended."""
        self.blocks = {
            i: block
            for i, block in self.blocks.items()
            if not block.expires_ms or now_ms < block.expires_ms
        }

    def _complain(self, entry: made.ComplaintMade) -> None:
        self.complaints[entry.complaint_id] = Complaint(
            id=entry.complaint_id,
            made_ms=entry.at_ms,
            by=entry.by,
            subject=entry.subject,
            about=entry.about,
            reference=entry.reference,
            post_ids=entry.post_ids,
            category=entry.category,
            comment=entry.comment,
        )

    def _assign(self, entry: made.ComplaintAssigned) -> None:
        complaint = self._open(entry.complaint_id)
        self.complaints[complaint.id] = replace(complaint, assigned_to=entry.to)
        what = "complaint_assigned" if entry.to else "complaint_unassigned"
        self.note(entry.at_ms, entry.by, what, entry.to, f"complaint {complaint.id}")

    def _resolve(self, entry: made.ComplaintResolved) -> None:
        complaint = self._open(entry.complaint_id)
        self.complaints[complaint.id] = replace(
            complaint, resolved_ms=entry.at_ms, resolved_by=entry.by, outcome=entry.reason
        )
        self.note(
            entry.at_ms,
            entry.by,
            "complaint_resolved",
            complaint.about,
            f"complaint {complaint.id}",
            entry.reason,
        )

    def _reopen(self, entry: made.ComplaintReopened) -> None:
        complaint = self.get_complaint(entry.complaint_id)
        if not complaint.resolved_ms:
            raise Refusal("wrong_state", "This complaint is open.")
        self.complaints[complaint.id] = replace(complaint, resolved_ms=0, resolved_by=0, outcome="")
        self.note(
            entry.at_ms,
            entry.by,
            "complaint_reopened",
            complaint.about,
            f"complaint {complaint.id}",
            entry.reason,
        )

    def _open(self, complaint_id: int) -> Complaint:
        complaint = self.get_complaint(complaint_id)
        if complaint.resolved_ms:
            raise Refusal("wrong_state", "This complaint is resolved; reopen it first.")
        return complaint

    def _sanction(self, entry: made.Sanctioned) -> None:
        account = self._people.get(entry.account_id)
        changed = after(account, entry.act)
        detail = f"complaint {entry.complaint_id}" if entry.complaint_id else ""
        self.note(entry.at_ms, entry.by, entry.act.value, account.id, detail, entry.reason)
        if changed is None:
            self._delete(account.id)
            return
        self._people.put(changed)
        self.sanctions[entry.sanction_id] = Sanction(
            id=entry.sanction_id,
            at_ms=entry.at_ms,
            by=entry.by,
            account_id=account.id,
            act=entry.act,
            reason=entry.reason,
            complaint_id=entry.complaint_id,
            post_ids=entry.post_ids,
        )
        self._sanctions_of.setdefault(account.id, []).append(entry.sanction_id)

    def _appeal(self, entry: made.AppealMade) -> None:
        sanction = self.get_sanction(entry.sanction_id)
        if sanction.account_id != entry.account_id or not sanction.act.can_be_appealed:
            raise Refusal("unknown_sanction", "There is no such act to appeal against.")
        if sanction.appealed_ms:
            raise Refusal("wrong_state", "You have appealed against this already.")
        self.sanctions[sanction.id] = replace(sanction, appeal=entry.text, appealed_ms=entry.at_ms)

    def _decide(self, entry: made.AppealDecided) -> None:
        sanction = self.get_sanction(entry.sanction_id)
        if not sanction.appealed_ms or sanction.decided_ms:
            raise Refusal("wrong_state", "There is no appeal that waits for a decision.")
        account = self._people.get(sanction.account_id)
        self.sanctions[sanction.id] = replace(
            sanction, decided_ms=entry.at_ms, approved=entry.approved, decision=entry.reason
        )
        if entry.approved:
            self._undo(account, sanction.act)
        what = "appeal_approved" if entry.approved else "appeal_rejected"
        self.note(entry.at_ms, entry.by, what, account.id, sanction.act.value, entry.reason)

    def _undo(self, account: Account, act: Act) -> None:
        for undoing in Act:
            if undoing.undoes is act and can_be_done(account, undoing):
                changed = after(account, undoing)
                assert changed is not None  # noqa: S101 - only deletion leaves nothing
                self._people.put(changed)

    def _block(self, entry: made.BlockMade) -> None:
        block = Block(
            id=entry.block_id,
            kind=entry.kind,
            value=entry.value,
            made_by=entry.by,
            made_ms=entry.at_ms,
            reason=entry.reason,
            expires_ms=entry.expires_ms,
        )
        self.blocks[block.id] = block
        self.note(entry.at_ms, entry.by, f"{block.kind}_blocked", 0, shown(block), entry.reason)

    def _lift(self, entry: made.BlockLifted) -> None:
        block = self.blocks.pop(entry.block_id, None)
        if block is None:
            raise Refusal("unknown_block", "There is no such block.")
        self.note(entry.at_ms, entry.by, f"{block.kind}_unblocked", 0, shown(block))

    # The checkpoint

    def rows(self, chunk: int) -> Iterator[ModerationRows]:
        """As `People.rows`."""
        whole = ModerationRows(
            list(self.complaints.values()),
            list(self.sanctions.values()),
            list(self.blocks.values()),
        )
        audit = list(self.audit)

        def parts() -> Iterator[ModerationRows]:
            yield whole
            for first in range(0, len(audit), chunk):
                yield ModerationRows(audit=audit[first : first + chunk])

        return parts()

    def take(self, rows: ModerationRows) -> None:
        self.complaints.update((each.id, each) for each in rows.complaints)
        for sanction in rows.sanctions:
            self.sanctions[sanction.id] = sanction
            self._sanctions_of.setdefault(sanction.account_id, []).append(sanction.id)
        self.blocks.update((each.id, each) for each in rows.blocks)
        self.audit += rows.audit


_WANTED = {
    Act.SILENCE: Standing.ACTIVE,
    Act.UNSILENCE: Standing.SILENCED,
    Act.UNSUSPEND: Standing.SUSPENDED,
}
_THEN = {
    Act.SILENCE: Standing.SILENCED,
    Act.SUSPEND: Standing.SUSPENDED,
    Act.UNSILENCE: Standing.ACTIVE,
    Act.UNSUSPEND: Standing.ACTIVE,
}


def can_be_done(account: Account, act: Act) -> bool:
    """Whether an act changes anything as the account stands."""
    if act is Act.SUSPEND:
        return account.standing is not Standing.SUSPENDED
    if act is Act.SENSITIVE:
        return not account.marked_sensitive
    if act is Act.NOT_SENSITIVE:
        return account.marked_sensitive
    wanted = _WANTED.get(act)
    return wanted is None or account.standing is wanted


def after(account: Account, act: Act) -> Account | None:
    """The account as an act leaves it; None: deleted. Raises `Refusal` (`wrong_state`)."""
    if not can_be_done(account, act):
        raise Refusal(
            "wrong_state", f"@{account.username} is {account.standing}: {act} changes nothing."
        )
    if act is Act.DELETE:
        return None
    if act in (Act.SENSITIVE, Act.NOT_SENSITIVE):
        return replace(account, marked_sensitive=act is Act.SENSITIVE)
    return replace(account, standing=_THEN.get(act, account.standing))
