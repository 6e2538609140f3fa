""" "Is it me?" over HTTP: who asks from where, what is remembered, and who may read it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from tests.site.edge import SampleNearby, sample_parts

from lapwing.outages.asked_views import CalibrationView, NearbyView
from lapwing.outages.queries.nearby import Visitor
from lapwing.settings import Settings
from lapwing.web.parts import SiteParts
from lapwing.web.site import create_site

PUNE, NAGPUR = 1259229, 1262180
INDIA = {"X-Forwarded-For": "203.0.113.7"}


@pytest.fixture
def parts() -> SiteParts:
    return sample_parts(Settings(trusted_proxies=("10.0.0.0/8",)))


@pytest.fixture
async def web(parts: SiteParts) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(
        create_site(parts),  # type: ignore[arg-type]  # httpx types scopes as plain dicts
        client=("10.1.1.1", 999),
        raise_app_exceptions=False,
    )
    async with httpx.AsyncClient(
        transport=transport, base_url="http://lapwing.test", headers=INDIA
    ) as client:
        yield client


def asked(parts: SiteParts) -> Visitor:
    assert isinstance(parts.nearby, SampleNearby)
    return parts.nearby.asked[-1]


@pytest.mark.parametrize(
    ("query", "visitor"),
    [
        ("", Visitor("IN", None, "AS7")),
        ("?city=Pune", Visitor("IN", PUNE, "AS7")),
        (f"?city={PUNE}", Visitor("IN", PUNE, "AS7")),
        ("?city=Pune, Maharashtra, India", Visitor("IN", PUNE, "AS7")),
        ("?city=Atlantis", Visitor("IN", None, "AS7")),
        ("?city=", Visitor("IN", None, "AS7")),
        ("?country=us", Visitor("US", None, "AS7")),
    ],
)
async def test_the_place_is_the_chosen_one_or_the_connection_s(
    web: httpx.AsyncClient, parts: SiteParts, query: str, visitor: Visitor
) -> None:
    answer = await web.get("/api/v1/services/x/me" + query)
    assert answer.status_code == 200
    assert msgspec.json.decode(answer.content, type=NearbyView).service.slug == "x"
    assert asked(parts) == visitor


async def test_no_other_site_may_read_it_and_nobody_keeps_it(web: httpx.AsyncClient) -> None:
    for path in ("/api/v1/services/x/me", "/services/x/me", "/services/x/me?part=1"):
        answer = await web.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers
    assert (await web.get("/services/x/me?part=1")).text.lstrip().startswith("<h2>")


async def test_a_chosen_city_is_remembered_by_its_id_until_it_is_forgotten(
    web: httpx.AsyncClient, parts: SiteParts
) -> None:
    chosen = await web.get("/services/x/me?city=Nagpur")
    assert "remembered in your browser" in chosen.text
    cookie = chosen.headers["set-cookie"]
    assert cookie.startswith("lapwing_city=")
    assert "HttpOnly" in cookie
    await web.get("/services/x/me?part=1")
    assert asked(parts).city is not None
    forgotten = await web.get("/services/x/me?city=")
    assert asked(parts).city is None
    assert "Max-Age=0" in forgotten.headers["set-cookie"]
    await web.get("/services/x/me")
    assert asked(parts).city is None


async def test_a_city_that_is_none_is_said_to_be_unknown_and_not_remembered(
    web: httpx.AsyncClient,
) -> None:
    answer = await web.get("/services/x/me?city=Atlantis<b>")
    assert "No city called “Atlantis&lt;b&gt;” is known here" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("value", ["x", "-1", "99999999999", "1;2", "٣"])
async def test_a_cookie_that_is_no_city_is_none(
    web: httpx.AsyncClient, parts: SiteParts, value: str
) -> None:
    header = {"Cookie": f"lapwing_city={value}".encode()}
    answer = await web.get("/services/x/me", headers=header)  # type: ignore[arg-type]  # bytes too
    assert answer.status_code == 200
    assert asked(parts).city is None


async def test_what_is_not_there_is_refused(web: httpx.AsyncClient) -> None:
    assert (await web.get("/services/twiter/me")).status_code == 404
    answer = await web.get("/api/v1/services/x/me?country=zz")
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "country")


async def test_the_calibration_is_json_too(web: httpx.AsyncClient) -> None:
    answer = await web.get("/api/v1/calibration")
    view = msgspec.json.decode(answer.content, type=CalibrationView)
    assert view.simulated_run is not None
    assert view.own is not None
    assert answer.headers["access-control-allow-origin"] == "*"
