"""Mail in memory, for tests."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import Final

from lapwing.adapters.mail.composing import compose
from lapwing.ports.mail import Letter

_KEPT: Final = 200
_SENDER: Final = "lapwing@localhost"


class MemoryMailer:
    """`ports.mail.Mailer` that keeps the last letters."""

    def __init__(self, *, delivers: bool = True) -> None:
        self.letters: deque[Letter] = deque(maxlen=_KEPT)
        self._delivers = delivers

    @property
    def delivers(self) -> bool:
        return self._delivers

    def post(self, letter: Letter) -> None:
        """See `Mailer.post`."""
        message = compose(letter, _SENDER, datetime.now(UTC))
        self.letters.append(Letter(letter.to, str(message["Subject"]), letter.text))
