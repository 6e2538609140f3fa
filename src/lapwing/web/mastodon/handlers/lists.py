"""Lists of accounts, and markers of how far one has read."""

from __future__ import annotations

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.personal.actions import listing
from lapwing.microblog.personal.actions.notifying import set_markers
from lapwing.microblog.personal.markers import TIMELINES
from lapwing.microblog.personal.model import RepliesPolicy
from lapwing.web.mastodon.answers import Answer, json_of, listed, nothing
from lapwing.web.mastodon.entities.personal import list_form, marker_form
from lapwing.web.mastodon.handlers.pages import accounts_page
from lapwing.web.mastodon.params import Params
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Routes

LISTS = Routes()


@LISTS.get("/api/v1/lists", scope="read:lists")
async def several(parts: MastodonParts, request: Request) -> Answer:
    return json_of([list_form(one) for one in parts.desk.tables.lists.of(request.viewer_id)])


@LISTS.post("/api/v1/lists", scope="write:lists")
async def make(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    made = await listing.make_list(
        parts.desk,
        request.user,
        params.text("title"),
        _policy(params) or RepliesPolicy.LIST,
        exclusive=params.flag("exclusive"),
    )
    return json_of(list_form(made))


@LISTS.get("/api/v1/lists/:id", scope="read:lists")
async def one(parts: MastodonParts, request: Request) -> Answer:
    return json_of(list_form(parts.desk.tables.lists.get(request.viewer_id, request.id())))


@LISTS.put("/api/v1/lists/:id", scope="write:lists")
async def edit(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    edited = await listing.edit_list(
        parts.desk,
        request.user,
        request.id(),
        params.find_text("title"),
        _policy(params),
        params.find_flag("exclusive"),
    )
    return json_of(list_form(edited))


@LISTS.delete("/api/v1/lists/:id", scope="write:lists")
async def delete(parts: MastodonParts, request: Request) -> Answer:
    await listing.delete_list(parts.desk, request.user, request.id())
    return nothing()


@LISTS.get("/api/v1/lists/:id/accounts", scope="read:lists")
async def members(parts: MastodonParts, request: Request) -> Answer:
    """All with limit 0, as Mastodon has it."""
    shown = parts.desk.tables.lists.get(request.viewer_id, request.id())
    there = [one for one in sorted(shown.members, reverse=True) if parts.is_there(one)]
    if request.params.text("limit") == "0":
        return Answer(listed(parts.account_entities.draw_all(there)))
    page = request.page(40, 80)
    within = [one for one in there if page.floor < one < page.max_id]
    chosen = within[-page.limit :] if page.goes_up else within[: page.limit]
    return accounts_page(parts, request, chosen)


@LISTS.post("/api/v1/lists/:id/accounts", scope="write:lists")
async def add(parts: MastodonParts, request: Request) -> Answer:
    ids = tuple(request.params.ids("account_ids"))
    try:
        await listing.add_to_list(parts.desk, request.user, request.id(), ids)
    except Refusal as refusal:
        if refusal.code == "not_followed":
            raise Refusal("unknown_follow", refusal.message) from None
        raise
    return nothing()


@LISTS.delete("/api/v1/lists/:id/accounts", scope="write:lists")
async def remove(parts: MastodonParts, request: Request) -> Answer:
    ids = tuple(request.params.ids("account_ids"))
    await listing.remove_from_list(parts.desk, request.user, request.id(), ids)
    return nothing()


@LISTS.get("/api/v1/accounts/:id/lists", scope="read:lists")
async def with_member(parts: MastodonParts, request: Request) -> Answer:
    account = parts.accounts.get(request.id())
    found = parts.desk.tables.lists.with_member(request.viewer_id, account.id)
    return json_of([list_form(one) for one in found])


@LISTS.get("/api/v1/markers", scope="read:statuses")
async def markers(parts: MastodonParts, request: Request) -> Answer:
    wanted = request.params.texts("timeline") or list(TIMELINES)
    present = parts.desk.tables.markers.of(request.viewer_id)
    return json_of({name: marker_form(present[name]) for name in wanted if name in present})


@LISTS.post("/api/v1/markers", scope="write:statuses")
async def move_markers(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    last_read = {
        name: nested.get_id("last_read_id")
        for name in TIMELINES
        if (nested := params.find_nested(name)) is not None
    }
    moved = await set_markers(parts.desk, request.user, last_read)
    return json_of({name: marker_form(marker) for name, marker in moved.items()})


def _policy(params: Params) -> RepliesPolicy | None:
    word = params.find_text("replies_policy")
    if not word:
        return None
    if word not in list(RepliesPolicy):
        raise Refusal(
            "invalid_parameter",
            f"replies_policy takes {', '.join(RepliesPolicy)}.",
            field="replies_policy",
        )
    return RepliesPolicy(word)
