"""Turns contents into Litestar responses: negotiated, revalidated, never compressed twice."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response

from lapwing.web.contents import HTML, JSON, REVALIDATE, Content, preferred_encoding

_CHARSET = "; charset=utf-8"
"""Litestar adds it to texts by itself."""


def answer(
    request: Request[Any, Any, Any], content: Content, *, status: int = 200
) -> Response[bytes]:
    """The content in the encoding that the asker prefers, or 304 where it is known already."""
    accepted = request.headers.get("accept-encoding", "").encode("latin-1")
    variant = content.variant(preferred_encoding(accepted))
    known = request.headers.get("if-none-match")
    if known is not None and status == 200 and variant.is_known_by(known.encode("latin-1")):
        return _response(b"", 304, variant.headers_unchanged)
    return _response(variant.body, status, variant.headers)


def page(request: Request[Any, Any, Any], html: str) -> Response[bytes]:
    """A page that is drawn for this request alone."""
    return answer(request, Content(html.encode(), HTML))


def data(
    request: Request[Any, Any, Any], value: Any, *, cache_control: bytes = REVALIDATE
) -> Response[bytes]:
    """JSON that is made for this request alone."""
    return answer(request, Content(msgspec.json.encode(value), JSON, cache_control=cache_control))


def _response(body: bytes, status: int, headers: list[tuple[bytes, bytes]]) -> Response[bytes]:
    named = {name.decode(): value.decode("latin-1") for name, value in headers}
    media_type = named.pop("content-type", "").removesuffix(_CHARSET) or None
    named.pop("content-length", None)
    return Response(body, status_code=status, headers=named, media_type=media_type)
