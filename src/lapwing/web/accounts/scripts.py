"""What the passkeys' island and the server say to one another: JSON."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response

from lapwing.kernel.refusals import Refusal


class PasskeyBody(msgspec.Struct, frozen=True):
    """The browser's answer to what was asked under the ticket."""

    ticket: str
    credential: dict[str, Any]
    name: str = ""
    next: str = ""


_decoder = msgspec.json.Decoder(PasskeyBody)


async def json_body(request: Request[Any, Any, Any]) -> PasskeyBody:
    """Raises `Refusal` (`invalid_json`)."""
    try:
        return _decoder.decode(await request.body())
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Refusal("invalid_json", "This is not what a passkey's answer looks like.") from error


def json_answer(ticket: str, options: str) -> Response[bytes]:
    """`options` is JSON already."""
    body = msgspec.json.encode({"ticket": ticket, "options": msgspec.Raw(options.encode())})
    headers = {"Cache-Control": "no-store"}
    return Response(body, media_type="application/json", headers=headers)


def on_to(path: str, *cookies: str) -> Response[bytes]:
    """Where the script is to go, perhaps with a cookie."""
    response = Response(
        msgspec.json.encode({"location": path}),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
    for cookie in cookies:
        response.headers["Set-Cookie"] = cookie
    return response
