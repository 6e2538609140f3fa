"""Sending mail to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Letter:
    """One mail in plain text to one address."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Contract: `tests/contracts/test_mailer.py`."""

    @property
    def delivers(self) -> bool:
        """Whether letters reach people; where not, nobody is asked to confirm an address."""
        ...

    def post(self, letter: Letter) -> None:
        """Takes the letter and returns at once; it is sent, if need be several times, later.

        Line breaks in the subject become spaces. Raises `Refusal` (`mail_address_invalid`) for
        what is no single address, `Unavailable` where too many letters wait.
        """
        ...
