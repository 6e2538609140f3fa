"""From a reader to the process that writes, over HTTP on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import msgspec

from lapwing.adapters.data_folder import DataFolder
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.microblog.never_empty.beside import (
    CLIENT,
    POSITION,
    POSITION_PATH,
    POSTS_PATH,
    SECRET,
    Headers,
    end_to_end,
)
from lapwing.microblog.never_empty.waiting_posts import PostWaits
from lapwing.ports.journal import Position

_CONNECT_S = 1.0
_HEARTBEAT_S = 2.0
_RETRY_AFTER_S = 2.0
_NOT_HANDED_ON = frozenset({POSITION.encode(), b"date", b"strict-transport-security"})
"""The reader's own server says the last two."""


@dataclass(frozen=True)
class WriterAnswer:
    """An answer of the writer; its body is still coming."""

    status: int
    headers: Headers
    body: AsyncIterator[bytes]
    position: Position
    """Of the square's journal when it answered; 0: not told."""


class WriterLink:
    """Asks whoever owns the data folder. All methods raise `Unavailable` while nobody does, or it
    does not answer."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._client = httpx.AsyncClient(
            trust_env=False,
            timeout=httpx.Timeout(60.0, connect=_CONNECT_S),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
            follow_redirects=False,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def read_position(self) -> Position:
        """Of the writer's journal; that it answers is its heartbeat."""
        url, secret = self._owner()
        with _translated():
            answer = await self._client.get(
                f"{url}{POSITION_PATH}", headers={SECRET: secret}, timeout=_HEARTBEAT_S
            )
            return int(answer.headers.get(POSITION, "0"))

    async def deliver(self, post: PostWaits, patience_s: float) -> Position:
        """Where the post is in the journal, or one behind it. Raises `Refusal` where the writer
        does not take it."""
        url, secret = self._owner()
        with _translated():
            answer = await self._client.post(
                f"{url}{POSTS_PATH}",
                headers={SECRET: secret, "Content-Type": "application/msgpack"},
                content=msgspec.msgpack.encode(post),
                timeout=patience_s,
            )
        if answer.status_code == 422:
            raise Refusal("not_taken", answer.text[:500])
        if answer.status_code != 200:
            raise Unavailable("The writer does not take posts.", detail=f"{answer.status_code}")
        return int(answer.headers.get(POSITION, "0"))

    @asynccontextmanager
    async def ask(
        self,
        method: str,
        target: str,
        headers: Headers,
        body: AsyncIterator[bytes] | bytes,
        client: str,
        patience_s: float | None,
    ) -> AsyncIterator[WriterAnswer]:
        """`target` is path and query as they came; `patience_s` is between two pieces of an
        answer, None: it may take for ever."""
        url, secret = self._owner()
        sent = [*end_to_end(headers), (CLIENT.encode(), client.encode())]
        sent.append((SECRET.encode(), secret.encode()))
        timeout = httpx.Timeout(patience_s, connect=_CONNECT_S)
        request = self._client.build_request(
            method, f"{url}{target}", headers=sent, content=body, timeout=timeout
        )
        with _translated():
            answer = await self._client.send(request, stream=True)
        try:
            position = int(answer.headers.get(POSITION, "0"))
            kept = [
                (name.lower(), value)
                for name, value in end_to_end(answer.headers.raw)
                if name.lower() not in _NOT_HANDED_ON
            ]
            yield WriterAnswer(answer.status_code, kept, _pieces(answer), position)
        finally:
            await answer.aclose()

    def _owner(self) -> tuple[str, str]:
        owner = self._folder.find_owner()
        if owner is None:
            raise Unavailable("The writer is away.", retry_after_s=_RETRY_AFTER_S)
        return owner


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    with _translated():
        async for piece in answer.aiter_raw():
            yield piece


class _translated:  # noqa: N801 - reads as a word
    """Turns "the writer does not answer" into `Unavailable`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, (httpx.HTTPError, asyncio.IncompleteReadError, OSError)):
            raise Unavailable(
                "The writer does not answer.", detail=str(error), retry_after_s=_RETRY_AFTER_S
            ) from error
