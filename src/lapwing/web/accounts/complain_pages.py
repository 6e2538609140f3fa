"""/complain: where people tell the moderators of an account, its posts, a Space or reports."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict

from lapwing.accounts import complaints
from lapwing.accounts.moderation_model import Category, Subject
from lapwing.kernel.refusals import Refusal
from lapwing.web.accounts.answering import show, show_refused
from lapwing.web.accounts.parts import AccountParts, Asked, Parts
from lapwing.web.square.forms import Form

_COMPLAIN = "account_complain.html"
_WORD = "account_word.html"

CATEGORY_WORDS = {
    Category.SPAM: "Spam",
    Category.LEGAL: "Against the law",
    Category.VIOLATION: "Against the rules here",
    Category.OTHER: "Something else",
}


def _complain_values(parts: AccountParts, draft: complaints.Draft) -> dict[str, Any]:
    account = parts.desk.accounts.find(draft.about)
    return {
        "account": account,
        "draft": draft,
        "posts": [post for one in draft.post_ids if (post := parts.find_post(one)) is not None],
        "categories": [(each.value, words) for each, words in CATEGORY_WORDS.items()],
    }


def _draft(sent: Any) -> complaints.Draft:
    """From a form or the address of a page. Raises `Refusal`."""
    try:
        return complaints.Draft(
            about=sent.id("account"),
            category=Category(sent.line("category") or "other"),
            comment=sent.text("comment"),
            post_ids=sent.ids("post"),
            subject=Subject(sent.line("subject") or "account"),
            reference=sent.line("reference"),
        )
    except ValueError:
        raise Refusal("unknown_category", "Say what it is about.", field="category") from None


@get("/complain", include_in_schema=False)
async def complain_page(request: Asked, parts: Parts) -> Response[bytes]:
    parts.get_person(request)
    draft = _draft(Form(FormMultiDict(request.query_params.multi_items())))
    return show(parts, request, _COMPLAIN, **_complain_values(parts, draft))


@post("/complain", include_in_schema=False, status_code=200)
async def take_complaint(request: Asked, parts: Parts) -> Response[bytes]:
    by, _ = parts.get_person(request)
    draft = _draft(await Form.of(request))
    try:
        await complaints.complain(parts.desk, by.id, draft)
    except Refusal as error:
        return show_refused(parts, request, _COMPLAIN, error, **_complain_values(parts, draft))
    return show(parts, request, _WORD, word="complained", email="")


HANDLERS = [complain_page, take_complaint]
