"""Moderators' queue by an app: reports, trends, and e-mail domains that are kept out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from lapwing.accounts import complaints
from lapwing.accounts.blocking import block, lift
from lapwing.accounts.complaints import check_moderator
from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.model import Account
from lapwing.accounts.moderation_model import Block, BlockKind
from lapwing.kernel.refusals import Refusal
from lapwing.web.mastodon.answers import Answer, json_of, nothing
from lapwing.web.mastodon.entities.admin import admin_report_form, email_domain_form
from lapwing.web.mastodon.handlers.pages import page_of
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Handler, Routes

ADMIN_REPORTS = Routes()

_Act: TypeAlias = Callable[[AccountDesk, Account, int], Awaitable[None]]
_READ: Final = "admin:read:reports"
_WRITE: Final = "admin:write:reports"


@ADMIN_REPORTS.get("/api/v1/admin/reports", scope=_READ)
async def several(parts: MastodonParts, request: Request) -> Answer:
    """Open ones, or with `resolved` the others; the newest first."""
    check_moderator(request.me)
    params = request.params
    page = request.page(100, 200)
    resolved = params.flag("resolved")
    by, about = params.find_id("account_id"), params.find_id("target_account_id")
    found = [
        one
        for one in parts.accounts.moderation.complaints.values()
        if (one.resolved_ms != 0) == resolved
        and page.floor < one.id < page.max_id
        and by in (None, one.by)
        and about in (None, one.about)
    ]
    newest_first = found[::-1]
    shown = newest_first[-page.limit :] if page.goes_up else newest_first[: page.limit]
    forms = json_of([admin_report_form(parts, one, request.viewer_id) for one in shown])
    return page_of(parts, request, forms.body, [one.id for one in shown])


@ADMIN_REPORTS.get("/api/v1/admin/reports/:id", scope=_READ)
async def one(parts: MastodonParts, request: Request) -> Answer:
    check_moderator(request.me)
    return _told(parts, request)


def _does(act: _Act) -> Handler:
    async def do(parts: MastodonParts, request: Request) -> Answer:
        check_moderator(request.me)  # before it is told whether there is such a complaint
        complaint = parts.accounts.moderation.get_complaint(request.id())
        await act(parts.account_desk, request.me, complaint.id)
        return _told(parts, request)

    return do


async def _resolve(desk: AccountDesk, by: Account, complaint_id: int) -> None:
    await complaints.resolve(desk, by, complaint_id, "")


async def _assign(desk: AccountDesk, by: Account, complaint_id: int) -> None:
    await complaints.assign(desk, by, complaint_id, by.id)


async def _unassign(desk: AccountDesk, by: Account, complaint_id: int) -> None:
    await complaints.assign(desk, by, complaint_id, 0)


async def _reopen(desk: AccountDesk, by: Account, complaint_id: int) -> None:
    await complaints.reopen(desk, by, complaint_id)


for _verb, _act in (
    ("resolve", _resolve),
    ("reopen", _reopen),
    ("assign_to_self", _assign),
    ("unassign", _unassign),
):
    ADMIN_REPORTS.post(f"/api/v1/admin/reports/:id/{_verb}", scope=_WRITE)(_does(_act))


@ADMIN_REPORTS.get("/api/v1/admin/trends/tags", scope="admin:read")
async def trending_tags(parts: MastodonParts, request: Request) -> Answer:
    check_moderator(request.me)
    limit = request.params.number("limit", 10, 1, 40)
    names = parts.trending_tags(request.viewer_id)[:limit]
    return json_of([parts.tag_entities.form(name, request.viewer_id) for name in names])


@ADMIN_REPORTS.get("/api/v1/admin/trends/statuses", scope="admin:read")
async def trending_posts(parts: MastodonParts, request: Request) -> Answer:
    check_moderator(request.me)
    limit = request.params.number("limit", 20, 1, 40)
    ids = list(parts.trending_posts(request.viewer_id))[:limit]
    return Answer(parts.post_entities.draw_all(ids, request.viewer_id))


@ADMIN_REPORTS.get("/api/v1/admin/trends/links", scope="admin:read")
async def trending_links(parts: MastodonParts, request: Request) -> Answer:
    del parts
    check_moderator(request.me)
    return json_of([])


@ADMIN_REPORTS.get("/api/v1/admin/email_domain_blocks", scope="admin:read:email_domain_blocks")
async def email_domains(parts: MastodonParts, request: Request) -> Answer:
    check_moderator(request.me)
    return json_of([email_domain_form(one) for one in _email_domains(parts)])


@ADMIN_REPORTS.post("/api/v1/admin/email_domain_blocks", scope="admin:write:email_domain_blocks")
async def block_email_domain(parts: MastodonParts, request: Request) -> Answer:
    domain = request.params.get_text("domain")
    block_id = await block(parts.account_desk, request.me, BlockKind.DOMAIN, domain, "")
    return json_of(email_domain_form(parts.accounts.moderation.blocks[block_id]))


@ADMIN_REPORTS.get("/api/v1/admin/email_domain_blocks/:id", scope="admin:read:email_domain_blocks")
async def email_domain(parts: MastodonParts, request: Request) -> Answer:
    check_moderator(request.me)
    return json_of(email_domain_form(_get_email_domain(parts, request.id())))


@ADMIN_REPORTS.delete(
    "/api/v1/admin/email_domain_blocks/:id", scope="admin:write:email_domain_blocks"
)
async def unblock_email_domain(parts: MastodonParts, request: Request) -> Answer:
    await lift(parts.account_desk, request.me, _get_email_domain(parts, request.id()).id)
    return nothing()


def _told(parts: MastodonParts, request: Request) -> Answer:
    complaint = parts.accounts.moderation.get_complaint(request.id())
    return json_of(admin_report_form(parts, complaint, request.viewer_id))


def _email_domains(parts: MastodonParts) -> list[Block]:
    blocks = parts.accounts.moderation.blocks.values()
    return [one for one in blocks if one.kind is BlockKind.DOMAIN]


def _get_email_domain(parts: MastodonParts, block_id: int) -> Block:
    found = parts.accounts.moderation.blocks.get(block_id)
    if found is None or found.kind is not BlockKind.DOMAIN:
        raise Refusal("unknown_block", "There is no such block.")
    return found
