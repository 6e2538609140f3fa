"""Where people's browsers and apps wait for Web Push."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from lapwing.accounts.registry import Accounts
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import AccountErased
from lapwing.microblog.personal.entries import PushSubscribed, PushUnsubscribed
from lapwing.microblog.personal.model import PushPolicy, PushSubscription
from lapwing.microblog.personal.notification_box import Notification
from lapwing.microblog.relations import Relations
from lapwing.microblog.square import Change

MOST_SUBSCRIPTIONS: Final = 20
"""Of one account; the oldest goes."""
_NOTHING: Final[dict[int, PushSubscription]] = {}


class PushSubscriptions:
    """One for each session and token at most; it ends with it."""

    name = "push_subscriptions"

    def __init__(self, accounts: Accounts, relations: Relations) -> None:
        self._accounts = accounts
        self._relations = relations
        self._by_session: dict[int, dict[int, PushSubscription]] = {}

    def find(self, account_id: int, session_id: int) -> PushSubscription | None:
        return self._by_session.get(account_id, _NOTHING).get(session_id)

    def get(self, account_id: int, session_id: int) -> PushSubscription:
        """Raises `Refusal`."""
        found = self.find(account_id, session_id)
        if found is None:
            raise Refusal("unknown_subscription", "Nothing is pushed to this device.")
        return found

    def of(self, account_id: int) -> list[PushSubscription]:
        """Those whose session or token is still good."""
        present = self._by_session.get(account_id)
        if not present:
            return []
        access = self._accounts.access
        good = {session.id for session in access.sessions_of(account_id)}
        good.update(grant.id for grant in access.grants_of(account_id))
        return [one for session_id, one in present.items() if session_id in good]

    def wanting(self, told: Notification) -> list[PushSubscription]:
        """Those to which a new notification is to be pushed."""
        if told.filtered:
            return []
        return [
            one
            for one in self.of(told.account_id)
            if told.kind in one.kinds and self._lets_through(one, told)
        ]

    def hear(self, change: Change) -> None:
        entry = change.entry
        if isinstance(entry, PushSubscribed):
            one = entry.subscription
            present = self._by_session.setdefault(one.account_id, {})
            present.pop(one.session_id, None)
            present[one.session_id] = one
            if len(present) > MOST_SUBSCRIPTIONS:
                del present[next(iter(present))]
        elif isinstance(entry, PushUnsubscribed):
            present = self._by_session.get(entry.account_id, {})
            present.pop(entry.session_id, None)
            if not present:
                self._by_session.pop(entry.account_id, None)
        elif isinstance(entry, AccountErased):
            self._by_session.pop(entry.account_id, None)

    def _lets_through(self, one: PushSubscription, told: Notification) -> bool:
        if one.policy is PushPolicy.FOLLOWED:
            return self._relations.follows(one.account_id, told.sender_id)
        if one.policy is PushPolicy.FOLLOWER:
            return self._relations.follows(told.sender_id, one.account_id)
        return one.policy is PushPolicy.ALL

    def capture(self) -> Iterator[bytes]:
        for account_id in sorted(self._by_session):
            yield msgspec.msgpack.encode(list(self._by_session[account_id].values()))

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(list[PushSubscription])
        for chunk in chunks:
            for one in decoder.decode(chunk):
                self._by_session.setdefault(one.account_id, {})[one.session_id] = one
