"""What one does with posts of others: like, repost, bookmark, mute, pin; who did; polls."""

from __future__ import annotations

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.posting import mark_post, repost, undo_repost, vote
from lapwing.microblog.actions.quoting import revoke_quote, set_quote_policy
from lapwing.microblog.model import Mark, Post, Visibility
from lapwing.microblog.paging import take
from lapwing.microblog.posts import unknown_post
from lapwing.web.mastodon.answers import Answer, json_of
from lapwing.web.mastodon.handlers.pages import accounts_page, posts_page
from lapwing.web.mastodon.handlers.statuses import find_quote_policy, find_visibility, visible
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.rate_limits import Kind
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Handler, Routes

STATUS_ACTS = Routes()


def _marks(mark: Mark, *, on: bool) -> Handler:
    async def put(parts: MastodonParts, request: Request) -> Answer:
        post = await mark_post(parts.context, request.user, request.id(), mark, on=on)
        return _as_it_is(parts, request, post)

    return put


for _verb, _mark, _scope in (
    ("favourite", Mark.LIKE, "write:favourites"),
    ("bookmark", Mark.BOOKMARK, "write:bookmarks"),
    ("pin", Mark.PIN, "write:accounts"),
    ("mute", Mark.MUTE_THREAD, "write:mutes"),
):
    _path = "/api/v1/statuses/:id/"
    STATUS_ACTS.post(f"{_path}{_verb}", scope=_scope)(_marks(_mark, on=True))
    STATUS_ACTS.post(f"{_path}un{_verb}", scope=_scope)(_marks(_mark, on=False))


@STATUS_ACTS.post("/api/v1/statuses/:id/reblog", scope="write:statuses")
async def reblog(parts: MastodonParts, request: Request) -> Answer:
    visibility = find_visibility(request.params) or Visibility.PUBLIC
    made = await repost(parts.context, request.user, request.id(), visibility)
    return Answer(parts.post_entities.draw(made, request.viewer_id))


@STATUS_ACTS.post("/api/v1/statuses/:id/unreblog", scope="write:statuses", kind=Kind.DELETION)
async def unreblog(parts: MastodonParts, request: Request) -> Answer:
    post = await undo_repost(parts.context, request.user, request.id())
    return _as_it_is(parts, request, post)


@STATUS_ACTS.get("/api/v1/statuses/:id/favourited_by", scope="read:accounts", needs_user=False)
async def favourited_by(parts: MastodonParts, request: Request) -> Answer:
    post = visible(parts, request)
    found = take(
        [parts.square.posts.markers(post.id, Mark.LIKE)],
        request.page(40, 80),
        lambda account_id: parts.is_shown(request.viewer_id, account_id),
    )
    return accounts_page(parts, request, found)


@STATUS_ACTS.get("/api/v1/statuses/:id/reblogged_by", scope="read:accounts", needs_user=False)
async def reblogged_by(parts: MastodonParts, request: Request) -> Answer:
    post = visible(parts, request)
    posts = parts.square.posts

    def shows(repost_id: int) -> bool:
        made = posts.get(repost_id)
        may_see = parts.square.permissions.may_see(request.viewer_id, made)
        return (
            may_see and made.is_for_everybody and parts.is_shown(request.viewer_id, made.account_id)
        )

    found = take([posts.reposts_of(post.id)], request.page(40, 80), shows)
    return accounts_page(parts, request, [posts.get(each).account_id for each in found], found)


@STATUS_ACTS.get("/api/v1/statuses/:id/quotes", scope="read:statuses", needs_user=False)
async def quotes(parts: MastodonParts, request: Request) -> Answer:
    post = visible(parts, request)
    posts, may_see = parts.square.posts, parts.square.permissions.may_see
    found = take(
        [posts.quotes_of(post.id)],
        request.page(),
        lambda post_id: (
            may_see(request.viewer_id, posts.get(post_id)) and not posts.get(post_id).quote_revoked
        ),
    )
    return posts_page(parts, request, found)


@STATUS_ACTS.post("/api/v1/statuses/:id/quotes/:quoting/revoke", scope="write:statuses")
async def revoke(parts: MastodonParts, request: Request) -> Answer:
    post = await revoke_quote(parts.context, request.user, request.id(), request.id("quoting"))
    return _as_it_is(parts, request, post)


@STATUS_ACTS.put("/api/v1/statuses/:id/interaction_policy", scope="write:statuses")
async def set_policy(parts: MastodonParts, request: Request) -> Answer:
    policy = find_quote_policy(request.params)
    if policy is None:
        raise Refusal(
            "missing_parameter",
            "quote_approval_policy is missing.",
            field="quote_approval_policy",
        )
    post = await set_quote_policy(parts.context, request.user, request.id(), policy)
    return _as_it_is(parts, request, post)


@STATUS_ACTS.get("/api/v1/polls/:id", scope="read:statuses", needs_user=False)
async def poll(parts: MastodonParts, request: Request) -> Answer:
    post = visible(parts, request)
    if post.poll is None:
        raise unknown_post()
    return json_of(parts.post_entities.poll(post, request.viewer_id))


@STATUS_ACTS.post("/api/v1/polls/:id/votes", scope="write:statuses")
async def votes(parts: MastodonParts, request: Request) -> Answer:
    choices = request.params.texts("choices")
    if not all(choice.strip().isascii() and choice.strip().isdigit() for choice in choices):
        raise Refusal("unknown_option", "The chosen vote option does not exist", field="choices")
    chosen = tuple(int(choice[:9]) for choice in choices)
    post = await vote(parts.context, request.user, request.id(), chosen)
    return json_of(parts.post_entities.poll(post, request.viewer_id))


@STATUS_ACTS.get("/api/v1/favourites", scope="read:favourites")
async def favourites(parts: MastodonParts, request: Request) -> Answer:
    found = parts.timelines.marked(request.viewer_id, Mark.LIKE, request.page())
    return posts_page(parts, request, found)


@STATUS_ACTS.get("/api/v1/bookmarks", scope="read:bookmarks")
async def bookmarks(parts: MastodonParts, request: Request) -> Answer:
    found = parts.timelines.marked(request.viewer_id, Mark.BOOKMARK, request.page())
    return posts_page(parts, request, found)


def _as_it_is(parts: MastodonParts, request: Request, post: Post) -> Answer:
    """The post after what was done to it."""
    present = parts.square.posts.find(post.id) or post
    return Answer(parts.post_entities.draw(present, request.viewer_id))
