"""Files that a form brings become uploads that a post may take."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from litestar.datastructures import UploadFile

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.context import Context
from lapwing.microblog.actions.posting import check_may_act
from lapwing.microblog.entries import MediaAdded, MediaDescribed
from lapwing.microblog.media.processing import MediaProcessor, ProcessedMedia, Purpose
from lapwing.microblog.model import Attachment
from lapwing.microblog.text.cleaning import clean_text


async def process_file(
    processor: MediaProcessor, file: UploadFile, purpose: Purpose = Purpose.ATTACHMENT
) -> ProcessedMedia:
    """Raises `Refusal` for a file that cannot be taken, `Unavailable`."""
    async with _on_disk(file) as path:
        return await processor.process(path, purpose=purpose)


async def add_upload(
    context: Context, processor: MediaProcessor, viewer: Viewer, file: UploadFile, description: str
) -> Attachment:
    """An upload that belongs to no post yet. Raises `Refusal`, `Unavailable`."""
    check_may_act(viewer.account)
    description = clean_text(description, field="description")
    processor.limits.check_description(description)
    made = await process_file(processor, file)
    media = made.as_attachment(context.take_id(), viewer.account_id, description)
    await context.journal.append(MediaAdded(context.now_ms(), media))
    return media


async def describe_upload(
    context: Context, processor: MediaProcessor, viewer: Viewer, media_id: int, description: str
) -> None:
    """Says what an upload of the viewer's shows. Raises `Refusal`, `Unavailable`."""
    description = clean_text(description, field="description")
    processor.limits.check_description(description)
    media = context.square.uploads.find(media_id)
    if media is None or media.account_id != viewer.account_id:
        raise Refusal("unknown_media", "This upload is not there any more.", field="media_ids")
    if media.description != description:
        described = msgspec.structs.replace(media, description=description)
        await context.journal.append(MediaDescribed(context.now_ms(), described))


@asynccontextmanager
async def _on_disk(file: UploadFile) -> AsyncIterator[str]:
    """The path of a copy that is gone afterwards: decoding is done by another process."""
    handle, path = tempfile.mkstemp(prefix="lapwing-upload-")
    try:
        await asyncio.to_thread(_copy, file, handle)
        yield path
    finally:
        os.unlink(path)


def _copy(file: UploadFile, handle: int) -> None:
    with os.fdopen(handle, "wb") as copy:
        file.file.seek(0)
        shutil.copyfileobj(file.file, copy, 1024 * 1024)
