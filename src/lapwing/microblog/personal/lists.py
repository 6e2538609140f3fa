"""Lists of accounts that somebody follows, each a timeline of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import AccountErased, RelationChanged
from lapwing.microblog.model import Post
from lapwing.microblog.personal.entries import (
    ListDeleted,
    ListEdited,
    ListMade,
    ListMembersChanged,
)
from lapwing.microblog.personal.model import AccountList, RepliesPolicy
from lapwing.microblog.relations import Relations
from lapwing.microblog.square import Change

MOST_LISTS: Final = 100
MOST_MEMBERS: Final = 1000
_NO_LISTS: Final[dict[int, AccountList]] = {}


class Lists:
    """Everybody's lists. Members are followed by the owner: who is not any more, goes."""

    name = "lists"

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._lists: dict[int, dict[int, AccountList]] = {}
        self._hidden: dict[int, frozenset[int]] = {}
        self._containing: dict[int, dict[int, int]] = {}
        """By member: the owners by list."""
        self._steps: dict[type, Callable[[Any], None]] = {
            ListMade: self._make,
            ListEdited: self._edit,
            ListDeleted: self._delete,
            ListMembersChanged: self._change_members,
            RelationChanged: self._hear_relation,
            AccountErased: self._erase,
        }

    def of(self, account_id: int) -> list[AccountList]:
        """In the order of their making."""
        return list(self._lists.get(account_id, _NO_LISTS).values())

    def get(self, account_id: int, list_id: int) -> AccountList:
        """The account's own list. Raises `Refusal`."""
        found = self._lists.get(account_id, _NO_LISTS).get(list_id)
        if found is None:
            raise Refusal("unknown_list", "There is no such list.")
        return found

    def with_member(self, account_id: int, member_id: int) -> list[AccountList]:
        """The account's lists that somebody is on."""
        return [one for one in self.of(account_id) if member_id in one.members]

    def hidden_from_home(self, account_id: int) -> frozenset[int]:
        """Members of the account's exclusive lists."""
        return self._hidden.get(account_id, frozenset())

    def shows_reply(self, shown: AccountList, post: Post) -> bool:
        """Whether an answer to somebody else belongs on the list."""
        answered = post.reply_to_account_id
        if shown.replies is RepliesPolicy.NONE:
            return answered == shown.account_id
        if shown.replies is RepliesPolicy.LIST:
            return answered in shown.members or answered == shown.account_id
        return self._relations.follows(shown.account_id, answered) or answered == shown.account_id

    def containing(self, post: Post) -> list[AccountList]:
        """Lists that a new post appears on, if it is no answer: what streams ask."""
        found = self._containing.get(post.account_id)
        return [self._lists[owner][list_id] for list_id, owner in found.items()] if found else []

    def hear(self, change: Change) -> None:
        step = self._steps.get(type(change.entry))
        if step is not None:
            step(change.entry)

    def _make(self, entry: ListMade) -> None:
        made = AccountList(
            entry.list_id, entry.account_id, entry.title, entry.replies, entry.exclusive
        )
        if len(self._lists.get(entry.account_id, _NO_LISTS)) >= MOST_LISTS:
            raise Refusal("too_many_lists", f"One may have at most {MOST_LISTS} lists.")
        self._put(made)

    def _edit(self, entry: ListEdited) -> None:
        present = self.get(entry.account_id, entry.list_id)
        self._put(
            msgspec.structs.replace(
                present, title=entry.title, replies=entry.replies, exclusive=entry.exclusive
            )
        )

    def _delete(self, entry: ListDeleted) -> None:
        present = self.get(entry.account_id, entry.list_id)
        self._index(present, ())
        del self._lists[entry.account_id][entry.list_id]
        self._find_hidden(entry.account_id)

    def _change_members(self, entry: ListMembersChanged) -> None:
        present = self.get(entry.account_id, entry.list_id)
        if entry.on:
            for one in entry.member_ids:
                if not self._relations.follows(entry.account_id, one):
                    raise not_followed()
            members = tuple(dict.fromkeys((*present.members, *entry.member_ids)))
            if len(members) > MOST_MEMBERS:
                raise Refusal("list_full", f"A list has at most {MOST_MEMBERS} members.")
        else:
            members = tuple(one for one in present.members if one not in entry.member_ids)
        self._put(msgspec.structs.replace(present, members=members))

    def _hear_relation(self, entry: RelationChanged) -> None:
        for owner, member in (
            (entry.account_id, entry.target_id),
            (entry.target_id, entry.account_id),
        ):
            if owner in self._lists and not self._relations.follows(owner, member):
                self._take_off(owner, member)

    def _erase(self, entry: AccountErased) -> None:
        for one in self.of(entry.account_id):
            self._index(one, ())
        self._lists.pop(entry.account_id, None)
        self._hidden.pop(entry.account_id, None)
        for owner in {*self._containing.get(entry.account_id, {}).values()}:
            self._take_off(owner, entry.account_id)

    def _take_off(self, owner: int, member_id: int) -> None:
        for one in self.with_member(owner, member_id):
            members = tuple(other for other in one.members if other != member_id)
            self._put(msgspec.structs.replace(one, members=members))

    def _put(self, put: AccountList) -> None:
        lists = self._lists.setdefault(put.account_id, {})
        self._index(lists.get(put.id, put), put.members)
        lists[put.id] = put
        self._find_hidden(put.account_id)

    def _index(self, present: AccountList, members: tuple[int, ...]) -> None:
        """`members` are those that it has from now on."""
        for one in present.members:
            if one not in members:
                owners = self._containing[one]
                del owners[present.id]
                if not owners:
                    del self._containing[one]
        for one in members:
            self._containing.setdefault(one, {})[present.id] = present.account_id

    def _find_hidden(self, account_id: int) -> None:
        exclusive = (one.members for one in self.of(account_id) if one.exclusive)
        hidden = frozenset(member for members in exclusive for member in members)
        if hidden:
            self._hidden[account_id] = hidden
        else:
            self._hidden.pop(account_id, None)

    def capture(self) -> Iterator[bytes]:
        for account_id in sorted(self._lists):
            if self._lists[account_id]:
                yield msgspec.msgpack.encode(self.of(account_id))

    def restore(self, chunks: Iterable[bytes]) -> None:
        decoder = msgspec.msgpack.Decoder(list[AccountList])
        for chunk in chunks:
            for one in decoder.decode(chunk):
                self._put(one)


def not_followed() -> Refusal:
    return Refusal("not_followed", "Only accounts that you follow can be on a list.")
