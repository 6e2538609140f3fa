"""The composer: what its form shows, and what a filled-in form asks for."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from lapwing.accounts.model import Viewer
from lapwing.kernel.instants import to_ms
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.microblog.actions.composing import Draft, PollDraft
from lapwing.microblog.model import Post, Visibility
from lapwing.web.square.drawing import Drawing
from lapwing.web.square.forms import Form
from lapwing.web.square.posts_viewing import media_view
from lapwing.web.square.views import ComposerView, MediaView

_DAY_S = 86_400
_LONGEST_REQUEST = 64


def fresh_request() -> str:
    """An idempotency key: a form that is sent twice posts once."""
    return secrets.token_urlsafe(12)


def empty_form(drawing: Drawing, viewer: Viewer, **given: Any) -> ComposerView:
    account = viewer.account
    started = ComposerView(
        request=fresh_request(),
        visibility=account.post_visibility,
        language=account.language,
        sensitive=account.post_sensitive,
    )
    return msgspec.structs.replace(started, **given)


def reply_form(drawing: Drawing, viewer: Viewer, answered: Post, **given: Any) -> ComposerView:
    """Names those who speak in the thread, and is read by no more than what it answers."""
    view = drawing.posts.find(viewer.account_id, answered.id)
    accounts = drawing.parts.context.square.accounts
    ids = dict.fromkeys((answered.account_id, *answered.mentions))
    named = (accounts.find(one) for one in ids if one != viewer.account_id)
    names = [f"@{account.username} " for account in named if account and account.is_there]
    widest = list(Visibility)
    usual = Visibility(viewer.account.post_visibility)
    visibility = max(usual, answered.visibility, key=widest.index)
    return empty_form(
        drawing,
        viewer,
        reply_to=view,
        text="".join(names),
        visibility=visibility.value,
        warning=answered.warning,
        **given,
    )


def edit_form(drawing: Drawing, viewer: Viewer, post: Post) -> ComposerView:
    """The post as it is, for changing it."""
    poll = post.poll
    span_ms = poll.ends_ms - post.created_ms if poll is not None else 86_400_000
    return ComposerView(
        action=f"/posts/{post.id}/edit",
        request=fresh_request(),
        text=post.text,
        warning=post.warning,
        sensitive=post.sensitive,
        visibility=post.visibility.value,
        language=post.language,
        editing=str(post.id),
        media=tuple(media_view(one) for one in post.media),
        poll_options=poll.options if poll is not None else (),
        poll_seconds=span_ms // 1000,
        poll_multiple=poll is not None and poll.multiple,
        poll_hides=poll is not None and poll.hides_totals,
    )


def filled_form(
    drawing: Drawing,
    viewer: Viewer,
    form: Form,
    kept: tuple[int, ...],
    problem: Refusal | Unavailable,
) -> ComposerView:
    """The form as it was sent, with what is wrong; `kept` are the media that are uploaded."""
    square = drawing.parts.context.square
    uploads = [square.uploads.find(one) for one in kept]
    media: tuple[MediaView, ...] = tuple(media_view(one) for one in uploads if one is not None)
    reply_to, quote = _id_or_none(form, "reply_to"), _id_or_none(form, "quote")
    return ComposerView(
        request=read_request(form) or fresh_request(),
        text=form.text("text"),
        warning=form.line("warning"),
        sensitive=form.ticked("sensitive"),
        visibility=form.line("visibility", viewer.account.post_visibility),
        language=form.line("language", viewer.account.language),
        reply_to=drawing.posts.find(viewer.account_id, reply_to),
        quote=drawing.posts.find(viewer.account_id, quote),
        media=media,
        poll_options=_poll_options(form),
        poll_seconds=_seconds_or_day(form),
        poll_multiple=form.ticked("poll_multiple"),
        poll_hides=form.ticked("poll_hides"),
        due=form.line("due"),
        zone=form.line("zone"),
        problem=problem.message,
        problem_field=(problem.field or "") if isinstance(problem, Refusal) else "",
    )


def read_draft(form: Form, media_ids: tuple[int, ...]) -> Draft:
    """What the form asks for. Raises `Refusal`."""
    return Draft(
        text=form.text("text"),
        visibility=read_visibility(form),
        language=read_language(form),
        warning=form.line("warning"),
        sensitive=form.ticked("sensitive"),
        reply_to_id=form.id("reply_to"),
        quote_of_id=form.id("quote"),
        media_ids=media_ids,
        poll=read_poll(form),
    )


def read_visibility(form: Form) -> Visibility | None:
    given = form.line("visibility")
    if given and given not in {each.value for each in Visibility}:
        raise Refusal("unknown_visibility", "There is no such choice of readers.", field="status")
    return Visibility(given) if given else None


def read_language(form: Form) -> str | None:
    """A tag such as `en`; None: the author's own."""
    given = form.line("language")
    if given and (len(given) > 35 or not given.replace("-", "").isalnum()):
        raise Refusal("unknown_language", "There is no such language.", field="language")
    return given or None


def read_poll(form: Form) -> PollDraft | None:
    """None where no option is filled in."""
    options = _poll_options(form)
    if not options:
        return None
    return PollDraft(
        options=options,
        expires_in_s=form.number("poll_seconds", _DAY_S),
        multiple=form.ticked("poll_multiple"),
        hides_totals=form.ticked("poll_hides"),
    )


def read_due_ms(form: Form) -> int:
    """When it is to be posted, in milliseconds since 1970; 0: now. The form's time is in the zone
    that the browser told; in UTC where it told none. Raises `Refusal`."""
    given = form.line("due")
    if not given:
        return 0
    try:
        local = datetime.fromisoformat(given)
        zone = _find_zone(form.line("zone"))
        return to_ms(local.replace(tzinfo=zone) if local.tzinfo is None else local)
    except (ValueError, OverflowError) as error:
        raise Refusal(
            "wrong_time", "This is no time: write it as 2026-01-31T18:00.", field="scheduled_at"
        ) from error


def _find_zone(name: str) -> tzinfo:
    """By its IANA name; UTC where there is none such."""
    return ZoneInfo(name) if name in _zones() else UTC


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _poll_options(form: Form) -> tuple[str, ...]:
    return tuple(filter(None, (" ".join(one.split()) for one in form.texts("poll_option"))))


def read_request(form: Form) -> str:
    """The form's idempotency key, as far as one of ours goes."""
    return form.line("request")[:_LONGEST_REQUEST]


def _seconds_or_day(form: Form) -> int:
    try:
        return form.number("poll_seconds", _DAY_S)
    except Refusal:
        return _DAY_S


def _id_or_none(form: Form, name: str) -> int:
    try:
        return form.id(name)
    except Refusal:
        return 0
