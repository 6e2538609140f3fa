"""Says of polls and mutes that they are over."""

from __future__ import annotations

from lapwing.microblog.entries import PollEnded, RelationChanged
from lapwing.microblog.model import Relation
from lapwing.microblog.personal.desk import PersonalDesk


async def end_what_is_over(desk: PersonalDesk) -> bool:
    """Whether anything was. Each end is one entry; who voted is told by it."""
    context, endings = desk.context, desk.tables.endings
    worked = False
    for post_id in endings.polls_due(context.now_ms()):
        await context.journal.append(PollEnded(context.now_ms(), post_id))
        worked = True
    for account_id, target_id in endings.mutes_due(context.now_ms()):
        mute = context.square.relations.find_mute(account_id, target_id)
        if mute is not None and mute.ends_ms and mute.ends_ms <= context.now_ms():
            await context.journal.append(
                RelationChanged(context.now_ms(), account_id, target_id, Relation.MUTE, False)
            )
            worked = True
    return worked
