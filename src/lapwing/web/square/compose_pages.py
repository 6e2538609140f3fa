"""Writing, editing and deleting posts by a form."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal, TooMany, Unavailable
from lapwing.microblog.actions.posting import (
    Edit,
    delete_post,
    edit_post,
    get_original,
    get_own,
    write_post,
)
from lapwing.microblog.model import Post
from lapwing.microblog.paging import parse_id
from lapwing.microblog.personal.actions.scheduling import schedule_post
from lapwing.web.square.answering import (
    back_path,
    html_answer,
    redirect,
    signed_in,
    wants_part,
)
from lapwing.web.square.composing import (
    edit_form,
    empty_form,
    filled_form,
    read_draft,
    read_due_ms,
    read_language,
    read_poll,
    read_request,
    reply_form,
)
from lapwing.web.square.drawing import Drawing
from lapwing.web.square.forms import Form
from lapwing.web.square.posts_viewing import media_view
from lapwing.web.square.report_offers import with_offer
from lapwing.web.square.uploading import add_upload, describe_upload
from lapwing.web.square.views import ComposerView

FORM_BYTES = 420 * 1024 * 1024
"""Four of the largest files that are taken, and their descriptions."""


@get("/compose", include_in_schema=False)
async def compose_page(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    """The form alone: for a reply, a quote, or a post that begins with a name or with what another
    app shares."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    query, own = request.query_params, viewer.account_id
    context = drawing.parts.context
    if query.get("reply_to"):
        answered = get_original(context, own, parse_id(query["reply_to"], "reply_to"))
        return _page(request, drawing, viewer, reply_form(drawing, viewer, answered))
    if query.get("quote"):
        quoted = get_original(context, own, parse_id(query["quote"], "quote"))
        form = empty_form(drawing, viewer, quote=drawing.posts.find(own, quoted.id))
        return _page(request, drawing, viewer, form)
    shared = [query.get(name, "")[:2000] for name in ("title", "text", "url")]
    text = "\n".join(dict.fromkeys(filter(None, shared)))
    if query.get("mention"):
        text = f"@{query['mention'][:40]} {text}"
    return _page(request, drawing, viewer, empty_form(drawing, viewer, text=text))


@post("/compose", include_in_schema=False, request_max_body_size=FORM_BYTES)
async def compose(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    """Posts, now or later; what is not right is told beside the form, which keeps what it has."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    form = await Form.of(request)
    kept: list[int] = []
    try:
        await _take_media(drawing, viewer, form, kept)
        due_ms = read_due_ms(form)
        draft = read_draft(form, tuple(kept))
        if due_ms:
            key = read_request(form)
            await schedule_post(drawing.parts.desk, viewer, draft, due_ms, request=key)
            return redirect("/scheduled?said=scheduled")
        written = await write_post(drawing.parts.context, viewer, draft, read_request(form))
    except (Refusal, Unavailable) as problem:
        view = filled_form(drawing, viewer, form, tuple(kept), problem)
        return _page(request, drawing, viewer, view, status=_status_of(problem))
    path = "/home?said=posted"
    if draft.reply_to_id or draft.quote_of_id:
        path = f"{_path_of(viewer, written)}?said=posted#p{written.id}"
    return redirect(with_offer(drawing.parts, written.text, path))


@post("/compose/media", include_in_schema=False, request_max_body_size=FORM_BYTES, status_code=200)
async def upload(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    """One file, ahead of its post: for scripts that show it while one is still writing."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    form = await Form.of(request)
    file = form.file("file")
    if file is None:
        raise Refusal("no_file", "Choose a file.", field="file")
    parts = drawing.parts
    media = await add_upload(parts.context, parts.media, viewer, file, form.text("description"))
    return Response(
        msgspec.json.encode(media_view(media)),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


@get("/posts/{post_id:str}/edit", include_in_schema=False)
async def edit_page(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], post_id: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    own = get_own(drawing.parts.context, viewer.account_id, parse_id(post_id, "post"))
    return _page(request, drawing, viewer, edit_form(drawing, viewer, own))


@post("/posts/{post_id:str}/edit", include_in_schema=False, request_max_body_size=FORM_BYTES)
async def edit(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], post_id: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    context = drawing.parts.context
    own = get_own(context, viewer.account_id, parse_id(post_id, "post"))
    form = await Form.of(request)
    kept: list[int] = []
    try:
        described = await _take_media(drawing, viewer, form, kept, own)
        wanted = Edit(
            text=form.text("text"),
            warning=form.line("warning"),
            sensitive=form.ticked("sensitive"),
            language=read_language(form),
            media_ids=tuple(kept),
            described=described,
            poll=read_poll(form),
        )
        written = await edit_post(context, viewer, own.id, wanted)
    except (Refusal, Unavailable) as problem:
        view = filled_form(drawing, viewer, form, tuple(kept), problem)
        edited = edit_form(drawing, viewer, own)
        view = msgspec.structs.replace(
            view, action=edited.action, editing=edited.editing, media=edited.media + view.media
        )
        return _page(request, drawing, viewer, view, status=_status_of(problem))
    return redirect(f"{_path_of(viewer, written)}?said=edited#p{written.id}")


@get("/posts/{post_id:str}/delete", include_in_schema=False)
async def delete_page(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], post_id: FromPath[str]
) -> Response[bytes]:
    """Asks once more."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    own = get_own(drawing.parts.context, viewer.account_id, parse_id(post_id, "post"))
    return drawing.page(
        request,
        viewer,
        "square_confirm.html",
        heading="Delete this post?",
        text="It goes from every timeline at once, with its likes and reposts. Replies stay.",
        post=drawing.posts.find(viewer.account_id, own.id),
        action=f"/posts/{own.id}/delete",
        label="Delete",
        back=back_path(request, _path_of(viewer, own)),
    )


@post("/posts/{post_id:str}/delete", include_in_schema=False)
async def delete(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], post_id: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    await delete_post(drawing.parts.context, viewer, parse_id(post_id, "post"))
    if wants_part(request):
        return html_answer(request, "")
    return redirect(f"/@{viewer.account.username}?said=deleted")


async def _take_media(
    drawing: Drawing, viewer: Viewer, form: Form, kept: list[int], edited: Post | None = None
) -> dict[int, str]:
    """Puts the ids of the form's media into `kept`, as far as they can be taken; gives the
    descriptions of those that the edited post has already. Raises `Refusal`."""
    parts = drawing.parts
    posted = {media.id for media in edited.media} if edited is not None else set()
    described: dict[int, str] = {}
    for media_id in form.ids("media_ids"):
        if form.ticked(f"drop_{media_id}"):
            continue
        kept.append(media_id)
        if not form.has(f"alt_{media_id}"):
            continue
        description = form.text(f"alt_{media_id}").strip()
        if media_id in posted:
            described[media_id] = description
        else:
            await describe_upload(parts.context, parts.media, viewer, media_id, description)
    for number in range(1, parts.context.rules.most_media + 1):
        file = form.file(f"file{number}")
        if file is not None:
            description = form.text(f"alt{number}")
            media = await add_upload(parts.context, parts.media, viewer, file, description)
            kept.append(media.id)
    return described


def _page(
    request: Request[Any, Any, Any],
    drawing: Drawing,
    viewer: Viewer,
    form: ComposerView,
    *,
    status: int = 200,
) -> Response[bytes]:
    heading = "Write a post"
    if form.editing:
        heading = "Edit your post"
    elif form.reply_to is not None:
        heading = f"Reply to {form.reply_to.author.name}"
    elif form.quote is not None:
        heading = "Quote"
    return drawing.page(
        request, viewer, "square_compose.html", status=status, heading=heading, form=form
    )


def _status_of(problem: Refusal | Unavailable) -> int:
    if isinstance(problem, Unavailable):
        return 503
    return 429 if isinstance(problem, TooMany) else 422


def _path_of(viewer: Viewer, written: Post) -> str:
    return f"/@{viewer.account.username}/{written.id}"


HANDLERS = [compose_page, compose, upload, edit_page, edit, delete_page, delete]
