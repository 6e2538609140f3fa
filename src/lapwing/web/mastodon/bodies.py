"""Reads a request's body: JSON, form or multipart, whose files go to temporary files at once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

from multipart import (
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from lapwing.kernel.refusals import Refusal
from lapwing.web.mastodon.params import (
    MOST_PARAMETERS,
    Params,
    Upload,
    parse_form,
    parse_json,
    parse_pairs,
)

Receive: TypeAlias = Callable[[], Awaitable[Any]]

TEXT_BYTES: Final = 256 * 1024
"""Of a body without files, and of what is no file in one with files."""
_SLACK_BYTES: Final = 64 * 1024
"""For the lines between a multipart body's parts."""
_MOST_FILES: Final = 4


async def read_params(
    content_type: str, receive: Receive, *, file_bytes: int = 0, folder: str | None = None
) -> Params:
    """The parameters in a body. `file_bytes` is what its files may have together (0: it brings
    none); they are kept in `folder` until the caller calls `forget_uploads`.

    Raises `Refusal`: `too_large`, `wrong_media_type`, `invalid_body`, `incomplete`, and what
    `params` refuses.
    """
    kind, options = parse_options_header(content_type) if content_type else ("", {})
    if kind == "multipart/form-data":
        return await _Multipart(options.get("boundary", ""), file_bytes, folder).read(receive)
    body = await read_body(receive, TEXT_BYTES)
    if kind in ("application/json", "text/json") or kind.endswith("+json"):
        return parse_json(body)
    if not body:
        return Params()
    if kind in ("application/x-www-form-urlencoded", ""):
        return parse_form(_decoded(body))
    raise Refusal(
        "wrong_media_type",
        "Send this as application/json, application/x-www-form-urlencoded or multipart/form-data.",
        field="Content-Type",
    )


async def read_body(receive: Receive, limit_bytes: int) -> bytes:
    """The whole body. Raises `Refusal` (`too_large`, `incomplete`)."""
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        chunk, more = await _next_chunk(receive)
        size += len(chunk)
        if size > limit_bytes:
            raise _too_large(limit_bytes)
        chunks.append(chunk)
    return b"".join(chunks)


def forget_uploads(params: Params) -> None:
    """Deletes the files that came with a request."""
    for upload in params.uploads():
        Path(upload.path).unlink(missing_ok=True)


class _Multipart:
    """One body as it arrives: never more of a file in memory than one piece of it."""

    def __init__(self, boundary: str, file_bytes: int, folder: str | None) -> None:
        self._limit_bytes = file_bytes + TEXT_BYTES + _SLACK_BYTES
        self._file_bytes = file_bytes
        self._folder = folder
        try:
            self._parser = PushMultipartParser(
                boundary, max_segment_count=MOST_PARAMETERS, max_header_size=8192
            )
        except MultipartError as error:
            raise _invalid(error) from None
        self._pairs: list[tuple[str, Any]] = []
        self._segment: MultipartSegment | None = None
        self._text = bytearray()
        self._file: IO[bytes] | None = None
        self._paths: list[str] = []
        self._text_bytes = 0

    async def read(self, receive: Receive) -> Params:
        try:
            await self._take_all(receive)
            return parse_pairs(self._pairs)
        except BaseException:
            self._forget()
            raise

    async def _take_all(self, receive: Receive) -> None:
        size = 0
        more = True
        while more:
            chunk, more = await _next_chunk(receive)
            size += len(chunk)
            if size > self._limit_bytes:
                raise _too_large(self._limit_bytes)
            if chunk:
                self._take(chunk)
        try:
            self._parser.close()
        except MultipartError as error:
            raise _invalid(error) from None

    def _take(self, chunk: bytes) -> None:
        try:
            for event in self._parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    self._begin(event)
                elif event is None:
                    self._end()
                else:
                    self._append(bytes(event))
        except ParserLimitReached as error:
            raise Refusal("too_many_parameters", f"The form has too many parts: {error}") from None
        except MultipartError as error:
            raise _invalid(error) from None

    def _begin(self, segment: MultipartSegment) -> None:
        self._segment = segment
        if not segment.filename:
            self._text.clear()
            return
        if not self._file_bytes:
            raise Refusal("unexpected_file", "This takes no files.", field=segment.name)
        if len(self._paths) >= _MOST_FILES:
            raise Refusal("unexpected_file", f"This takes at most {_MOST_FILES} files.")
        handle, path = tempfile.mkstemp(dir=self._folder, prefix="lapwing-upload-")
        self._paths.append(path)
        self._file = os.fdopen(handle, "wb")

    def _append(self, piece: bytes) -> None:
        if self._file is not None:
            self._file.write(piece)
            return
        self._text_bytes += len(piece)
        if self._text_bytes > TEXT_BYTES:
            raise _too_large(TEXT_BYTES)
        self._text += piece

    def _end(self) -> None:
        segment = self._segment
        assert segment is not None  # noqa: S101 - the parser begins what it ends
        if self._file is None:
            self._pairs.append((segment.name or "", _decoded(bytes(self._text))))
            return
        size = self._file.tell()
        self._file.close()
        self._file = None
        content_type = (segment.content_type or "").lower()
        upload = Upload(self._paths[-1], segment.filename or "", content_type, size)
        self._pairs.append((segment.name or "", upload))

    def _forget(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        for path in self._paths:
            Path(path).unlink(missing_ok=True)


async def _next_chunk(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Refusal("incomplete", "The connection ended before the request did.")
    return message.get("body", b""), message.get("more_body", False)


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Refusal("invalid_encoding", "The body is not in UTF-8.") from None


def _too_large(limit_bytes: int) -> Refusal:
    return Refusal("too_large", f"This takes at most {limit_bytes} bytes.")


def _invalid(error: MultipartError) -> Refusal:
    return Refusal("invalid_body", f"The body is no multipart form: {error}.")
