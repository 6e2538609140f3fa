"""Who follows, asks, blocks, mutes and features whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec
import numpy as np

from lapwing.microblog.id_sets import NOTHING, IdSet
from lapwing.microblog.model import FollowOptions, Relation

T = TypeVar("T")
_PLAIN = FollowOptions()


class Mute(msgspec.Struct, array_like=True, frozen=True, gc=False):
    hides_notifications: bool = True
    ends_ms: int = 0
    """0: never."""


class _Saved(msgspec.Struct, array_like=True):
    """A part of the whole, in a checkpoint."""

    forward: dict[str, dict[int, bytes]] = {}
    options: dict[int, dict[int, FollowOptions]] = {}
    mutes: dict[int, dict[int, Mute]] = {}
    notes: dict[int, dict[int, str]] = {}


class Relations:
    """Each relation in both directions. Knows nothing of who may see what."""

    name = "relations"

    def __init__(self) -> None:
        self._forward: dict[Relation, dict[int, IdSet]] = {kind: {} for kind in Relation}
        self._backward: dict[Relation, dict[int, IdSet]] = {kind: {} for kind in Relation}
        self._options: dict[int, dict[int, FollowOptions]] = {}
        self._notified: dict[int, IdSet] = {}
        """By whom they want to hear of: those who asked for it with a follow or its request."""
        self._mutes: dict[int, dict[int, Mute]] = {}
        self.notes: dict[int, dict[int, str]] = {}
        """Private notes: by the one who notes, by whom they are about."""

    def of(self, account_id: int, relation: Relation) -> IdSet:
        """To whom the account has this relation; not to be changed by the caller."""
        return self._forward[relation].get(account_id, NOTHING)

    def to(self, account_id: int, relation: Relation) -> IdSet:
        """Who has this relation to the account."""
        return self._backward[relation].get(account_id, NOTHING)

    def has(self, account_id: int, relation: Relation, target_id: int) -> bool:
        return target_id in self._forward[relation].get(account_id, NOTHING)

    def follows(self, account_id: int, target_id: int) -> bool:
        return self.has(account_id, Relation.FOLLOW, target_id)

    def is_apart(self, one: int, other: int) -> bool:
        """Whether either blocks the other."""
        blocks = self._forward[Relation.BLOCK]
        return other in blocks.get(one, NOTHING) or one in blocks.get(other, NOTHING)

    def mutes(self, account_id: int, target_id: int, now_ms: int) -> bool:
        mute = self.find_mute(account_id, target_id)
        return mute is not None and (not mute.ends_ms or now_ms < mute.ends_ms)

    def find_mute(self, account_id: int, target_id: int) -> Mute | None:
        return self._mutes.get(account_id, {}).get(target_id)

    def options_of(self, account_id: int, target_id: int) -> FollowOptions:
        return self._options.get(account_id, {}).get(target_id, _PLAIN)

    def has_options(self, account_id: int) -> bool:
        """Whether the account has said anything special of any of its follows."""
        return account_id in self._options

    def notified_by(self, target_id: int) -> list[int]:
        """Who wants to hear of each of the account's posts."""
        asked = self._notified.get(target_id, NOTHING)
        return [one for one in asked if self.follows(one, target_id)]

    def add(self, account_id: int, relation: Relation, target_id: int) -> bool:
        """Whether it was not so yet."""
        if not self._forward[relation].setdefault(account_id, IdSet()).add(target_id):
            return False
        self._backward[relation].setdefault(target_id, IdSet()).add(account_id)
        return True

    def remove(self, account_id: int, relation: Relation, target_id: int) -> bool:
        """Whether it was so."""
        if not self._forward[relation].get(account_id, IdSet()).discard(target_id):
            return False
        self._backward[relation][target_id].discard(account_id)
        if relation in (Relation.FOLLOW, Relation.REQUEST):
            self.set_options(account_id, target_id, _PLAIN)
        elif relation is Relation.MUTE:
            _drop(self._mutes, account_id, target_id)
        return True

    def set_options(self, account_id: int, target_id: int, options: FollowOptions) -> None:
        """Of a follow or of the asking for one."""
        if options == _PLAIN:
            _drop(self._options, account_id, target_id)
        else:
            self._options.setdefault(account_id, {})[target_id] = options
        if options.notifies:
            self._notified.setdefault(target_id, IdSet()).add(account_id)
        elif target_id in self._notified:
            self._notified[target_id].discard(account_id)

    def set_mute(self, account_id: int, target_id: int, mute: Mute) -> None:
        self._mutes.setdefault(account_id, {})[target_id] = mute

    def erase(self, account_id: int) -> None:
        for relation in Relation:
            for target in list(self.of(account_id, relation)):
                self.remove(account_id, relation, target)
            for other in list(self.to(account_id, relation)):
                self.remove(other, relation, account_id)
        self.notes.pop(account_id, None)
        for notes in self.notes.values():
            notes.pop(account_id, None)

    def capture(self) -> Iterator[bytes]:
        """The forward direction; the backward one follows from it."""
        for kind in Relation:
            packed = {one: ids.packed() for one, ids in self._forward[kind].items() if len(ids)}
            yield msgspec.msgpack.encode(_Saved(forward={kind.value: packed}))
        yield msgspec.msgpack.encode(
            _Saved(options=self._options, mutes=self._mutes, notes=self.notes)
        )

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(_Saved)
        for chunk in chunks:
            saved = decoder.decode(chunk)
            for name, packed in saved.forward.items():
                self._restore_kind(Relation(name), packed)
            for account_id, options in saved.options.items():
                for target_id, one in options.items():
                    self.set_options(account_id, target_id, one)
            self._mutes.update(saved.mutes)
            self.notes.update(saved.notes)

    def _restore_kind(self, kind: Relation, packed: dict[int, bytes]) -> None:
        if not packed:
            return
        forward = self._forward[kind]
        for one, ids in packed.items():
            forward[one] = IdSet.unpacked(ids)
        ones = np.array(list(packed), dtype=np.int64)
        sizes = np.array([len(ids) // 8 for ids in packed.values()])
        owners = np.repeat(ones, sizes)
        targets = np.frombuffer(b"".join(packed.values()), dtype=np.int64)
        order = np.lexsort((owners, targets))
        found, starts = np.unique(targets[order], return_index=True)
        backward = self._backward[kind]
        for target, of in zip(found.tolist(), np.split(owners[order], starts[1:]), strict=True):
            backward[target] = IdSet.unpacked(of.tobytes())


def _drop(table: dict[int, dict[int, T]], account_id: int, target_id: int) -> None:
    kept = table.get(account_id)
    if kept is not None:
        kept.pop(target_id, None)
        if not kept:
            del table[account_id]
