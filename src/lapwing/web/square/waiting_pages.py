"""What is told only when one asks for it: conversations among the mentioned, and notifications of
those whom one has not let through yet."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.paging import Page, parse_id
from lapwing.microblog.personal.actions.conversing import delete_conversation, read_conversation
from lapwing.microblog.personal.actions.notifying import (
    answer_notification_requests,
    set_policy,
)
from lapwing.microblog.personal.model import NotificationPolicy, Rule
from lapwing.web.square.answering import redirect, signed_in
from lapwing.web.square.drawing import Drawing, tab_views
from lapwing.web.square.forms import Form
from lapwing.web.square.notification_pages import NOTIFICATION_TABS
from lapwing.web.square.timeline_pages import asked_page
from lapwing.web.square.views import AccountView, PostView

_ON_A_PAGE = 30


class ConversationLine(msgspec.Struct, frozen=True):
    id: str
    accounts: tuple[AccountView, ...]
    """Whom one speaks with."""
    last: PostView
    unread: bool


class RequestLine(msgspec.Struct, frozen=True):
    account: AccountView
    count: int
    last: PostView | None


@get("/conversations", include_in_schema=False)
async def conversations(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    own, table = viewer.account_id, drawing.parts.desk.tables.conversations
    page = Page(limit=_ON_A_PAGE, max_id=asked_page(request).max_id)
    found = table.page(own, page)
    lines = []
    for one in found:
        last = drawing.posts.find(own, one.last_post_id)
        if last is not None:
            accounts = drawing.accounts.several(one.account_ids)
            lines.append(ConversationLine(str(one.id), accounts, last, one.unread))
    older = ""
    if len(found) == page.limit:
        older = "/conversations?" + urlencode({"max_id": found[-1].last_post_id})
    return drawing.page(
        request,
        viewer,
        "square_conversations.html",
        nav="notifications",
        tab_views=tab_views("/conversations", *NOTIFICATION_TABS),
        conversations=lines,
        older=older,
    )


@post("/conversations/{conversation_id:str}/{act:str}", include_in_schema=False)
async def act_on_conversation(
    request: Request[Any, Any, Any],
    drawing: NamedDependency[Drawing],
    conversation_id: FromPath[str],
    act: FromPath[str],
) -> Response[bytes]:
    """Opens it, which marks it as read, or takes it off one's own list."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    desk, number = drawing.parts.desk, parse_id(conversation_id, "conversation")
    shown = desk.tables.conversations.get(viewer.account_id, number)
    if act == "open":
        last = drawing.posts.find(viewer.account_id, shown.last_post_id)
        await read_conversation(desk, viewer, number)
        return redirect(last.path if last is not None else "/conversations")
    if act == "delete":
        await delete_conversation(desk, viewer, number)
        return redirect("/conversations?said=deleted")
    raise Refusal("unknown_page", "There is no such page.")


@get("/notifications/requests", include_in_schema=False)
async def requests(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    own, desk = viewer.account_id, drawing.parts.desk
    lines = []
    for one in desk.notifications.requests(own):
        account = drawing.accounts.find(one.sender_id)
        if account is not None:
            last = drawing.posts.find(own, one.last_post_id)
            lines.append(RequestLine(account, one.count, last))
    return drawing.page(
        request,
        viewer,
        "square_requests.html",
        nav="notifications",
        requests=lines,
        policy=desk.tables.notifications.policy_of(own),
    )


@post("/notifications/requests/{sender_id:str}", include_in_schema=False)
async def answer_request(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], sender_id: FromPath[str]
) -> Response[bytes]:
    """`on` 1 lets the sender through from now on, 0 throws away what waits."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    accepted = (await Form.of(request)).ticked("on")
    ids = (parse_id(sender_id, "sender"),)
    await answer_notification_requests(drawing.parts.desk, viewer, ids, accepted=accepted)
    return redirect("/notifications/requests")


@post("/notifications/policy", include_in_schema=False)
async def save_policy(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    form = await Form.of(request)
    given = {name: form.line(name) for name in NotificationPolicy.__struct_fields__}
    if not set(given.values()) <= {each.value for each in Rule}:
        raise Refusal("unknown_choice", "There is no such choice.", field="policy")
    policy = NotificationPolicy(**{name: Rule(value) for name, value in given.items()})
    await set_policy(drawing.parts.desk, viewer, policy)
    return redirect("/notifications/requests?said=saved")


HANDLERS = [conversations, act_on_conversation, requests, answer_request, save_policy]
