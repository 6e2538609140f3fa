"""Keeps when an app came last, so that people see in their settings which ones they still use."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.oauth import note_use
from lapwing.accounts.private import Grant
from lapwing.kernel.refusals import Refusal, Unavailable

_log = structlog.get_logger()
_DAY_MS: Final = 24 * 3_600_000


class LastUse:
    """Writes once a day and token, behind the answer: nobody waits for the disk."""

    def __init__(self, desk: AccountDesk) -> None:
        self._desk = desk
        self._writing: dict[bytes, asyncio.Task[None]] = {}

    def hear(self, grant: Grant, now_ms: int) -> None:
        """A request came with this token."""
        if now_ms - max(grant.used_ms, grant.granted_ms) < _DAY_MS or grant.digest in self._writing:
            return
        task = asyncio.create_task(self._write(grant))
        self._writing[grant.digest] = task
        task.add_done_callback(lambda _: self._writing.pop(grant.digest, None))

    async def _write(self, grant: Grant) -> None:
        try:
            await note_use(self._desk, grant)
        except (Refusal, Unavailable) as error:
            _log.info("use_not_noted", reason=type(error).__name__)
