"""Moderators' view of accounts, and what they do to them, by an app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lapwing.accounts.complaints import check_moderator
from lapwing.accounts.model import Account, Role, Standing
from lapwing.accounts.moderation_model import Act
from lapwing.accounts.opening import decide_sign_up
from lapwing.accounts.sanctioning import sanction
from lapwing.kernel.refusals import Refusal
from lapwing.web.mastodon.answers import Answer, json_of, nothing
from lapwing.web.mastodon.entities.admin import admin_account_form
from lapwing.web.mastodon.handlers.pages import page_of
from lapwing.web.mastodon.params import Params
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Handler, Routes

ADMIN_ACCOUNTS = Routes()

_READ: Final = "admin:read:accounts"
_WRITE: Final = "admin:write:accounts"
_ACTS: Final = {
    "none": Act.WARN,
    "sensitive": Act.SENSITIVE,
    "silence": Act.SILENCE,
    "suspend": Act.SUSPEND,
}
_STATES: Final[dict[str, Callable[[Account], bool]]] = {
    "active": lambda account: account.standing in (Standing.ACTIVE, Standing.SILENCED),
    "pending": lambda account: account.standing is Standing.WAITING,
    "disabled": lambda account: False,
    "silenced": lambda account: account.standing is Standing.SILENCED,
    "suspended": lambda account: account.standing is Standing.SUSPENDED,
    "sensitized": lambda account: account.marked_sensitive,
}
_NO_REASON: Final = "The moderators gave no further reason."


@ADMIN_ACCOUNTS.get("/api/v1/admin/accounts", scope=_READ)
async def several(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    states = [name for name in _STATES if params.flag(name)]
    return _listed(
        parts,
        request,
        states=states,
        staff=params.flag("staff"),
        remote=params.flag("remote") and not params.flag("local"),
    )


@ADMIN_ACCOUNTS.get("/api/v2/admin/accounts", scope=_READ)
async def several_v2(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    state = params.text("status")
    if state and state not in _STATES:
        raise Refusal("invalid_parameter", f"status takes {', '.join(_STATES)}.", field="status")
    return _listed(
        parts,
        request,
        states=[state] if state else [],
        staff=params.text("permissions") == "staff",
        remote=params.text("origin") == "remote",
    )


@ADMIN_ACCOUNTS.get("/api/v1/admin/accounts/:id", scope=_READ)
async def one(parts: MastodonParts, request: Request) -> Answer:
    check_moderator(request.me)
    return _told(parts, request.id())


@ADMIN_ACCOUNTS.delete("/api/v1/admin/accounts/:id", scope=_WRITE)
async def delete(parts: MastodonParts, request: Request) -> Answer:
    account = parts.accounts.get(request.id())
    form = admin_account_form(parts, account)
    reason = request.params.text("text") or _NO_REASON
    await sanction(parts.account_desk, request.me, account.id, Act.DELETE, reason)
    return json_of(form)


@ADMIN_ACCOUNTS.post("/api/v1/admin/accounts/:id/action", scope=_WRITE)
async def act(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    kind = params.text("type")
    if kind not in _ACTS:
        raise Refusal("invalid_parameter", f"type takes {', '.join(_ACTS)}.", field="type")
    await sanction(
        parts.account_desk,
        request.me,
        request.id(),
        _ACTS[kind],
        params.text("text") or _NO_REASON,
        complaint_id=params.find_id("report_id") or 0,
    )
    return nothing()


def _undoes(undoing: Act) -> Handler:
    async def undo(parts: MastodonParts, request: Request) -> Answer:
        reason = request.params.text("text") or _NO_REASON
        account_id = request.id()
        await sanction(parts.account_desk, request.me, account_id, undoing, reason)
        return _told(parts, account_id)

    return undo


for _verb, _act in (
    ("unsensitive", Act.NOT_SENSITIVE),
    ("unsilence", Act.UNSILENCE),
    ("unsuspend", Act.UNSUSPEND),
):
    ADMIN_ACCOUNTS.post(f"/api/v1/admin/accounts/:id/{_verb}", scope=_WRITE)(_undoes(_act))


def _decides(*, approved: bool) -> Handler:
    async def decide(parts: MastodonParts, request: Request) -> Answer:
        check_moderator(request.me)
        account = parts.accounts.get(request.id())
        form = admin_account_form(parts, account)
        await decide_sign_up(parts.account_desk, request.me, account.id, approved)
        return _told(parts, account.id) if approved else json_of(form)

    return decide


ADMIN_ACCOUNTS.post("/api/v1/admin/accounts/:id/approve", scope=_WRITE)(_decides(approved=True))
ADMIN_ACCOUNTS.post("/api/v1/admin/accounts/:id/reject", scope=_WRITE)(_decides(approved=False))


def _told(parts: MastodonParts, account_id: int) -> Answer:
    return json_of(admin_account_form(parts, parts.accounts.get(account_id)))


def _listed(
    parts: MastodonParts, request: Request, *, states: list[str], staff: bool, remote: bool
) -> Answer:
    """The newest first; everybody is from here."""
    check_moderator(request.me)
    page = request.page(100, 200)
    wanted = [
        account
        for account in parts.accounts.all()
        if not remote
        and page.floor < account.id < page.max_id
        and account.standing is not Standing.DELETED
        and all(_STATES[state](account) for state in states)
        and (not staff or account.role.rank >= Role.MODERATOR.rank)
        and _is_named(parts, request.params, account)
    ]
    newest_first = wanted[::-1]
    shown = newest_first[-page.limit :] if page.goes_up else newest_first[: page.limit]
    forms = json_of([admin_account_form(parts, account) for account in shown])
    return page_of(parts, request, forms.body, [account.id for account in shown])


def _is_named(parts: MastodonParts, params: Params, account: Account) -> bool:
    username, display_name = params.text("username").lower(), params.text("display_name").lower()
    email = params.text("email").lower()
    if email:
        credentials = parts.accounts.people.credentials.get(account.id)
        if credentials is None or email not in credentials.email:
            return False
    return username in account.username and display_name in account.display_name.lower()
