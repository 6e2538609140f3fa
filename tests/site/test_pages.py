"""Pages for people: found, negotiated, revalidated, and shown from the last good state."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import brotli
import httpx
import pytest
from tests.site.edge import SampleQueries, sample_parts

from lapwing.kernel.refusals import Unavailable
from lapwing.web.site import Site, create_site
from lapwing.web.snapshots import BOARD, Form, Key, Kind, Snapshots

PAGES = (
    "/",
    "/?category=social",
    "/?country=in",
    "/incidents?state=open",
    "/services/x",
    "/services/x/reported",
    "/incidents",
    "/incidents?state=ongoing&service=x",
    "/incidents/x-20231222-0001",
    "/search?q=twitter",
    "/search",
    "/methodology",
    "/about-data",
    "/calibration",
    "/services/x/me",
    "/methodology/arithmetic",
    "/methodology/arithmetic?service=twitter",
    "/methodology/arithmetic?service=x&at=2023-12-21T05:09",
)
IMAGES = (
    "/services/x/card.png",
    "/incidents/x-20231222-0001/card.png",
    "/icon-192.png",
    "/favicon.ico",
)


@pytest.fixture
def queries() -> SampleQueries:
    return SampleQueries()


@pytest.fixture
def site(queries: SampleQueries) -> Site:
    return create_site(sample_parts(queries=queries))


@pytest.fixture
async def web(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(site, raise_app_exceptions=False)  # type: ignore[arg-type]  # httpx types scopes as plain dicts
    async with httpx.AsyncClient(transport=transport, base_url="http://lapwing.test") as client:
        yield client


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_html_under_the_strict_policy(
    web: httpx.AsyncClient, path: str
) -> None:
    answer = await web.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "permissions-policy" in answer.headers
    assert answer.text.rstrip().endswith("</html>")


@pytest.mark.parametrize("path", [*PAGES, *IMAGES])
async def test_head_answers_as_get_without_the_body(web: httpx.AsyncClient, path: str) -> None:
    whole, head = await web.get(path), await web.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]
    assert head.headers["content-type"] == whole.headers["content-type"]


@pytest.mark.parametrize("path", IMAGES)
async def test_preview_images_are_png(web: httpx.AsyncClient, path: str) -> None:
    answer = await web.get(path)
    assert answer.content.startswith(b"\x89PNG")
    assert answer.headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/services/nope", 404),
        ("/services/nope/card.png", 404),
        ("/incidents/nope", 404),
        ("/?category=nope", 400),
        ("/incidents?state=nope", 400),
        ("/search?q=" + "a" * 200, 400),
        ("/static/../site.py", 404),
        ("/static/%2e%2e/site.py", 404),
    ],
)
async def test_what_cannot_be_shown_is_a_page_that_says_so(
    web: httpx.AsyncClient, path: str, status: int
) -> None:
    answer = await web.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "content-security-policy" in answer.headers


async def test_a_method_that_a_page_does_not_take_is_405(web: httpx.AsyncClient) -> None:
    answer = await web.delete("/services/x")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


async def test_a_bug_is_a_page_without_inner_text(
    web: httpx.AsyncClient, queries: SampleQueries
) -> None:
    queries.error = ZeroDivisionError("secret detail")
    answer = await web.get("/services/x")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text


async def test_what_is_away_is_503_and_says_when_to_come_back(
    web: httpx.AsyncClient, queries: SampleQueries
) -> None:
    queries.error = Unavailable("The database is away.", retry_after_s=7.2)
    answer = await web.get("/services/x")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "8"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("br;q=0.1, gzip;q=0.9", "gzip"),
        ("*", "br"),
        ("gzip;q=0", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_the_encoding_is_the_best_that_is_accepted(
    web: httpx.AsyncClient, accepted: str, encoding: str | None
) -> None:
    plain = (await web.get("/services/x", headers={"accept-encoding": ""})).content
    for _ in range(2):  # drawn, then hot
        request = web.build_request("GET", "/services/x", headers={"accept-encoding": accepted})
        answer = await web.send(request, stream=True)
        raw = b"".join([piece async for piece in answer.aiter_raw()])
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["vary"] == "accept-encoding"
        decode = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}[encoding]
        assert decode(raw) == plain


@pytest.mark.parametrize(
    "path", ["/services/x", "/", "/about-data", "/api/v1/board", "/services/x/card.png"]
)
async def test_a_known_etag_is_answered_with_304(web: httpx.AsyncClient, path: str) -> None:
    etag = (await web.get(path)).headers["etag"]
    assert etag.startswith('"')
    for known in (etag, f'"other", W/{etag}', "*"):
        answer = await web.get(path, headers={"if-none-match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
    assert (await web.get(path, headers={"if-none-match": '"other"'})).status_code == 200


async def test_each_encoding_has_an_etag_of_its_own(web: httpx.AsyncClient) -> None:
    tags = {
        (await web.get("/services/x", headers={"accept-encoding": accepted})).headers["etag"]
        for accepted in ("br", "gzip", "")
    }
    assert len(tags) == 3


async def test_the_filtered_board_shows_only_what_was_asked_for(web: httpx.AsyncClient) -> None:
    assert 'data-slug="x"' in (await web.get("/?category=social")).text
    assert 'data-slug="x"' not in (await web.get("/?category=banks")).text


async def test_another_sites_page_cannot_send_forms_here(web: httpx.AsyncClient) -> None:
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.test"},
        {"origin": "null"},
    ):
        answer = await web.post("/services/x", headers=headers)
        assert answer.status_code == 403
    for headers in ({}, {"origin": "http://lapwing.test"}, {"sec-fetch-site": "same-origin"}):
        answer = await web.post("/services/x", headers=headers)
        assert answer.status_code == 405


class SteppedTime:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def time_s() -> SteppedTime:
    return SteppedTime()


@pytest.fixture
def snapshots(queries: SampleQueries, time_s: SteppedTime) -> Snapshots:
    return Snapshots(queries, sample_parts().pages, monotonic=time_s, limit=3)


X = Key(Kind.SERVICE, "x")


async def test_a_snapshot_is_renewed_at_most_once_a_second(
    snapshots: Snapshots, queries: SampleQueries, time_s: SteppedTime
) -> None:
    first = await snapshots.content(X, Form.PAGE)
    queries.change(99_999)
    time_s.now_s += 0.99
    assert await snapshots.content(X, Form.PAGE) is first
    time_s.now_s += 0.02
    assert b"99,999" in (await snapshots.content(X, Form.PAGE)).body
    assert queries.drawn == 2


async def test_an_unchanged_version_is_not_drawn_again(
    snapshots: Snapshots, queries: SampleQueries, time_s: SteppedTime
) -> None:
    first = await snapshots.content(X, Form.PAGE)
    time_s.now_s += 60
    assert await snapshots.content(X, Form.PAGE) is first
    assert queries.drawn == 1


async def test_page_data_and_live_fragment_come_from_one_view(
    snapshots: Snapshots, queries: SampleQueries
) -> None:
    for form in Form:
        await snapshots.content(X, form)
    assert queries.drawn == 1


@pytest.mark.parametrize("error", [Unavailable("The database is away."), ZeroDivisionError("bug")])
async def test_pages_answer_from_the_last_good_state_and_say_how_old_it_is(
    snapshots: Snapshots, queries: SampleQueries, time_s: SteppedTime, error: Exception
) -> None:
    await snapshots.content(X, Form.DATA)
    queries.change(5)
    queries.error = error
    time_s.now_s += 2
    stale = await snapshots.content(X, Form.DATA)
    assert b'"stale_since":"2023-12-21T05:42:00Z"' in stale.body
    assert b'"reports_1h":1204' in stale.body
    assert b"stale" in (await snapshots.content(X, Form.PAGE)).body
    time_s.now_s += 2
    queries.error = None
    recovered = (await snapshots.content(X, Form.DATA)).body
    assert b'"stale_since":null' in recovered
    assert b'"reports_1h":5' in recovered


async def test_a_hot_page_cools_when_it_may_be_renewed(
    snapshots: Snapshots, time_s: SteppedTime
) -> None:
    content = await snapshots.content(X, Form.PAGE)
    content.variant(b"gzip")
    hot = snapshots.hot[b"/services/x"]
    assert hot.ready_variant(b"gzip") is content.variant(b"gzip")
    assert hot.ready_variant(b"br") is None
    time_s.now_s += 1
    assert hot.ready_variant(b"gzip") is None


async def test_only_so_many_snapshots_are_kept(
    snapshots: Snapshots, queries: SampleQueries
) -> None:
    queries.any_service = True
    for number in range(10):
        await snapshots.content(Key(Kind.SERVICE, f"s{number}"), Form.PAGE)
    await snapshots.content(BOARD, Form.PAGE)
    assert sorted(snapshots.hot) == [b"/", b"/services/s8", b"/services/s9"]


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    (tmp_path / "assets").mkdir()
    (tmp_path / ".vite").mkdir()
    (tmp_path / "assets" / "main-BxQ2a9_k.js").write_text("export {};" * 200)
    (tmp_path / "plain.svg").write_text("<svg/>")
    (tmp_path / ".vite" / "manifest.json").write_text("{}")
    transport = httpx.ASGITransport(create_site(sample_parts(), static_folder=tmp_path))  # type: ignore[arg-type]  # httpx types scopes as plain dicts
    async with httpx.AsyncClient(transport=transport, base_url="http://lapwing.test") as client:
        yield client


async def test_files_with_a_hash_in_their_name_are_kept_for_ever(files: httpx.AsyncClient) -> None:
    answer = await files.get("/static/assets/main-BxQ2a9_k.js", headers={"accept-encoding": "br"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "br"
    assert "content-security-policy" in answer.headers


async def test_other_files_are_asked_for_again(files: httpx.AsyncClient) -> None:
    answer = await files.get("/static/plain.svg")
    assert answer.headers["cache-control"] == "no-cache"
    assert (await files.head("/static/plain.svg")).content == b""


@pytest.mark.parametrize(
    "path", ["/static/.vite/manifest.json", "/static/assets", "/static/nothing.js", "/static/"]
)
async def test_nothing_else_of_the_folder_is_served(files: httpx.AsyncClient, path: str) -> None:
    assert (await files.get(path)).status_code == 404
