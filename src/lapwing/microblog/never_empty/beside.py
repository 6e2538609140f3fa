"""How readers and the writer beside them speak: names of headers and addresses, and what of a
message is not passed on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

Headers: TypeAlias = list[tuple[bytes, bytes]]

SECRET: Final = "x-lapwing-reader"  # noqa: S105 - a header's name
"""Says that a request comes from a reader: the secret of the data folder's owner."""
CLIENT: Final = "x-lapwing-client"
"""The address at the other end of the reader's connection."""
POSITION: Final = "x-square-position"
"""Of the square's journal when the writer answered: the reader waits until it is there itself."""
POSITION_PATH: Final = "/reader/position"
POSTS_PATH: Final = "/reader/posts"

_HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"expect",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""RFC 9110, 7.6.1; and what the nearest server has answered already (10.1.1)."""


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Without what one connection alone is told, and without what only a reader may say."""
    own = {SECRET.encode(), CLIENT.encode()}
    return [
        (name, value)
        for name, value in headers
        if name.lower() not in _HOP_BY_HOP and name.lower() not in own
    ]
