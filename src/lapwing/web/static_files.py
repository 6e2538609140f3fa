"""The front end's files: read once, compressed once, then answered like snapshots."""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path

from lapwing.web.contents import REVALIDATE, Content, Encoding, Variant

PREFIX = "/static/"
FOR_EVER = b"public, max-age=31536000, immutable"

_HASHED = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
_TEXT = ("text/", "application/javascript", "application/json", "image/svg+xml")
_MORE_TYPES = {".woff2": "font/woff2", ".webmanifest": "application/manifest+json"}


class StaticFile:
    """One file; it is read when it is first asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._content: Content | None = None

    def content(self) -> Content:
        if self._content is None:
            hashed = _HASHED.search(self._path.name)
            self._content = Content(
                self._path.read_bytes(),
                _media_type(self._path),
                cache_control=FOR_EVER if hashed else REVALIDATE,
            )
        return self._content

    def ready_variant(self, encoding: Encoding) -> Variant:
        return self.content().variant(encoding)

    async def fresh_variant(self, encoding: Encoding) -> Variant:
        return self.ready_variant(encoding)


def static_files(folder: Path) -> dict[bytes, StaticFile]:
    """The files of a folder by the request target that asks for them; hidden ones are left out.

    Only what is there at the start is ever served, so no name in a request leads elsewhere.
    """
    return {
        (PREFIX + path.relative_to(folder).as_posix()).encode(): StaticFile(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_hidden(path.relative_to(folder))
    }


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _media_type(path: Path) -> bytes:
    kind = _MORE_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    kind = kind or "application/octet-stream"
    return (f"{kind}; charset=utf-8" if kind.startswith(_TEXT) else kind).encode()
