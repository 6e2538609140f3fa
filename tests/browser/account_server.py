"""The site with accounts on a real port, for a browser."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.account_desk import HERE, Office, open_office
from tests.site.account_site import make_account_site

from lapwing.accounts.blocking import block
from lapwing.accounts.complaints import Draft, complain
from lapwing.accounts.model import Role
from lapwing.accounts.moderation_model import Act, BlockKind, Category
from lapwing.accounts.oauth import OUT_OF_BAND, issue_to_person, register_app
from lapwing.accounts.sanctioning import appeal, sanction
from lapwing.web.serving import create_server


@dataclass
class AccountServer:
    url: str
    office: Office
    client_id: str
    complaint_id: int


@contextmanager
def serving_accounts() -> Iterator[AccountServer]:
    """`localhost`, which browsers trust with passkeys; the server has a loop and a thread of its
    own."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    url = f"http://localhost:{port}"
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    made: list[AccountServer] = []

    async def serve() -> None:
        office = open_office(public_url=url)
        made.append(await _furnish(office, url))
        server = create_server(
            make_account_site(office, url), host="127.0.0.1", port=port, log_level="critical"
        )
        stopping.append(lambda: setattr(server, "should_exit", True))
        startup = server.startup

        async def start(*arguments: object, **named: object) -> None:
            await startup()
            ready.set()

        server.startup = start  # type: ignore[method-assign]  # tells when it listens
        await server.serve()

    stopping: list[object] = []
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(30)
    yield made[0]
    loop.call_soon_threadsafe(stopping[0])  # type: ignore[arg-type]
    thread.join(30)
    loop.close()


async def _furnish(office: Office, url: str) -> AccountServer:
    """Something to see on every page."""
    desk = office.desk
    owner = await office.person("boss", role=Role.OWNER)
    asha = await office.person("asha")
    await office.person("bina")
    registered = await register_app(desk, "Tusky", [OUT_OF_BAND], "read write push", url, HERE)
    await issue_to_person(desk, registered.app, asha, frozenset({"read"}))
    draft = Draft(asha.id, Category.SPAM, "Sells followers.", post_ids=(7,))
    made = await complain(desk, owner.id, draft)
    await sanction(desk, owner, asha.id, Act.SILENCE, "Against rule 2.")
    [act] = office.accounts.moderation.sanctions_of(asha.id)
    await appeal(desk, asha.id, act.id, "It was a quotation.")
    await block(desk, owner, BlockKind.WORD, "buy followers", "spam")
    return AccountServer(url, office, registered.app.client_id, made.id)
