"""Who may not see a post learns of it by no endpoint, and caches forget in time."""

from __future__ import annotations

from typing import Any

import pytest
from tests.site.mastodon_cast import MastodonCast, Person

FOLLOWERS_ONLY = "a word for followers"


@pytest.fixture
async def api() -> MastodonCast:
    return MastodonCast()


async def _people(api: MastodonCast) -> tuple[Person, Person, Person]:
    """An author, a follower, a stranger."""
    asha, ben, eve = await api.join("asha"), await api.join("ben"), await api.join("eve")
    await ben.post(f"/accounts/{asha.id}/follow")
    return asha, ben, eve


_READS = (
    "/statuses/{post}",
    "/statuses/{post}/context",
    "/statuses/{post}/source",
    "/statuses/{post}/history",
    "/statuses/{post}/card",
    "/statuses/{post}/favourited_by",
    "/statuses/{post}/reblogged_by",
    "/statuses/{post}/quotes",
    "/polls/{post}",
)
_WRITES = (
    "/statuses/{post}/favourite",
    "/statuses/{post}/reblog",
    "/statuses/{post}/bookmark",
    "/statuses/{post}/mute",
    "/statuses/{post}/pin",
    "/polls/{post}/votes",
)


@pytest.mark.parametrize("visibility", ["private", "direct"])
async def test_a_stranger_finds_nothing_at_any_address(api: MastodonCast, visibility: str) -> None:
    asha, _, eve = await _people(api)
    poll = {"options": ["a", "b"], "expires_in": 600}
    post = await asha.write(f"{FOLLOWERS_ONLY} #hidden", visibility=visibility, poll=poll)
    for path in _READS:
        await eve.ask("GET", path.format(post=post["id"]), 404)
    for path in _WRITES:
        await eve.ask("POST", path.format(post=post["id"]), 404, json={"choices": [0]})
    await eve.post("/statuses", 404, status="x", in_reply_to_id=post["id"])
    await eve.post("/statuses", 404, status="x", quoted_status_id=post["id"])
    assert await eve.get("/statuses", **{"id[]": post["id"]}) == []
    for path in (
        "/timelines/home",
        "/timelines/public",
        "/timelines/tag/hidden",
        f"/accounts/{asha.id}/statuses",
        "/favourites",
        "/bookmarks",
        "/notifications",
    ):
        assert FOLLOWERS_ONLY not in str(await eve.get(path)), path
    async with api.client() as nobody:
        response = await nobody.get(f"/statuses/{post['id']}")
        assert response.status_code == 404


async def test_followers_read_what_is_for_them(api: MastodonCast) -> None:
    asha, ben, _ = await _people(api)
    post = await asha.write(FOLLOWERS_ONLY, visibility="private")
    assert (await ben.get(f"/statuses/{post['id']}"))["visibility"] == "private"
    assert [one["id"] for one in await ben.get("/timelines/home")] == [post["id"]]


async def test_a_block_hides_at_once_what_was_drawn_before(api: MastodonCast) -> None:
    asha, ben, eve = await _people(api)
    post = await asha.write("seen by all")
    reposted = await ben.post(f"/statuses/{post['id']}/reblog")
    await eve.post(f"/accounts/{ben.id}/follow")
    assert [one["id"] for one in await eve.get("/timelines/home")] == [reposted["id"]]
    await asha.post(f"/accounts/{eve.id}/block")
    assert await eve.get("/timelines/home") == []
    await eve.get(f"/statuses/{post['id']}", 404)
    await eve.get(f"/statuses/{reposted['id']}", 404)
    await eve.get(f"/accounts/{asha.id}/statuses", 404)


async def test_a_quote_of_what_one_may_not_see_is_empty(api: MastodonCast) -> None:
    asha, ben, eve = await _people(api)
    post = await asha.write("quote me")
    quoting = await ben.write("look", quoted_status_id=post["id"])
    assert quoting["quote"]["quoted_status"]["id"] == post["id"]
    await asha.post(f"/accounts/{eve.id}/block")
    seen = await eve.get(f"/statuses/{quoting['id']}")
    assert seen["quote"] == {"state": "unauthorized", "quoted_status": None}
    await asha.ask("DELETE", f"/statuses/{post['id']}")
    seen = await ben.get(f"/statuses/{quoting['id']}")
    assert seen["quote"] == {"state": "deleted", "quoted_status": None}


async def test_flags_are_the_viewers_own(api: MastodonCast) -> None:
    asha, ben, eve = await _people(api)
    post = await asha.write("like me")
    await ben.post(f"/statuses/{post['id']}/favourite")
    await ben.post(f"/statuses/{post['id']}/bookmark")
    of_ben = await ben.get(f"/statuses/{post['id']}")
    of_eve = await eve.get(f"/statuses/{post['id']}")
    assert (of_ben["favourited"], of_ben["bookmarked"]) == (True, True)
    assert (of_eve["favourited"], of_eve["bookmarked"]) == (False, False)
    assert of_ben["favourites_count"] == of_eve["favourites_count"] == 1


async def test_what_is_drawn_once_is_drawn_anew_after_each_change(api: MastodonCast) -> None:
    asha, ben, _ = await _people(api)
    post = await asha.write("first")
    path = f"/statuses/{post['id']}"

    async def seen() -> Any:
        return await ben.get(path)

    assert (await seen())["content"] == "<p>first</p>"
    await asha.ask("PUT", path, json={"status": "second"})
    assert (await seen())["content"] == "<p>second</p>"
    reply = await ben.write("an answer", in_reply_to_id=post["id"])
    assert (await seen())["replies_count"] == 1
    await ben.ask("DELETE", f"/statuses/{reply['id']}")
    assert (await seen())["replies_count"] == 0
    await ben.post(f"{path}/reblog")
    assert (await seen())["reblogs_count"] == 1
    await asha.ask("PATCH", "/accounts/update_credentials", json={"display_name": "A."})
    assert (await seen())["account"]["display_name"] == "A."
    async with api.client() as nobody:
        assert len((await nobody.get("/timelines/public")).json()) == 1
        await asha.ask("DELETE", path)
        assert (await nobody.get("/timelines/public")).json() == []
    await ben.get(path, 404)
    assert await ben.get("/timelines/home") == []


async def test_polls_hide_their_totals_until_they_end(api: MastodonCast) -> None:
    asha, ben, eve = await _people(api)
    poll = {"options": ["up", "down"], "expires_in": 300, "hide_totals": True}
    post = await asha.write("how is it?", poll=poll)
    voted = await ben.post(f"/polls/{post['poll']['id']}/votes", choices=["1"])
    assert (voted["voted"], voted["own_votes"]) == (True, [1])
    seen = (await eve.get(f"/statuses/{post['id']}"))["poll"]
    assert [option["votes_count"] for option in seen["options"]] == [None, None]
    assert (seen["voted"], seen["own_votes"], seen["expired"]) == (False, [], False)
    api.cast.now_ms += 301_000
    seen = (await eve.get(f"/statuses/{post['id']}"))["poll"]
    assert [option["votes_count"] for option in seen["options"]] == [0, 1]
    assert seen["expired"]
    await eve.post(f"/polls/{post['poll']['id']}/votes", 422, choices=["1"])


async def test_filters_are_told_where_they_apply(api: MastodonCast) -> None:
    asha, ben, _ = await _people(api)
    words = [{"keyword": "finale", "whole_word": True}]
    await ben.post(
        "http://lapwing.test/api/v2/filters",
        title="spoilers",
        context=["home"],
        keywords_attributes=words,
    )
    post = await asha.write("the finale!")
    (at_home,) = await ben.get("/timelines/home")
    assert at_home["filtered"][0]["keyword_matches"] == ["finale"]
    (on_profile,) = await ben.get(f"/accounts/{asha.id}/statuses")
    assert on_profile["filtered"] == []
    assert (await asha.get(f"/statuses/{post['id']}"))["filtered"] == []


async def test_hidden_relations_are_shown_to_their_owner_only(api: MastodonCast) -> None:
    asha, ben, eve = await _people(api)
    await asha.ask("PATCH", "/accounts/update_credentials", json={"hide_collections": True})
    assert await eve.get(f"/accounts/{asha.id}/followers") == []
    assert [one["id"] for one in await asha.get(f"/accounts/{asha.id}/followers")] == [str(ben.id)]


async def test_other_peoples_own_things_are_unknown(api: MastodonCast) -> None:
    asha, ben, _ = await _people(api)
    made = await asha.post("/lists", title="mine")
    for method, path in (
        ("GET", f"/lists/{made['id']}"),
        ("PUT", f"/lists/{made['id']}"),
        ("DELETE", f"/lists/{made['id']}"),
        ("GET", f"/lists/{made['id']}/accounts"),
        ("GET", f"/timelines/list/{made['id']}"),
    ):
        await ben.ask(method, path, 404, json={"title": "x"})
    post = await asha.write("mine")
    await ben.ask("DELETE", f"/statuses/{post['id']}", 404)
    await ben.ask("PUT", f"/statuses/{post['id']}", 404, json={"status": "yours"})


async def test_a_request_with_a_body_changes_no_page_for_others(api: MastodonCast) -> None:
    asha, _, _ = await _people(api)
    await asha.write("to be read by all")
    async with api.client() as nobody:
        path = "/timelines/public"
        bent = await nobody.request("GET", path, data={"max_id": "1"})
        assert bent.json() == []
        assert len((await nobody.get(path)).json()) == 1
        bent = await nobody.request("GET", path, data={"max_id": "1"})
        assert bent.json() == []


async def test_a_quote_in_a_quote_tells_no_id_of_what_is_hidden(api: MastodonCast) -> None:
    asha, ben, eve = await _people(api)
    hidden = await asha.write("for followers", visibility="private")
    middle = await asha.write("see above", quoted_status_id=hidden["id"])
    outer = await asha.write("see above that", quoted_status_id=middle["id"])
    told = await eve.ask("GET", f"/statuses/{outer['id']}")
    assert hidden["id"] not in told.text
    assert told.json()["quote"]["quoted_status"]["quote"]["state"] == "unauthorized"
    told = await ben.ask("GET", f"/statuses/{outer['id']}")
    inner = told.json()["quote"]["quoted_status"]["quote"]
    assert inner == {"state": "accepted", "quoted_status_id": hidden["id"]}


async def test_numbers_tell_nothing_of_posts_for_few(api: MastodonCast) -> None:
    asha, ben, eve = await _people(api)
    post = await asha.write("for all")
    before = (await eve.get(f"/statuses/{post['id']}"), await eve.get(f"/accounts/{ben.id}"))
    hidden = await ben.write("@asha psst", visibility="direct", in_reply_to_id=post["id"])
    after = (await eve.get(f"/statuses/{post['id']}"), await eve.get(f"/accounts/{ben.id}"))
    assert after == before
    assert after[1]["last_status_at"] is None
    await ben.write("aloud", in_reply_to_id=post["id"])
    await ben.ask("DELETE", f"/statuses/{hidden['id']}")
    told = await eve.get(f"/statuses/{post['id']}"), await eve.get(f"/accounts/{ben.id}")
    assert (told[0]["replies_count"], told[1]["statuses_count"]) == (1, 1)
