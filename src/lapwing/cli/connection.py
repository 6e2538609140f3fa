"""How commands that change something reach Lapwing: always its HTTP interface, either that of the
process that owns the data folder, or of one composed here for as long as the command runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx

from lapwing.adapters.data_folder import DataFolder
from lapwing.settings import Settings

_TIMEOUT = httpx.Timeout(10.0, read=None)


@asynccontextmanager
async def open_connection(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client with an operator's rights. Long answers are waited for without limit."""
    owner = DataFolder(settings.data).find_owner()
    if owner is not None:
        url, secret = owner
        async with _client(url, secret, None) as client:
            yield client
        return
    from lapwing.app import compose, configure_logging  # slow: only where it is needed

    configure_logging("warning")
    application = compose(settings)
    await application.start()
    try:
        transport = httpx.ASGITransport(cast(Any, application.asgi))
        async with _client(settings.public_url, application.console_secret, transport) as client:
            yield client
    finally:
        await application.stop()


def _client(url: str, secret: str, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url,
        transport=transport,
        timeout=_TIMEOUT,
        headers={"Authorization": f"Bearer {secret}"},
        trust_env=False,
    )
