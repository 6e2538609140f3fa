"""Which handler answers which method and path."""

from __future__ import annotations

from typing import Any

import pytest

from lapwing.kernel.refusals import Refusal
from lapwing.web.mastodon.answers import Answer
from lapwing.web.mastodon.handlers import ROUTES
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Router, Routes


async def _nothing(parts: Any, request: Request) -> Answer:
    del parts, request
    return Answer(b"")


def router(*routes: tuple[str, str]) -> Router:
    made = Routes()
    for method, template in routes:
        made.add(method, template)(_nothing)
    return Router(made)


def test_places_in_the_path_are_named() -> None:
    found = router(("GET", "/api/v1/accounts/:id/statuses"))
    route, args = found.find("GET", "/api/v1/accounts/7/statuses")
    assert (route.template, args) == ("/api/v1/accounts/:id/statuses", {"id": "7"})


def test_words_come_before_places() -> None:
    found = router(("GET", "/a/:id"), ("GET", "/a/b"), ("GET", "/a/b/c"), ("GET", "/a/:id/d"))
    assert found.find("GET", "/a/b")[0].template == "/a/b"
    assert found.find("GET", "/a/7")[0].template == "/a/:id"
    assert found.find("GET", "/a/b/d") == (found.find("GET", "/a/7/d")[0], {"id": "b"})


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/a/b/c/d", "no_such_method"),
        ("GET", "/", "no_such_method"),
        ("GET", "/a/", "no_such_method"),
        ("POST", "/a/b", "method_not_allowed"),
    ],
)
def test_other_paths_and_methods_are_refused(method: str, path: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        router(("GET", "/a/:id")).find(method, path)
    assert refused.value.code == code


def test_two_handlers_for_one_address_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two handlers"):
        router(("GET", "/a/:id"), ("GET", "/a/:name"))


def test_the_whole_api_has_one_handler_for_each_address() -> None:
    assert Router(*ROUTES).has("/api/v1/timelines/home")


def test_writing_needs_somebody() -> None:
    writing = [
        route for routes in ROUTES for method, route in routes.all if method not in ("GET", "HEAD")
    ]
    assert [route.template for route in writing if not route.needs_token] == []
