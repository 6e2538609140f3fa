"""Whatever is given as an address, nothing private is called and only a refusal comes out."""

from __future__ import annotations

import asyncio
import ssl
from ipaddress import ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lapwing.adapters.web_fetching import GuardedFetcher
from lapwing.kernel.refusals import Refusal
from lapwing.ports.web_fetching import Address

PIECES = st.sampled_from(
    [
        *(
            "http:",
            "https:",
            "//",
            "/",
            "\\",
            "@",
            ":",
            "[",
            "]",
            "%",
            "?",
            "#",
            ".",
            " ",
            "\t",
            "\n",
        ),
        *(
            "example.com",
            "127.0.0.1",
            "::1",
            "80",
            "443",
            "%00",
            "%2e",
            "user",
            "é",
            "。",
            "\u202e",
        ),
        *("ⓔxample", "１２７.0.0.1", "xn--", "-", "_", "0x7f", "\x00", "\ud800", "file:", "http"),
    ]
)


async def inward(host: str, port: int) -> list[Address]:
    return [ip_address("10.0.0.1")]


@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=9).map("".join)))
@example("http://example.com")
@example("http://" + "a" * 300)
@example("http://example.com:" + "9" * 5000)
def test_no_address_leads_inward_or_breaks_the_guard(text: str) -> None:
    async def fetch(url: str) -> None:
        fetcher = GuardedFetcher(
            "test", resolve=inward, ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
        try:
            with pytest.raises(Refusal) as refused:
                await fetcher.get(url, content_types=("text/html",))
            assert refused.value.code in ("url_refused", "address_refused")
        finally:
            await fetcher.close()

    asyncio.run(fetch(text))
    asyncio.run(fetch("http://" + text))
