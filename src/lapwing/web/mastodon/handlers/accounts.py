"""Accounts: looking at them, their posts, whom they follow and who follows them."""

from __future__ import annotations

from typing import Final

import msgspec

from lapwing.accounts.model import Account
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.id_sets import IdSet
from lapwing.microblog.model import Relation
from lapwing.microblog.paging import take
from lapwing.microblog.timelines import AccountFilter
from lapwing.web.mastodon.answers import EMPTY_LIST, Answer, json_of, listed
from lapwing.web.mastodon.handlers.pages import accounts_page, posts_page
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Routes

ACCOUNTS = Routes()

_MOST_IDS: Final = 100
_FAMILIAR: Final = 40


@ACCOUNTS.get("/api/v1/accounts/verify_credentials", scope="profile read:accounts")
async def verify_credentials(parts: MastodonParts, request: Request) -> Answer:
    return json_of(parts.account_entities.own_form(request.me))


@ACCOUNTS.get("/api/v1/accounts", scope="read:accounts", needs_user=False)
async def several(parts: MastodonParts, request: Request) -> Answer:
    """Those of `id[]` that are there."""
    wanted = request.params.ids("id")[:_MOST_IDS]
    found = (parts.accounts.find(account_id) for account_id in wanted)
    there = [account.id for account in found if account is not None and account.is_there]
    return Answer(listed(parts.account_entities.draw_all(there)))


@ACCOUNTS.get("/api/v1/accounts/lookup", scope="read:accounts", needs_user=False)
async def lookup(parts: MastodonParts, request: Request) -> Answer:
    account = parts.find_account(request.params.text("acct"))
    if account is None:
        raise _unknown_account()
    return Answer(parts.account_entities.draw(account.id))


@ACCOUNTS.get("/api/v1/accounts/search", scope="read:accounts")
async def search(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    found = parts.find_accounts(
        params.text("q"),
        viewer_id=request.viewer_id,
        limit=params.number("limit", 40, 1, 80),
        offset=params.number("offset", 0, 0, 10_000),
        only_followed=params.flag("following"),
    )
    return Answer(listed(parts.account_entities.draw_all(found)))


@ACCOUNTS.get("/api/v1/accounts/relationships", scope="read:follows")
async def relationships(parts: MastodonParts, request: Request) -> Answer:
    """Ids that nobody has are left out; all others are told, also of accounts that are away."""
    with_away = request.params.flag("with_suspended")
    forms = []
    for account_id in dict.fromkeys(request.params.ids("id")[:_MOST_IDS]):
        account = parts.accounts.find(account_id)
        if account is not None and (account.is_there or with_away):
            forms.append(parts.relationship(request, account_id))
    return json_of(forms)


@ACCOUNTS.get("/api/v1/accounts/familiar_followers", scope="read:follows")
async def familiar_followers(parts: MastodonParts, request: Request) -> Answer:
    """For each id, followers of it whom one follows oneself."""
    followed = parts.square.relations.of(request.viewer_id, Relation.FOLLOW)
    forms = []
    for account_id in dict.fromkeys(request.params.ids("id")[:_MOST_IDS]):
        account = parts.accounts.find(account_id)
        familiar: list[int] = []
        if account is not None and account.is_there and not account.hides_relations:
            followers = parts.square.relations.to(account_id, Relation.FOLLOW)
            familiar = [
                one
                for one in _common(followed, followers)
                if one != request.viewer_id and parts.is_shown(request.viewer_id, one)
            ][:_FAMILIAR]
        drawn = [msgspec.Raw(parts.account_entities.draw(one)) for one in familiar]
        forms.append({"id": str(account_id), "accounts": drawn})
    return json_of(forms)


@ACCOUNTS.get("/api/v1/accounts/:id", scope="read:accounts", needs_user=False)
async def one(parts: MastodonParts, request: Request) -> Answer:
    account = parts.accounts.get(request.id())
    if not account.may_act and not account.is_there and not _was_there(account):
        raise _unknown_account()
    return Answer(parts.account_entities.draw(account.id))


@ACCOUNTS.get("/api/v1/accounts/:id/statuses", scope="read:statuses", needs_user=False)
async def statuses(parts: MastodonParts, request: Request) -> Answer:
    account = _get_there(parts, request)
    params = request.params
    chosen = AccountFilter(
        only_media=params.flag("only_media"),
        exclude_replies=params.flag("exclude_replies"),
        exclude_reposts=params.flag("exclude_reblogs"),
        pinned=params.flag("pinned"),
        tagged=params.text("tagged").lstrip("#"),
    )
    found = parts.timelines.account(request.viewer_id, account.id, request.page(), chosen)
    return posts_page(parts, request, found, "account")


@ACCOUNTS.get("/api/v1/accounts/:id/followers", scope="read:accounts", needs_user=False)
async def followers(parts: MastodonParts, request: Request) -> Answer:
    account = _get_there(parts, request)
    ids = parts.square.relations.to(account.id, Relation.FOLLOW)
    return _relations_of(parts, request, account, ids)


@ACCOUNTS.get("/api/v1/accounts/:id/following", scope="read:accounts", needs_user=False)
async def following(parts: MastodonParts, request: Request) -> Answer:
    account = _get_there(parts, request)
    ids = parts.square.relations.of(account.id, Relation.FOLLOW)
    return _relations_of(parts, request, account, ids)


@ACCOUNTS.get("/api/v1/accounts/:id/endorsements", scope="read:accounts", needs_user=False)
async def endorsements(parts: MastodonParts, request: Request) -> Answer:
    account = _get_there(parts, request)
    ids = parts.square.relations.of(account.id, Relation.FEATURE)
    return accounts_page(parts, request, _shown(parts, request, ids))


@ACCOUNTS.get("/api/v1/endorsements", scope="read:accounts")
async def own_endorsements(parts: MastodonParts, request: Request) -> Answer:
    ids = parts.square.relations.of(request.viewer_id, Relation.FEATURE)
    return accounts_page(parts, request, _shown(parts, request, ids))


@ACCOUNTS.get("/api/v1/accounts/:id/identity_proofs", scope="read:accounts", needs_user=False)
async def identity_proofs(parts: MastodonParts, request: Request) -> Answer:
    """Gone from Mastodon; some apps still ask."""
    _get_there(parts, request)
    return Answer(EMPTY_LIST)


@ACCOUNTS.get("/api/v1/directory", needs_user=False)
async def directory(parts: MastodonParts, request: Request) -> Answer:
    """Accounts that want to be found: the last active or the newest first."""
    params = request.params
    limit = params.number("limit", 40, 1, 80)
    offset = params.number("offset", 0, 0, 100_000)
    posts = parts.square.posts

    def last_post_id(account: Account) -> int:
        newest = posts.find_newest_told(account.id)
        return 0 if newest is None else newest.id

    found = [
        account
        for account in parts.accounts.all()
        if account.discoverable and account.is_there and parts.is_public(account.id)
    ]
    if params.text("order") == "new":
        found.sort(key=lambda account: -account.id)
    else:
        found.sort(key=lambda account: -last_post_id(account))
    shown = [account.id for account in found if parts.is_shown(request.viewer_id, account.id)]
    drawn = parts.account_entities.draw_all(shown[offset : offset + limit])
    return Answer(listed(drawn))


def _relations_of(parts: MastodonParts, request: Request, account: Account, ids: IdSet) -> Answer:
    if account.hides_relations and account.id != request.viewer_id:
        return Answer(EMPTY_LIST)
    return accounts_page(parts, request, _shown(parts, request, ids))


def _shown(parts: MastodonParts, request: Request, ids: IdSet) -> list[int]:
    return take(
        [ids],
        request.page(40, 80),
        lambda account_id: parts.is_shown(request.viewer_id, account_id),
    )


def _get_there(parts: MastodonParts, request: Request) -> Account:
    account = parts.accounts.get(request.id())
    if not account.is_there or parts.square.relations.has(
        account.id, Relation.BLOCK, request.viewer_id
    ):
        raise _unknown_account()
    return account


def _was_there(account: Account) -> bool:
    return account.standing == "suspended"


def _common(one: IdSet, other: IdSet) -> list[int]:
    few, many = (one, other) if len(one) < len(other) else (other, one)
    return [account_id for account_id in few if account_id in many]


def _unknown_account() -> Refusal:
    return Refusal("unknown_account", "There is no such account.")
