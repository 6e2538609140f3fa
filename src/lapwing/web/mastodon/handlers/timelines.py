"""Home, public, hashtag and list timelines."""

from __future__ import annotations

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.never_empty.home import Source
from lapwing.microblog.timelines import TagFilter
from lapwing.web.mastodon.answers import EMPTY_LIST, Answer
from lapwing.web.mastodon.handlers.pages import posts_page
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Routes

TIMELINES = Routes()


@TIMELINES.get("/api/v1/timelines/home", scope="read:statuses")
async def home(parts: MastodonParts, request: Request) -> Answer:
    page = request.page()
    viewer_id = request.viewer_id
    since_id = page.floor
    if since_id and not parts.timelines.newest_at_home(viewer_id, since_id):
        return Answer(EMPTY_LIST)
    shown = parts.home.read(viewer_id, page)
    answer = posts_page(parts, request, shown.ids, "home")
    answer.headers.append((b"x-timeline-source", shown.source.encode()))
    if shown.source is not Source.LIVE:
        age_s = max(0, parts.now_ms() - shown.made_ms) // 1000
        answer.headers.append((b"age", b"%d" % age_s))
    return answer


@TIMELINES.get("/api/v1/timelines/public", scope="read:statuses", needs_user=False)
async def public(parts: MastodonParts, request: Request) -> Answer:
    """Everybody is from here, so what is local is all, and nothing is remote."""
    is_kept = not request.viewer_id and not request.has_body
    if is_kept:
        kept = parts.public_pages.find(request.query)
        if kept is not None:
            return Answer(*kept)
    params = request.params
    if params.flag("remote") and not params.flag("local"):
        return Answer(EMPTY_LIST)
    only_media = params.flag("only_media")
    page = request.page()
    post_ids = parts.timelines.public(request.viewer_id, page, only_media=only_media)
    answer = posts_page(parts, request, post_ids, "public")
    if is_kept:
        parts.public_pages.put(request.query, (answer.body, 200, answer.headers))
    return answer


@TIMELINES.get("/api/v1/timelines/tag/:tag", scope="read:statuses", needs_user=False)
async def tag(parts: MastodonParts, request: Request) -> Answer:
    params = request.params
    if params.flag("remote") and not params.flag("local"):
        return Answer(EMPTY_LIST)
    chosen = TagFilter(
        any_of=tuple(params.texts("any")),
        all_of=tuple(params.texts("all")),
        none_of=tuple(params.texts("none")),
        only_media=params.flag("only_media"),
    )
    name = request.args["tag"].lstrip("#")
    post_ids = parts.timelines.tag(request.viewer_id, name, request.page(), chosen)
    return posts_page(parts, request, post_ids, "public")


@TIMELINES.get("/api/v1/timelines/list/:id", scope="read:lists")
async def list_(parts: MastodonParts, request: Request) -> Answer:
    shown = parts.desk.tables.lists.get(request.viewer_id, request.id())
    post_ids = parts.timelines.members(
        request.viewer_id,
        shown.members,
        request.page(),
        lambda post: parts.desk.tables.lists.shows_reply(shown, post),
    )
    return posts_page(parts, request, post_ids, "home")


@TIMELINES.get("/api/v1/timelines/direct", scope="read:statuses")
async def direct(parts: MastodonParts, request: Request) -> Answer:
    """Gone from Mastodon; conversations took its place. Old apps still ask."""
    del parts, request
    return Answer(EMPTY_LIST)


@TIMELINES.get("/api/v1/timelines/link", scope="read:statuses", needs_user=False)
async def link(parts: MastodonParts, request: Request) -> Answer:
    """Posts about a trending link; there are no trending links."""
    del parts, request
    raise Refusal("unknown_link", "There are no trending links.")
