"""/moderation: the queue, a complaint, an account, the audit log and the blocks."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from lapwing.accounts import blocking, blocks, complaints, sanctioning
from lapwing.accounts.changing import grant_role
from lapwing.accounts.model import Account, Role, Standing
from lapwing.accounts.moderation_model import (
    Act,
    AuditLine,
    BlockKind,
    Complaint,
    Subject,
)
from lapwing.accounts.moderation_state import can_be_done
from lapwing.accounts.opening import decide_sign_up
from lapwing.kernel.instants import from_ms
from lapwing.kernel.refusals import Refusal
from lapwing.web.accounts.answering import go, show, show_refused
from lapwing.web.accounts.complain_pages import CATEGORY_WORDS
from lapwing.web.accounts.parts import AccountParts, Asked, Parts, PostExcerpt
from lapwing.web.square.forms import Form

_QUEUE = "account_moderation.html"
_COMPLAINT = "account_complaint.html"
_ACCOUNT = "account_moderated.html"
_AUDIT = "account_audit.html"
_BLOCKS = "account_blocks.html"
_MOST_SHOWN = 200

ACT_WORDS = {
    Act.WARN: "Warn",
    Act.SENSITIVE: "Hide media behind a warning",
    Act.SILENCE: "Silence: only followers see the posts",
    Act.SUSPEND: "Suspend: nobody sees the account",
    Act.DELETE_POSTS: "Delete the posts of the complaint",
    Act.DELETE: "Delete the account for good",
    Act.NOT_SENSITIVE: "Show media without a warning again",
    Act.UNSILENCE: "End the silencing",
    Act.UNSUSPEND: "End the suspension",
}


def _name(parts: AccountParts, account_id: int) -> str:
    account = parts.desk.accounts.find(account_id)
    return f"@{account.username}" if account is not None else "nobody"


def _line(parts: AccountParts, complaint: Complaint) -> dict[str, Any]:
    """A complaint as the queue shows it."""
    about = _name(parts, complaint.about) if complaint.about else complaint.reference
    return {
        "id": str(complaint.id),
        "about": about,
        "path": _path_of(parts, complaint),
        "category": CATEGORY_WORDS[complaint.category],
        "comment": complaint.comment,
        "posts": len(complaint.post_ids),
        "by": _name(parts, complaint.by) if complaint.by else "somebody without an account",
        "at": from_ms(complaint.made_ms),
        "assigned": _name(parts, complaint.assigned_to) if complaint.assigned_to else "",
        "resolved_at": from_ms(complaint.resolved_ms) if complaint.resolved_ms else None,
        "resolved_by": _name(parts, complaint.resolved_by),
        "outcome": complaint.outcome,
    }


def _path_of(parts: AccountParts, complaint: Complaint) -> str:
    """Where one sees what the complaint is about."""
    match complaint.subject:
        case Subject.REPORT:
            return f"/incidents/{complaint.reference}"
        case Subject.SPACE:
            return f"/spaces/{complaint.reference}"
        case Subject.ACCOUNT:
            return f"/moderation/accounts/{_name(parts, complaint.about)[1:]}"


@get("/moderation", include_in_schema=False)
async def queue_page(request: Asked, parts: Parts) -> Response[bytes]:
    parts.get_moderator(request)
    moderation = parts.desk.accounts.moderation
    resolved = request.query_params.get("resolved", "") != ""
    chosen = (
        [each for each in reversed(moderation.complaints.values()) if each.resolved_ms]
        if resolved
        else moderation.open_complaints()
    )
    waiting = [
        (each, parts.desk.accounts.people.get_credentials(each.id).reason)
        for each in parts.desk.accounts.all()
        if each.standing is Standing.WAITING
    ]
    appeals = [
        (str(act.id), _name(parts, act.account_id), ACT_WORDS[act.act], act)
        for act in moderation.waiting_appeals()
    ]
    return show(
        parts,
        request,
        _QUEUE,
        complaints=[_line(parts, each) for each in chosen[:_MOST_SHOWN]],
        resolved=resolved,
        waiting=waiting[:_MOST_SHOWN],
        appeals=appeals,
    )


def _complaint_values(parts: AccountParts, complaint_id: int) -> dict[str, Any]:
    accounts = parts.desk.accounts
    complaint = accounts.moderation.get_complaint(complaint_id)
    account = accounts.find(complaint.about) if complaint.about else None
    posts: list[PostExcerpt] = [
        post for post_id in complaint.post_ids if (post := parts.find_post(post_id)) is not None
    ]
    return {
        "complaint": _line(parts, complaint),
        "posts": posts,
        "missing": len(complaint.post_ids) - len(posts),
        "account": account,
        "acts": _acts(account, bool(posts)),
        "history": _history(parts, complaint.about),
    }


def _acts(account: Account | None, has_posts: bool) -> list[tuple[str, str]]:
    """What can be done as the account stands."""
    if account is None or account.standing is Standing.DELETED:
        return []
    return [
        (act.value, words)
        for act, words in ACT_WORDS.items()
        if can_be_done(account, act) and (has_posts or act is not Act.DELETE_POSTS)
    ]


def _history(parts: AccountParts, account_id: int) -> list[tuple[Any, str, str, str]]:
    acts = parts.desk.accounts.moderation.sanctions_of(account_id) if account_id else []
    return [
        (from_ms(act.at_ms), ACT_WORDS[act.act], act.reason, _name(parts, act.by))
        for act in reversed(acts)
    ]


@get("/moderation/complaints/{complaint_id:int}", include_in_schema=False)
async def complaint_page(
    request: Asked, parts: Parts, complaint_id: FromPath[int]
) -> Response[bytes]:
    parts.get_moderator(request)
    return show(parts, request, _COMPLAINT, **_complaint_values(parts, complaint_id))


@post("/moderation/complaints/{complaint_id:int}", include_in_schema=False, status_code=303)
async def act_on_complaint(
    request: Asked, parts: Parts, complaint_id: FromPath[int]
) -> Response[bytes]:
    """Take it, leave it, resolve it, reopen it, or act on the account."""
    by = parts.get_moderator(request)
    form = await Form.of(request)
    desk, reason = parts.desk, form.text("reason")
    try:
        match form.line("do"):
            case "take":
                await complaints.assign(desk, by, complaint_id, by.id)
            case "leave":
                await complaints.assign(desk, by, complaint_id, 0)
            case "resolve":
                await complaints.resolve(desk, by, complaint_id, reason)
            case "reopen":
                await complaints.reopen(desk, by, complaint_id, reason)
            case _:
                await _sanction(parts, by, complaint_id, _act_in(form), reason)
    except Refusal as error:
        return show_refused(
            parts, request, _COMPLAINT, error, **_complaint_values(parts, complaint_id)
        )
    return go(f"/moderation/complaints/{complaint_id}")


async def _sanction(
    parts: AccountParts, by: Account, complaint_id: int, act: Act, reason: str
) -> None:
    complaint = parts.desk.accounts.moderation.get_complaint(complaint_id)
    with_posts = act in (Act.DELETE_POSTS, Act.SENSITIVE)
    await sanctioning.sanction(
        parts.desk,
        by,
        complaint.about,
        act,
        reason,
        complaint_id=complaint_id,
        post_ids=complaint.post_ids if with_posts else (),
    )


def _act_in(form: Form) -> Act:
    try:
        return Act(form.line("act"))
    except ValueError:
        raise Refusal("unknown_act", "Choose what is to be done.", field="act") from None


def _account_values(parts: AccountParts, by: Account, username: str) -> dict[str, Any]:
    accounts = parts.desk.accounts
    account = accounts.find_named(username)
    if account is None or account.standing is Standing.DELETED:
        raise Refusal("unknown_account", "There is no such account.")
    kept = accounts.people.get_credentials(account.id)
    about = accounts.moderation.complaints_about(account.id)
    grantable = [role for role in Role if role.rank < by.role.rank]
    return {
        "account": account,
        "email_domain": kept.email.rpartition("@")[2],
        "created_at": from_ms(account.created_ms),
        "sessions": len(accounts.access.sessions_of(account.id)),
        "complaints": [_line(parts, each) for each in reversed(about)],
        "acts": _acts(account, False) if account.role.rank < by.role.rank else [],
        "history": _history(parts, account.id),
        "roles": grantable if account.role.rank < by.role.rank else [],
    }


@get("/moderation/accounts", include_in_schema=False)
async def find_account(request: Asked, parts: Parts) -> Response[bytes]:
    parts.get_moderator(request)
    name = request.query_params.get("name", "").strip().removeprefix("@")
    is_name = name.isascii() and name.replace("_", "").isalnum()
    return go(f"/moderation/accounts/{name}" if is_name else "/moderation")


@get("/moderation/accounts/{username:str}", include_in_schema=False)
async def account_page(request: Asked, parts: Parts, username: FromPath[str]) -> Response[bytes]:
    by = parts.get_moderator(request)
    return show(parts, request, _ACCOUNT, **_account_values(parts, by, username))


@post("/moderation/accounts/{username:str}", include_in_schema=False, status_code=303)
async def act_on_account(request: Asked, parts: Parts, username: FromPath[str]) -> Response[bytes]:
    """A role, the answer to a sign-up, or an act."""
    by = parts.get_moderator(request)
    values = _account_values(parts, by, username)
    account: Account = values["account"]
    form = await Form.of(request)
    desk, reason = parts.desk, form.text("reason")
    try:
        match form.line("do"):
            case "role":
                await grant_role(desk, by, account.id, _role_in(form))
            case "approve":
                await decide_sign_up(desk, by, account.id, True)
                return go("/moderation")
            case "reject":
                await decide_sign_up(desk, by, account.id, False, reason)
                return go("/moderation")
            case _:
                await sanctioning.sanction(desk, by, account.id, _act_in(form), reason)
    except Refusal as error:
        return show_refused(parts, request, _ACCOUNT, error, **values)
    is_there = desk.accounts.get(account.id) if desk.accounts.find(account.id) else None
    return go(f"/moderation/accounts/{username}" if is_there else "/moderation")


def _role_in(form: Form) -> Role:
    try:
        return Role(form.line("role"))
    except ValueError:
        raise Refusal("unknown_role", "Choose a role.", field="role") from None


@post("/moderation/appeals/{sanction_id:int}", include_in_schema=False, status_code=303)
async def answer_appeal(
    request: Asked, parts: Parts, sanction_id: FromPath[int]
) -> Response[bytes]:
    by = parts.get_moderator(request)
    form = await Form.of(request)
    approved = form.line("do") == "approve"
    await sanctioning.decide_appeal(parts.desk, by, sanction_id, approved, form.text("reason"))
    return go("/moderation")


@get("/moderation/audit", include_in_schema=False)
async def audit_page(request: Asked, parts: Parts) -> Response[bytes]:
    parts.get_moderator(request)
    audit = parts.desk.accounts.moderation.audit
    before = request.query_params.get("before", "")[:12]
    end = int(before) if before.isascii() and before.isdigit() else len(audit)
    start = max(0, min(end, len(audit)) - _MOST_SHOWN)
    lines = [_audit_line(parts, each) for each in reversed(audit[start:end])]
    return show(parts, request, _AUDIT, lines=lines, before=start)


def _audit_line(parts: AccountParts, line: AuditLine) -> dict[str, Any]:
    return {
        "at": from_ms(line.at_ms),
        "by": _name(parts, line.by) if line.by else "the operator",
        "what": line.what.replace("_", " "),
        "whom": _name(parts, line.account_id) if line.account_id else "",
        "detail": line.detail,
        "reason": line.reason,
    }


def _blocks_values(parts: AccountParts) -> dict[str, Any]:
    return {
        "blocks": [
            (
                str(each.id),
                each.kind.value,
                blocks.shown(each),
                each.reason,
                from_ms(each.expires_ms) if each.expires_ms else None,
            )
            for each in reversed(parts.desk.accounts.moderation.blocks.values())
        ]
    }


@get("/moderation/blocks", include_in_schema=False)
async def blocks_page(request: Asked, parts: Parts) -> Response[bytes]:
    parts.get_moderator(request)
    return show(parts, request, _BLOCKS, **_blocks_values(parts))


@post("/moderation/blocks", include_in_schema=False, status_code=303)
async def change_blocks(request: Asked, parts: Parts) -> Response[bytes]:
    by = parts.get_moderator(request)
    form = await Form.of(request)
    try:
        if form.has("lift"):
            await blocking.lift(parts.desk, by, form.id("lift"))
        else:
            await blocking.block(
                parts.desk,
                by,
                _kind_in(form),
                form.line("value"),
                form.text("reason"),
                form.number("days"),
            )
    except Refusal as error:
        return show_refused(parts, request, _BLOCKS, error, **_blocks_values(parts))
    return go("/moderation/blocks")


def _kind_in(form: Form) -> BlockKind:
    try:
        return BlockKind(form.line("kind"))
    except ValueError:
        raise Refusal("block_invalid", "Choose what to block.", field="kind") from None


HANDLERS = [
    queue_page,
    complaint_page,
    act_on_complaint,
    find_account,
    account_page,
    act_on_account,
    answer_appeal,
    audit_page,
    blocks_page,
    change_blocks,
]
