"""Uploads on their way to being media: what takes long goes on after its request was answered."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.context import Context
from lapwing.microblog.actions.posting import check_may_act
from lapwing.microblog.entries import MediaAdded, MediaDescribed, MediaForgotten
from lapwing.microblog.media.geometry import Focus, parse_focus
from lapwing.microblog.media.meta import with_focus
from lapwing.microblog.media.processing import MediaProcessor, Purpose
from lapwing.microblog.model import Attachment, MediaKind
from lapwing.microblog.text.cleaning import clean_text
from lapwing.ports.media_files import MediaFiles
from lapwing.web.mastodon.params import Params, Upload

WAITED_S: Final = 8.0
"""How long a request waits for its upload; pictures take less."""
_REMEMBERED: Final = 1000
"""Uploads that go on, and refusals of those that did."""


class _Underway(msgspec.Struct, frozen=True):
    account_id: int
    kind: MediaKind
    task: asyncio.Task[Attachment]


class Wish(msgspec.Struct, frozen=True):
    """What somebody says of a file; None: nothing."""

    description: str | None
    focus: Focus | None
    thumbnail: Upload | bytes | None


def read_wish(params: Params) -> Wish:
    """Raises `Refusal`."""
    focus = params.text("focus").strip()
    description = params.find_text("description")
    return Wish(
        None if description is None else clean_text(description, field="description"),
        parse_focus(focus) if focus else None,
        _thumbnail(params),
    )


def _thumbnail(params: Params) -> Upload | bytes | None:
    """A file, or a picture in a data URL, which is how JSON carries one."""
    if not isinstance(params.plain().get("thumbnail"), str):
        return params.find_upload("thumbnail")
    head, _, encoded = params.text("thumbnail").partition(";base64,")
    if not encoded or not head.startswith("data:image/"):
        return None
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        raise Refusal(
            "invalid_parameter", "thumbnail takes a file or a data URL.", field="thumbnail"
        ) from None


class Uploads:
    def __init__(self, context: Context, processor: MediaProcessor, files: MediaFiles) -> None:
        self._context = context
        self._processor = processor
        self._files = files
        self._underway: dict[int, _Underway] = {}

    async def add(
        self, viewer: Viewer, file: Upload, wish: Wish, *, waits: bool = False
    ) -> Attachment:
        """The media; without a file yet where making it ready takes longer, as it does for
        recordings unless the caller `waits`. Raises `Refusal`, `Unavailable`."""
        check_may_act(viewer.account)
        self._processor.limits.check_description(wish.description or "")
        media_id = self._context.take_id()
        own = _kept_copy(file)
        given = wish.thumbnail
        thumbnail = _kept_copy(given) if isinstance(given, Upload) else None
        making = self._make(media_id, viewer.account_id, own, thumbnail, wish)
        task = asyncio.create_task(making)
        kind = _kind_of(file)
        patience_s = WAITED_S if waits or kind is MediaKind.IMAGE else 0.0
        try:
            return await asyncio.wait_for(asyncio.shield(task), patience_s)
        except TimeoutError:
            self._remember(media_id, _Underway(viewer.account_id, kind, task))
            return Attachment(media_id, viewer.account_id, kind, "", "", wish.description or "")

    def find(self, viewer: Viewer, media_id: int) -> Attachment:
        """The viewer's upload; without a file while it is being made ready. Raises `Refusal`:
        `unknown_upload`, or why it could not be taken."""
        media = self._context.square.uploads.find(media_id)
        if media is not None and media.account_id == viewer.account_id:
            return media
        underway = self._underway.get(media_id)
        if underway is None or underway.account_id != viewer.account_id:
            raise _unknown()
        if not underway.task.done():
            return Attachment(media_id, viewer.account_id, underway.kind, "", "")
        return underway.task.result()

    async def change(self, viewer: Viewer, media_id: int, wish: Wish) -> Attachment:
        """Raises `Refusal`, `Unavailable`."""
        underway = self._underway.get(media_id)
        if underway is not None and underway.account_id == viewer.account_id:
            await asyncio.shield(underway.task)
        media = self._get_own(viewer, media_id)
        changed = await self.retouched(media, wish)
        if changed.preview != media.preview and media.preview:
            await self._files.delete([media.preview])
        if changed != media:
            await self._context.journal.append(MediaDescribed(self._context.now_ms(), changed))
        return changed

    async def retouched(self, media: Attachment, wish: Wish) -> Attachment:
        """The media as wished; nothing is kept of it but its new preview.
        Raises `Refusal`, `Unavailable`."""
        if wish.description is not None:
            self._processor.limits.check_description(wish.description)
            media = msgspec.structs.replace(media, description=wish.description)
        if wish.focus is not None:
            meta = with_focus(msgspec.json.decode(media.meta), wish.focus)
            media = msgspec.structs.replace(media, meta=msgspec.json.encode(meta).decode())
        if isinstance(wish.thumbnail, bytes):
            return await self._with_preview(media, wish.thumbnail)
        if wish.thumbnail is not None:
            return await self._with_preview(media, wish.thumbnail.path)
        return media

    async def forget(self, viewer: Viewer, media_id: int) -> None:
        """Raises `Refusal`, `Unavailable`."""
        media = self._get_own(viewer, media_id)
        await self._context.journal.append(MediaForgotten(self._context.now_ms(), media.id))

    async def _make(
        self, media_id: int, account_id: int, path: str, thumbnail: str | None, wish: Wish
    ) -> Attachment:
        try:
            made = await self._processor.process(path, focus=wish.focus)
            media = made.as_attachment(media_id, account_id, wish.description or "")
            if thumbnail is not None:
                drawn = media.preview
                media = await self._with_preview(media, thumbnail)
                await self._files.delete([drawn] if drawn else [])
            await self._context.journal.append(MediaAdded(self._context.now_ms(), media))
            return media
        finally:
            for each in (path, thumbnail):
                if each is not None:
                    os.unlink(each)

    async def _with_preview(self, media: Attachment, picture: str | bytes) -> Attachment:
        made = await self._processor.process(picture, purpose=Purpose.PREVIEW)
        meta = msgspec.json.decode(media.meta)
        meta["small"] = made.meta["original"]
        return msgspec.structs.replace(
            media, preview=made.original.key, meta=msgspec.json.encode(meta).decode()
        )

    def _get_own(self, viewer: Viewer, media_id: int) -> Attachment:
        media = self._context.square.uploads.find(media_id)
        if media is None or media.account_id != viewer.account_id:
            raise _unknown()
        return media

    def _remember(self, media_id: int, underway: _Underway) -> None:
        done = [one for one, each in self._underway.items() if each.task.done()]
        for one in done[: max(0, len(self._underway) - _REMEMBERED)]:
            del self._underway[one]
        underway.task.add_done_callback(_look_at)
        self._underway[media_id] = underway


def _look_at(task: asyncio.Task[Attachment]) -> None:
    """A refusal is told to who asks for the upload; nobody may ask."""
    if not task.cancelled():
        task.exception()


def _kept_copy(file: Upload) -> str:
    """The request's own file goes when it is answered; another name of it stays."""
    with tempfile.NamedTemporaryFile(
        dir=Path(file.path).parent, prefix="making-", delete=False
    ) as kept:
        shutil.move(file.path, kept.name)
    return kept.name


def _kind_of(file: Upload) -> MediaKind:
    kind = file.content_type.partition("/")[0]
    return MediaKind(kind) if kind in ("video", "audio", "image") else MediaKind.UNKNOWN


def _unknown() -> Refusal:
    return Refusal("unknown_upload", "There is no such upload of yours.")
