"""What is half done and soon forgotten: the second step of a sign-in, a passkey's challenge."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

KEPT_MS: Final = 10 * 60_000
_MOST: Final = 50_000


@dataclass(slots=True)
class Ticket:
    """`subject` is what it is for, `content` what belongs to it."""

    subject: str
    account_id: int
    content: bytes
    expires_ms: int


class Tickets:
    """In memory alone: after a restart people begin such a thing anew."""

    def __init__(self) -> None:
        self._tickets: dict[str, Ticket] = {}

    def issue(self, subject: str, now_ms: int, account_id: int = 0, content: bytes = b"") -> str:
        """The name of a new ticket: 256 random bits."""
        for name, ticket in list(self._tickets.items()):
            if now_ms < ticket.expires_ms and len(self._tickets) < _MOST:
                break  # the oldest stand first
            del self._tickets[name]
        name = secrets.token_urlsafe(32)
        self._tickets[name] = Ticket(subject, account_id, content, now_ms + KEPT_MS)
        return name

    def find(self, name: str, subject: str, now_ms: int) -> Ticket | None:
        ticket = self._tickets.get(name)
        if ticket is None or ticket.subject != subject or now_ms >= ticket.expires_ms:
            return None
        return ticket

    def redeem(self, name: str, subject: str, now_ms: int) -> Ticket | None:
        """As `find`; the ticket is good for nothing after that."""
        ticket = self.find(name, subject, now_ms)
        if ticket is not None:
            del self._tickets[name]
        return ticket
