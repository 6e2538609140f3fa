"""What people began to write and want to go on with on another device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import AccountErased
from lapwing.microblog.personal.entries import DraftForgotten, DraftKept
from lapwing.microblog.personal.model import KeptDraft
from lapwing.microblog.square import Change

MOST_DRAFTS: Final = 50
LONGEST_CONTENT: Final = 20_000
"""Characters of a draft's JSON."""
_NOTHING: Final[dict[int, KeptDraft]] = {}


class Drafts:
    name = "drafts"

    def __init__(self) -> None:
        self._drafts: dict[int, dict[int, KeptDraft]] = {}

    def of(self, account_id: int) -> list[KeptDraft]:
        """The one kept last first."""
        drafts = self._drafts.get(account_id, _NOTHING).values()
        return sorted(drafts, key=lambda draft: (draft.kept_ms, draft.id), reverse=True)

    def get(self, account_id: int, draft_id: int) -> KeptDraft:
        """The account's own. Raises `Refusal`."""
        found = self._drafts.get(account_id, _NOTHING).get(draft_id)
        if found is None:
            raise Refusal("unknown_draft", "There is no such draft.")
        return found

    def media_ids(self) -> set[int]:
        """Uploads that are not to be forgotten: drafts need them."""
        return {
            media_id
            for drafts in self._drafts.values()
            for draft in drafts.values()
            for media_id in draft.media_ids
        }

    def hear(self, change: Change) -> None:
        entry = change.entry
        if isinstance(entry, DraftKept):
            self._keep(entry.draft)
        elif isinstance(entry, DraftForgotten):
            self.get(entry.account_id, entry.draft_id)
            del self._drafts[entry.account_id][entry.draft_id]
        elif isinstance(entry, AccountErased):
            self._drafts.pop(entry.account_id, None)

    def _keep(self, draft: KeptDraft) -> None:
        present = self._drafts.get(draft.account_id, _NOTHING)
        if draft.id not in present and len(present) >= MOST_DRAFTS:
            raise Refusal("too_many_drafts", f"One may keep at most {MOST_DRAFTS} drafts.")
        self._drafts.setdefault(draft.account_id, {})[draft.id] = draft

    def capture(self) -> Iterator[bytes]:
        for account_id in sorted(self._drafts):
            if self._drafts[account_id]:
                yield msgspec.msgpack.encode(list(self._drafts[account_id].values()))

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(list[KeptDraft])
        for chunk in chunks:
            for one in decoder.decode(chunk):
                self._drafts.setdefault(one.account_id, {})[one.id] = one
