"""Web Push from a like to a device that opens the message, over a push server of our own."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lapwing.adapters.web_fetching import GuardedFetcher
from lapwing.adapters.web_push import VapidPush
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.ports.web_push import Device


class PushServer:
    """Takes one request after the other and answers with `status`."""

    status = 201

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_server(self._talk, "127.0.0.1", 0)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
        headers = dict(line.lower().split(": ", 1) for line in head if line)
        kept = dict(line.split(": ", 1) for line in head if line)
        body = await reader.readexactly(int(headers["content-length"]))
        self.taken.append(({name.lower(): value for name, value in kept.items()}, body))
        writer.write(f"HTTP/1.1 {self.status} Said\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()


class Phone:
    def __init__(self, port: int, *, is_standard: bool) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = secrets.token_bytes(16)
        self.device = Device(
            f"http://127.0.0.1:{port}/push/1", _text(self._point()), _text(self.secret), is_standard
        )

    def _point(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def open(self, headers: dict[str, str], body: bytes) -> object:
        coding = headers["content-encoding"]
        more = {}
        if coding == "aesgcm":
            parts = dict(
                part.strip().split("=", 1)
                for part in headers["crypto-key"].replace(",", ";").split(";")
                if "=" in part
            )
            more = {
                "dh": _bytes(parts["dh"]),
                "salt": _bytes(headers["encryption"].partition("salt=")[2]),
            }
        opened = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.secret, version=coding, **more
        )
        return json.loads(opened)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
async def server() -> AsyncIterator[tuple[PushServer, int]]:
    made = PushServer()
    listening = await made.serve()
    yield made, listening.sockets[0].getsockname()[1]
    listening.close()
    await listening.wait_closed()


@pytest.fixture
async def push(tmp_path: Path) -> AsyncIterator[VapidPush]:
    fetcher = GuardedFetcher("test", may_connect=lambda address: True, ports=None)
    yield VapidPush(tmp_path / "key.pem", fetcher, "mailto:a@example.org")
    await fetcher.close()


@pytest.mark.parametrize("is_standard", [True, False])
async def test_the_device_opens_what_was_pushed(
    server: tuple[PushServer, int], push: VapidPush, is_standard: bool
) -> None:
    phone = Phone(server[1], is_standard=is_standard)
    assert await push.push(phone.device, b'{"title": "Bob likes it"}')
    headers, body = server[0].taken[0]
    assert phone.open(headers, body) == {"title": "Bob likes it"}
    assert push.public_key in headers["authorization"] + headers.get("crypto-key", "")


async def test_a_device_that_is_gone_and_a_server_that_fails(
    server: tuple[PushServer, int], push: VapidPush
) -> None:
    phone = Phone(server[1], is_standard=True)
    server[0].status = 410
    assert not await push.push(phone.device, b"{}")
    server[0].status = 500
    with pytest.raises(Unavailable):
        await push.push(phone.device, b"{}")


async def test_keys_that_are_none_are_refused(
    server: tuple[PushServer, int], push: VapidPush
) -> None:
    wrong = Device(f"http://127.0.0.1:{server[1]}/", "AAAA", "AAAA", True)
    with pytest.raises(Refusal, match="encrypt nothing"):
        await push.push(wrong, b"{}")
    assert server[0].taken == []


async def test_an_address_of_this_network_is_refused(tmp_path: Path) -> None:
    fetcher = GuardedFetcher("test")
    push = VapidPush(tmp_path / "key.pem", fetcher, "mailto:a@example.org")
    phone = Phone(80, is_standard=True)
    with pytest.raises(Refusal):
        await push.push(phone.device, b"{}")
    await fetcher.close()


async def test_the_key_stays_the_same(tmp_path: Path) -> None:
    fetcher = GuardedFetcher("test")
    keys = {
        VapidPush(tmp_path / "key.pem", fetcher, "mailto:a@example.org").public_key
        for _ in range(2)
    }
    assert len(keys) == 1
    await fetcher.close()
