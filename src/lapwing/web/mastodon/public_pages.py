"""Public pages for who is not signed in, as they were drawn since the last change of anything."""

from __future__ import annotations

from typing import Any, Final

from lapwing.microblog.square import Change, Square

_MOST: Final = 256


class PublicPages:
    """Answers by query. One change drops them all: drawing a page again costs little, and a page
    that is not quite right would be wrong for everybody."""

    def __init__(self, square: Square) -> None:
        self._pages: dict[str, Any] = {}
        self.find = self._pages.get
        square.listen(self._hear)

    def put(self, query: str, answer: Any) -> None:
        if len(self._pages) < _MOST:
            self._pages[query] = answer

    def _hear(self, change: Change) -> None:
        del change
        self._pages.clear()
