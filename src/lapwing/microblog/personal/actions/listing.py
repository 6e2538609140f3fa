"""Making lists and putting people on them."""

from __future__ import annotations

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.entries import (
    ListDeleted,
    ListEdited,
    ListMade,
    ListMembersChanged,
)
from lapwing.microblog.personal.lists import not_followed
from lapwing.microblog.personal.model import AccountList, RepliesPolicy
from lapwing.microblog.text.cleaning import clean_line

_LONGEST_TITLE = 200


async def make_list(
    desk: PersonalDesk,
    viewer: Viewer,
    title: str,
    replies: RepliesPolicy = RepliesPolicy.LIST,
    *,
    exclusive: bool = False,
) -> AccountList:
    """Raises `Refusal`, `Unavailable`."""
    title = _check_title(title)
    context, own = desk.context, viewer.account_id
    list_id = context.take_id()
    await context.journal.append(
        ListMade(context.now_ms(), own, list_id, title, replies, exclusive)
    )
    return desk.tables.lists.get(own, list_id)


async def edit_list(
    desk: PersonalDesk,
    viewer: Viewer,
    list_id: int,
    title: str | None = None,
    replies: RepliesPolicy | None = None,
    exclusive: bool | None = None,
) -> AccountList:
    """None: as it is. Raises `Refusal`, `Unavailable`."""
    own, lists = viewer.account_id, desk.tables.lists
    present = lists.get(own, list_id)
    await desk.context.journal.append(
        ListEdited(
            desk.context.now_ms(),
            own,
            list_id,
            present.title if title is None else _check_title(title),
            replies or present.replies,
            present.exclusive if exclusive is None else exclusive,
        )
    )
    return lists.get(own, list_id)


async def delete_list(desk: PersonalDesk, viewer: Viewer, list_id: int) -> None:
    desk.tables.lists.get(viewer.account_id, list_id)
    entry = ListDeleted(desk.context.now_ms(), viewer.account_id, list_id)
    await desk.context.journal.append(entry)


async def add_to_list(
    desk: PersonalDesk, viewer: Viewer, list_id: int, account_ids: tuple[int, ...]
) -> None:
    """Raises `Refusal` for whom the viewer does not follow, and in Mastodon's words for whom is on
    the list already."""
    own, square = viewer.account_id, desk.context.square
    present = desk.tables.lists.get(own, list_id)
    for account_id in account_ids:
        square.accounts.get(account_id)
        if not square.relations.follows(own, account_id):
            raise not_followed()
        if account_id in present.members:
            raise Refusal("already_on_list", "Validation failed: Account has already been taken")
    await _change_members(desk, viewer, list_id, account_ids, on=True)


async def remove_from_list(
    desk: PersonalDesk, viewer: Viewer, list_id: int, account_ids: tuple[int, ...]
) -> None:
    """Who is not on the list is let be."""
    desk.tables.lists.get(viewer.account_id, list_id)
    await _change_members(desk, viewer, list_id, account_ids, on=False)


async def _change_members(
    desk: PersonalDesk, viewer: Viewer, list_id: int, ids: tuple[int, ...], *, on: bool
) -> None:
    if ids:
        context = desk.context
        entry = ListMembersChanged(context.now_ms(), viewer.account_id, list_id, ids, on)
        await context.journal.append(entry)


def _check_title(title: str) -> str:
    title = clean_line(title, field="title").strip()
    if not title:
        raise Refusal("no_title", "Validation failed: Title can't be blank", field="title")
    if len(title) > _LONGEST_TITLE:
        raise Refusal(
            "title_too_long",
            f"A list's title has at most {_LONGEST_TITLE} characters.",
            field="title",
        )
    return title
