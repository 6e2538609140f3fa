"""Mail by SMTP: a queue in memory, sent one after the other in a thread, retried for a day."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

import structlog

from lapwing.adapters.mail.composing import compose
from lapwing.kernel.refusals import Unavailable
from lapwing.ports.mail import Letter

_log = structlog.get_logger()

_MOST_WAITING: Final = 10_000
_TIMEOUT_S: Final = 30.0
_RETRY_AFTER_S: Final = (5.0, 60.0, 300.0, 1800.0, 7200.0, 21_600.0, 43_200.0)
_PORTS: Final = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}

Send = Callable[[EmailMessage], None]


@dataclass(frozen=True)
class SmtpServer:
    """Where mail goes. TLS from the start with `smtps:`, demanded with `smtp+starttls:`."""

    scheme: str
    host: str
    port: int
    user: str
    password: str

    @classmethod
    def of(cls, url: str) -> SmtpServer:
        """Raises ValueError for what is no such URL."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(url)
        return cls(
            parts.scheme,
            parts.hostname,
            parts.port or _PORTS[parts.scheme],
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )

    def send(self, message: EmailMessage) -> None:
        """Raises `OSError` or `smtplib.SMTPException`."""
        with self._connect() as connection:
            if self.scheme == "smtp+starttls":
                connection.starttls(context=ssl.create_default_context())
            if self.user:
                connection.login(self.user, self.password)
            connection.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        if self.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT_S, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_S)


@dataclass(slots=True)
class _Waiting:
    message: EmailMessage
    tries: int = 0
    due_s: float = 0.0


class SmtpMailer:
    """`ports.mail.Mailer`. `start` and `close` go around its use; what waits at the end is lost:
    people ask for such a mail again."""

    def __init__(self, send: Send, sender: str) -> None:
        """`send` blocks until the message is taken, and raises what says that it was not."""
        self._send = send
        self._sender = sender
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None

    @property
    def delivers(self) -> bool:
        return True

    def post(self, letter: Letter) -> None:
        """See `Mailer.post`."""
        message = compose(letter, self._sender, datetime.now(UTC))
        if len(self._waiting) >= _MOST_WAITING:
            raise Unavailable("Too many mails wait to be sent.", retry_after_s=60.0)
        self._waiting.append(_Waiting(message))
        self._arrived.set()

    def start(self) -> None:
        self._sending = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            with suppress(asyncio.CancelledError):
                await self._sending

    async def send_due(self, now_s: float) -> float | None:
        """Tries every letter that is due; seconds until the next one is, None where none waits."""
        for _ in range(len(self._waiting)):
            waiting = self._waiting.popleft()
            if waiting.due_s > now_s or not await self._is_done(waiting, now_s):
                self._waiting.append(waiting)
        if not self._waiting:
            return None
        return max(0.0, min(waiting.due_s for waiting in self._waiting) - now_s)

    async def _is_done(self, waiting: _Waiting, now_s: float) -> bool:
        """Sent, or given up."""
        try:
            await asyncio.to_thread(self._send, waiting.message)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            if all(code >= 500 for code in codes):
                _log.warning("mail_refused", codes=codes)
                return True
            return self._put_off(waiting, now_s, refused)
        except (OSError, smtplib.SMTPException) as error:
            return self._put_off(waiting, now_s, error)
        return True

    def _put_off(self, waiting: _Waiting, now_s: float, error: Exception) -> bool:
        if waiting.tries >= len(_RETRY_AFTER_S):
            _log.error("mail_given_up", error=type(error).__name__)
            return True
        waiting.due_s = now_s + _RETRY_AFTER_S[waiting.tries]
        waiting.tries += 1
        _log.warning("mail_put_off", error=type(error).__name__, tries=waiting.tries)
        return False

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._arrived.clear()
            wait_s = await self.send_due(loop.time())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), wait_s)
