"""What moderators do to accounts, how the person hears of it, and how they appeal."""

from __future__ import annotations

from typing import Final

from lapwing.accounts import letters
from lapwing.accounts.complaints import check_moderator, resolve
from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.model import Account, Role
from lapwing.accounts.moderation_entries import AppealDecided, AppealMade, Sanctioned
from lapwing.accounts.moderation_model import Act
from lapwing.accounts.moderation_state import after
from lapwing.kernel.refusals import Refusal, Unavailable

APPEAL_WITHIN_MS: Final = 20 * 24 * 3_600_000
LONGEST_APPEAL: Final = 2000
_LONGEST_REASON: Final = 2000


async def sanction(
    desk: AccountDesk,
    by: Account,
    account_id: int,
    act: Act,
    reason: str,
    *,
    complaint_id: int = 0,
    post_ids: tuple[int, ...] = (),
) -> None:
    """The person is told with the reason; the complaint that led to it is resolved with it.

    Raises `Refusal`: `forbidden` for somebody of the same or a higher role, `wrong_state` where it
    changes nothing, `reason_missing`.
    """
    account = desk.accounts.get(account_id)
    _check_may(by, account, act)
    reason = reason.strip()[:_LONGEST_REASON]
    if not reason:
        raise Refusal("reason_missing", "Say why: the person is told.", field="reason")
    if act is Act.DELETE_POSTS and not post_ids:
        raise Refusal("posts_missing", "Say which posts.", field="post_ids")
    after(account, act)
    complaint = desk.accounts.moderation.get_complaint(complaint_id) if complaint_id else None
    email = desk.accounts.people.get_credentials(account_id).email
    entry = Sanctioned(
        at_ms=desk.now_ms(),
        sanction_id=desk.fresh_id(),
        by=by.id,
        account_id=account_id,
        act=act,
        reason=reason,
        complaint_id=complaint_id,
        post_ids=post_ids,
    )
    await desk.write(entry)
    link = f"{desk.public_url}/settings/notices" if act.can_be_appealed else ""
    _mail(desk, email, act, reason, link)
    if complaint is not None and not complaint.resolved_ms:
        await resolve(desk, by, complaint_id, f"{act}: {reason}")


async def appeal(desk: AccountDesk, account_id: int, sanction_id: int, text: str) -> None:
    """Once, within twenty days. Raises `Refusal`."""
    text = text.strip()
    if not 0 < len(text) <= LONGEST_APPEAL:
        raise Refusal(
            "appeal_length", f"An appeal has 1 to {LONGEST_APPEAL} characters.", field="text"
        )
    act = desk.accounts.moderation.get_sanction(sanction_id)
    if desk.now_ms() > act.at_ms + APPEAL_WITHIN_MS:
        raise Refusal("too_late", "An appeal is possible for twenty days.")
    await desk.write(AppealMade(desk.now_ms(), sanction_id, account_id, text))


async def decide_appeal(
    desk: AccountDesk, by: Account, sanction_id: int, approved: bool, reason: str
) -> None:
    """An approved one undoes the act. Not by who did the act, if there is another moderator of the
    rank. Raises `Refusal`."""
    act = desk.accounts.moderation.get_sanction(sanction_id)
    account = desk.accounts.get(act.account_id)
    _check_may(by, account, act.act)
    if by.id == act.by and _has_another_judge(desk, by, account):
        raise Refusal("forbidden", "Somebody else decides on an appeal against what you did.")
    reason = reason.strip()[:_LONGEST_REASON]
    email = desk.accounts.people.get_credentials(account.id).email
    await desk.write(AppealDecided(desk.now_ms(), sanction_id, by.id, approved, reason))
    if email:
        _post(desk, letters.appeal_decided(email, desk.site_name, approved, reason))


def _check_may(by: Account, account: Account, act: Act) -> None:
    check_moderator(by, Role.ADMIN if act is Act.DELETE else Role.MODERATOR)
    if by.role.rank <= account.role.rank:
        raise Refusal("forbidden", "Only somebody with a higher role may do that to this account.")


def _has_another_judge(desk: AccountDesk, by: Account, account: Account) -> bool:
    least = max(Role.MODERATOR.rank, account.role.rank + 1)
    return any(
        each.id != by.id and each.may_act and each.role.rank >= least
        for each in desk.accounts.all()
    )


def _mail(desk: AccountDesk, email: str, act: Act, reason: str, link: str) -> None:
    if email:
        _post(desk, letters.sanctioned(email, desk.site_name, act, reason, link))


def _post(desk: AccountDesk, letter: letters.Letter) -> None:
    """What was decided holds also where no mail can go out now; it is in the settings too."""
    try:
        desk.mailer.post(letter)
    except Unavailable:
        return
