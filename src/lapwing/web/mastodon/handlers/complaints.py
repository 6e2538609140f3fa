"""Reports: what people tell the moderators about accounts and posts."""

from __future__ import annotations

from lapwing.accounts.complaints import Draft, complain
from lapwing.accounts.moderation_model import Category
from lapwing.web.mastodon.answers import Answer, json_of
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Routes

COMPLAINTS = Routes()


@COMPLAINTS.post("/api/v1/reports", scope="write:reports")
async def report(parts: MastodonParts, request: Request) -> Answer:
    """Only posts of that account that the reporter may see go with it."""
    params = request.params
    account = parts.accounts.get(params.get_id("account_id"))
    posts, may_see = parts.square.posts, parts.square.permissions.may_see
    found = (posts.find(post_id) for post_id in params.ids("status_ids"))
    meant = [
        post.id
        for post in found
        if post is not None and post.account_id == account.id and may_see(request.viewer_id, post)
    ]
    rules = [text for text in params.texts("rule_ids") if text]
    word = params.text("category") or ("violation" if rules else "other")
    draft = Draft(
        about=account.id,
        category=Category(word) if word in list(Category) else Category.OTHER,
        comment=params.text("comment"),
        post_ids=tuple(meant),
    )
    made = await complain(parts.account_desk, request.viewer_id, draft)
    return json_of(parts.personal_entities.complaint(made))
