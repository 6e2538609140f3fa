"""How the microblog's pages are answered: privately, each for the one who asked."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

import brotli
from litestar import Request, Response

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.web.contents import preferred_encoding

PRIVATE = "private, no-cache"
"""Browsers may keep the page for going back, nobody else may keep it at all."""

_HTML = "text/html"
_WORTH_COMPRESSING_BYTES = 1000
_COMPRESSORS: dict[bytes, Callable[[bytes], bytes]] = {
    b"br": partial(brotli.compress, quality=3),
    b"gzip": partial(gzip.compress, compresslevel=3, mtime=0),
}
"""Quick rather than small: nobody gets the same page again."""


class SignInFirst(Refusal):
    """What was asked for is for people who are signed in; a page leads them there."""

    def __init__(self) -> None:
        super().__init__("not_authorised", "Sign in first.")


def signed_in(viewer: Viewer | None) -> Viewer:
    """Raises `SignInFirst`."""
    if viewer is None:
        raise SignInFirst
    return viewer


def html_answer(
    request: Request[Any, Any, Any], html: str, *, status: int = 200
) -> Response[bytes]:
    """A page, or a part of one, that nobody else may see."""
    body = html.encode()
    headers = {"Cache-Control": PRIVATE, "Vary": "Cookie, Accept-Encoding, Lapwing-Part"}
    accepted = request.headers.get("accept-encoding", "").encode("latin-1")
    encoding = preferred_encoding(accepted)
    if encoding and len(body) > _WORTH_COMPRESSING_BYTES:
        headers["Content-Encoding"] = encoding.decode()
        body = _COMPRESSORS[encoding](body)
    return Response(body, status_code=status, media_type=_HTML, headers=headers)


def redirect(path: str) -> Response[bytes]:
    """To be asked for with GET, after a form."""
    headers = {"Location": path, "Cache-Control": "no-store"}
    return Response(b"", status_code=303, media_type=_HTML, headers=headers)


def to_sign_in(request: Request[Any, Any, Any], sign_in_path: str) -> Response[bytes]:
    """And back to where one wanted to be, where that is a page."""
    asked = request.url.path if request.method == "GET" else back_path(request, "/home")
    if request.method == "GET" and request.url.query:
        asked = f"{asked}?{request.url.query}"
    return redirect(f"{sign_in_path}?next={quote(asked, safe='')}")


def back_path(request: Request[Any, Any, Any], otherwise: str) -> str:
    """The page of ours from which a form came, as the browser says; never another site."""
    try:
        referer = urlsplit(request.headers.get("referer", ""))
    except ValueError:  # half an IPv6 address
        return otherwise
    if referer.netloc != request.headers.get("host", ""):
        return otherwise
    return local_path(referer.path + (f"?{referer.query}" if referer.query else ""), otherwise)


def local_path(path: str, otherwise: str) -> str:
    """The path, if it is one of this site: `//other.host` and `/\\other.host` are not."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_local and path.isprintable() and len(path) < 2000 else otherwise


def wants_part(request: Request[Any, Any, Any]) -> bool:
    """Whether a script asks for what changed alone, not for the page around it."""
    return "lapwing-part" in request.headers
