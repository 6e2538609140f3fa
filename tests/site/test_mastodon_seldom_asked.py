"""Endpoints of the Mastodon API that no other client's tests ask for."""

from __future__ import annotations

import pytest
from tests.site.mastodon_cast import MastodonCast, Person
from tests.site.square_cast import HOST, picture

from lapwing.microblog.entries import CardFound
from lapwing.microblog.model import Card

BASE = f"http://{HOST}"
V2 = f"{BASE}/api/v2"


@pytest.fixture
async def api() -> MastodonCast:
    return MastodonCast()


@pytest.fixture
async def asha(api: MastodonCast) -> Person:
    return await api.join("asha")


async def test_discovery(api: MastodonCast, asha: Person) -> None:
    async with api.client() as client:
        host_meta = await client.get(f"{BASE}/.well-known/host-meta")
        finger = await client.get(
            f"{BASE}/.well-known/webfinger", params={"resource": f"acct:asha@{HOST}"}
        )
        nobody = await client.get(
            f"{BASE}/.well-known/webfinger", params={"resource": "acct:asha@other.example"}
        )
        password = await client.get(f"{BASE}/.well-known/change-password")
        health = await client.get(f"{BASE}/health")
    assert "webfinger?resource={uri}" in host_meta.text
    assert finger.json()["links"][0]["href"] == f"{BASE}/@asha"
    assert nobody.status_code == 404
    assert password.status_code == 302
    assert health.text == "OK"


async def test_drawn_pictures(api: MastodonCast, asha: Person) -> None:
    me = await asha.get("/accounts/verify_credentials")
    async with api.client() as client:
        for name in ("avatar", "header"):
            response = await client.get(me[name])
            assert response.headers["content-type"] == "image/png"
            assert response.headers["cache-control"].startswith("public")
            assert response.content.startswith(b"\x89PNG")
        assert (await client.get(f"{BASE}/avatars/nobody.png")).status_code == 404


async def test_a_picture_of_ones_own_comes_and_goes(api: MastodonCast, asha: Person) -> None:
    drawn = (await asha.get("/accounts/verify_credentials"))["avatar"]
    files = {"avatar": ("me.png", picture(), "image/png")}
    changed = await asha.ask("PATCH", "/accounts/update_credentials", files=files)
    key = changed.json()["avatar"].rpartition("/")[2]
    assert await api.cast.files.find(key) is not None
    removed = await asha.ask("DELETE", "/profile/avatar")
    assert removed.json()["avatar"] == drawn
    assert await api.cast.files.find(key) is None


async def test_uploads_of_version_1_and_forgetting_one(asha: Person) -> None:
    files = {"file": ("a.png", picture(), "image/png")}
    media = (await asha.ask("POST", "/media", files=files)).json()
    await asha.ask("DELETE", f"/media/{media['id']}")
    await asha.get(f"/media/{media['id']}", 404)
    await asha.post("/statuses", 422, status="x", media_ids=[media["id"]])


async def test_filters_of_version_1(asha: Person) -> None:
    made = await asha.post("/filters", phrase="finale", context=["home"], whole_word=True)
    path = f"/filters/{made['id']}"
    assert await asha.get(path) == made
    edited = await asha.ask("PUT", path, json={"phrase": "the end", "context": ["home"]})
    assert edited.json()["phrase"] == "the end"
    assert [one["phrase"] for one in await asha.get("/filters")] == ["the end"]
    await asha.ask("DELETE", path)
    assert await asha.get("/filters") == []


async def test_keywords_of_filters(asha: Person) -> None:
    words = [{"keyword": "finale", "whole_word": False}]
    made = await asha.post(f"{V2}/filters", title="x", context=["home"], keywords_attributes=words)
    path = f"{V2}/filters/keywords/{made['keywords'][0]['id']}"
    assert (await asha.get(path))["keyword"] == "finale"
    edited = await asha.ask("PUT", path, json={"keyword": "the end"})
    assert edited.json()["keyword"] == "the end"


async def test_conversations_unread_and_gone(api: MastodonCast, asha: Person) -> None:
    ben = await api.join("ben")
    await ben.write("@asha psst", visibility="direct")
    (shown,) = await asha.get("/conversations")
    path = f"/conversations/{shown['id']}"
    assert not (await asha.post(f"{path}/read"))["unread"]
    assert (await asha.post(f"{path}/unread"))["unread"]
    await asha.ask("DELETE", path)
    assert await asha.get("/conversations") == []
    assert len(await ben.get("/conversations")) == 1


async def test_notifications_of_strangers_wait_as_requests(api: MastodonCast, asha: Person) -> None:
    ben, eve = await api.join("ben"), await api.join("eve")
    policy = await asha.ask("PUT", "/notifications/policy", json={"filter_not_following": True})
    assert policy.json()["filter_not_following"]
    for stranger in (ben, eve):
        await stranger.write("@asha hello")
    assert await asha.get("/notifications") == []
    waiting = {one["id"] for one in await asha.get("/notifications/requests")}
    assert waiting == {str(ben.id), str(eve.id)}
    await asha.post("/notifications/requests/accept", id=[str(ben.id)])
    await asha.post(f"/notifications/requests/{eve.id}/dismiss")
    (told,) = await asha.get("/notifications")
    assert told["account"]["username"] == "ben"
    assert (await asha.get(f"{V2}/notifications/unread_count"))["count"] == 1
    await asha.post("/notifications/dismiss", id=told["id"])
    assert await asha.get("/notifications") == []


async def test_several_posts_at_once(asha: Person) -> None:
    ids = [(await asha.write(f"number {number}"))["id"] for number in range(2)]
    found = await asha.get("/statuses", **{"id[]": [*ids, "17"]})
    assert [one["id"] for one in found] == ids


async def test_cursors_made_of_an_instant(api: MastodonCast, asha: Person) -> None:
    post = await asha.write("now")

    def mastodons_id(ms: int) -> str:
        return str(ms << 16)

    now_ms = api.cast.now_ms
    before, after = mastodons_id(now_ms - 1000), mastodons_id(now_ms + 1000)
    found = await asha.get("/timelines/home", min_id=before, max_id=after)
    assert [one["id"] for one in found] == [post["id"]]
    assert await asha.get("/timelines/home", max_id=before) == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/announcements", 200),
        ("/custom_emojis", 200),
        ("/trends", 200),
        ("/timelines/direct", 200),
        ("/timelines/link?url=x", 404),
        ("/instance/domain_blocks", 404),
        ("/instance/privacy_policy", 200),
        ("/instance/terms_of_service", 404),
        ("/instance/activity", 200),
    ],
)
async def test_what_is_empty_here(asha: Person, path: str, status: int) -> None:
    await asha.get(path, status)


async def test_suggestions_say_why_and_go_when_dismissed(api: MastodonCast, asha: Person) -> None:
    ben, chitra = await api.join("ben"), await api.join("chitra")
    await asha.post(f"/accounts/{ben.id}/follow")
    await ben.post(f"/accounts/{chitra.id}/follow")
    found = await asha.get(f"{V2}/suggestions")
    sources = {one["account"]["username"]: one["sources"] for one in found}
    assert "friends_of_friends" in sources["chitra"]
    assert "ben" not in sources
    await asha.ask("DELETE", f"/suggestions/{chitra.id}")
    left = await asha.get(f"{V2}/suggestions")
    assert "chitra" not in {one["account"]["username"] for one in left}


async def test_links_that_many_post_are_trends(api: MastodonCast, asha: Person) -> None:
    context = api.cast.context
    card = Card("https://news.example/outage", "The outage")
    for name in ("ben", "chitra", "dora", "emil", "fay"):
        person = await api.join(name)
        post = await person.write(f"Read {card.url}")
        await context.journal.append(CardFound(context.now_ms(), int(post["id"]), card))
    (link,) = await asha.get("/trends/links")
    assert (link["url"], link["title"]) == (card.url, "The outage")
    assert (link["history"][0]["uses"], link["history"][0]["accounts"]) == ("5", "5")
    assert len(link["history"]) == 7
