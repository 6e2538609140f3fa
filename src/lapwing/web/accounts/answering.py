"""How pages about accounts are answered: never kept by anybody, and without what would cut the tie
to the window of an app that opened them."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from lapwing.kernel.refusals import Refusal, TooMany
from lapwing.web.accounts.parts import AccountParts, Asked
from lapwing.web.errors import answer_to
from lapwing.web.square.answering import local_path, redirect

SIGN_IN_PATH: Final = "/sign-in"

_PRIVATE: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "unsafe-none",
    "Referrer-Policy": "same-origin",
}
"""`same-origin` as opener policy would leave apps that sign in by a pop-up waiting for ever."""


def show(
    parts: AccountParts,
    request: Asked,
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response[bytes]:
    """A page for whoever asks. `error` (a `Refusal`) and `saved` (a text) may be among values."""
    if parts.frame_of is not None:
        person = parts.cookies.find_person(request.headers)
        values["frame"] = parts.frame_of(person[0] if person is not None else None)
    values.setdefault("error", None)
    values.setdefault("saved", "")
    values.setdefault("mails", parts.desk.confirms_addresses)
    html = parts.pages.draw(template, site_name=parts.desk.site_name, nav="you", **values)
    return Response(
        html.encode(),
        status_code=status,
        media_type="text/html",
        headers={**_PRIVATE, **(headers or {})},
    )


def show_refused(
    parts: AccountParts,
    request: Asked,
    template: str,
    error: Refusal,
    **values: Any,
) -> Response[bytes]:
    """The form again, with what is wrong and what was typed; nothing is lost."""
    status = 429 if isinstance(error, TooMany) else max(answer_to(error).status, 400)
    headers = answer_to(error).headers
    headers.pop("WWW-Authenticate", None)
    status = 422 if status in (400, 401, 404) else status
    return show(parts, request, template, status=status, headers=headers, error=error, **values)


def go(path: str, *cookies: str) -> Response[bytes]:
    """On to another page, perhaps with a cookie."""
    response = redirect(path)
    for cookie in cookies:
        response.headers["Set-Cookie"] = cookie
    return response


def next_path(given: str, otherwise: str) -> str:
    """Where somebody wanted to be, if it is one of our own pages."""
    return local_path(given, otherwise) if given else otherwise
