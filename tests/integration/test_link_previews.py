"""The whole way from a link to its card, through the real guard, reader and worker process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.sample_media import GPS_TEXT, photo

from lapwing.adapters.media.memory_media_files import MemoryMediaFiles
from lapwing.adapters.media.processor import ProcessMediaProcessor
from lapwing.adapters.web_fetching import GuardedFetcher
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.link_previews.previewing import find_link_to_preview, preview_link
from lapwing.microblog.model import Card

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


class Site:
    """A stranger's site: path -> type and content."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}
        self.url = ""

    def add_page(self, path: str, head: str) -> str:
        self.files[path] = "text/html; charset=utf-8", f"<head>{head}</head>".encode()
        return self.url + path

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        kind, content = self.files.get(head.split(b" ")[1].decode(), ("", b""))
        status = "200 OK" if kind else "404 Not Found"
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n"
            f"Content-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        await writer.drain()
        writer.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()


class Previews:
    def __init__(self, folder: Path) -> None:
        self.files = MemoryMediaFiles()
        self.processor = ProcessMediaProcessor(folder / "work", self.files)
        self.fetcher = GuardedFetcher(
            "Lapwing/test", may_connect=lambda address: str(address) == "127.0.0.1", ports=None
        )

    async def make(self, url: str) -> Card | None:
        return await preview_link(url, self.fetcher, self.processor)

    async def close(self) -> None:
        await self.fetcher.close()
        await self.processor.close()


@pytest.fixture
async def previews(tmp_path: Path) -> AsyncIterator[Previews]:
    made = Previews(tmp_path)
    yield made
    await made.close()


async def test_a_page_with_a_picture(site: Site, previews: Previews) -> None:
    url = site.add_page(
        "/", "<title>Cable cut</title><meta property='og:image' content='/cable.jpg'>"
    )
    site.files["/cable.jpg"] = "image/jpeg", photo(size=(1200, 800))
    card = await previews.make(url)
    assert card is not None
    assert (card.url, card.title, card.kind) == (url, "Cable cut", "link")
    assert (card.width, card.height) == (587, 391)
    assert len(card.blurhash) == 36
    kept = b"".join([piece async for piece in previews.files.read(card.image)])
    assert kept.startswith(b"\xff\xd8\xff")
    assert GPS_TEXT not in kept


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("image/svg+xml", SVG),
        ("image/png", SVG),
        ("text/html", photo()),
        ("image/jpeg", photo()[:500]),
        ("image/jpeg", b""),
        ("", b""),
    ],
)
async def test_a_bad_picture_does_not_cost_the_card(
    site: Site, previews: Previews, kind: str, content: bytes
) -> None:
    url = site.add_page("/", "<title>t</title><meta property='og:image' content='/picture'>")
    site.files["/picture"] = kind, content
    card = await previews.make(url)
    assert card is not None
    assert (card.title, card.image, card.width, card.blurhash) == ("t", "", 0, "")
    assert await previews.files.total_bytes() == 0


async def test_a_picture_on_a_private_address_is_not_called(site: Site, previews: Previews) -> None:
    inward = "<meta property='og:image' content='http://169.254.169.254/latest/meta-data/'>"
    card = await previews.make(site.add_page("/", "<title>t</title>" + inward))
    assert card is not None
    assert card.image == ""


async def test_what_is_no_page_has_no_card(site: Site, previews: Previews) -> None:
    assert await previews.make(site.url + "/missing") is None
    assert await previews.make(site.add_page("/untitled", "")) is None
    site.files["/photo"] = "image/jpeg", photo()
    with pytest.raises(Refusal):
        await previews.make(site.url + "/photo")


def test_the_first_link_that_leads_elsewhere_is_previewed() -> None:
    links = ["https://Lapwing.example/x", "https://news.example/1", "https://other.example/"]
    assert find_link_to_preview(links, "lapwing.example") == "https://news.example/1"
    assert find_link_to_preview(links[:1], "lapwing.example:8000") is None
    assert find_link_to_preview(["http://[", ""], "lapwing.example") is None
