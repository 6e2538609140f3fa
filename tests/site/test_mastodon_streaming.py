"""The streaming API on a real server: who hears what, over both ways, and when it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets
from tests.site.edge import sample_parts
from tests.site.mastodon_cast import MastodonCast, Person
from tests.site.serving import running

from lapwing.accounts.access import digest_of
from lapwing.accounts.entries import TokenRevoked
from lapwing.web.mastodon.streaming.channels import find_stream
from lapwing.web.mastodon.streaming.events import Event
from lapwing.web.mastodon.streaming.hub import StreamHub
from lapwing.web.mastodon.streaming.receivers import SLOWEST_BYTES, ServerSentReceiver
from lapwing.web.site import create_site

PATIENCE_S = 20


class Wire:
    """A transport that takes everything, and says how much of it waits."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.waiting = 0
        self.aborted = False

    def is_closing(self) -> bool:
        return self.aborted

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def write(self, content: bytes) -> None:
        self.written.append(content)

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.aborted = True


@pytest.fixture
async def api() -> MastodonCast:
    return MastodonCast()


@pytest.fixture
async def port(api: MastodonCast) -> AsyncIterator[int]:
    async with running(create_site(sample_parts(), mastodon=api.site)) as server:
        yield server.port


class Heard:
    """What comes over a WebSocket."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    async def next(self) -> tuple[str, str, Any]:
        """Stream, event and payload of the next event."""
        message = json.loads(await asyncio.wait_for(self._socket.recv(), PATIENCE_S))
        return message["stream"][0], message["event"], message.get("payload")

    async def ask(self, **message: str) -> Any:
        """What is said to a message that is answered."""
        await self._socket.send(json.dumps(message))
        return json.loads(await asyncio.wait_for(self._socket.recv(), PATIENCE_S))

    async def say(self, **message: str) -> None:
        await self._socket.send(json.dumps(message))


@asynccontextmanager
async def socket(port: int, person: Person, stream: str = "user") -> AsyncIterator[Heard]:
    address = f"ws://127.0.0.1:{port}/api/v1/streaming?stream={stream}"
    header = {"Authorization": f"Bearer {person.token}"}
    async with websockets.connect(address, additional_headers=header) as opened:
        heard = Heard(opened)
        await heard.ask(type="subscribe", stream="nothing")  # answered when the first is open
        yield heard


async def test_a_post_reaches_followers_at_once(api: MastodonCast, port: int) -> None:
    asha, ben = await api.join("asha"), await api.join("ben")
    await ben.post(f"/accounts/{asha.id}/follow")
    async with socket(port, ben) as heard:
        post = await asha.write("over the wire")
        stream, event, payload = await heard.next()
        assert (stream, event) == ("user", "update")
        assert json.loads(payload) == await ben.get(f"/statuses/{post['id']}")
        await asha.ask("PUT", f"/statuses/{post['id']}", json={"status": "edited"})
        assert (await heard.next())[1] == "status.update"
        await asha.ask("DELETE", f"/statuses/{post['id']}")
        assert await heard.next() == ("user", "delete", post["id"])


async def test_strangers_and_blocked_ones_hear_nothing(api: MastodonCast, port: int) -> None:
    asha, eve = await api.join("asha"), await api.join("eve")
    await eve.post(f"/accounts/{asha.id}/follow")
    async with socket(port, eve) as home, socket(port, eve, "public") as public:
        await asha.post(f"/accounts/{eve.id}/block")
        await asha.write("not for eve")
        await asha.write("only mentioned", visibility="direct")
        own = await eve.write("my own")
        for heard in (home, public):
            _, event, payload = await heard.next()
            assert (event, json.loads(payload)["id"]) == ("update", own["id"])


async def test_several_streams_over_one_socket(api: MastodonCast, port: int) -> None:
    asha, ben = await api.join("asha"), await api.join("ben")
    async with socket(port, ben) as heard:
        await heard.say(type="subscribe", stream="hashtag", tag="Outage")
        refused = await heard.ask(type="subscribe", stream="list", list="1")
        assert refused == {"error": "There is no such list.", "status": 404}
        await asha.write("down again #OUTAGE")
        assert (await heard.next())[:2] == ("hashtag", "update")
        await heard.say(type="unsubscribe", stream="hashtag", tag="outage")
        await heard.ask(type="subscribe", stream="nothing")
        await asha.write("and again #outage")
        await asha.write("hey @ben")
        assert (await heard.next())[:2] == ("user", "notification")


async def test_lists_filters_and_conversations(api: MastodonCast, port: int) -> None:
    asha, ben = await api.join("asha"), await api.join("ben")
    await ben.post(f"/accounts/{asha.id}/follow")
    made = await ben.post("/lists", title="watchers")
    await ben.post(f"/lists/{made['id']}/accounts", account_ids=[str(asha.id)])
    async with socket(port, ben, f"list&list={made['id']}") as heard:
        await heard.say(type="subscribe", stream="direct")
        await heard.ask(type="subscribe", stream="nothing")
        await asha.write("for the list")
        assert (await heard.next())[:2] == ("list", "update")
        await asha.write("@ben psst", visibility="direct")
        events = {(await heard.next())[:2], (await heard.next())[:2]}
        assert events == {("list", "update"), ("direct", "conversation")}
        await heard.say(type="subscribe", stream="user")
        await heard.ask(type="subscribe", stream="nothing")
        await ben.post("http://lapwing.test/api/v2/filters", title="x", context=["home"])
        assert await heard.next() == ("user", "filters_changed", None)


async def test_server_sent_events(api: MastodonCast, port: int) -> None:
    asha = await api.join("asha")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"GET /api/v1/streaming/user HTTP/1.1\r\nHost: x\r\n"
        b"Authorization: Bearer " + asha.token.encode() + b"\r\n\r\n"
    )
    head = await asyncio.wait_for(reader.readuntil(b":)\n\r\n"), PATIENCE_S)
    assert b"text/event-stream" in head
    assert api.site.streaming.hub.open == 1
    post = await asha.write("over the wire")
    event = await asyncio.wait_for(reader.readuntil(b"\n\n\r\n"), PATIENCE_S)
    lines = event.split(b"\r\n", 1)[1].split(b"\n")
    assert lines[0] == b"event: update"
    assert json.loads(lines[1].removeprefix(b"data: "))["id"] == post["id"]
    writer.close()


async def test_a_revoked_token_hears_no_more(api: MastodonCast, port: int) -> None:
    asha = await api.join("asha")
    desk = api.cast.account_desk
    async with socket(port, asha) as heard:
        await desk.write(TokenRevoked(desk.now_ms(), digest_of(asha.token)))
        with pytest.raises(websockets.ConnectionClosed):
            await heard.next()
    assert api.site.streaming.hub.open == 0


@pytest.mark.parametrize(
    ("token", "stream", "status"),
    [("", "user", 401), ("wrong", "user", 401), ("own", "nothing", 400), ("own", "hashtag", 400)],
)
async def test_streams_that_are_refused(
    api: MastodonCast, port: int, token: str, stream: str, status: int
) -> None:
    asha = await api.join("asha")
    secret = asha.token if token == "own" else token
    address = f"ws://127.0.0.1:{port}/api/v1/streaming?stream={stream}&access_token={secret}"
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with websockets.connect(address):
            pass
    assert refused.value.response.status_code == status


async def test_scopes_hold_for_streams(api: MastodonCast, port: int) -> None:
    asha = await api.join("asha", scopes=("read:lists",))
    address = f"ws://127.0.0.1:{port}/api/v1/streaming?stream=user&access_token={asha.token}"
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with websockets.connect(address):
            pass
    assert refused.value.response.status_code == 403


async def test_who_cannot_keep_up_is_cut_off(api: MastodonCast) -> None:
    asha = await api.join("asha")
    hub: StreamHub = api.site.streaming.hub
    slow, quick = Wire(), Wire()
    for wire in (slow, quick):
        receiver = ServerSentReceiver(
            wire,  # type: ignore[arg-type]  # as much of a transport as is used
            asha.id,
            asha.token,
            chunked=False,
        )
        hub.join(receiver)
        hub.subscribe(receiver, find_stream("user", asha.id, "", 0))
    slow.waiting = SLOWEST_BYTES + 1
    await asha.write("hello")
    await asyncio.sleep(0)
    assert slow.aborted
    assert slow.written == []
    assert len(quick.written) == 1


async def test_an_event_is_made_once_for_all(api: MastodonCast) -> None:
    asha = await api.join("asha")
    hub: StreamHub = api.site.streaming.hub
    wires = []
    for number in range(5):
        follower = await api.join(f"follower{number}")
        await follower.post(f"/accounts/{asha.id}/follow")
        wires.append(Wire())
        receiver = ServerSentReceiver(
            wires[-1],  # type: ignore[arg-type]  # as much of a transport as is used
            follower.id,
            follower.token,
            chunked=False,
        )
        hub.join(receiver)
        hub.subscribe(receiver, find_stream("user", follower.id, "", 0))
    await asha.write("hello")
    await asyncio.sleep(0)
    written = [wire.written[-1] for wire in wires]
    assert all(content is written[0] for content in written)


def test_the_bytes_of_an_event() -> None:
    event = Event("delete", b"17")
    assert event.server_sent(chunked=False) == b"event: delete\ndata: 17\n\n"
    assert event.server_sent(chunked=True) == b"18\r\nevent: delete\ndata: 17\n\n\r\n"
    text = b'{"stream":["user"],"event":"delete","payload":"17"}'
    assert event.frame(("user",)) == bytes((0x81, len(text))) + text
    long = Event("update", b"x" * 70_000).frame(("user",))
    assert long[:2] == b"\x81\x7f"
    assert int.from_bytes(long[2:10], "big") == len(long) - 10
