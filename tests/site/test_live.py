"""Live streams: who listens is told at once, then at most once a second, in the same bytes."""

from __future__ import annotations

import asyncio
import resource
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from tests.site.edge import SampleQueries, sample_parts
from tests.site.serving import Running, running

from lapwing.adapters.local_bus import LocalBus
from lapwing.outages.events import CountsChanged, IncidentChanged, MinuteClosed
from lapwing.settings import Settings
from lapwing.web.live.hub import HEARTBEAT, Listener, LiveHub, Message
from lapwing.web.live.stream import key_of
from lapwing.web.site import Site, create_site
from lapwing.web.snapshots import BOARD, Key, Kind, Snapshots

X = Key(Kind.SERVICE, "x")
INCIDENT = Key(Kind.INCIDENT, "x-20231222-0001")


class SteppedTime:
    """Time that passes only when somebody sleeps and the test lets him."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.now_s + seconds, woken))
        await woken.wait()

    async def advance(self, seconds: float) -> None:
        self.now_s += seconds
        due = [woken for at_s, woken in self._sleepers if at_s <= self.now_s]
        self._sleepers = [pair for pair in self._sleepers if pair[0] > self.now_s]
        for woken in due:
            woken.set()
        await _settle()


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class House:
    """A hub with what is around it."""

    def __init__(self) -> None:
        self.queries = SampleQueries()
        self.bus = LocalBus()
        self.time = SteppedTime()
        self.snapshots = Snapshots(self.queries, sample_parts().pages, monotonic=self.time)
        self.hub = LiveHub(self.snapshots, self.bus, sleep=self.time.sleep, monotonic=self.time)

    async def change(self, reports_1h: int, event: object = None) -> None:
        self.queries.change(reports_1h)
        self.bus.publish(event or CountsChanged("x"))
        await _settle()


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("gzip;q=0", False), ("", False)],
)
async def test_a_stream_is_compressed_for_those_who_take_it(
    accepted: str, compressed: bool
) -> None:
    async with running(create_site(sample_parts())) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(
            f"GET /live/services/x HTTP/1.1\r\nAccept-Encoding: {accepted}\r\n\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert ("content-encoding: gzip" in head) == compressed
        writer.close()


async def _ask(port: int, forwarded_for: str) -> tuple[str, asyncio.StreamWriter]:
    """Status line of a stream's answer, and what ends it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    headers = f"Host: lapwing.test\r\nX-Forwarded-For: {forwarded_for}\r\n"
    writer.write(f"GET /live/services/x HTTP/1.1\r\n{headers}\r\n".encode())
    return (await reader.readuntil(b"\r\n\r\n")).decode(), writer


async def test_one_address_has_so_many_streams_and_no_more() -> None:
    settings = Settings(live_pages_per_address=2, trusted_proxies=("127.0.0.0/8",))
    async with running(create_site(sample_parts(settings))) as served:
        first, one = await _ask(served.port, "2001:db8::1")
        second, other = await _ask(served.port, "2001:db8::2:1")
        third, refused = await _ask(served.port, "2001:db8::3")
        assert [" 200 " in head for head in (first, second, third)] == [True, True, False]
        assert third.startswith("HTTP/1.1 429")
        assert "retry-after: 60" in third.lower()
        elsewhere, another = await _ask(served.port, "2001:db8:0:1::1")
        assert " 200 " in elsewhere
        one.close()
        await one.wait_closed()
        while " 200 " not in (again := await _ask(served.port, "2001:db8::3"))[0]:
            again[1].close()
        for writer in (other, refused, another, again[1]):
            writer.close()


async def test_what_cannot_be_listened_to_takes_no_place() -> None:
    settings = Settings(live_pages_per_address=1, trusted_proxies=("127.0.0.0/8",))
    async with running(create_site(sample_parts(settings))) as served:
        named = {"X-Forwarded-For": "203.0.113.7"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
            for _ in range(3):
                answer = await client.get("/live/services/nope", headers=named)
                assert answer.status_code == 404
        head, writer = await _ask(served.port, "203.0.113.7")
        assert " 200 " in head
        writer.close()


async def test_a_proxy_that_nobody_declared_is_not_one_reader() -> None:
    async with running(create_site(sample_parts(Settings(live_pages_per_address=1)))) as served:
        asked = [await _ask(served.port, "203.0.113.7") for _ in range(3)]
        assert all(" 200 " in head for head, _ in asked)
        for _, writer in asked:
            writer.close()


@pytest.mark.parametrize(("url", "told"), [("https://up.example", True), ("", False)])
async def test_browsers_are_told_to_stay_with_https(url: str, told: bool) -> None:
    async with (
        running(create_site(sample_parts(Settings(url=url)))) as served,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client,
    ):
        for path in ("/", "/", "/nothing", "/api/v1/services", "/robots.txt"):
            answer = await client.get(path)
            assert ("strict-transport-security" in answer.headers) == told


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    task = asyncio.create_task(house.hub.run())
    await _settle()
    yield house
    house.hub.close()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _waiting(listener: Listener) -> Message | None:
    """The message in the mailbox; None where there is none."""
    task = asyncio.create_task(listener.next_message())
    await _settle()
    if task.done():
        return task.result()
    task.cancel()
    return None


async def _text(listener: Listener) -> str:
    message = await _waiting(listener)
    return message.text.decode() if message else ""


async def test_who_joins_gets_the_present_fragment(house: House) -> None:
    listener = await house.hub.join(X, None)
    text = await _text(listener)
    assert text.startswith("id: ")
    assert "\ndata: " in text
    assert text.endswith("\n\n")
    assert await _waiting(listener) is None


async def test_who_has_the_present_fragment_already_gets_nothing(house: House) -> None:
    first = await house.hub.join(X, None)
    await _text(first)
    assert await _waiting(await house.hub.join(X, first.last_id)) is None


async def test_a_change_is_told_at_once_when_nothing_was_told_lately(house: House) -> None:
    listener = await house.hub.join(X, None)
    await _text(listener)
    await house.time.advance(5)
    await house.change(77_001)
    assert "77,001" in await _text(listener)


async def test_changes_within_a_second_are_told_as_one_when_it_is_over(house: House) -> None:
    listener = await house.hub.join(X, None)
    await _text(listener)
    await house.time.advance(5)
    for reports in (77_001, 77_002, 77_003):
        await house.change(reports)
    assert "77,001" in await _text(listener)
    assert await _waiting(listener) is None
    drawn = house.queries.drawn
    await house.time.advance(1)
    assert "77,003" in await _text(listener)
    assert house.queries.drawn == drawn + 1
    await house.time.advance(5)
    assert await _waiting(listener) is None


async def test_a_change_after_somebody_else_had_the_page_drawn_is_not_lost(house: House) -> None:
    listener = await house.hub.join(X, None)
    await _text(listener)
    await house.change(77_001)  # waits until the second is over
    house.time.now_s += 1
    await house.hub.join(X, None)  # draws before the wait is noticed
    await house.change(77_002)
    await house.time.advance(0)
    await house.time.advance(1)
    assert "77,002" in await _text(listener)


async def test_a_slow_reader_gets_only_the_newest(house: House) -> None:
    listener = await house.hub.join(X, None)
    for reports in range(77_000, 77_020):
        await house.change(reports)
        await house.time.advance(1)
    assert "77,019" in await _text(listener)
    assert await _waiting(listener) is None


async def test_all_listeners_of_a_page_get_the_same_bytes_drawn_once(house: House) -> None:
    listeners = [await house.hub.join(X, None) for _ in range(5)]
    for listener in listeners:
        await _text(listener)
    await house.time.advance(2)
    drawn = house.queries.drawn
    await house.change(77_001)
    messages = {await _waiting(listener) for listener in listeners}
    assert len(messages) == 1
    assert house.queries.drawn == drawn + 1


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (CountsChanged("x"), {X, BOARD, INCIDENT}),
        (CountsChanged("other"), {BOARD}),
        (MinuteClosed(1), {X, BOARD, INCIDENT}),
        (IncidentChanged("x-20231222-0001", "x", "ongoing", "resolved"), {X, BOARD, INCIDENT}),
    ],
)
async def test_an_event_reaches_the_pages_that_show_it(
    house: House, event: object, told: set[Key]
) -> None:
    listeners = {key: await house.hub.join(key, None) for key in (X, BOARD, INCIDENT)}
    for listener in listeners.values():
        await _text(listener)
    await house.time.advance(2)
    await house.change(77_001, event)
    heard = {key for key, listener in listeners.items() if await _waiting(listener)}
    assert heard == told


async def test_nothing_is_drawn_while_nobody_listens(house: House) -> None:
    listener = await house.hub.join(X, None)
    house.hub.leave(X, listener)
    assert house.hub.listening == 0
    drawn = house.queries.drawn
    await house.time.advance(2)
    await house.change(77_001)
    assert house.queries.drawn == drawn


async def test_a_failing_source_does_not_end_the_stream(house: House) -> None:
    listener = await house.hub.join(X, None)
    await _text(listener)
    await house.time.advance(2)
    house.queries.error = ZeroDivisionError("bug")
    await house.change(77_001)
    await _waiting(listener)  # the stale mark, if the fragment shows it
    house.queries.error = None
    await house.time.advance(2)
    await house.change(77_002)
    await house.time.advance(1)
    assert "77,002" in await _text(listener)


async def test_a_comment_is_sent_when_nothing_else_is(house: House) -> None:
    listener = await house.hub.join(X, None)
    await _text(listener)
    await house.time.advance(15)
    assert await _waiting(listener) is HEARTBEAT


async def test_events_that_were_missed_count_as_a_change_of_everything(house: House) -> None:
    listener = await house.hub.join(X, None)
    await _text(listener)
    await house.time.advance(2)
    house.queries.change(77_001)
    for _ in range(5000):
        house.bus.publish(CountsChanged("other"))
    await _settle()
    assert "77,001" in await _text(listener)


def test_pieces_of_the_compressed_stream_may_follow_in_any_order() -> None:
    one, other = Message(b"data: one\n\n"), Message(b"data: other\n\n" * 100)
    for order in ((one, other), (other, one, one)):
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        read = b"".join(inflate.decompress(message.gzipped) for message in order)
        assert read == b"".join(message.text for message in order)


def test_paths_of_streams() -> None:
    assert key_of("/live/board") == BOARD
    assert key_of("/live/services/x") == X
    assert key_of("/live/incidents/x-20231222-0001") == INCIDENT


@pytest.fixture
async def site() -> Site:
    return create_site(sample_parts())


@pytest.fixture
async def served(site: Site) -> AsyncIterator[Running]:
    async with running(site) as served:
        yield served


@asynccontextmanager
async def _listening(port: int, path: str) -> AsyncIterator[asyncio.StreamReader]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: lapwing.test\r\n\r\n".encode())
    yield reader
    writer.close()
    await writer.wait_closed()


async def _until(reader: asyncio.StreamReader, end: bytes) -> bytes:
    return await asyncio.wait_for(reader.readuntil(end), timeout=10)


async def test_a_stream_over_a_real_connection(served: Running, site: Site) -> None:
    async with _listening(served.port, "/live/services/x") as reader:
        head = await _until(reader, b"\r\n\r\n")
        assert b"200 OK" in head
        assert b"text/event-stream" in head
        assert b"no-store" in head
        assert b"content-security-policy" in head
        assert b"retry: " in await _until(reader, b"\n\n")
        assert b"data: " in await _until(reader, b"\n\n")
        assert site.hub.listening == 1


async def test_a_compressed_stream_can_be_read_as_it_comes(served: Running) -> None:
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client,
        client.stream("GET", "/live/board", headers={"accept-encoding": "gzip"}) as answer,
    ):
        assert answer.headers["content-encoding"] == "gzip"
        read = ""
        async for text in answer.aiter_text():
            read += text
            if read.count("\n\n") >= 2:
                break
    assert "data: " in read


async def test_open_streams_end_when_the_server_stops(served: Running) -> None:
    async with AsyncExitStack() as stack:
        readers = [
            await stack.enter_async_context(_listening(served.port, "/live/board"))
            for _ in range(3)
        ]
        for reader in readers:
            await _until(reader, b"data: ")
        served.server.should_exit = True
        await asyncio.wait_for(served.serving, timeout=5)
        for reader in readers:
            rest = await asyncio.wait_for(reader.read(), timeout=5)
            assert rest.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("path", ["/live/nothing", "/live/services/nope", "/live/incidents/nope"])
async def test_what_does_not_exist_cannot_be_listened_to(served: Running, path: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
        answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"].startswith("unknown_")


async def test_a_broken_connection_is_forgotten(served: Running, site: Site) -> None:
    async with _listening(served.port, "/live/board") as reader:
        await _until(reader, b"data: ")
        assert site.hub.listening == 1
    # The server hears of the end before it hears of a connection that is made after it.
    for _ in range(3):
        async with _listening(served.port, "/healthz") as reader:
            await _until(reader, b"}")
    assert site.hub.listening == 0


async def test_as_many_pages_may_listen_as_the_machine_allows(served: Running) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert served.port
    assert soft == hard
