"""All pages about accounts as one router."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router
from litestar.di import Provide

from lapwing.web.accounts import (
    complain_pages,
    moderation_pages,
    oauth_pages,
    operator_api,
    security_pages,
    settings_pages,
    sign_in_pages,
    sign_up_pages,
)
from lapwing.web.accounts.answering import SIGN_IN_PATH
from lapwing.web.accounts.parts import AccountParts
from lapwing.web.square.answering import SignInFirst, to_sign_in


def account_handlers(parts: AccountParts) -> list[Router]:
    """For `create_site`."""

    def lead_to_sign_in(request: Request[Any, Any, Any], error: SignInFirst) -> Response[bytes]:
        del error
        return to_sign_in(request, SIGN_IN_PATH)

    return [
        Router(
            "/",
            route_handlers=[
                *sign_in_pages.HANDLERS,
                *sign_up_pages.HANDLERS,
                *settings_pages.HANDLERS,
                *security_pages.HANDLERS,
                *oauth_pages.HANDLERS,
                *moderation_pages.HANDLERS,
                *complain_pages.HANDLERS,
                *operator_api.HANDLERS,
            ],
            dependencies={"parts": Provide(lambda: parts, sync_to_thread=False)},
            exception_handlers={SignInFirst: lead_to_sign_in},
        )
    ]
