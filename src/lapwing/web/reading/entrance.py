"""The writer's side: what readers beside it ask, and requests that they pass on."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.microblog.never_empty.beside import CLIENT, POSITION, POSITION_PATH, POSTS_PATH, SECRET
from lapwing.microblog.never_empty.waiting_posts import PostWaits
from lapwing.ports.journal import Position

if TYPE_CHECKING:
    from litestar.types import Message, Receive, Scope, Send

_LONGEST_POST_BYTES = 1024 * 1024
_SECRET = SECRET.encode()
_decoder = msgspec.msgpack.Decoder(PostWaits)


class ReaderEntrance:
    """Knows readers by the secret that only this machine's processes can read."""

    def __init__(
        self,
        secret: str,
        position: Callable[[], Position],
        take: Callable[[PostWaits], Awaitable[None]],
    ) -> None:
        self._secret = secret.encode()
        self._position = position
        self._take = take

    def admits(self, scope: Scope) -> bool:
        """Whether a request comes from a reader."""
        for name, value in scope["headers"]:
            if name == _SECRET:
                return hmac.compare_digest(value, self._secret)
        return False

    async def answer(
        self, pass_on: Callable[..., Awaitable[None]], scope: Any, receive: Receive, send: Send
    ) -> None:
        """Answers a reader, or lets `pass_on` answer whom the reader speaks for."""
        if scope["path"] == POSITION_PATH:
            await self._send(send, 200, b"")
        elif scope["path"] == POSTS_PATH and scope["method"] == "POST":
            await self._take_post(receive, send)
        else:
            await pass_on(_as_the_client(scope), receive, self._telling(send))

    def _telling(self, send: Send) -> Send:
        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], self._told()]
                await send({**message, "headers": headers})
            else:
                await send(message)

        return telling

    def _told(self) -> tuple[bytes, bytes]:
        return POSITION.encode(), b"%d" % self._position()

    async def _take_post(self, receive: Receive, send: Send) -> None:
        try:
            await self._take(_decoder.decode(await read_body(receive, _LONGEST_POST_BYTES)))
        except (Refusal, msgspec.MsgspecError) as refusal:
            await self._send(send, 422, str(refusal).encode())
        except Unavailable as away:
            await self._send(send, 503, str(away).encode())
        else:
            await self._send(send, 200, b"")

    async def _send(self, send: Send, status: int, body: bytes) -> None:
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
            self._told(),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _as_the_client(scope: Any) -> Any:
    """The request as it came to the reader: forwarding headers count as they would there."""
    own = {SECRET.encode(), CLIENT.encode()}
    client = dict(scope["headers"]).get(CLIENT.encode(), b"").decode("latin-1")
    headers = [pair for pair in scope["headers"] if pair[0] not in own]
    return {**scope, "client": (client, 0) if client else None, "headers": headers}


async def read_body(receive: Receive, most_bytes: int) -> bytes:
    """Raises `Refusal` for a body that is longer."""
    pieces: list[bytes] = []
    left = most_bytes
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal("incomplete", "The request ended early.")
        pieces.append(message.get("body", b""))
        left -= len(pieces[-1])
        if left < 0:
            raise Refusal("too_large", f"A request has at most {most_bytes} bytes here.")
        if not message.get("more_body", False):
            return b"".join(pieces)
