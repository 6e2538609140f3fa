"""Keeping words, e-mail domains and address ranges out."""

from __future__ import annotations

from typing import Final

from lapwing.accounts.blocks import check_value
from lapwing.accounts.complaints import check_moderator
from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.model import Account
from lapwing.accounts.moderation_entries import BlockLifted, BlockMade
from lapwing.accounts.moderation_model import BlockKind
from lapwing.kernel.refusals import Refusal

_DAY_MS: Final = 24 * 3_600_000
_LONGEST_DAYS: Final = 3650
_LONGEST_REASON: Final = 500


async def block(
    desk: AccountDesk, by: Account, kind: BlockKind, value: str, reason: str, days: int = 0
) -> int:
    """The block's id. `days` of 0: until it is lifted, but ranges of addresses, whose users change,
    need an end. Raises `Refusal` (`block_invalid`)."""
    check_moderator(by)
    least = 1 if kind is BlockKind.ADDRESSES else 0
    if not least <= days <= _LONGEST_DAYS:
        raise Refusal(
            "block_invalid", f"Such a block is for {least} to {_LONGEST_DAYS} days.", field="days"
        )
    entry = BlockMade(
        at_ms=desk.now_ms(),
        block_id=desk.fresh_id(),
        by=by.id,
        kind=kind,
        value=check_value(kind, value, desk.block_key),
        reason=reason.strip()[:_LONGEST_REASON],
        expires_ms=desk.now_ms() + days * _DAY_MS if days else 0,
    )
    await desk.write(entry)
    return entry.block_id


async def lift(desk: AccountDesk, by: Account, block_id: int) -> None:
    check_moderator(by)
    await desk.write(BlockLifted(desk.now_ms(), block_id, by.id))
