"""Services that are asked for under another name, and names that no service has."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.site.edge import SampleQueries, sample_parts

from lapwing.outages.catalogue.catalogue import UnknownService
from lapwing.outages.model import Service
from lapwing.outages.views import ServiceView
from lapwing.web.site import create_site

_X = Service("x", "X", "social", "https://x.com", (), ())


class _KnowsOne(SampleQueries):
    def service_version(self, slug: str) -> int:
        if slug != _X.slug:
            raise UnknownService(slug, (_X,) if slug == "twiter" else ())
        return super().service_version(slug)

    def service(self, slug: str) -> ServiceView:
        self.service_version(slug)
        return super().service(slug)


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(
        create_site(sample_parts(queries=_KnowsOne())),  # type: ignore[arg-type]  # plain dicts
        raise_app_exceptions=False,
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://lapwing.test") as client:
        yield client


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("/services/twitter", "/services/x"),
        ("/services/X", "/services/x"),
        ("/services/Twitter/me?city=Pune", "/services/x/me?city=Pune"),
        ("/api/v1/services/twitter", "/api/v1/services/x"),
        ("/api/v1/services/twitter/me?country=IN", "/api/v1/services/x/me?country=IN"),
    ],
)
async def test_another_name_leads_to_the_service(
    web: httpx.AsyncClient, asked: str, target: str
) -> None:
    answer = await web.get(asked)
    assert answer.status_code == 308
    assert answer.headers["location"] == target
    assert (await web.get(target)).status_code == 200


async def test_a_name_that_is_nearly_right_is_answered_with_the_one_meant(
    web: httpx.AsyncClient,
) -> None:
    answer = await web.get("/services/twiter")
    assert answer.status_code == 404
    assert "Did you mean" in answer.text
    assert 'href="/services/x"' in answer.text
    assert 'value="twiter"' in answer.text


async def test_a_name_like_none_offers_the_search_alone(web: httpx.AsyncClient) -> None:
    answer = await web.get("/services/%3Cb%3Enowhere")
    assert answer.status_code == 404
    assert "Did you mean" not in answer.text
    assert 'value="&lt;b&gt;nowhere"' in answer.text


async def test_programs_are_told_the_same_as_before(web: httpx.AsyncClient) -> None:
    answer = await web.get("/api/v1/services/twiter")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown_service"
