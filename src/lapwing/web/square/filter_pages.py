"""Making and changing the filters of one's own."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.paging import parse_id
from lapwing.microblog.personal.actions.filtering import (
    FilterChange,
    KeywordChange,
    delete_filter,
    edit_filter,
    make_filter,
)
from lapwing.microblog.personal.model import Filter, FilterAction, FilterContext
from lapwing.web.square.answering import redirect, signed_in
from lapwing.web.square.drawing import Drawing
from lapwing.web.square.forms import Form


@get("/settings/filters", include_in_schema=False)
async def filters(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    own = drawing.parts.desk.tables.filters.of(viewer.account_id)
    return drawing.page(request, viewer, "square_filters.html", nav="you", filters=own)


@post("/settings/filters", include_in_schema=False)
async def make(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    await make_filter(drawing.parts.desk, viewer, _wish(await Form.of(request), None))
    return redirect("/settings/filters?said=saved")


@get("/settings/filters/{filter_id:str}", include_in_schema=False)
async def edit_page(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], filter_id: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    table = drawing.parts.desk.tables.filters
    found = table.get(viewer.account_id, parse_id(filter_id, "filter"))
    return drawing.page(request, viewer, "square_filter.html", nav="you", filter=found)


@post("/settings/filters/{filter_id:str}", include_in_schema=False)
async def edit(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], filter_id: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    number = parse_id(filter_id, "filter")
    present = drawing.parts.desk.tables.filters.get(viewer.account_id, number)
    await edit_filter(drawing.parts.desk, viewer, number, _wish(await Form.of(request), present))
    return redirect("/settings/filters?said=saved")


@post("/settings/filters/{filter_id:str}/delete", include_in_schema=False)
async def delete(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing], filter_id: FromPath[str]
) -> Response[bytes]:
    viewer = signed_in(drawing.parts.viewer_of(request))
    await delete_filter(drawing.parts.desk, viewer, parse_id(filter_id, "filter"))
    return redirect("/settings/filters?said=deleted")


def _wish(form: Form, present: Filter | None) -> FilterChange:
    contexts = form.texts("context")
    action = form.line("action", FilterAction.WARN.value)
    known = {each.value for each in FilterContext}
    if not set(contexts) <= known or action not in {each.value for each in FilterAction}:
        raise Refusal("unknown_choice", "There is no such place or action.", field="context")
    keeps_end = form.line("expires_in") == "keep"
    return FilterChange(
        title=form.line("title"),
        contexts=tuple(FilterContext(each) for each in contexts),
        action=FilterAction(action),
        expires_in_s=None if keeps_end else form.number("expires_in"),
        keywords=_keyword_changes(form, present),
    )


def _keyword_changes(form: Form, present: Filter | None) -> tuple[KeywordChange, ...]:
    """The words that are there stay, others go, new ones come."""
    whole = form.ticked("whole_word")
    wanted = dict.fromkeys(" ".join(line.split()) for line in form.text("keywords").split("\n"))
    wanted.pop("", None)
    changes = []
    for keyword in present.keywords if present is not None else ():
        kept = keyword.keyword in wanted
        changes.append(KeywordChange(keyword.id, whole_word=whole, removed=not kept))
        wanted.pop(keyword.keyword, None)
    changes += [KeywordChange(keyword=word, whole_word=whole) for word in wanted]
    return tuple(changes)


HANDLERS = [filters, make, edit_page, edit, delete]
