"""Mail where no server for it is set: files in a folder, for the operator to read."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from lapwing.adapters.mail.composing import compose
from lapwing.kernel.refusals import Unavailable
from lapwing.ports.mail import Letter

_log = structlog.get_logger()
_KEPT: Final = 200
_SENDER: Final = "lapwing@localhost"


class OutboxMailer:
    """`ports.mail.Mailer` in a folder that only its owner may read; the newest letters stay."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    @property
    def delivers(self) -> bool:
        return False

    def post(self, letter: Letter) -> None:
        """See `Mailer.post`."""
        now = datetime.now(UTC)
        content = bytes(compose(letter, _SENDER, now))
        self._count += 1
        path = self._folder / f"{now:%Y%m%dT%H%M%S%f}-{self._count}.eml"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "wb") as opened:
                opened.write(content)
            for old in sorted(self._folder.glob("*.eml"))[:-_KEPT]:
                old.unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable(
                "The mail cannot be kept.", detail=os.strerror(error.errno or 0)
            ) from error
        _log.info("mail_kept", subject=letter.subject, file=path.name)
