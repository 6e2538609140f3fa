"""Everybody's last good home page: to be shown when no newer one can be had."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import msgspec

MOST_POSTS = 40


class KeptPage(msgspec.Struct, array_like=True, frozen=True, gc=False):
    made_ms: int
    ids: tuple[int, ...]


class _Saved(msgspec.Struct, array_like=True):
    pages: dict[int, KeptPage]
    public: KeptPage


class KeptPages:
    """By viewer; those who have not looked for longest are forgotten first. The ids are no
    permission: whoever shows a page asks again who may see what is on it."""

    def __init__(self, most_viewers: int = 200_000) -> None:
        self._pages: OrderedDict[int, KeptPage] = OrderedDict()
        self._most = most_viewers
        self.public = KeptPage(0, ())
        """The newest public posts, for those of whom no page is known."""
        self.has_changed = False

    def keep(self, viewer_id: int, ids: Sequence[int], now_ms: int) -> None:
        self._pages[viewer_id] = KeptPage(now_ms, tuple(ids[:MOST_POSTS]))
        self._pages.move_to_end(viewer_id)
        if len(self._pages) > self._most:
            self._pages.popitem(last=False)
        self.has_changed = True

    def keep_public(self, ids: Sequence[int], now_ms: int) -> None:
        self.public = KeptPage(now_ms, tuple(ids[:MOST_POSTS]))
        self.has_changed = True

    def forget(self, viewer_id: int) -> None:
        if self._pages.pop(viewer_id, None) is not None:
            self.has_changed = True

    def find(self, viewer_id: int) -> KeptPage | None:
        return self._pages.get(viewer_id)

    def pack(self) -> bytes:
        """For the local disk."""
        self.has_changed = False
        return msgspec.msgpack.encode(_Saved(dict(self._pages), self.public))

    def unpack(self, packed: bytes) -> None:
        """Raises `msgspec.MsgspecError` for what `pack` did not make."""
        saved = msgspec.msgpack.decode(packed, type=_Saved)
        self._pages.update(saved.pages)
        self.public = saved.public
