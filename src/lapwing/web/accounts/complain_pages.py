"""/complain: where people tell the moderators of an account, its posts, a Space or reports."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict

from lapwing.accounts import complaints
from lapwing.accounts.model import Account
from lapwing.accounts.moderation_model import Category, Subject
from lapwing.kernel.refusals import Refusal
from lapwing.web.accounts.answering import show, show_refused
from lapwing.web.accounts.parts import AccountParts, Asked, Parts, PostExcerpt
from lapwing.web.square.forms import Form

_COMPLAIN = "account_complain.html"
_WORD = "account_word.html"

CATEGORY_WORDS = {
    Category.SPAM: "Spam",
    Category.LEGAL: "Against the law",
    Category.VIOLATION: "Against the rules here",
    Category.OTHER: "Something else",
}


def _values(
    parts: AccountParts, draft: complaints.Draft, posts: list[PostExcerpt]
) -> dict[str, Any]:
    return {
        "account": parts.desk.accounts.find(draft.about),
        "draft": draft,
        "posts": posts,
        "categories": [(each.value, words) for each, words in CATEGORY_WORDS.items()],
    }


def _read(
    parts: AccountParts, by: Account, sent: Form
) -> tuple[complaints.Draft, list[PostExcerpt]]:
    """From a form or the address of a page, with those posts of the account that whoever complains
    may see. Raises `Refusal`."""
    about = parts.desk.accounts.find(sent.id("account"))
    found = (parts.find_visible_post(by.id, post_id) for post_id in sent.ids("post"))
    posts = [
        post
        for post in found
        if post is not None and about is not None and post.username == about.username
    ]
    try:
        draft = complaints.Draft(
            about=sent.id("account"),
            category=Category(sent.line("category") or "other"),
            comment=sent.text("comment"),
            post_ids=tuple(int(post.id) for post in posts),
            subject=Subject(sent.line("subject") or "account"),
            reference=sent.line("reference"),
        )
    except ValueError:
        raise Refusal("unknown_category", "Say what it is about.", field="category") from None
    return draft, posts


@get("/complain", include_in_schema=False)
async def complain_page(request: Asked, parts: Parts) -> Response[bytes]:
    by, _ = parts.get_person(request)
    sent = Form(FormMultiDict(request.query_params.multi_items()))
    return show(parts, request, _COMPLAIN, **_values(parts, *_read(parts, by, sent)))


@post("/complain", include_in_schema=False, status_code=200)
async def take_complaint(request: Asked, parts: Parts) -> Response[bytes]:
    by, _ = parts.get_person(request)
    draft, posts = _read(parts, by, await Form.of(request))
    try:
        await complaints.complain(parts.desk, by.id, draft)
    except Refusal as error:
        return show_refused(parts, request, _COMPLAIN, error, **_values(parts, draft, posts))
    return show(parts, request, _WORD, word="complained", email="")


HANDLERS = [complain_page, take_complaint]
