"""Names of streams, and what each of them hears. Pure."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.text.hashtags import normalise_hashtag

Channel: TypeAlias = tuple[str, int | str]
"""What is heard, and of whom or what: `("home", account id)`."""

HOME: Final = "home"
TOLD: Final = "told"
"""Notifications."""
PUBLIC: Final = "public"
MEDIA: Final = "media"
"""Public posts with media."""
TAG: Final = "tag"
LIST: Final = "list"
DIRECT: Final = "direct"
"""Conversations."""

_NOBODYS: Final = 0
_PUBLIC: Final = {
    "public": PUBLIC,
    "public:local": PUBLIC,
    "public:media": MEDIA,
    "public:local:media": MEDIA,
    "public:remote": "",
    "public:remote:media": "",
}
"""Everybody is from here: what is remote is nothing."""
_SCOPES: Final = {
    "user": "read:statuses",
    "user:notification": "read:notifications",
    "list": "read:lists",
}


class Stream(msgspec.Struct, frozen=True):
    """A stream as one connection asked for it."""

    label: tuple[str, ...]
    """As events over WebSocket say which stream they are of."""
    channels: tuple[Channel, ...]


def scope_of(name: str) -> str:
    return _SCOPES.get(name, "read:statuses")


def find_stream(name: str, viewer_id: int, tag: str, list_id: int) -> Stream:
    """Raises `Refusal` (`unknown_stream`, `missing_parameter`)."""
    if name in _PUBLIC:
        kind = _PUBLIC[name]
        return Stream((name,), ((kind, _NOBODYS),) if kind else ())
    if name in ("hashtag", "hashtag:local"):
        if not tag:
            raise Refusal("missing_parameter", "Missing tag name parameter", field="tag")
        return Stream((name, tag), ((TAG, normalise_hashtag(tag)),))
    if name == "list":
        return Stream((name, str(list_id)), ((LIST, list_id),))
    own: dict[str, tuple[Channel, ...]] = {
        "user": ((HOME, viewer_id), (TOLD, viewer_id)),
        "user:notification": ((TOLD, viewer_id),),
        "direct": ((DIRECT, viewer_id),),
    }
    if name not in own:
        raise Refusal("unknown_stream", "Unknown stream type")
    return Stream((name,), own[name])
