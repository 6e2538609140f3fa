"""The JSON under /api/v1 that programs read."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from tests.site.edge import SampleQueries, sample_parts

from lapwing.kernel.refusals import Refusal, TooMany, Unavailable
from lapwing.outages.views import BoardView, CountsView, IncidentView, ServiceView
from lapwing.settings import Settings
from lapwing.web.api.outages import IncidentsAnswer, ServicesAnswer
from lapwing.web.api.places import PlacesAnswer
from lapwing.web.errors import answer_to
from lapwing.web.site import create_site


@pytest.fixture
def queries() -> SampleQueries:
    return SampleQueries()


@pytest.fixture
async def api(queries: SampleQueries) -> AsyncIterator[httpx.AsyncClient]:
    site = create_site(sample_parts(Settings(trusted_proxies=("10.0.0.0/8",)), queries))
    transport = httpx.ASGITransport(site, client=("10.1.1.1", 999), raise_app_exceptions=False)  # type: ignore[arg-type]  # httpx types scopes as plain dicts
    async with httpx.AsyncClient(
        transport=transport, base_url="http://lapwing.test/api/v1"
    ) as client:
        yield client


async def test_the_board_is_the_view_of_the_home_page(api: httpx.AsyncClient) -> None:
    answer = await api.get("/board")
    board = msgspec.json.decode(answer.content, type=BoardView)
    assert board.reports_1h == 1204
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_service_is_the_view_of_its_page(api: httpx.AsyncClient) -> None:
    view = msgspec.json.decode((await api.get("/services/x")).content, type=ServiceView)
    assert view.service.slug == "x"
    assert view.series.points


async def test_an_incident_is_the_view_of_its_page(api: httpx.AsyncClient) -> None:
    answer = await api.get("/incidents/x-20231222-0001")
    view = msgspec.json.decode(answer.content, type=IncidentView)
    assert view.summary.id == "x-20231222-0001"


async def test_counts_reach_back_as_far_as_asked(api: httpx.AsyncClient) -> None:
    answer = await api.get("/services/x/counts", params={"minutes": 30})
    view = msgspec.json.decode(answer.content, type=CountsView)
    assert len(view.slices[0].reports) == 30


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"q": "twitter"}, ["x"]),
        ({"q": "nothing like it"}, []),
        ({"condition": "down", "category": "social"}, ["x"]),
        ({"condition": "down", "category": "banks"}, []),
    ],
)
async def test_services_are_filtered(
    api: httpx.AsyncClient, filters: dict[str, str], found: list[str]
) -> None:
    answer = await api.get("/services", params=filters)
    services = msgspec.json.decode(answer.content, type=ServicesAnswer).services
    assert [card.service.slug for card in services] == found


async def test_services_of_a_country_are_those_that_serve_it(api: httpx.AsyncClient) -> None:
    answer = await api.get("/services", params={"country": "in"})
    services = msgspec.json.decode(answer.content, type=ServicesAnswer).services
    assert services
    assert all(not card.countries or "IN" in card.countries for card in services)


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("open", ["x-20231222-0001"]),
        ("ongoing", ["x-20231222-0001"]),
        ("resolved", ["x-20231221-0509"]),
        ("suspected", []),
    ],
)
async def test_incidents_are_filtered_by_state_or_by_being_open(
    api: httpx.AsyncClient, state: str, found: list[str]
) -> None:
    answer = await api.get("/incidents", params={"state": state})
    assert [incident["id"] for incident in answer.json()["incidents"]] == found


async def test_incidents_come_in_pages(api: httpx.AsyncClient) -> None:
    seen: list[str] = []
    before: str | None = None
    while True:
        params = {"limit": "1"} | ({"before": before} if before else {})
        page = msgspec.json.decode(
            (await api.get("/incidents", params=params)).content, type=IncidentsAnswer
        )
        seen += [incident.id for incident in page.incidents]
        before = page.next
        if before is None:
            break
    assert len(seen) == len(set(seen)) == 2
    assert seen == sorted(seen, reverse=True)


async def test_places_are_suggested_with_their_names(api: httpx.AsyncClient) -> None:
    answer = await api.get("/places", params={"q": "mumb", "country": "in"})
    place = msgspec.json.decode(answer.content, type=PlacesAnswer).places[0]
    assert (place.name, place.country_name, place.region_name) == (
        "Mumbai",
        "India",
        "Maharashtra",
    )


@pytest.mark.parametrize(
    ("forwarded", "country"),
    [
        ("203.0.113.7", "IN"),
        ("198.51.100.9, 10.2.2.2", "US"),
        ("", None),
        ("192.0.2.5", None),  # the Netherlands Antilles, which no longer are
    ],
)
async def test_here_is_the_country_of_the_connection_behind_trusted_proxies(
    api: httpx.AsyncClient, forwarded: str, country: str | None
) -> None:
    answer = await api.get("/here", headers={"x-forwarded-for": forwarded})
    assert answer.json()["country"] == country
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status", "code", "field"),
    [
        ("/nowhere", 404, "not_found", None),
        ("/services/nope", 404, "unknown_service", "slug"),
        ("/services/nope/counts", 404, "unknown_service", "slug"),
        ("/services/x/counts?minutes=0", 400, "invalid_input", "minutes"),
        ("/services/x/counts?minutes=many", 400, "invalid_input", "minutes"),
        ("/services?country=India", 400, "invalid_input", "country"),
        ("/services?condition=broken", 400, "invalid_input", "condition"),
        ("/incidents/nope", 404, "unknown_incident", None),
        ("/incidents?limit=1000", 400, "invalid_input", "limit"),
        ("/incidents?state=bad", 400, "invalid_input", "state"),
        ("/places", 400, "invalid_input", "q"),
    ],
)
async def test_every_error_has_the_one_shape(
    api: httpx.AsyncClient, path: str, status: int, code: str, field: str | None
) -> None:
    answer = await api.get(path)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == (code, field)
    assert error["message"]


async def test_a_method_that_is_not_taken_is_405_in_json(api: httpx.AsyncClient) -> None:
    answer = await api.put("/board")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


async def test_a_bug_shows_nothing_of_itself(
    api: httpx.AsyncClient, queries: SampleQueries
) -> None:
    queries.error = KeyError("secret detail")
    answer = await api.get("/services/x/counts")
    assert answer.status_code == 500
    assert "secret" not in answer.text


async def test_any_site_may_ask_whether_it_may_read(api: httpx.AsyncClient) -> None:
    answer = await api.options("/board")
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD"


async def test_the_document_names_every_address(api: httpx.AsyncClient) -> None:
    answer = await api.get("/openapi.json")
    document = answer.json()
    assert {
        "/api/v1/board",
        "/api/v1/services",
        "/api/v1/services/{slug}",
        "/api/v1/services/{slug}/counts",
        "/api/v1/incidents",
        "/api/v1/incidents/{incident_id}",
        "/api/v1/places",
        "/api/v1/here",
    } <= set(document["paths"])
    operations = [get for path in document["paths"].values() for get in path.values()]
    assert all(operation["summary"] for operation in operations)


@pytest.mark.parametrize(
    ("error", "status", "headers"),
    [
        (Refusal("unknown_symptom", "No."), 400, {}),
        (Refusal("unknown_service", "No."), 404, {}),
        (Refusal("not_authorised", "No."), 401, {"WWW-Authenticate": "Bearer"}),
        (TooMany("too_many_reports", "No.", retry_after_s=0.2), 429, {"Retry-After": "1"}),
        (Unavailable("Away.", retry_after_s=5), 503, {"Retry-After": "5"}),
        (ZeroDivisionError("bug"), 500, {}),
    ],
)
def test_errors_map_to_statuses_by_one_table(
    error: Exception, status: int, headers: dict[str, str]
) -> None:
    answer = answer_to(error)
    assert (answer.status, answer.headers) == (status, headers)
