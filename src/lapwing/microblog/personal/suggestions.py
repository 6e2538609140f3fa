"""Whom somebody may want to follow, and why.

The rule: whom several of those that one follows follow; whom the people who run this server show
on their profiles; the most followed people; the most followed accounts that tell outages. Only
active accounts that want to be discovered, that one neither follows, asks, blocks nor mutes, and
that were not waved away before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from heapq import nlargest
from itertools import islice
from typing import Final

import msgspec

from lapwing.accounts.entries import AccountOpened, RoleGranted
from lapwing.accounts.model import Account, Role, Standing
from lapwing.microblog.entries import AccountErased, FollowAnswered, RelationChanged
from lapwing.microblog.id_sets import IdSet
from lapwing.microblog.model import Relation
from lapwing.microblog.personal.entries import SuggestionDismissed
from lapwing.microblog.square import Change, Square

_FOLLOWEES_ASKED: Final = 300
"""Of the viewer, the latest to come to this server."""
_THEIRS_ASKED: Final = 300
_MOST_POPULAR: Final = 200
_COUNTED_FOR_MS: Final = 600_000
_ALL_COUNTED_FOR_MS: Final = 24 * 3_600_000
_MOST_DISMISSED: Final = 1000


class SuggestionSource(StrEnum):
    FRIENDS = "friends"
    """Followed by people that the viewer follows."""
    FEATURED = "featured"
    POPULAR = "popular"
    SERVICE = "service"
    """Tells the outages of a watched service."""


class Suggestion(msgspec.Struct, frozen=True):
    account_id: int
    sources: tuple[SuggestionSource, ...]
    friends: int
    """How many of those whom the viewer follows follow them."""
    followers: int

    @property
    def why(self) -> str:
        if SuggestionSource.FRIENDS in self.sources:
            if self.friends == 1:
                return "One person you follow follows them"
            return f"{self.friends} people you follow follow them"
        if SuggestionSource.FEATURED in self.sources:
            return "Recommended by the people who run this server"
        if SuggestionSource.SERVICE in self.sources:
            return "Tells the outages of a service that many here follow"
        followers = "1 follower" if self.followers == 1 else f"{self.followers} followers"
        return f"Popular here: {followers}"


class Suggestions:
    """Remembers whom each person waved away; everything else is found anew."""

    name = "suggestions"

    def __init__(self, square: Square) -> None:
        self._square = square
        self._dismissed: dict[int, IdSet] = {}
        self._counted_ms = self._all_counted_ms = -_ALL_COUNTED_FOR_MS
        self._popular: list[int] = []
        self._services: list[int] = []
        self._staff: list[int] = []
        self._rising: set[int] = set()
        """Who may have come to be among them since."""

    def of(self, viewer_id: int, now_ms: int, limit: int = 40) -> list[Suggestion]:
        """The best first."""
        self._count(now_ms)
        friends = self._friends_of_friends(viewer_id)
        featured = self._featured()
        sources = (
            (SuggestionSource.FRIENDS, [one for one, _ in friends.most_common()]),
            (SuggestionSource.FEATURED, featured),
            (SuggestionSource.SERVICE, self._services[:3]),
            (SuggestionSource.POPULAR, self._popular),
            (SuggestionSource.SERVICE, self._services),
        )
        by_account: dict[int, list[SuggestionSource]] = {}
        for source, account_ids in sources:
            for one in account_ids:
                known = by_account.setdefault(one, [])
                if source not in known:
                    known.append(source)
        wanted = (one for one in by_account if self._may_suggest(viewer_id, one))
        return [
            Suggestion(one, tuple(by_account[one]), friends[one], self._followers(one))
            for one in islice(wanted, limit)
        ]

    def hear(self, change: Change) -> None:
        entry = change.entry
        if isinstance(entry, SuggestionDismissed):
            dismissed = self._dismissed.setdefault(entry.account_id, IdSet())
            if len(dismissed) < _MOST_DISMISSED:
                dismissed.add(entry.target_id)
        elif isinstance(entry, RelationChanged):
            self._rising.add(entry.target_id)
        elif isinstance(entry, FollowAnswered | AccountOpened | RoleGranted):
            self._rising.add(entry.account_id)
        elif isinstance(entry, AccountErased):
            self._dismissed.pop(entry.account_id, None)

    def _friends_of_friends(self, viewer_id: int) -> Counter[int]:
        relations = self._square.relations
        found: Counter[int] = Counter()
        for followee in _latest(relations.of(viewer_id, Relation.FOLLOW), _FOLLOWEES_ASKED):
            account = self._square.accounts.find(followee)
            if account is not None and account.is_there and not account.hides_relations:
                found.update(_latest(relations.of(followee, Relation.FOLLOW), _THEIRS_ASKED))
        return found

    def _featured(self) -> list[int]:
        """Whom the admins show on their profiles."""
        relations = self._square.relations
        return [one for admin in self._staff for one in relations.of(admin, Relation.FEATURE)]

    def _may_suggest(self, viewer_id: int, account_id: int) -> bool:
        account = self._square.accounts.find(account_id)
        if account is None or account_id == viewer_id or not _is_open(account):
            return False
        relations = self._square.relations
        known = any(
            relations.has(viewer_id, relation, account_id)
            for relation in (Relation.FOLLOW, Relation.REQUEST, Relation.MUTE)
        )
        if known or relations.is_apart(viewer_id, account_id):
            return False
        return account_id not in self._dismissed.get(viewer_id, ())

    def _followers(self, account_id: int) -> int:
        return len(self._square.relations.to(account_id, Relation.FOLLOW))

    def _count(self, now_ms: int) -> None:
        """Every ten minutes those who got followers, and once a day all accounts."""
        if not 0 <= now_ms - self._all_counted_ms < _ALL_COUNTED_FOR_MS:
            self._all_counted_ms = self._counted_ms = now_ms
            self._count_among(account.id for account in self._square.accounts.all())
        elif now_ms - self._counted_ms >= _COUNTED_FOR_MS:
            self._counted_ms = now_ms
            known = {*self._popular, *self._services, *self._staff}
            self._count_among(sorted(known | self._rising))
        else:
            return
        self._rising = set()

    def _count_among(self, account_ids: Iterable[int]) -> None:
        found = map(self._square.accounts.find, account_ids)
        candidates = [one for one in found if one is not None and one.standing is Standing.ACTIVE]
        open_ones = [one for one in candidates if one.discoverable]
        people = (one.id for one in open_ones if not one.bot and self._followers(one.id))
        services = (one.id for one in open_ones if one.service)
        self._popular = nlargest(_MOST_POPULAR, people, key=self._followers)
        self._services = nlargest(_MOST_POPULAR, services, key=self._followers)
        self._staff = [one.id for one in candidates if one.role in (Role.ADMIN, Role.OWNER)]

    def capture(self) -> Iterator[bytes]:
        packed = {one: ids.packed() for one, ids in self._dismissed.items()}
        yield msgspec.msgpack.encode(packed)

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(dict[int, bytes])
        for chunk in chunks:
            for account_id, packed in decoder.decode(chunk).items():
                self._dismissed[account_id] = IdSet.unpacked(packed)


def _is_open(account: Account) -> bool:
    return account.standing is Standing.ACTIVE and account.discoverable


def _latest(ids: IdSet, most: int) -> list[int]:
    return [ids[place] for place in range(max(0, len(ids) - most), len(ids))]
