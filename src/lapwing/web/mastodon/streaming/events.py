"""One thing that happened, in the bytes that go over the wire: made once, for all who get it."""

from __future__ import annotations

from typing import Final

from lapwing.web.mastodon.answers import encode

_SMALL: Final = 126
_MEDIUM: Final = 1 << 16
_TEXT_FRAME: Final = 0x81


class Event:
    """`payload` is text as it stands in the event: JSON for most, an id for deletes."""

    __slots__ = ("_frames", "_parts", "name", "payload")

    def __init__(self, name: str, payload: bytes = b"") -> None:
        self.name = name
        self.payload = payload
        self._frames: dict[tuple[str, ...], bytes] = {}
        self._parts: dict[bool, bytes] = {}

    def server_sent(self, *, chunked: bool) -> bytes:
        """As a server-sent event; `chunked` as HTTP/1.1 sends what has no known length."""
        part = self._parts.get(chunked)
        if part is None:
            data = self.payload or b"undefined"
            part = b"event: %b\ndata: %b\n\n" % (self.name.encode(), data)
            part = self._parts[chunked] = chunk(part) if chunked else part
        return part

    def frame(self, label: tuple[str, ...]) -> bytes:
        """As a WebSocket frame of one stream's."""
        frame = self._frames.get(label)
        if frame is None:
            form = {"stream": label, "event": self.name}
            if self.payload:
                form["payload"] = self.payload.decode()
            frame = self._frames[label] = text_frame(encode(form))
        return frame


def chunk(part: bytes) -> bytes:
    """RFC 9112, 7.1."""
    return b"%x\r\n%b\r\n" % (len(part), part)


def text_frame(text: bytes) -> bytes:
    """RFC 6455, 5.2: a whole message from the server, not masked and not compressed."""
    size = len(text)
    if size < _SMALL:
        head = bytes((_TEXT_FRAME, size))
    elif size < _MEDIUM:
        head = bytes((_TEXT_FRAME, 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((_TEXT_FRAME, 127)) + size.to_bytes(8, "big")
    return head + text
