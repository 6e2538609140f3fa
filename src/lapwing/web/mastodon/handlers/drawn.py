"""Avatars and headers of accounts that have set none."""

from __future__ import annotations

from lapwing.kernel.refusals import Refusal
from lapwing.web.mastodon.answers import Answer
from lapwing.web.mastodon.drawn_pictures import avatar_png, header_png, hue_of
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Routes

DRAWN = Routes()

_HEADERS = [(b"content-type", b"image/png"), (b"cache-control", b"public, max-age=604800")]


@DRAWN.get("/avatars/:file")
async def avatar(parts: MastodonParts, request: Request) -> Answer:
    return Answer(avatar_png(_name(parts, request)), headers=list(_HEADERS))


@DRAWN.get("/headers/:file")
async def header(parts: MastodonParts, request: Request) -> Answer:
    return Answer(header_png(hue_of(_name(parts, request))), headers=list(_HEADERS))


def _name(parts: MastodonParts, request: Request) -> str:
    """Of somebody who is here: pictures are drawn for nobody else."""
    name, dot, kind = request.args["file"].rpartition(".")
    account = parts.accounts.find_named(name)
    if not dot or kind != "png" or account is None:
        raise Refusal("unknown_picture", "There is no such picture.")
    return account.username
