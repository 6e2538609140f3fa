"""All handlers of the microblog's pages, and how their refusals are answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from litestar import Request, Response, Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.outages.views import ServiceCard
from lapwing.web.errors import answer_to, problem_response
from lapwing.web.mastodon.account_search import AccountSearch
from lapwing.web.square import (
    account_acts,
    compose_pages,
    exploring,
    filter_pages,
    incident_thread,
    list_pages,
    notification_pages,
    post_acts,
    profile_pages,
    settings_pages,
    shell,
    thread_pages,
    timeline_pages,
    waiting_pages,
)
from lapwing.web.square.answering import SignInFirst, to_sign_in, wants_part
from lapwing.web.square.drawing import Drawing
from lapwing.web.square.exploring import search_answer
from lapwing.web.square.parts import SquareParts

SearchPage: TypeAlias = Callable[
    [Request[Any, Any, Any], str, Sequence[ServiceCard]], Awaitable[Response[bytes]]
]

_MODULES = (
    timeline_pages,
    exploring,
    notification_pages,
    waiting_pages,
    compose_pages,
    post_acts,
    account_acts,
    list_pages,
    filter_pages,
    settings_pages,
    shell,
    incident_thread,
    profile_pages,
    thread_pages,
)


def square_search(parts: SquareParts) -> SearchPage:
    """Draws the one page of the search, in posts, people, hashtags and services."""
    drawing = Drawing(parts)
    people = AccountSearch(parts.context.square)

    async def search_page(
        request: Request[Any, Any, Any], query: str, services: Sequence[ServiceCard]
    ) -> Response[bytes]:
        return await search_answer(request, drawing, people, query, services)

    return search_page


def square_handlers(parts: SquareParts) -> list[ControllerRouterHandler]:
    """What `create_site` takes as `more_handlers`."""
    drawing = Drawing(parts)

    def refuse(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        if isinstance(error, SignInFirst) and not wants_part(request):
            return to_sign_in(request, parts.sign_in_path)
        answer = answer_to(error)
        if wants_part(request):
            headers = {**answer.headers, "Cache-Control": "no-store"}
            text = answer.problem.message.encode()
            return Response(
                text, status_code=answer.status, media_type="text/plain", headers=headers
            )
        return problem_response(parts.pages, request.url.path, answer)

    return [
        Router(
            "/",
            route_handlers=[handler for module in _MODULES for handler in module.HANDLERS],
            dependencies={"drawing": Provide(lambda: drawing, sync_to_thread=False)},
            exception_handlers={Refusal: refuse, Unavailable: refuse},
        )
    ]
