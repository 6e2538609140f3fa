"""What the pages and addresses about accounts are made of: `app.py` fills it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec
from litestar import Request
from litestar.di import NamedDependency

from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.leaving import Exporter
from lapwing.accounts.model import Account, Role
from lapwing.accounts.private import Session
from lapwing.accounts.tokens import TokenRegistry
from lapwing.kernel.refusals import Refusal
from lapwing.ports.clock import Clock
from lapwing.web.accounts.sessions import SessionCookies
from lapwing.web.client_address import Address, TrustedProxies
from lapwing.web.pages.rendering import Pages
from lapwing.web.square.answering import SignInFirst

Asked: TypeAlias = Request[Any, Any, Any]


class PostExcerpt(msgspec.Struct, frozen=True):
    """A post as moderators see it in a complaint."""

    id: str
    path: str
    text: str
    username: str
    media: int = 0


def _no_post(*ids: int) -> PostExcerpt | None:
    del ids
    return None


@dataclass(frozen=True)
class AccountParts:
    """Everything that these pages need."""

    desk: AccountDesk
    pages: Pages
    trusted: TrustedProxies
    tokens: TokenRegistry
    """Operators' tokens, for the command line."""
    clock: Clock
    exporters: Sequence[Exporter] = ()
    """What other parts of Lapwing add to somebody's data."""
    find_post: Callable[[int], PostExcerpt | None] = _no_post
    """For moderators, who see what a complaint is about whoever wrote it for whom."""
    find_visible_post: Callable[[int, int], PostExcerpt | None] = _no_post
    """For the account with the first id; None where it may not see the post."""
    frame_of: Callable[[Account | None], Any] | None = None
    """What the frame around a page shows of whoever looks."""
    password_grant: bool = False
    """Tokens for a name and password: for trying clients out, never in earnest."""
    after_sign_in: str = "/home"
    push_key: str = ""
    """Public key for Web Push (VAPID) that apps are told."""
    cookies: SessionCookies = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cookies", SessionCookies(self.desk))

    def address(self, request: Asked) -> Address | None:
        """Where a request comes from."""
        return self.trusted.client_of(request.scope)

    def get_person(self, request: Asked) -> tuple[Account, Session]:
        """Whoever is signed in, also if suspended. Raises `SignInFirst`."""
        person = self.cookies.find_person(request.headers)
        if person is None:
            raise SignInFirst
        return person

    def get_moderator(self, request: Asked, least: Role = Role.MODERATOR) -> Account:
        """Others are told that there is no such page. Raises `Refusal` and `SignInFirst`."""
        account, _ = self.get_person(request)
        if account.role.rank < least.rank or not account.may_act:
            raise Refusal("unknown_page", "There is no such page.")
        return account


Parts: TypeAlias = NamedDependency[AccountParts]
"""How a handler gets them."""
