"""The guard before strangers' servers, against a real server on this machine; names and the rule
of allowed addresses are given, so that nothing outside is called."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from lapwing.adapters.web_fetching import GuardedFetcher
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.ports.web_fetching import Address, Fetched, is_public_address

HTML = ("text/html",)
HERE = ip_address("127.0.0.1")


@dataclass
class Stranger:
    """A web server that answers as it is told, and remembers what it was asked."""

    port: int = 0
    asked: list[bytes] = field(default_factory=list)
    connections: int = 0
    answers: dict[str, bytes] = field(default_factory=dict)
    endless: bytes = b""
    """Sent again and again after the answer."""

    def page(self, path: str, *headers: str, content: bytes = b"<title>t</title>") -> None:
        given = ["HTTP/1.1 200 OK", f"Content-Length: {len(content)}", *headers]
        if not any(header.lower().startswith("content-type") for header in headers):
            given.append("Content-Type: text/html; charset=utf-8")
        self.answers[path] = "\r\n".join((*given, "", "")).encode() + content

    def redirection(self, path: str, location: str, *headers: str) -> None:
        lines = ["HTTP/1.1 302 Found", f"Location: {location}", "Content-Length: 0", *headers]
        self.answers[path] = "\r\n".join((*lines, "", "")).encode()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = [
                    int(line.split(b":")[1])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length:")
                ]
                body = await reader.readexactly(length[0]) if length else b""
                self.asked.append(head + body)
                writer.write(self.answers[head.split(b" ")[1].decode()])
                await writer.drain()
                while self.endless:
                    writer.write(self.endless)
                    await writer.drain()
                    await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def stranger() -> AsyncIterator[Stranger]:
    made = Stranger()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    made.page("/")
    yield made
    server.close()


class Names:
    """A resolver; `told` names it was asked for."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = [[ip_address(text) for text in answer] for answer in answers]
        self.told: list[str] = []

    async def __call__(self, host: str, port: int) -> list[Address]:
        self.told.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


Make = Callable[..., GuardedFetcher]


@pytest.fixture
async def fetcher() -> AsyncIterator[Make]:
    """Makes fetchers that may call this machine's own address and no other."""
    made: list[GuardedFetcher] = []

    def make(**options: Any) -> GuardedFetcher:
        settings = {"may_connect": lambda address: address == HERE, "ports": None} | options
        made.append(GuardedFetcher("Lapwing/test", **settings))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def refusal(fetching: GuardedFetcher, url: str, **options: Any) -> str:
    with pytest.raises(Refusal) as refused:
        await fetching.get(url, content_types=HTML, **options)
    assert refused.value.field == "url"
    return refused.value.code


async def get(fetching: GuardedFetcher, url: str, **options: Any) -> Fetched:
    return await fetching.get(url, content_types=HTML, **options)


async def test_a_page_is_fetched(stranger: Stranger, fetcher: Make) -> None:
    stranger.page("/a?b=%C3%BC", content=b"<title>x</title>")
    page = await get(fetcher(), f"http://127.0.0.1:{stranger.port}/a?b=ü#part")
    assert (page.status, page.content_type) == (200, "text/html")
    assert (page.content, page.was_cut) == (b"<title>x</title>", False)
    assert b"User-Agent: Lapwing/test" in stranger.asked[0]
    assert f"Host: 127.0.0.1:{stranger.port}".encode() in stranger.asked[0]


# Where it may go


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:25/_HELO",
        "javascript:alert(1)",
        "http://",
        "http:///path",
        "http://user@example.com/",
        "http://user:pass@example.com/",
        "http://example.com:22/",
        "http://example.com:6379/",
        "https://example.com:8443/",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://[::1/",
        "http://exa\r\nmple.com/",
        "https://example.com/" + "x" * 3000,
    ],
)
async def test_only_ordinary_addresses_of_the_web(fetcher: Make, url: str) -> None:
    names = Names(["127.0.0.1"])
    usual = fetcher(resolve=names, ports=frozenset((80, 443)))
    assert await refusal(usual, url) == "url_refused"
    assert names.told == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0",
        "127.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "0177.0.0.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "192.168.0.1",
        "10.0.0.1",
        "224.0.0.1",
    ],
)
async def test_this_machine_and_its_neighbours_are_never_called(
    fetcher: Make, stranger: Stranger, host: str
) -> None:
    """By the real resolver, in every way to write them."""
    public_only = fetcher(may_connect=is_public_address)
    refused = await refusal(public_only, f"http://{host}:{stranger.port}/")
    assert refused == ("url_refused" if host == "0177.0.0.1" else "address_refused")
    with pytest.raises(Refusal, match="not called from here"):
        await public_only.post(f"http://{host}:{stranger.port}/", b"", {})
    assert stranger.connections == 0


@pytest.mark.parametrize(
    "address", ["10.0.0.5", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.5", "fe80::1"]
)
async def test_a_public_name_for_a_private_address_is_refused(
    fetcher: Make, stranger: Stranger, address: str
) -> None:
    inward = fetcher(may_connect=is_public_address, resolve=Names([address]))
    assert await refusal(inward, f"http://public.example:{stranger.port}/") == "address_refused"
    assert stranger.connections == 0


async def test_the_address_that_was_checked_is_the_one_that_is_called(
    fetcher: Make, stranger: Stranger
) -> None:
    """The name is resolved once for each connection: a second answer cannot slip in between."""
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    rebound = fetcher(resolve=names)
    stranger.page("/", "Connection: close")
    assert (await get(rebound, f"http://public.example:{stranger.port}/")).status == 200
    assert names.told == ["public.example"]
    assert await refusal(rebound, f"http://public.example:{stranger.port}/") == "address_refused"


async def test_of_several_addresses_only_allowed_ones_are_tried(
    fetcher: Make, stranger: Stranger
) -> None:
    mixed = fetcher(resolve=Names(["10.0.0.1", "::1", "127.0.0.1"]))
    assert (await get(mixed, f"http://public.example:{stranger.port}/")).status == 200


async def test_redirections_are_followed_without_cookies(fetcher: Make, stranger: Stranger) -> None:
    stranger.redirection("/1", "/2", "Set-Cookie: spy=1; Path=/")
    stranger.redirection("/2", f"http://127.0.0.1:{stranger.port}/3")
    stranger.redirection("/3", "?x")
    stranger.page("/3?x")
    page = await get(fetcher(), f"http://127.0.0.1:{stranger.port}/1")
    assert page.url == f"http://127.0.0.1:{stranger.port}/3?x"
    assert not any(b"cookie" in asked.lower() for asked in stranger.asked)


async def test_redirections_have_an_end(fetcher: Make, stranger: Stranger) -> None:
    stranger.redirection("/", "/")
    asked = await refusal(fetcher(), f"http://127.0.0.1:{stranger.port}/")
    assert asked == "too_many_redirections"
    assert len(stranger.asked) == 4


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://127.0.0.2/", "address_refused"),
        ("http://localhost./", "address_refused"),
        ("http://[::1]/", "address_refused"),
        ("http://169.254.169.254/latest/meta-data/", "address_refused"),
        ("//user:pass@127.0.0.1/", "url_refused"),
        ("file:///etc/passwd", "url_refused"),
        ("gopher://127.0.0.1/", "url_refused"),
        ("http://[", "url_refused"),
    ],
)
async def test_redirections_lead_nowhere_else(
    fetcher: Make, stranger: Stranger, location: str, code: str
) -> None:
    async def by_name(host: str, port: int) -> list[Address]:
        return [ip_address({"localhost.": "127.0.0.3"}.get(host, host))]

    stranger.redirection("/", location)
    url = f"http://127.0.0.1:{stranger.port}/"
    assert await refusal(fetcher(resolve=by_name), url) == code
    assert stranger.connections == 1


async def test_the_environments_proxy_is_not_used(
    fetcher: Make, stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.9:1")
    assert (await get(fetcher(), f"http://127.0.0.1:{stranger.port}/")).status == 200


# What it takes


async def test_only_the_wanted_types_are_read(fetcher: Make, stranger: Stranger) -> None:
    for kind in ("image/svg+xml", "application/octet-stream", "text/htm", ""):
        stranger.page("/", f"Content-Type: {kind}")
        url = f"http://127.0.0.1:{stranger.port}/"
        assert await refusal(fetcher(), url) == "content_type_refused"


async def test_an_error_is_told_whatever_its_type(fetcher: Make, stranger: Stranger) -> None:
    stranger.answers["/"] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"
    assert (await get(fetcher(), f"http://127.0.0.1:{stranger.port}/")).status == 404


async def test_too_much_is_refused_or_cut_off(fetcher: Make, stranger: Stranger) -> None:
    url = f"http://127.0.0.1:{stranger.port}/"
    stranger.page("/", content=b"x" * 5001)
    assert await refusal(fetcher(), url, limit_bytes=5000) == "content_too_large"
    page = await get(fetcher(), url, limit_bytes=5000, cut=True)
    assert (len(page.content), page.was_cut) == (5000, True)
    page = await get(fetcher(), url, limit_bytes=5001)
    assert (len(page.content), page.was_cut) == (5001, False)


async def test_an_endless_answer_is_cut_off(fetcher: Make, stranger: Stranger) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    stranger.answers["/"], stranger.endless = head, b"400\r\n" + b"x" * 1024 + b"\r\n"
    url = f"http://127.0.0.1:{stranger.port}/"
    assert await refusal(fetcher(), url) == "content_too_large"
    assert len((await get(fetcher(), url, cut=True)).content) == 1024 * 1024


async def test_compressed_pages_are_read_and_bombs_cut_off(
    fetcher: Make, stranger: Stranger
) -> None:
    url = f"http://127.0.0.1:{stranger.port}/"
    stranger.page("/", "Content-Encoding: gzip", content=gzip.compress(b"<title>z</title>"))
    assert (await get(fetcher(), url)).content == b"<title>z</title>"
    bomb = gzip.compress(b"\0" * 60_000_000)
    assert len(bomb) < 70_000
    stranger.page("/", "Content-Encoding: gzip", content=bomb)
    assert await refusal(fetcher(), url) == "content_too_large"
    assert len((await get(fetcher(), url, cut=True)).content) == 1024 * 1024


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000,
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: br\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
        b"Content-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: x\r\n\r\n",
    ],
)
async def test_a_server_that_speaks_nonsense_or_falls_silent_is_unavailable(
    fetcher: Make, stranger: Stranger, answer: bytes
) -> None:
    stranger.answers["/"] = answer
    with pytest.raises(Unavailable) as failed:
        await get(fetcher(), f"http://127.0.0.1:{stranger.port}/", deadline_s=0.3)
    assert "127.0.0.1" not in failed.value.message


async def test_a_server_that_drips_is_left_at_the_deadline(
    fetcher: Make, stranger: Stranger
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    stranger.answers["/"] = head
    with pytest.raises(Unavailable):
        await get(fetcher(), f"http://127.0.0.1:{stranger.port}/", deadline_s=0.2)


async def test_no_such_name_and_nobody_there_are_unavailable(fetcher: Make) -> None:
    async def unknown(host: str, port: int) -> list[Address]:
        raise OSError("no such name")

    with pytest.raises(Unavailable):
        await get(fetcher(resolve=unknown), "http://nowhere.example/")
    with pytest.raises(Unavailable):
        await get(fetcher(), "http://127.0.0.1:9/")
    with pytest.raises(Unavailable):
        await get(fetcher(), f"http://{'a' * 70}.example/")


# What it sends


async def test_a_message_is_posted(fetcher: Make, stranger: Stranger) -> None:
    stranger.answers["/push"] = (
        b"HTTP/1.1 410 Gone\r\nRetry-After: 60\r\nContent-Length: 9000\r\n\r\n" + b"g" * 9000
    )
    answer = await fetcher().post(
        f"http://127.0.0.1:{stranger.port}/push", b"\0secret", {"TTL": "60"}
    )
    assert (answer.status, answer.headers["retry-after"]) == (410, "60")
    assert (len(answer.content), answer.was_cut) == (8192, True)
    assert stranger.asked[0].startswith(b"POST /push HTTP/1.1\r\n")
    assert stranger.asked[0].endswith(b"\r\n\r\n\0secret")
    assert b"TTL: 60\r\n" in stranger.asked[0]


async def test_posts_follow_no_redirection(fetcher: Make, stranger: Stranger) -> None:
    stranger.redirection("/push", "/other")
    answer = await fetcher().post(f"http://127.0.0.1:{stranger.port}/push", b"x", {})
    assert answer.status == 302
    assert len(stranger.asked) == 1


async def test_a_connection_serves_several_messages(fetcher: Make, stranger: Stranger) -> None:
    one = fetcher()
    for _ in range(3):
        await one.post(f"http://127.0.0.1:{stranger.port}/", b"x", {})
    assert (len(stranger.asked), stranger.connections) == (3, 1)


async def test_certificates_are_checked_against_the_name_not_the_address(
    fetcher: Make, tmp_path: Path
) -> None:
    server_side, client_side = make_certificate(tmp_path, "right.example")
    stranger = Stranger()
    stranger.page("/")
    server = await asyncio.start_server(stranger.serve, "127.0.0.1", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    one = fetcher(resolve=Names(["127.0.0.1"]), ssl_context=client_side)
    assert (await get(one, f"https://right.example:{port}/")).status == 200
    with pytest.raises(Unavailable, match="CERTIFICATE"):
        await get(one, f"https://wrong.example:{port}/")
    server.close()


def make_certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server of this name, and for a client that trusts it."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(file)
    return server_side, ssl.create_default_context(cafile=str(file))
