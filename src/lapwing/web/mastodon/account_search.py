"""Finding accounts by name, over names that are folded once a while."""

from __future__ import annotations

from lapwing.microblog.model import Relation
from lapwing.microblog.search.accounts import AccountIndex, AccountName
from lapwing.microblog.square import Change, Square

_MOST_FOUND = 400


class AccountSearch:
    """Accounts that changed since the index was made are looked at beside it, so that a name is
    found at once; the index is made anew when they are many."""

    _MOST_CHANGED = 500

    def __init__(self, square: Square) -> None:
        self._square = square
        self._index: AccountIndex | None = None
        self._changed: set[int] = set()
        square.listen(self._hear)

    def find(self, text: str, viewer_id: int, *, only_followed: bool = False) -> list[int]:
        """Ids, the best first; those whom the viewer follows before others."""
        followed = set(self._square.relations.of(viewer_id, Relation.FOLLOW))
        if only_followed:
            names = [name for one in followed if (name := self._name(one)) is not None]
            return AccountIndex(names).search(text, _MOST_FOUND, preferred=followed)
        if self._index is None or len(self._changed) > self._MOST_CHANGED:
            ids = [account.id for account in self._square.accounts.all()]
            self._index = AccountIndex(
                [name for one in ids if (name := self._name(one)) is not None]
            )
            self._changed.clear()
        changed = [name for one in self._changed if (name := self._name(one)) is not None]
        fresh = AccountIndex(changed).search(text, _MOST_FOUND, preferred=followed)
        known = self._index.search(text, _MOST_FOUND, preferred=followed)
        return list(dict.fromkeys((*fresh, *(one for one in known if one not in self._changed))))

    def _name(self, account_id: int) -> AccountName | None:
        account = self._square.accounts.find(account_id)
        if account is None or not account.is_there:
            return None
        followers = len(self._square.relations.to(account_id, Relation.FOLLOW))
        return AccountName(account.id, account.username, account.display_name, followers)

    def _hear(self, change: Change) -> None:
        """Posts change what is shown of an account, but not its name."""
        if change.added is None and not change.removed:
            self._changed.update(change.accounts)
