"""Marking conversations as read, and removing them from one's own view."""

from __future__ import annotations

from lapwing.accounts.model import Viewer
from lapwing.microblog.personal.conversations import ConversationView
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.entries import ConversationDeleted, ConversationRead


async def read_conversation(
    desk: PersonalDesk, viewer: Viewer, conversation_id: int, *, unread: bool = False
) -> ConversationView | None:
    """As it is now; None where none of its posts may be seen. Raises `Refusal`."""
    conversations, own = desk.tables.conversations, viewer.account_id
    if conversations.get(own, conversation_id).unread != unread:
        entry = ConversationRead(desk.context.now_ms(), own, conversation_id, unread)
        await desk.context.journal.append(entry)
    return conversations.view(conversations.get(own, conversation_id))


async def delete_conversation(desk: PersonalDesk, viewer: Viewer, conversation_id: int) -> None:
    """The posts stay for the others, and a new one brings it back. Raises `Refusal`."""
    own = viewer.account_id
    desk.tables.conversations.get(own, conversation_id)
    entry = ConversationDeleted(desk.context.now_ms(), own, conversation_id)
    await desk.context.journal.append(entry)
