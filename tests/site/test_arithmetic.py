"""The arithmetic over HTTP: found, and refused with words."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from tests.site.edge import sample_parts

from lapwing.outages.asked_views import ExplanationView
from lapwing.outages.detection.explanation import Verdict
from lapwing.web.site import create_site


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_site(sample_parts()), raise_app_exceptions=False)  # type: ignore[arg-type]  # httpx types scopes as plain dicts
    async with httpx.AsyncClient(transport=transport, base_url="http://lapwing.test") as client:
        yield client


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        ("", Verdict.NOT_ENOUGH),
        ("?at=", Verdict.NOT_ENOUGH),
        ("?at=2023-12-21T05:09Z", Verdict.DECLARED),
        ("?at=2023-12-21T05:09", Verdict.DECLARED),
        ("?at=2023-12-21T10:39+05:30", Verdict.DECLARED),
        ("?at=2023-12-21T10:39%2B05:30", Verdict.DECLARED),
    ],
)
async def test_an_instant_is_read_in_any_of_its_spellings(
    web: httpx.AsyncClient, at: str, verdict: Verdict
) -> None:
    answer = await web.get("/api/v1/services/x/explanation" + at)
    view = msgspec.json.decode(answer.content, type=ExplanationView)
    assert view.explanation.verdict is verdict
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("x/explanation?at=yesterday", 400, "invalid_instant"),
        ("x/explanation?at=0001-01-01T00:00%2B14:00", 400, "invalid_instant"),
        ("x/explanation?at=2099-01-01T00:00Z", 400, "not_yet"),
        ("x/explanation?at=2020-01-01T00:00Z", 404, "nothing_known"),
        ("twiter/explanation", 404, "unknown_service"),
    ],
)
async def test_what_cannot_be_explained_is_refused_with_words(
    web: httpx.AsyncClient, path: str, status: int, code: str
) -> None:
    answer = await web.get("/api/v1/services/" + path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["field"] in ("at", "service")


async def test_the_page_takes_names_and_says_what_is_wrong(web: httpx.AsyncClient) -> None:
    page = await web.get("/methodology/arithmetic?service=twitter&at=2023-12-21T05:09")
    assert "An outage of X was declared when this minute ended." in page.text
    assert 'value="2023-12-21T05:09"' in page.text
    refused = await web.get("/methodology/arithmetic?service=x&at=soon")
    assert refused.status_code == 400
    assert "is no instant" in refused.text
