"""Lists as answers: what is on the page, and the `Link` header to those beside it."""

from __future__ import annotations

from collections.abc import Sequence

from lapwing.web.mastodon.answers import JSON, Answer, listed, page_header
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request


def posts_page(
    parts: MastodonParts, request: Request, post_ids: Sequence[int], context: str = ""
) -> Answer:
    """Posts, newest first, that the viewer may see; their ids are the page's bounds."""
    body = parts.post_entities.draw_all(post_ids, request.viewer_id, context)
    return page_of(parts, request, body, post_ids)


def accounts_page(
    parts: MastodonParts,
    request: Request,
    account_ids: Sequence[int],
    bounds: Sequence[int] | None = None,
) -> Answer:
    """Accounts; `bounds` are the ids by which the list is ordered, where not by the accounts'."""
    body = listed(parts.account_entities.draw_all(list(account_ids)))
    return page_of(parts, request, body, account_ids if bounds is None else bounds)


def page_of(parts: MastodonParts, request: Request, body: bytes, bounds: Sequence[int]) -> Answer:
    """A JSON list whose entries have these ids, newest first."""
    headers = [JSON]
    if bounds:
        link = page_header(
            parts.addresses.base_url + request.path,
            request.kept_for_next_page(),
            newest=bounds[0],
            oldest=bounds[-1],
        )
        if link is not None:
            headers.append(link)
    return Answer(body, headers=headers)
