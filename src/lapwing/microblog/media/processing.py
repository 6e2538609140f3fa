"""From an upload to files that can be shown: the port to the process that decodes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import msgspec

from lapwing.microblog.media.geometry import Focus
from lapwing.microblog.media.limits import MediaLimits
from lapwing.microblog.media.meta import Meta, with_focus
from lapwing.microblog.model import Attachment, MediaKind
from lapwing.ports.media_files import KeptFile


class Purpose(StrEnum):
    """What an upload is for. All but an attachment take a picture only, and its first frame."""

    ATTACHMENT = "attachment"
    AVATAR = "avatar"
    """Cropped to 400 by 400 pixels."""
    HEADER = "header"
    """Cropped to 1500 by 500 pixels."""
    PREVIEW = "preview"
    """An attachment's own preview in place of the one that was made."""
    CARD = "card"
    """The picture of a link preview, from a stranger's server."""


@dataclass(frozen=True, slots=True)
class ProcessedMedia:
    """An upload made ready: its files are kept in `MediaFiles`, free of all metadata.

    Whoever asked for it owns the files, and deletes them with what they belong to.
    """

    kind: MediaKind
    original: KeptFile
    preview: KeptFile | None
    """None where it is sound, or not an attachment."""
    meta: Meta
    blurhash: str | None

    def as_attachment(self, media_id: int, account_id: int, description: str) -> Attachment:
        """`description` as its author gave it, already checked."""
        return Attachment(
            id=media_id,
            account_id=account_id,
            kind=self.kind,
            file=self.original.key,
            preview="" if self.preview is None else self.preview.key,
            description=description,
            blurhash=self.blurhash or "",
            meta=msgspec.json.encode(self.meta).decode(),
        )


def keys_of(attachment: Attachment) -> tuple[str, ...]:
    """Of its files: what `MediaFiles.delete` must be given when it goes."""
    return tuple(key for key in (attachment.file, attachment.preview) if key)


def refocused(attachment: Attachment, focus: Focus) -> Attachment:
    """The same with this focal point in place of the one it had."""
    meta = with_focus(msgspec.json.decode(attachment.meta), focus)
    return msgspec.structs.replace(attachment, meta=msgspec.json.encode(meta).decode())


class MediaProcessor(Protocol):
    """Tests: `tests/integration/test_media_processing.py`."""

    @property
    def limits(self) -> MediaLimits: ...

    async def process(
        self,
        upload: str | bytes,
        *,
        purpose: Purpose = Purpose.ATTACHMENT,
        focus: Focus | None = None,
    ) -> ProcessedMedia:
        """Makes an upload (the path of a file, or its bytes) ready and keeps the result; the
        upload itself stays where it is. Pictures do not wait behind videos.

        Refuses with `media_empty`, `media_type_unsupported`, `media_too_large`,
        `media_too_many_pixels`, `media_too_many_frames`, `media_too_long`,
        `media_too_demanding` (it reached the limits of memory or time, or the decoder died of it)
        or `media_unreadable`; `Unavailable` when too many uploads wait or the disk is full.
        """
        ...

    async def close(self) -> None:
        """Ends the processes; who still waits gets `Unavailable`."""
        ...
