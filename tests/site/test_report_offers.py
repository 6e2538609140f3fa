"""Whoever posts that a service fails is offered to count it as a report."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from tests.site.square_cast import COOKIE, HOST, Cast, seeded

from lapwing.microblog.text.outage_claims.claims import OutageClaims
from lapwing.web.pages.rendering import Pages
from lapwing.web.square.parts import SquareParts

CLAIMS = OutageClaims([("x", ("X", "Twitter")), ("github", ("GitHub",))])


class ReadingCast(Cast):
    """One that understands what posts claim."""

    def square_parts(self, pages: Pages) -> SquareParts:
        return replace(
            super().square_parts(pages),
            claims_in=CLAIMS.made_in,
            symptoms_of=lambda slug: [("feed", "Posts don’t load")],
        )


@pytest.fixture
async def asha() -> AsyncIterator[httpx.AsyncClient]:
    cast = await seeded()
    names = ("now_ms", "state", "files", "journal", "stale")
    reading = ReadingCast(**{name: getattr(cast, name) for name in names})
    transport = httpx.ASGITransport(reading.site, raise_app_exceptions=False)  # type: ignore[arg-type]  # httpx types scopes as plain dicts
    async with httpx.AsyncClient(
        transport=transport, base_url=f"http://{HOST}", cookies={COOKIE: "asha"}
    ) as web:
        yield web


async def posted(web: httpx.AsyncClient, text: str, **form: str) -> str:
    """Where one comes to."""
    answer = await web.post("/compose", data={"request": text, "text": text, **form})
    assert answer.status_code == 303
    return answer.headers["location"]


async def test_a_post_that_says_so_leads_to_the_offer(asha: httpx.AsyncClient) -> None:
    where = await posted(asha, "Twitter is down again")
    assert where == "/home?said=posted&fails=x"
    page = (await asha.get(where)).text
    assert "Count this as a report that it fails for you?" in page
    assert '<form class="said report-offer" method="post" action="/services/x/reports"' in page
    assert '<option value="feed">Posts don’t load</option>' in page


async def test_any_other_post_leads_to_none(asha: httpx.AsyncClient) -> None:
    where = await posted(asha, "Lovely weather, and Twitter works")
    assert where == "/home?said=posted"
    assert "report-offer" not in (await asha.get(where)).text


async def test_an_answer_leads_back_to_its_thread_with_the_offer(asha: httpx.AsyncClient) -> None:
    where = await posted(asha, "First of all, bread")
    own = (await asha.get("/@asha")).text.split('data-post="')[1].split('"')[0]
    where = await posted(asha, "Twitter is down for me too", reply_to=own)
    path, _, place = where.partition("#")
    assert path.endswith("?said=posted&fails=x")
    assert place.startswith("p")
    assert "report-offer" in (await asha.get(path)).text


@pytest.mark.parametrize(
    "fails", ["nothing-like-it", '"><script>alert(1)</script>', "x" * 5000, "%20%20", "../../x"]
)
async def test_an_address_that_names_no_service_offers_nothing(
    asha: httpx.AsyncClient, fails: str
) -> None:
    page = await asha.get("/home", params={"fails": fails})
    assert page.status_code == 200
    assert "report-offer" not in page.text
    assert "<script>alert(1)" not in page.text


async def test_who_is_not_signed_in_is_offered_nothing(asha: httpx.AsyncClient) -> None:
    asha.cookies.clear()
    assert "report-offer" not in (await asha.get("/local?fails=x")).text
