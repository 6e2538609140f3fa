"""One request as a handler sees it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

from lapwing.accounts.model import Account, Viewer
from lapwing.accounts.private import Grant
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.paging import BIGGEST_ID, Page, parse_id
from lapwing.web.client_address import TrustedProxies
from lapwing.web.mastodon.params import Params
from lapwing.web.mastodon.rate_limits import address_key

_SNOWFLAKE_BITS: Final = 16
_OWN_BITS: Final = 21
_LEAST_SNOWFLAKE: Final = 1 << 52
_LEAST_OF_OURS: Final = 1 << 60
"""Ids of 1987 and later: what is smaller and large all the same was made of an instant as
Mastodon's ids are, by clients that look for posts of a day."""
_PAGING: Final = frozenset({"max_id", "min_id", "since_id"})


class Request:
    """`params` are those of the query and the body together, the body's first."""

    __slots__ = (
        "_address_key",
        "args",
        "grant",
        "has_body",
        "has_uploads",
        "headers",
        "method",
        "params",
        "path",
        "query",
        "scope",
        "secret",
        "trusted",
        "viewer",
    )

    def __init__(self, scope: Any, path: str, trusted: TrustedProxies) -> None:
        self.trusted = trusted
        self.scope = scope
        self.path = path
        self.method: str = scope["method"]
        self.query: str = scope["query_string"].decode("latin-1")
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.has_body = False
        """Whether `params` may have more than the query."""
        self.has_uploads = False
        self.args: dict[str, str] = {}
        """What stands in the path's places, by their names."""
        self.params: Params = Params()
        self.viewer: Viewer | None = None
        """None where nobody is signed in."""
        self.grant: Grant | None = None
        """The token that came; an app's own has no viewer."""
        self.secret = ""
        """The token's secret."""
        self._address_key: str | None = None

    @property
    def viewer_id(self) -> int:
        """0: nobody is signed in."""
        viewer = self.viewer
        return 0 if viewer is None else viewer.account.id

    @property
    def address_key(self) -> str:
        """Where the request comes from; empty where that tells nothing."""
        if self._address_key is None:
            self._address_key = address_key(self.trusted.client_of(self.scope))
        return self._address_key

    @property
    def user(self) -> Viewer:
        """Whoever is signed in, on routes that need that. Raises `Refusal`."""
        if self.viewer is None:
            raise Refusal("user_required", "This method requires an authenticated user")
        return self.viewer

    @property
    def me(self) -> Account:
        """The account of `user`."""
        return self.user.account

    def get_header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    def id(self, name: str = "id") -> int:
        """An id in the path; what is none is an unknown one."""
        try:
            return parse_id(self.args[name], name)
        except Refusal:
            raise Refusal("unknown_record", "There is nothing with this id.") from None

    def page(self, limit: int = 20, most: int = 40) -> Page:
        """The part of a list that is asked for."""
        params = self.params
        return Page(
            limit=params.number("limit", limit, 1, most),
            max_id=_cursor(params.find_id("max_id")) or BIGGEST_ID,
            since_id=_cursor(params.find_id("since_id")),
            min_id=_cursor(params.find_id("min_id")),
        )

    def kept_for_next_page(self) -> list[tuple[str, str]]:
        """The query's parameters but those that say which page."""
        if not self.query:
            return []
        pairs = parse_qsl(self.query, keep_blank_values=True)
        return [pair for pair in pairs if pair[0] not in _PAGING]


def _cursor(given: int | None) -> int:
    """0 where none is given."""
    if given is None:
        return 0
    if _LEAST_SNOWFLAKE <= given < _LEAST_OF_OURS:
        return given << (_OWN_BITS - _SNOWFLAKE_BITS)
    return given
