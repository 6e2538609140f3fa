"""What all entries about accounts have."""

from __future__ import annotations

import msgspec


class AccountEntryBase(msgspec.Struct, array_like=True, frozen=True, gc=False):
    at_ms: int

    @property
    def instant_ms(self) -> int:
        return self.at_ms
