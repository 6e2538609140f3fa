"""Uploading media and saying what they show."""

from __future__ import annotations

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.model import Attachment
from lapwing.web.mastodon.answers import Answer, json_of, nothing
from lapwing.web.mastodon.entities.media import media_form
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.rate_limits import Kind
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Routes
from lapwing.web.mastodon.uploads import read_wish

MEDIA = Routes()

_NOT_READY = 206
_TAKEN = 202


@MEDIA.post("/api/v1/media", scope="write:media", takes_files=True, kind=Kind.MEDIA)
@MEDIA.post("/api/v2/media", scope="write:media", takes_files=True, kind=Kind.MEDIA)
async def upload(parts: MastodonParts, request: Request) -> Answer:
    file = request.params.find_upload("file")
    if file is None:
        raise Refusal("no_file", "Validation failed: File can't be blank", field="file")
    waits = request.path == "/api/v1/media"
    media = await parts.uploads.add(request.user, file, read_wish(request.params), waits=waits)
    return _told(parts, media, _TAKEN)


@MEDIA.get("/api/v1/media/:id", scope="write:media read:statuses")
async def one(parts: MastodonParts, request: Request) -> Answer:
    return _told(parts, parts.uploads.find(request.user, request.id()), _NOT_READY)


@MEDIA.put("/api/v1/media/:id", scope="write:media", takes_files=True)
async def change(parts: MastodonParts, request: Request) -> Answer:
    wish = read_wish(request.params)
    return _told(parts, await parts.uploads.change(request.user, request.id(), wish), _TAKEN)


@MEDIA.delete("/api/v1/media/:id", scope="write:media")
async def forget(parts: MastodonParts, request: Request) -> Answer:
    await parts.uploads.forget(request.user, request.id())
    return nothing()


def _told(parts: MastodonParts, media: Attachment, status_unready: int) -> Answer:
    status = 200 if media.file else status_unready
    return json_of(media_form(media, parts.addresses), status)
