"""Which handler answers which method and path. Paths have no slash at their end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.web.mastodon.answers import Answer
from lapwing.web.mastodon.rate_limits import Kind
from lapwing.web.mastodon.requests import Request

Handler: TypeAlias = Callable[[Any, Request], Awaitable[Answer]]
"""Takes the `MastodonParts` and the request."""

EVERYBODY: Final = ""
"""No scope: who asks may be nobody."""


class Route(msgspec.Struct, frozen=True):
    handler: Handler
    scope: str
    """What a token must be granted; with several, one of them."""
    needs_user: bool
    """False: nobody needs to be signed in (a token that comes is checked all the same)."""
    needs_token: bool
    takes_files: bool
    kind: Kind
    template: str


class Routes:
    """A list of routes that a module of handlers makes with decorators."""

    def __init__(self) -> None:
        self.all: list[tuple[str, Route]] = []
        """Each with its method."""

    def add(
        self,
        method: str,
        *templates: str,
        scope: str = EVERYBODY,
        needs_user: bool = True,
        needs_token: bool = False,
        takes_files: bool = False,
        kind: Kind = Kind.REQUEST,
    ) -> Callable[[Handler], Handler]:
        """`scope` makes a route of signed-in people, unless `needs_user` is False."""

        def note(handler: Handler) -> Handler:
            for template in templates:
                route = Route(
                    handler=handler,
                    scope=scope,
                    needs_user=needs_user and scope != EVERYBODY,
                    needs_token=needs_token or (needs_user and scope != EVERYBODY),
                    takes_files=takes_files,
                    kind=kind,
                    template=template,
                )
                self.all.append((method, route))
            return handler

        return note

    def get(self, *templates: str, **more: Any) -> Callable[[Handler], Handler]:
        return self.add("GET", *templates, **more)

    def post(self, *templates: str, **more: Any) -> Callable[[Handler], Handler]:
        return self.add("POST", *templates, **more)

    def put(self, *templates: str, **more: Any) -> Callable[[Handler], Handler]:
        return self.add("PUT", *templates, **more)

    def patch(self, *templates: str, **more: Any) -> Callable[[Handler], Handler]:
        return self.add("PATCH", *templates, **more)

    def delete(self, *templates: str, **more: Any) -> Callable[[Handler], Handler]:
        return self.add("DELETE", *templates, **more)


class _Node:
    __slots__ = ("below", "named", "place", "routes")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.place: _Node | None = None
        """Where anything stands in the path."""
        self.named = ""
        self.routes: dict[str, Route] = {}
        """By method."""


class Router:
    def __init__(self, *lists: Routes) -> None:
        self._root = _Node()
        self._exact: dict[tuple[str, str], Route] = {}
        """Of paths without places: one look-up for the busiest."""
        for method, route in (each for routes in lists for each in routes.all):
            self._add(method, route)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and what stands in its places. Raises `Refusal` (`no_such_method`,
        `method_not_allowed`)."""
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact, {}
        args: dict[str, str] = {}
        node = _walk(self._root, path.split("/")[1:], args)
        if node is None or not node.routes:
            raise Refusal("no_such_method", "The API has no such method.")
        route = node.routes.get(method)
        if route is None:
            taken = ", ".join(sorted(node.routes))
            raise Refusal("method_not_allowed", f"This address takes {taken}.")
        return route, args

    def has(self, path: str) -> bool:
        """Whether anything is at this path, by whatever method."""
        node = _walk(self._root, path.split("/")[1:], {})
        return node is not None and bool(node.routes)

    def _add(self, method: str, route: Route) -> None:
        node = self._root
        for segment in route.template.split("/")[1:]:
            if segment.startswith(":"):
                if node.place is None:
                    node.place = _Node()
                    node.place.named = segment[1:]
                node = node.place
            else:
                node = node.below.setdefault(segment, _Node())
        if method in node.routes:
            raise ValueError(f"two handlers for {method} {route.template}")
        node.routes[method] = route
        if ":" not in route.template:
            self._exact[method, route.template] = route


def _walk(node: _Node, segments: list[str], args: dict[str, str]) -> _Node | None:
    for at, segment in enumerate(segments):
        below = node.below.get(segment)
        if below is not None and node.place is not None:
            found = _walk(below, segments[at + 1 :], args)
            if found is not None and found.routes:
                return found
            below = None
        if below is None:
            if node.place is None or not segment:
                return None
            below = node.place
            args[below.named] = segment
        node = below
    return node
