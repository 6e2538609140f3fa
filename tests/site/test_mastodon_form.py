"""The form rules of the Mastodon API: breaking one breaks a client."""

from __future__ import annotations

from typing import Any

import pytest
from tests.site.mastodon_cast import MastodonCast, Person
from tests.site.square_cast import picture

from lapwing.kernel.refusals import Unavailable
from lapwing.settings import Settings
from lapwing.web.mastodon.answers import Answer
from lapwing.web.mastodon.routing import Routes


@pytest.fixture
async def api() -> MastodonCast:
    return MastodonCast()


@pytest.fixture
async def asha(api: MastodonCast) -> Person:
    return await api.join("asha", display_name="Asha")


async def test_a_posts_form(asha: Person) -> None:
    post = await asha.write("Down again? #Outage @asha", language="en")
    assert post["id"].isdigit()
    assert len(post["created_at"]) == len("2026-11-23T08:50:00.000Z")
    assert post["created_at"].endswith("Z")
    for name in ("media_attachments", "mentions", "tags", "emojis", "filtered"):
        assert isinstance(post[name], list), name
    for name in ("in_reply_to_id", "reblog", "poll", "card", "quote", "edited_at"):
        assert post[name] is None, name
    assert post["tags"] == [{"name": "outage", "url": "http://lapwing.test/tags/outage"}]
    assert post["url"] == f"http://lapwing.test/@asha/{post['id']}"
    assert post["application"] == {"name": "An app", "website": "https://app.example"}
    account = post["account"]
    assert account["acct"] == "asha"
    assert (account["emojis"], account["fields"]) == ([], [])
    assert len(account["last_status_at"]) == len("2026-11-23")
    assert account["created_at"].endswith("T00:00:00.000Z")


async def test_who_is_not_signed_in_gets_no_flags(api: MastodonCast, asha: Person) -> None:
    post = await asha.write("for all")
    async with api.client() as nobody:
        seen = (await nobody.get(f"/statuses/{post['id']}")).json()
    assert "favourited" not in seen
    assert seen["content"] == "<p>for all</p>"


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("GET", "/nothing", 404, "The API has no such method."),
        ("DELETE", "/timelines/home", 405, "This address takes GET."),
        ("GET", "/statuses/1", 404, "Record not found"),
        ("GET", "/statuses/x", 404, "Record not found"),
        ("GET", "/accounts/99999999999999999999999", 404, "Record not found"),
        ("POST", "/statuses", 422, "Validation failed: A post needs a text, media or a poll."),
    ],
)
async def test_errors_are_json_with_a_text(
    asha: Person, method: str, path: str, status: int, text: str
) -> None:
    response = await asha.ask(method, path, status)
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json()["error"] == text


async def test_too_large_and_no_json(asha: Person) -> None:
    large = await asha.ask("POST", "/statuses", 413, json={"status": "x" * 300_000})
    assert "262144" in large.json()["error"]
    headers = {"Content-Type": "application/json"}
    await asha.ask("POST", "/statuses", 400, content=b"{", headers=headers)


async def test_bugs_and_outages_behind_are_json_too() -> None:
    routes = Routes()

    @routes.get("/api/v1/bug")
    async def bug(parts: Any, request: Any) -> Answer:
        raise RuntimeError("secret inner text")

    @routes.get("/api/v1/away")
    async def away(parts: Any, request: Any) -> Answer:
        raise Unavailable("The database does not answer.", detail="secret", retry_after_s=7)

    api = MastodonCast(routes=routes)
    async with api.client() as client:
        broken, gone = await client.get("/bug"), await client.get("/away")
    assert (broken.status_code, gone.status_code) == (500, 503)
    assert gone.json() == {"error": "The database does not answer."}
    assert gone.headers["retry-after"] == "7"
    assert "secret" not in broken.text + gone.text


async def test_slashes_at_the_end_and_head(asha: Person) -> None:
    post = await asha.write("x")
    await asha.get(f"/statuses/{post['id']}/")
    response = await asha.ask("HEAD", f"/statuses/{post['id']}")
    assert response.content == b""
    assert int(response.headers["content-length"]) > 500


async def test_any_site_may_ask(api: MastodonCast, asha: Person) -> None:
    async with api.client() as client:
        preflight = await client.options(
            "/statuses",
            headers={"Origin": "https://app.example", "Access-Control-Request-Method": "POST"},
        )
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "Idempotency-Key" in preflight.headers["access-control-allow-headers"]
    assert "DELETE" in preflight.headers["access-control-allow-methods"]
    answer = await asha.ask("GET", "/timelines/home", headers={"Origin": "https://app.example"})
    exposed = answer.headers["access-control-expose-headers"]
    assert {"Link", "X-RateLimit-Limit", "X-Request-Id"} <= set(exposed.split(", "))
    assert "cross-origin-opener-policy" not in answer.headers


@pytest.mark.parametrize(
    ("token", "status", "text"),
    [
        ("", 401, "The access token is invalid"),
        ("wrong", 401, "The access token is invalid"),
    ],
)
async def test_tokens_that_are_none(api: MastodonCast, token: str, status: int, text: str) -> None:
    async with api.client(token) as client:
        for path in ("/timelines/home", "/notifications", "/accounts/verify_credentials"):
            response = await client.get(path)
            assert (response.status_code, response.json()) == (status, {"error": text})


async def test_scopes_are_kept(api: MastodonCast) -> None:
    reader = await api.join("reader", scopes=("read:statuses",))
    await reader.get("/timelines/home")
    refused = await reader.ask("POST", "/statuses", 403, json={"status": "x"})
    assert refused.json() == {"error": "This action is outside the authorized scopes"}
    await reader.ask("GET", "/notifications", 403)


async def test_an_apps_own_token_is_nobody(api: MastodonCast) -> None:
    async with api.client(await api.issue(0)) as client:
        response = await client.get("/timelines/home")
        assert response.status_code == 422
        assert response.json()["error"] == "This method requires an authenticated user"
        assert (await client.get("/timelines/public")).json() == []


async def test_limits_count_each_account_and_each_address() -> None:
    settings = Settings(url="http://lapwing.test", api_requests_per_5_minutes=3)
    api = MastodonCast(settings)
    asha, ben = await api.join("asha"), await api.join("ben")
    for left in (2, 1, 0):
        response = await asha.ask("GET", "/preferences")
        assert response.headers["x-ratelimit-limit"] == "3"
        assert response.headers["x-ratelimit-remaining"] == str(left)
    refused = await asha.ask("GET", "/preferences", 429)
    assert refused.json() == {"error": "Too many requests"}
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["x-ratelimit-reset"].endswith("Z")
    await ben.ask("GET", "/preferences")
    async with api.client() as nobody:
        statuses = [(await nobody.get("/instance")).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    api.cast.now_ms += 5 * 60_000
    await asha.ask("GET", "/preferences")


async def test_uploads_have_a_limit_of_their_own() -> None:
    settings = Settings(url="http://lapwing.test", api_uploads_per_30_minutes=1)
    api = MastodonCast(settings)
    asha = await api.join("asha")
    files = {"file": ("a.png", picture(width=120, height=80), "image/png")}
    await asha.ask("POST", "http://lapwing.test/api/v2/media", files=files)
    await asha.ask("POST", "http://lapwing.test/api/v2/media", 429, files=files)
    await asha.get("/preferences")


async def test_outages_reports_are_not_complaints(api: MastodonCast, asha: Person) -> None:
    def headers(token: str) -> list[tuple[bytes, bytes]]:
        return [(b"authorization", f"Bearer {token}".encode())]

    assert not api.site.handles("/api/v1/reports", [])
    assert not api.site.handles("/api/v1/reports", headers("lapwing_operator"))
    assert not api.site.handles("/api/v1/services/x", headers(asha.token))
    assert api.site.handles("/api/v1/reports", headers(asha.token))
    assert api.site.handles("/api/v1/reports/", headers(asha.token))
    assert api.site.handles("/api/v1/whatever", [])
    assert not api.site.handles("/oauth/authorize", [])
    assert not api.site.handles("/home", [])


async def test_pages_have_links_that_keep_what_was_asked(asha: Person) -> None:
    ids = [(await asha.write(f"number {number}"))["id"] for number in range(3)]
    response = await asha.ask("GET", "/timelines/home", params={"limit": 2, "x": "a b"})
    assert response.headers["link"] == (
        "<http://lapwing.test/api/v1/timelines/home?limit=2&x=a+b&"
        f'max_id={ids[1]}>; rel="next", '
        "<http://lapwing.test/api/v1/timelines/home?limit=2&x=a+b&"
        f'min_id={ids[2]}>; rel="prev"'
    )


async def test_home_says_where_it_comes_from(asha: Person) -> None:
    await asha.write("x")
    response = await asha.ask("GET", "/timelines/home")
    assert response.headers["x-timeline-source"] == "live"
    assert "age" not in response.headers
    assert response.headers["cache-control"] == "private, no-store"


async def test_who_follows_nobody_has_an_empty_home(api: MastodonCast) -> None:
    new = await api.join("new")
    assert await new.get("/timelines/home") == []


async def test_a_get_may_carry_json(asha: Person) -> None:
    found = await asha.ask("GET", "/accounts/relationships", json={"id": [str(asha.id)]})
    assert [one["id"] for one in found.json()] == [str(asha.id)]


async def test_a_delete_may_carry_a_form(asha: Person, api: MastodonCast) -> None:
    ben = await api.join("ben")
    await asha.post(f"/accounts/{ben.id}/follow")
    made = await asha.post("/lists", title="friends")
    await asha.post(f"/lists/{made['id']}/accounts", account_ids=[str(ben.id)])
    async with api.client(asha.token) as client:
        await client.request(
            "DELETE",
            f"/lists/{made['id']}/accounts",
            content=f"account_ids[]={ben.id}",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
    assert await asha.get(f"/lists/{made['id']}/accounts") == []
