"""Attachments, avatars and pictures of cards by their keys: whole or in part, kept by browsers for
ever, since no file changes under its key. They carry no rights: the key is the permission."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, HeaderParameter
from litestar.response import Stream

from lapwing.kernel.refusals import Refusal
from lapwing.ports.media_files import KeptFile, MediaFiles

_RANGE: Final = re.compile(r"bytes=(?:(\d{1,18})-(\d{1,18})?|-(\d{1,18}))", re.ASCII)
_HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Nothing here may run, whatever a browser takes it for; apps on other sites may show it."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    first: int
    count: int


class Unsatisfiable(Exception):
    """The range lies behind the file's end."""


def find_range(header: str | None, size_bytes: int) -> ByteRange | None:
    """The one range that `Range` asks for (RFC 9110, 14.2), cut to the file; None: the whole file,
    also for what is no range or several. Raises `Unsatisfiable`."""
    found = _RANGE.fullmatch((header or "").replace(" ", ""))
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        count = min(int(suffix), size_bytes)
        begin = size_bytes - count
    else:
        begin = int(first)
        end = size_bytes if last is None else min(int(last) + 1, size_bytes)
        if last is not None and int(last) < begin:
            return None
        count = end - begin
    if count <= 0:
        raise Unsatisfiable
    return ByteRange(begin, count)


def media_handlers(files: MediaFiles) -> list[HTTPRouteHandler]:
    @get("/media/{key:str}", include_in_schema=False)
    async def media(
        key: FromPath[str], wanted: Annotated[str | None, HeaderParameter(name="range")] = None
    ) -> Response[Any]:
        kept = await files.find(key)
        if kept is None:
            raise Refusal("unknown_page", "There is no such file, or it was deleted.")
        return _answer(files, kept, wanted)

    return [media]


def _answer(files: MediaFiles, kept: KeptFile, wanted: str | None) -> Response[Any]:
    try:
        part = find_range(wanted, kept.size_bytes)
    except Unsatisfiable:
        headers = {"Content-Range": f"bytes */{kept.size_bytes}"}
        return Response(b"", status_code=416, headers=headers, media_type=kept.content_type)
    headers = dict(_HEADERS)
    if part is None:
        headers["Content-Length"] = str(kept.size_bytes)
        return _stream(files.read(kept.key), 200, headers, kept)
    last = part.first + part.count - 1
    headers["Content-Length"] = str(part.count)
    headers["Content-Range"] = f"bytes {part.first}-{last}/{kept.size_bytes}"
    return _stream(files.read(kept.key, part.first, part.count), 206, headers, kept)


def _stream(
    pieces: AsyncIterator[bytes], status: int, headers: dict[str, str], kept: KeptFile
) -> Stream:
    return Stream(pieces, status_code=status, headers=headers, media_type=kept.content_type)
