"""Fetching from servers that strangers name: `ports.web_fetching.WebFetcher` over httpcore."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any, Final

import httpcore
import httpx

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.ports.web_fetching import (
    DEADLINE_S,
    PAGE_BYTES,
    Address,
    Fetched,
    is_public_address,
)

AddressRule = Callable[[Address], bool]
Resolve = Callable[[str, int], Awaitable[list[Address]]]

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
USUAL_PORTS: Final = frozenset(_DEFAULT_PORTS.values())
_MOST_REDIRECTIONS: Final = 3
_MOST_ADDRESSES: Final = 4
"""Of one name that are tried."""
_CONNECT_S: Final = 2.5
_LONGEST_URL: Final = 2048
_HOST: Final = re.compile(rb"[a-z0-9_.-]{1,253}|[0-9a-f:.]{2,45}", re.IGNORECASE)
_POST_ANSWER_BYTES: Final = 8 * 1024
_REDIRECTIONS: Final = (301, 302, 303, 307, 308)
_CONNECTIONS: Final = 32
_KEEP_S: Final = 20.0
_FAULTS: Final = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    TimeoutError,
    OSError,
    UnicodeError,  # a name that is none
)


async def resolve(host: str, port: int) -> list[Address]:
    """By the system; raises OSError where there is no such name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    texts = dict.fromkeys(str(where[0]) for _, _, _, _, where in found)
    return [ip_address(text.partition("%")[0]) for text in texts]


class GuardedFetcher:
    """`ports.web_fetching.WebFetcher`."""

    def __init__(
        self,
        user_agent: str,
        *,
        may_connect: AddressRule = is_public_address,
        ports: frozenset[int] | None = USUAL_PORTS,
        resolve: Resolve = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """`ports` None lets any through. The rest is for tests, which have only this machine."""
        self._user_agent = user_agent
        self._ports = ports
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(trust_env=False),
            max_connections=_CONNECTIONS,
            keepalive_expiry=_KEEP_S,
            network_backend=_GuardedBackend(may_connect, resolve),
        )

    async def get(
        self,
        url: str,
        *,
        content_types: tuple[str, ...],
        limit_bytes: int = PAGE_BYTES,
        cut: bool = False,
        deadline_s: float = DEADLINE_S,
    ) -> Fetched:
        headers = {"Accept": ", ".join((*content_types, "*/*;q=0.1")), "Accept-Encoding": "gzip"}
        async with _deadline(deadline_s):
            target = self._checked(url)
            for _ in range(_MOST_REDIRECTIONS + 1):
                async with self._answer("GET", target, headers, None) as answer:
                    onward = _redirection(answer, target)
                    if onward is None:
                        _refuse_type(answer, content_types)
                        return await _read(answer, target, limit_bytes, cut=cut)
                target = self._checked(onward)
        raise Refusal(
            "too_many_redirections",
            f"The address leads on more than {_MOST_REDIRECTIONS} times.",
            field="url",
        )

    async def post(
        self,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
        *,
        deadline_s: float = DEADLINE_S,
    ) -> Fetched:
        async with _deadline(deadline_s):
            target = self._checked(url)
            async with self._answer("POST", target, headers, content) as answer:
                return await _read(answer, target, _POST_ANSWER_BYTES, cut=True)

    async def close(self) -> None:
        await self._pool.aclose()

    @asynccontextmanager
    async def _answer(
        self, method: str, target: httpx.URL, headers: Mapping[str, str], content: bytes | None
    ) -> AsyncIterator[httpcore.Response]:
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        sent.append((b"User-Agent", self._user_agent.encode()))
        url = httpcore.URL(
            scheme=target.raw_scheme,
            host=target.raw_host,
            port=target.port,
            target=target.raw_path,
        )
        async with self._pool.stream(method, url, headers=sent, content=content) as answer:
            yield answer

    def _checked(self, text: str) -> httpx.URL:
        """The one reading of the address that everything after goes by."""
        try:
            url = httpx.URL(text)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise _url_refused("it cannot be read") from None
        if len(text) > _LONGEST_URL:
            raise _url_refused(f"it is longer than {_LONGEST_URL} characters")
        if url.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(url.raw_host):
            raise _url_refused("only http and https addresses of a host can be called")
        if url.userinfo:
            raise _url_refused("it names a user")
        port = _DEFAULT_PORTS[url.scheme] if url.port is None else url.port
        if self._ports is not None and port not in self._ports:
            raise _url_refused(f"port {port} is not one that web pages have")
        return url


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves, checks, and connects to what it has checked."""

    def __init__(self, may_connect: AddressRule, resolve: Resolve) -> None:
        self._may_connect = may_connect
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        found = await self._resolve(host, port)
        allowed = [address for address in found if self._may_connect(address)]
        if not allowed:
            raise Refusal(
                "address_refused",
                f"{host} is not on the public internet, and is not called from here.",
                field="url",
            )
        failed: Exception | None = None
        for address in allowed[:_MOST_ADDRESSES]:
            try:
                return await self._network.connect_tcp(str(address), port, timeout=_CONNECT_S)
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                failed = error
        raise failed or httpcore.ConnectError(host)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.UnsupportedProtocol("no sockets of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def _deadline(deadline_s: float) -> AsyncIterator[None]:
    """All of it in this time, and every fault of the network as `Unavailable`."""
    try:
        async with asyncio.timeout(deadline_s):
            yield
    except _FAULTS as error:
        raise Unavailable(
            "The other server does not answer as it should.",
            detail=f"{type(error).__name__}: {error}",
        ) from error


def _redirection(answer: httpcore.Response, target: httpx.URL) -> str | None:
    """Where the answer leads on to, if it does."""
    if answer.status not in _REDIRECTIONS:
        return None
    location = _headers(answer).get("location")
    if location is None:
        return None
    try:
        return str(target.join(location))
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise _url_refused("it leads on to what cannot be read") from None


def _refuse_type(answer: httpcore.Response, content_types: tuple[str, ...]) -> None:
    kind = _headers(answer).get("content-type", "").strip().lower()
    if answer.status < 400 and not kind.startswith(content_types):
        raise Refusal(
            "content_type_refused",
            f"The address gives {kind.partition(';')[0] or 'something unnamed'}, not "
            f"{' or '.join(content_types)}.",
            field="url",
        )


async def _read(
    answer: httpcore.Response, target: httpx.URL, limit_bytes: int, *, cut: bool
) -> Fetched:
    headers = _headers(answer)
    decompress = _decompressor(headers.get("content-encoding", ""))
    content = bytearray()
    async for piece in answer.aiter_stream():
        content += decompress(piece, limit_bytes + 1 - len(content))
        if len(content) > limit_bytes:
            break
    if len(content) > limit_bytes and not cut:
        raise Refusal(
            "content_too_large",
            f"The address gives more than {limit_bytes // 1024} KiB.",
            field="url",
        )
    return Fetched(
        url=str(target),
        status=answer.status,
        headers=headers,
        content=bytes(content[:limit_bytes]),
        was_cut=len(content) > limit_bytes,
    )


def _decompressor(coding: str) -> Callable[[bytes, int], bytes]:
    """Takes a piece and how many bytes may come out of it."""
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return lambda piece, most: piece[:most]
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise httpcore.RemoteProtocolError(f"content encoding {coding!r} was not asked for")
    inflater = zlib.decompressobj(wbits=47)  # gzip or zlib, told by its head

    def inflate(piece: bytes, most: int) -> bytes:
        try:
            return inflater.decompress(piece, max(most, 1))
        except zlib.error as error:
            raise httpcore.RemoteProtocolError(str(error)) from error

    return inflate


def _headers(answer: httpcore.Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers
    }


def _url_refused(why: str) -> Refusal:
    return Refusal("url_refused", f"This address is not called from here: {why}.", field="url")
