"""What goes back to a client: status, headers and a body that is JSON already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

import msgspec

Headers: TypeAlias = list[tuple[bytes, bytes]]

JSON: Final = (b"content-type", b"application/json; charset=utf-8")
encode: Final = msgspec.json.Encoder().encode


class Answer:
    """One answer. `headers` are besides those that every answer has."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: bytes, status: int = 200, headers: Headers | None = None) -> None:
        self.body = body
        self.status = status
        self.headers: Headers = [JSON] if headers is None else headers

    @property
    def is_cacheable(self) -> bool:
        """Whether it says itself for how long it may be kept."""
        return any(name == b"cache-control" for name, _ in self.headers)


EMPTY_OBJECT: Final = b"{}"
EMPTY_LIST: Final = b"[]"


def nothing() -> Answer:
    """An empty object, as Mastodon answers what has no result."""
    return Answer(EMPTY_OBJECT)


def json_of(value: Any, status: int = 200) -> Answer:
    """Any value in JSON; `msgspec.Raw` in it is JSON already."""
    return Answer(encode(value), status)


def listed(items: Iterable[bytes]) -> bytes:
    """A JSON list of what is JSON already."""
    return b"[" + b",".join(items) + b"]"


def error_of(text: str, status: int, **more: Any) -> Answer:
    return Answer(encode({"error": text, **more}), status)


def page_header(
    address: str, kept: Iterable[tuple[str, str]], *, newest: int | None, oldest: int | None
) -> tuple[bytes, bytes] | None:
    """The `Link` header of a page: to what is older than `oldest` and newer than `newest`.

    `kept` are the parameters that the next page is to have too.
    """
    same = urlencode(list(kept))
    start = f"<{address}?{same}&" if same else f"<{address}?"
    links = []
    if oldest is not None:
        links.append(f'{start}max_id={oldest}>; rel="next"')
    if newest is not None:
        links.append(f'{start}min_id={newest}>; rel="prev"')
    return (b"link", ", ".join(links).encode()) if links else None
