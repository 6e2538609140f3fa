"""The streaming API's ends: SSE and WebSocket, by ASGI until the stream is open."""

from __future__ import annotations

from asyncio import Transport
from typing import TYPE_CHECKING, Any, Final

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.web.mastodon.answers import Answer, encode
from lapwing.web.mastodon.errors import answer_to
from lapwing.web.mastodon.params import Params, parse_form, parse_json
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.streaming.channels import Stream, find_stream, scope_of
from lapwing.web.mastodon.streaming.events import text_frame
from lapwing.web.mastodon.streaming.hub import StreamHub
from lapwing.web.mastodon.streaming.receivers import (
    Receiver,
    ServerSentReceiver,
    SocketReceiver,
)

if TYPE_CHECKING:
    from litestar.types import Receive, Send

PREFIX: Final = "/api/v1/streaming"
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"private, no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"access-control-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
]
_MOST_STREAMS: Final = 64
"""Of one WebSocket."""


class Streaming:
    def __init__(self, parts: MastodonParts) -> None:
        self._parts = parts
        self.hub = StreamHub(parts)

    def is_stream(self, path: str) -> bool:
        return path == PREFIX or path.startswith(f"{PREFIX}/")

    async def serve_events(self, scope: Any, send: Send, receive: Receive) -> Answer | None:
        """Streams over HTTP until either side ends it; None then. An answer where there is no
        stream. Raises `Refusal`."""
        name = scope["path"].rstrip("/").removeprefix(PREFIX).strip("/").replace("/", ":")
        if name == "health":
            return Answer(b"OK", headers=[(b"content-type", b"text/plain; charset=utf-8")])
        params = parse_form(scope["query_string"].decode("latin-1"))
        name = name or params.text("stream")
        secret = _secret_of(scope, params)
        viewer = self._get_viewer(secret)
        stream = self._get_stream(viewer, name, params)
        chunked = scope.get("http_version") == "1.1"
        transport = _transport_of(scope)
        receiver = ServerSentReceiver(transport, viewer.account_id, secret, chunked=chunked)
        self.hub.join(receiver)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": b":)\n", "more_body": True})
            self.hub.subscribe(receiver, stream)
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self.hub.leave(receiver)
        return None

    async def serve_socket(self, scope: Any, receive: Receive, send: Send) -> None:
        """Streams over WebSocket, any number of them at once."""
        await receive()
        try:
            params = parse_form(scope["query_string"].decode("latin-1"))
            protocols = scope.get("subprotocols") or []
            secret = _secret_of(scope, params, protocols)
            viewer = self._get_viewer(secret)
            receiver = SocketReceiver(_transport_of(scope), viewer.account_id, secret)
            path = scope["path"].rstrip("/").removeprefix(PREFIX).strip("/").replace("/", ":")
            name = path or params.text("stream")
            first = self._get_stream(viewer, name, params) if name else None
            self.hub.join(receiver)
        except Exception as error:
            await _reject(send, receive, answer_to(error, scope["path"]))
            return
        try:
            accepted: Any = {"type": "websocket.accept"}
            if protocols and secret in protocols:
                accepted["subprotocol"] = secret
            await send(accepted)
            if first is not None:
                self.hub.subscribe(receiver, first)
            await self._converse(receiver, receive)
        finally:
            self.hub.leave(receiver)

    async def _converse(self, receiver: Receiver, receive: Receive) -> None:
        while True:
            message: Any = await receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text") or ""
            try:
                self._obey(receiver, text)
            except Refusal as refusal:
                status = 404 if refusal.code == "unknown_list" else 400
                form = {"error": refusal.message, "status": status}
                if not receiver.transport.is_closing():
                    receiver.transport.write(text_frame(encode(form)))

    def _obey(self, receiver: Receiver, text: str) -> None:
        """Subscribes or ends a subscription. Raises `Refusal`."""
        params = parse_json(text.encode("utf-8", "replace"))
        kind = params.text("type")
        if kind not in ("subscribe", "unsubscribe"):
            return
        stream = self._get_stream(self._get_viewer(receiver.secret), params.text("stream"), params)
        if kind == "unsubscribe":
            self.hub.unsubscribe(receiver, stream)
        elif self.hub.count_streams(receiver) >= _MOST_STREAMS:
            raise Refusal("too_many_streams", f"At most {_MOST_STREAMS} streams at once")
        else:
            self.hub.subscribe(receiver, stream)

    def _get_viewer(self, secret: str) -> Viewer:
        """Raises `Refusal`."""
        if not secret:
            raise Refusal("token_required", "Missing access token")
        viewer = self._parts.accounts.viewer_of_token(secret)
        if viewer is None:
            raise Refusal("token_invalid", "Invalid access token")
        return viewer

    def _get_stream(self, viewer: Viewer, name: str, params: Params) -> Stream:
        """Raises `Refusal`."""
        list_id = 0
        if name == "list":
            list_id = params.get_id("list")
            self._parts.desk.tables.lists.get(viewer.account_id, list_id)
        stream = find_stream(name, viewer.account_id, params.text("tag"), list_id)
        if not viewer.may(scope_of(name)):
            raise Refusal("outside_scope", "Access token does not have the required scopes")
        if name == "user" and not viewer.may(scope_of("user:notification")):
            return Stream(stream.label, stream.channels[:1])
        return stream


def _secret_of(scope: Any, params: Params, protocols: list[str] | None = None) -> str:
    """The token by header, parameter or, as browsers have to send it, subprotocol."""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return str(value[7:].strip().decode("latin-1"))
    return params.text("access_token") or (protocols or [""])[0]


def _transport_of(scope: Any) -> Transport:
    """The connection itself, which `serving.py` lets be known. Raises `Unavailable`."""
    transport = (scope.get("state") or {}).get("transport")
    if transport is None:
        raise Unavailable("This server cannot stream.")
    found: Transport = transport
    return found


async def _reject(send: Any, receive: Any, answer: Answer) -> None:
    """Answers the handshake, and waits until the connection is gone: uvicorn takes an earlier
    return for a bug."""
    start = {
        "type": "websocket.http.response.start",
        "status": answer.status,
        "headers": [*answer.headers, (b"content-length", b"%d" % len(answer.body))],
    }
    await send(start)
    await send({"type": "websocket.http.response.body", "body": answer.body})
    for _ in range(2):
        await receive()
