"""One's profile and preferences, posts for later, followed hashtags, and Web Push."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from lapwing.accounts.changing import MOST_FIELDS, edit_profile
from lapwing.accounts.entries import ProfileChanges
from lapwing.accounts.model import ProfileField
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.media.processing import Purpose
from lapwing.microblog.model import QuotePolicy, Visibility
from lapwing.microblog.paging import parse_id
from lapwing.microblog.personal.actions.pushing import stop_push, subscribe_to_push
from lapwing.microblog.personal.actions.scheduling import cancel_scheduled_post
from lapwing.microblog.personal.actions.tagging import follow_tag
from lapwing.microblog.personal.model import NotificationKind
from lapwing.microblog.text.cleaning import clean_line, clean_text
from lapwing.web.square.answering import back_path, redirect, signed_in
from lapwing.web.square.composing import read_language
from lapwing.web.square.drawing import Drawing
from lapwing.web.square.forms import Form
from lapwing.web.square.uploading import process_file
from lapwing.web.square.viewing import media_url

PROFILE_FORM_BYTES = 40 * 1024 * 1024
_ENTRIES = (
    ("Profile", "/settings/profile", "name, pictures, what you say of yourself"),
    ("Preferences", "/settings/preferences", "who reads your posts, notifications on this device"),
    ("Filters", "/settings/filters", "words you would rather not read"),
    ("Lists", "/lists", "timelines of people you choose"),
    ("Bookmarks and likes", "/bookmarks", "only you see your bookmarks"),
    ("Posts for later", "/scheduled", "what waits to be posted"),
    ("Follow requests", "/follow-requests", "people who ask to follow you"),
    ("Muted accounts", "/mutes", "you do not see what they post"),
    ("Blocked accounts", "/blocks", "neither sees the other"),
)


class PushKeys(msgspec.Struct, frozen=True):
    p256dh: str
    auth: str


class PushRequest(msgspec.Struct, frozen=True):
    """A subscription as browsers write it (`PushSubscription.toJSON`)."""

    endpoint: str
    keys: PushKeys


@get("/settings", include_in_schema=False)
async def settings(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    more = [(label, path, "") for label, path in drawing.parts.account_links]
    entries = [*_ENTRIES, *more]
    return drawing.page(request, viewer, "square_settings.html", nav="you", entries=entries)


@get("/settings/profile", include_in_schema=False)
async def profile_page(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    return _profile_page(request, drawing)


@post("/settings/profile", include_in_schema=False, request_max_body_size=PROFILE_FORM_BYTES)
async def save_profile(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    form = await Form.of(request)
    names, values = form.texts("field_name"), form.texts("field_value")
    pairs = zip(names, values, strict=False)
    try:
        changes = ProfileChanges(
            display_name=form.line("display_name"),
            note=clean_text(form.text("note"), field="note"),
            fields=tuple(
                ProfileField(clean_line(name, field="fields"), clean_line(value, field="fields"))
                for name, value in pairs
                if name.strip()
            ),
            avatar=await _picture(drawing, form, "avatar", Purpose.AVATAR),
            header=await _picture(drawing, form, "header", Purpose.HEADER),
            locked=form.ticked("locked"),
            bot=form.ticked("bot"),
            discoverable=form.ticked("discoverable"),
            hides_relations=form.ticked("hides_relations"),
        )
        await edit_profile(drawing.parts.account_desk, viewer.account_id, changes)
    except Refusal as refusal:
        return _profile_page(request, drawing, refusal.message)
    return redirect("/settings/profile?said=saved")


@get("/settings/preferences", include_in_schema=False)
async def preferences_page(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    return drawing.page(
        request,
        viewer,
        "square_settings_preferences.html",
        nav="you",
        account=viewer.account,
        push_key=drawing.parts.push_key,
    )


@post("/settings/preferences", include_in_schema=False)
async def save_preferences(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    form = await Form.of(request)
    visibility, policy = form.line("visibility"), form.line("quote_policy")
    if visibility not in list(Visibility) or policy not in list(QuotePolicy):
        raise Refusal("unknown_choice", "There is no such choice.", field="visibility")
    changes = ProfileChanges(
        post_visibility=visibility,
        quote_policy=policy,
        language=read_language(form),
        post_sensitive=form.ticked("sensitive"),
    )
    await edit_profile(drawing.parts.account_desk, viewer.account_id, changes)
    return redirect("/settings/preferences?said=saved")


@post("/settings/push", include_in_schema=False, status_code=204)
async def push_on(request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]) -> None:
    """This browser wants Web Push."""
    viewer = signed_in(drawing.parts.viewer_of(request))
    try:
        wanted = msgspec.json.decode(await request.body(), type=PushRequest)
    except msgspec.MsgspecError as error:
        raise Refusal("invalid_input", "This is no push subscription.") from error
    await subscribe_to_push(
        drawing.parts.desk,
        viewer,
        wanted.endpoint,
        wanted.keys.p256dh.rstrip("="),
        wanted.keys.auth.rstrip("="),
        tuple(NotificationKind),
        standard=True,
    )


@post("/settings/push/off", include_in_schema=False, status_code=204)
async def push_off(request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]) -> None:
    viewer = signed_in(drawing.parts.viewer_of(request))
    desk = drawing.parts.desk
    present = desk.tables.push_subscriptions.find(viewer.account_id, viewer.session_id)
    if present is not None:
        await stop_push(desk, present)


@get("/scheduled", include_in_schema=False)
async def scheduled(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    own = drawing.parts.desk.tables.scheduled.of(viewer.account_id)
    return drawing.page(request, viewer, "square_scheduled.html", nav="you", scheduled=own)


@post("/scheduled/{scheduled_id:str}/cancel", include_in_schema=False)
async def cancel(
    request: Request[Any, Any, Any],
    drawing: NamedDependency[Drawing],
    scheduled_id: FromPath[str],
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    await cancel_scheduled_post(drawing.parts.desk, viewer, parse_id(scheduled_id, "scheduled"))
    return redirect("/scheduled?said=cancelled")


@post("/tags/{name:str}/follow", include_in_schema=False)
async def follow_hashtag(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], name: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    on = (await Form.of(request)).ticked("on")
    await follow_tag(drawing.parts.desk, viewer, name, on=on)
    return redirect(back_path(request, "/home"))


def _profile_page(
    request: Request[Any, Any, Any], drawing: Drawing, problem: str = ""
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    account = viewer.account
    return drawing.page(
        request,
        viewer,
        "square_settings_profile.html",
        status=422 if problem else 200,
        nav="you",
        account=account,
        view=drawing.accounts.view(account),
        header=media_url(account.header),
        most_fields=MOST_FIELDS,
        problem=problem,
    )


async def _picture(drawing: Drawing, form: Form, name: str, purpose: Purpose) -> str | None:
    """Key of the new picture; empty where it is to go, None where it stays."""
    file: UploadFile | None = form.file(name)
    if file is not None:
        made = await process_file(drawing.parts.media, file, purpose)
        return made.original.key
    return "" if form.ticked(f"drop_{name}") else None


HANDLERS = [
    settings,
    profile_page,
    save_profile,
    preferences_page,
    save_preferences,
    push_on,
    push_off,
    scheduled,
    cancel,
    follow_hashtag,
]
