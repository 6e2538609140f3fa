"""Waving a suggestion away."""

from __future__ import annotations

from lapwing.accounts.model import Viewer
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.entries import SuggestionDismissed


async def dismiss_suggestion(desk: PersonalDesk, viewer: Viewer, target_id: int) -> None:
    """They are not suggested to the viewer any more. Raises `Refusal` for nobody."""
    context = desk.context
    context.square.accounts.get(target_id)
    entry = SuggestionDismissed(context.now_ms(), viewer.account_id, target_id)
    await context.journal.append(entry)
