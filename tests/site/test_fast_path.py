"""Hot pages over raw connections: what the fast path must do as uvicorn does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.site.edge import sample_parts
from tests.site.serving import running

from lapwing.web.fast_path import FastPathProtocol
from lapwing.web.site import create_site

HOST = b"Host: lapwing.test\r\n"
GET_X = b"GET /services/x HTTP/1.1\r\n" + HOST + b"\r\n"
HEAD_X = b"HEAD /services/x HTTP/1.1\r\n" + HOST + b"\r\n"
GET_HEALTH = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"


class Connection:
    """Sends bytes, reads answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, *, head: bool = False) -> tuple[int, dict[str, str], bytes]:
        async with asyncio.timeout(10):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:-2])
            length = 0 if head else int(headers.get("content-length", "0"))
            return int(lines[0].split()[1]), headers, await self.reader.readexactly(length)

    async def ends(self) -> bool:
        async with asyncio.timeout(10):
            return await self.reader.read() == b""


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with running(create_site(sample_parts()), keep_alive_s=1) as served:
        yield served.port


@pytest.fixture
async def connection(port: int) -> AsyncIterator[Connection]:
    """A connection on which the page was asked for once, so that it is hot."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    connection = Connection(reader, writer)
    await connection.send(GET_X)
    await connection.answer()
    yield connection
    writer.close()


async def test_a_hot_answer_is_the_answer_that_the_framework_gave(port: int) -> None:
    connection = Connection(*await asyncio.open_connection("127.0.0.1", port))
    answers = []
    for _ in range(2):
        await connection.send(GET_X)
        status, headers, body = await connection.answer()
        headers.pop("date")
        answers.append((status, headers, body))
    assert answers[0] == answers[1]
    connection.writer.close()


async def test_a_hot_answer_has_a_date(connection: Connection) -> None:
    await connection.send(GET_X)
    assert "gmt" in (await connection.answer())[1]["date"]


async def test_head_has_the_headers_alone(connection: Connection) -> None:
    await connection.send(HEAD_X + GET_X)
    _, head, _ = await connection.answer(head=True)
    _, whole, body = await connection.answer()
    assert head["content-length"] == whole["content-length"] == str(len(body))


async def test_pipelined_requests_are_answered_in_their_order(connection: Connection) -> None:
    await connection.send(GET_X + GET_HEALTH + GET_X + GET_HEALTH + GET_X)
    kinds = [(await connection.answer())[1]["content-type"] for _ in range(5)]
    page, health = "text/html; charset=utf-8", "application/json"
    assert kinds == [page, health, page, health, page]


async def test_requests_may_come_byte_by_byte(connection: Connection) -> None:
    for byte in GET_X + HEAD_X:
        await connection.send(bytes([byte]))
        await asyncio.sleep(0)
    assert (await connection.answer())[0] == 200
    assert (await connection.answer(head=True))[0] == 200


async def test_a_reader_that_does_not_read_is_answered_when_it_does(
    connection: Connection,
) -> None:
    number = 500
    sending = asyncio.create_task(connection.send(GET_X * number))
    statuses = [(await connection.answer())[0] for _ in range(number)]
    await sending
    assert statuses == [200] * number


async def test_http_1_0_ends_with_its_answer(connection: Connection) -> None:
    await connection.send(b"GET /services/x HTTP/1.0\r\n\r\n")
    status, headers, _ = await connection.answer()
    assert (status, headers["connection"]) == (200, "close")
    assert await connection.ends()


async def test_connection_close_is_honoured_and_what_follows_is_ignored(
    connection: Connection,
) -> None:
    asked = b"GET /services/x HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    await connection.send(asked + GET_X + GET_HEALTH)
    _, headers, _ = await connection.answer()
    assert headers["connection"] == "close"
    assert await connection.ends()


async def test_a_known_page_is_304(connection: Connection) -> None:
    await connection.send(GET_X)
    etag = (await connection.answer())[1]["etag"]
    known = b"GET /services/x HTTP/1.1\r\n" + HOST + b"If-None-Match: " + etag.encode()
    await connection.send(known + b"\r\n\r\n")
    status, headers, _ = await connection.answer()
    assert (status, headers["etag"]) == (304, etag)
    assert "content-length" not in headers


async def test_a_get_with_a_body_does_not_confuse_what_follows(connection: Connection) -> None:
    asked = b"GET /services/x HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello"
    await connection.send(asked + GET_X)
    assert (await connection.answer())[0] == 200
    assert (await connection.answer())[0] == 200


async def test_what_is_not_http_is_400(connection: Connection) -> None:
    await connection.send(b"\x16\x03\x01 nonsense\r\n\r\n")
    status, _, _ = await connection.answer()
    assert status == 400
    assert await connection.ends()


async def test_what_is_not_http_is_answered_with_the_headers_of_every_answer(
    connection: Connection,
) -> None:
    await connection.send(b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n")
    status, headers, _ = await connection.answer()
    assert status == 400
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in headers["content-security-policy"]


@pytest.mark.parametrize("piece", [b"X-Long: " + b"x" * 4000, b"X: y\r\n" * 500])
async def test_headers_without_end_are_refused(connection: Connection, piece: bytes) -> None:
    await connection.send(b"GET /services/x HTTP/1.1\r\n" + HOST)
    answer = asyncio.create_task(connection.answer())
    while not answer.done():
        connection.writer.write(piece)
        await asyncio.sleep(0)
    assert (await answer)[0] == 431


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET / HT", GET_X[:-2], b"POST /api/v1/reports HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"],
)
async def test_who_does_not_get_on_with_a_request_is_let_go(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FastPathProtocol, "patience_s", 0.05)
    async with running(create_site(sample_parts())) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(begun)
        assert await Connection(reader, writer).ends()
        writer.close()


async def test_who_listens_is_not_hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FastPathProtocol, "patience_s", 0.05)
    async with running(create_site(sample_parts())) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(b"GET /live/services/x HTTP/1.1\r\n" + HOST + b"\r\n")
        await reader.readuntil(b"</hx-partial>\n\n\r\n")
        for _ in range(3):
            silent = Connection(*await asyncio.open_connection("127.0.0.1", served.port))
            assert await silent.ends()
            silent.writer.close()
        assert not reader.at_eof()
        writer.close()


async def test_other_methods_on_a_hot_page_go_to_the_framework(connection: Connection) -> None:
    await connection.send(b"DELETE /services/x HTTP/1.1\r\n" + HOST + b"\r\n")
    assert (await connection.answer())[0] == 405


async def test_an_idle_connection_is_closed(connection: Connection) -> None:
    await connection.send(GET_X)
    await connection.answer()
    assert await connection.ends()


async def test_a_connection_that_is_used_stays_open(connection: Connection) -> None:
    for _ in range(3):
        await connection.send(GET_X + GET_HEALTH + GET_X)
        for _ in range(3):
            assert (await connection.answer())[0] == 200


async def test_an_escaped_path_is_not_hot_and_still_found(connection: Connection) -> None:
    await connection.send(b"GET /services/%78 HTTP/1.1\r\n" + HOST + b"\r\n")
    assert (await connection.answer())[0] == 200
