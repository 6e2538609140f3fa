"""Writing and acting by plain forms, as browsers without scripts send them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.site.square_cast import COOKIE, HOST, Cast, picture, seeded

from lapwing.kernel.refusals import Unavailable
from lapwing.microblog.model import Mark, Post, Relation, Visibility
from lapwing.microblog.paging import Page
from lapwing.microblog.personal.model import NotificationPolicy, Rule

PART = {"lapwing-part": "post"}


@pytest.fixture
async def cast() -> Cast:
    return await seeded()


@pytest.fixture
async def asha(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(cast.site, raise_app_exceptions=False)  # type: ignore[arg-type]  # httpx types scopes as plain dicts
    async with httpx.AsyncClient(
        transport=transport, base_url=f"http://{HOST}", cookies={COOKIE: "asha"}
    ) as web:
        yield web


async def compose(web: httpx.AsyncClient, **form: Any) -> httpx.Response:
    """Filled in as the page gives it."""
    files = form.pop("files", {})
    return await web.post("/compose", data={"request": "r1", **form}, files=files or None)


def newest(cast: Cast, who: str = "asha") -> Post:
    posts = cast.state.square.posts
    return posts.get(posts.of(cast.viewer(who).account_id)[-1])


async def test_a_post_with_all_that_the_form_has(cast: Cast, asha: httpx.AsyncClient) -> None:
    answer = await compose(
        asha,
        text="Bread\r\nis ready #bread",
        warning="Crumbs",
        visibility="quiet",
        language="hi",
        alt1="A loaf, cut",
        files={"file1": ("loaf.png", picture("#aa7722"), "image/png")},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/home?said=posted")
    post = newest(cast)
    assert (post.text, post.warning, post.visibility) == (
        "Bread\nis ready #bread",
        "Crumbs",
        Visibility.QUIET,
    )
    assert (post.language, post.media[0].description) == ("hi", "A loaf, cut")


async def test_pressing_twice_posts_once(cast: Cast, asha: httpx.AsyncClient) -> None:
    before = len(cast.state.square.posts)
    for _ in range(2):
        await compose(asha, text="once")
    assert len(cast.state.square.posts) == before + 1


async def test_a_poll_is_asked_and_answered(cast: Cast, asha: httpx.AsyncClient) -> None:
    await compose(
        asha, text="Rye or wheat?", poll_option=["Rye", "Wheat", "", ""], poll_seconds="3600"
    )
    post = newest(cast)
    assert post.poll is not None
    assert post.poll.options == ("Rye", "Wheat")
    asha.cookies[COOKIE] = "ben"
    answer = await asha.post(f"/posts/{post.id}/vote", data={"choice": "1"}, headers=PART)
    assert answer.status_code == 200
    assert "your vote" in answer.text
    assert list(cast.state.square.posts.votes(post.id).values()) == [(1,)]


async def test_what_is_not_right_is_told_beside_what_was_written(
    cast: Cast, asha: httpx.AsyncClient
) -> None:
    answer = await compose(
        asha,
        text="x" * 600,
        warning="Long",
        files={"file1": ("loaf.png", picture(), "image/png")},
    )
    assert answer.status_code == 422
    assert "at most 500" in answer.text
    assert "x" * 600 in answer.text
    assert 'name="media_ids"' in answer.text  # what was uploaded need not be chosen again
    assert (await compose(asha, text=" ")).status_code == 422
    bad = await compose(asha, text="hm", files={"file1": ("a.exe", b"MZ", "image/png")})
    assert "Files of this type are not taken" in bad.text
    late = await compose(asha, text="hm", due="yesterday")
    assert "This is no time" in late.text


async def test_a_reply_names_whom_it_answers_and_goes_no_wider(
    cast: Cast, asha: httpx.AsyncClient
) -> None:
    told = await cast.post("ben", "only followers", visibility=Visibility.FOLLOWERS)
    await cast.follow("asha", "ben")
    form = (await asha.get(f"/compose?reply_to={told.id}")).text
    assert "@ben </textarea>" in form
    assert '<option value="followers" selected>' in form
    answer = await compose(asha, text="@ben yes", reply_to=str(told.id), visibility="followers")
    post = newest(cast)
    assert answer.headers["location"] == f"/@asha/{post.id}?said=posted#p{post.id}"
    assert post.reply_to_id == told.id


async def test_a_post_for_later_waits_and_can_be_cancelled(
    cast: Cast, asha: httpx.AsyncClient
) -> None:
    answer = await compose(
        asha, text="Tomorrow's bread", due="2023-12-22T06:00", zone="Asia/Kolkata"
    )
    assert answer.headers["location"] == "/scheduled?said=scheduled"
    own = cast.desk.tables.scheduled.of(cast.viewer("asha").account_id)
    assert [one.draft.text for one in own] == ["Tomorrow's bread"]
    assert "22 Dec 2023, 00:30 UTC" in (await asha.get("/scheduled")).text
    await asha.post(f"/scheduled/{own[0].id}/cancel")
    assert cast.desk.tables.scheduled.of(cast.viewer("asha").account_id) == []


async def test_a_post_is_edited_and_deleted(cast: Cast, asha: httpx.AsyncClient) -> None:
    await compose(asha, text="Brad is ready", files={"file1": ("a.png", picture(), "image/png")})
    post = newest(cast)
    media = str(post.media[0].id)
    assert "Brad is ready" in (await asha.get(f"/posts/{post.id}/edit")).text
    await asha.post(
        f"/posts/{post.id}/edit",
        data={"text": "Bread is ready", "media_ids": media, f"alt_{media}": "Bread"},
    )
    edited = newest(cast)
    assert (edited.text, edited.media[0].description) == ("Bread is ready", "Bread")
    assert "Delete this post?" in (await asha.get(f"/posts/{post.id}/delete")).text
    await asha.post(f"/posts/{post.id}/delete")
    assert cast.state.square.posts.find(post.id) is None


async def test_nobody_edits_or_deletes_what_is_another_s(
    cast: Cast, asha: httpx.AsyncClient
) -> None:
    other = newest(cast, "ben")
    for act in ("edit", "delete"):
        assert (await asha.get(f"/posts/{other.id}/{act}")).status_code == 404
        answer = await asha.post(f"/posts/{other.id}/{act}", data={"text": "mine"})
        assert answer.status_code == 404
    assert cast.state.square.posts.find(other.id) == other


async def test_marks_are_put_and_taken_away(cast: Cast, asha: httpx.AsyncClient) -> None:
    post, own = newest(cast, "chidi"), cast.viewer("asha").account_id
    marked = cast.state.square.posts.marked
    for act, mark in (("like", Mark.LIKE), ("bookmark", Mark.BOOKMARK)):
        part = await asha.post(f"/posts/{post.id}/{act}", data={"on": "1"}, headers=PART)
        assert 'aria-pressed="true"' in part.text
        assert post.id in marked(own, mark)
        await asha.post(f"/posts/{post.id}/{act}", data={"on": "0"})
        assert post.id not in marked(own, mark)
    await asha.post(f"/posts/{post.id}/repost", data={"on": "1"})
    assert cast.state.square.posts.find_repost(own, post.id) is not None
    await asha.post(f"/posts/{post.id}/repost", data={"on": "0"})
    assert cast.state.square.posts.find_repost(own, post.id) is None


async def test_a_form_leads_back_to_the_page_it_was_on_and_nowhere_else(
    cast: Cast, asha: httpx.AsyncClient
) -> None:
    post = newest(cast, "chidi")
    like = f"/posts/{post.id}/like"
    on_page = await asha.post(
        like, data={"on": "1"}, headers={"referer": f"http://{HOST}/@chidi?show=media"}
    )
    assert on_page.headers["location"] == f"/@chidi?show=media#p{post.id}"
    for elsewhere in ("http://evil.test/x", f"http://{HOST}//evil.test"):
        answer = await asha.post(like, data={"on": "1"}, headers={"referer": elsewhere})
        assert answer.headers["location"] == f"/home#p{post.id}"


async def test_other_sites_forms_do_nothing(cast: Cast, asha: httpx.AsyncClient) -> None:
    before = len(cast.state.square.posts)
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.test"}):
        answer = await asha.post("/compose", data={"text": "spam"}, headers=headers)
        assert answer.status_code == 403
    assert len(cast.state.square.posts) == before


async def test_people_are_followed_muted_and_blocked(cast: Cast, asha: httpx.AsyncClient) -> None:
    relations, own = cast.state.square.relations, cast.viewer("asha").account_id
    dee, ben = cast.viewer("dee").account_id, cast.viewer("ben").account_id
    await asha.post(f"/accounts/{dee}/follow")
    assert relations.has(own, Relation.REQUEST, dee)
    await asha.post(f"/accounts/{ben}/follow", data={"notifies": "1"})
    assert relations.options_of(own, ben).notifies
    await asha.post(f"/accounts/{ben}/mute")
    assert relations.mutes(own, ben, cast.now_ms)
    assert "@ben" in (await asha.get("/mutes")).text
    await asha.post(f"/accounts/{ben}/unmute")
    assert not relations.mutes(own, ben, cast.now_ms)
    await asha.post(f"/accounts/{ben}/note", data={"note": "owes me a loaf"})
    assert "owes me a loaf" in (await asha.get("/@ben")).text
    assert "Block @ben?" in (await asha.get(f"/accounts/{ben}/block")).text
    await asha.post(f"/accounts/{ben}/block")
    assert not relations.follows(own, ben)


async def test_strangers_wait_until_they_are_let_through(
    cast: Cast, asha: httpx.AsyncClient
) -> None:
    await cast.post("dee", "@asha are you the baker?", visibility=Visibility.MENTIONED)
    dee = cast.viewer("dee").account_id
    assert "are you the baker" not in (await asha.get("/notifications")).text
    assert "Notifications of 1 person wait" in (await asha.get("/notifications")).text
    assert "are you the baker" in (await asha.get("/notifications/requests")).text
    await asha.post(f"/notifications/requests/{dee}", data={"on": "1"})
    assert "are you the baker" in (await asha.get("/notifications")).text
    everything = dict.fromkeys(NotificationPolicy.__struct_fields__, "accept")
    await asha.post("/notifications/policy", data=everything)
    own = cast.viewer("asha").account_id
    policy = cast.desk.tables.notifications.policy_of(own)
    assert policy.for_private_mentions is Rule.ACCEPT
    wrong = await asha.post("/notifications/policy", data={**everything, "for_new_accounts": "x"})
    assert wrong.status_code == 400


async def test_a_conversation_is_opened_and_taken_off_the_list(
    cast: Cast, asha: httpx.AsyncClient
) -> None:
    told = await cast.post("ben", "@asha between us", visibility=Visibility.MENTIONED)
    own = cast.viewer("asha").account_id
    assert "between us" in (await asha.get("/conversations")).text
    one = cast.desk.tables.conversations.page(own, Page())[0]
    opened = await asha.post(f"/conversations/{one.id}/open")
    assert opened.headers["location"] == f"/@ben/{told.id}"
    assert not cast.desk.tables.conversations.get(own, one.id).unread
    await asha.post(f"/conversations/{one.id}/delete")
    assert "between us" not in (await asha.get("/conversations")).text


async def test_lists_are_made_filled_and_deleted(cast: Cast, asha: httpx.AsyncClient) -> None:
    made = await asha.post("/lists", data={"title": "Bakers"})
    path = made.headers["location"].removesuffix("/edit")
    await asha.post(f"{path}/members", data={"username": "@ben", "on": "1"})
    assert "Worth reading" in (await asha.get(path)).text
    await asha.post(f"{path}/edit", data={"title": "Friends", "replies": "none", "exclusive": "1"})
    assert "Friends" in (await asha.get(f"{path}/edit")).text
    assert "Worth reading" not in (await asha.get("/home")).text
    stranger = await asha.post(f"{path}/members", data={"username": "dee", "on": "1"})
    assert stranger.status_code == 400
    await asha.post(f"{path}/delete")
    assert (await asha.get(path)).status_code == 404


async def test_a_filter_hides_or_warns(cast: Cast, asha: httpx.AsyncClient) -> None:
    form = {"title": "Villains", "keywords": "villain\nrecipe", "context": ["home", "public"]}
    await asha.post("/settings/filters", data={**form, "action": "warn", "whole_word": "1"})
    assert "Filtered: Villains" in (await asha.get("/home")).text
    one = cast.desk.tables.filters.of(cast.viewer("asha").account_id)[0]
    changed = {**form, "keywords": "villain", "action": "hide", "expires_in": "0"}
    await asha.post(f"/settings/filters/{one.id}", data=changed)
    page = (await asha.get("/home")).text
    assert "villain" not in page
    assert "recipe" in page
    await asha.post(f"/settings/filters/{one.id}/delete")
    assert "villain" in (await asha.get("/home")).text


async def test_a_profile_is_changed(cast: Cast, asha: httpx.AsyncClient) -> None:
    answer = await asha.post(
        "/settings/profile",
        data={
            "display_name": "Asha R.",
            "note": "Bread & more",
            "field_name": ["Bakery", ""],
            "field_value": ["https://asha.example", ""],
            "locked": "1",
        },
        files={"avatar": ("me.png", picture("#222222", 100, 100), "image/png")},
    )
    assert answer.headers["location"] == "/settings/profile?said=saved"
    account = cast.viewer("asha").account
    assert (account.display_name, account.note, account.locked) == (
        "Asha R.",
        "Bread & more",
        True,
    )
    assert len(account.fields) == 1
    assert (await asha.get(f"/media/{account.avatar}")).status_code == 200
    wrong = await asha.post("/settings/profile", data={"display_name": "x" * 200})
    assert wrong.status_code == 422
    assert "at most 30" in wrong.text


async def test_preferences_are_where_a_post_begins(cast: Cast, asha: httpx.AsyncClient) -> None:
    form = {"visibility": "followers", "quote_policy": "nobody", "language": "mr"}
    await asha.post("/settings/preferences", data=form)
    page = (await asha.get("/compose")).text
    assert '<option value="followers" selected>' in page
    assert '<option value="mr" selected>' in page
    wrong = await asha.post("/settings/preferences", data={**form, "visibility": "unlisted"})
    assert wrong.status_code == 400


async def test_a_hashtag_is_followed(cast: Cast, asha: httpx.AsyncClient) -> None:
    await cast.post("dee", "A heron #birds")
    assert "A heron" not in (await asha.get("/home")).text
    await asha.post("/tags/birds/follow", data={"on": "1"})
    assert "A heron" in (await asha.get("/home")).text


async def test_web_push_is_turned_on_and_off(cast: Cast, asha: httpx.AsyncClient) -> None:
    viewer = cast.viewer("asha")
    find = cast.desk.tables.push_subscriptions.find
    keys = {"p256dh": "B" + "A" * 86, "auth": "A" * 22}
    wanted = {"endpoint": "https://push.example/1", "expirationTime": None, "keys": keys}
    assert (await asha.post("/settings/push", json=wanted)).status_code == 204
    assert find(viewer.account_id, viewer.session_id) is not None
    assert (await asha.post("/settings/push", json={"endpoint": 1})).status_code == 400
    assert (await asha.post("/settings/push/off")).status_code == 204
    assert find(viewer.account_id, viewer.session_id) is None


async def test_reading_goes_on_while_nothing_can_be_written(
    cast: Cast, asha: httpx.AsyncClient
) -> None:
    cast.journal.out_of_order = Unavailable("The disk is full.")
    assert "liked your post" in (await asha.get("/notifications")).text
    assert (await asha.get("/home")).status_code == 200
    answer = await compose(asha, text="hello")
    assert answer.status_code == 503
    assert "The disk is full." in answer.text
    assert ">hello</textarea>" in answer.text


async def test_what_is_shared_from_another_app_is_in_the_form(asha: httpx.AsyncClient) -> None:
    page = await asha.get("/compose?title=News&url=https://a.example/?a=1")
    assert "News\nhttps://a.example/?a=1</textarea>" in page.text


URLENCODED = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=b"}
PART_OF_FORM = b'--b\r\nContent-Disposition: form-data; name="text"'
BAD_BODIES = (
    (b"text=%ff%fe", URLENCODED),
    (b"text=a%00b", URLENCODED),
    (b"text=%ed%a0%80", URLENCODED),
    (b"", MULTIPART),
    (b"x", {"content-type": "multipart/form-data"}),
    (PART_OF_FORM + b"\r\n\r\nhi", MULTIPART),
    (PART_OF_FORM + b"\r\n\r\n\xff\xfe\r\n--b--\r\n", MULTIPART),
    (
        PART_OF_FORM + b"\r\nContent-Type: text/plain; charset=nope\r\n\r\nhi\r\n--b--\r\n",
        MULTIPART,
    ),
    (b"{}", {"content-type": "application/json"}),
)
BAD_FIELDS: tuple[dict[str, Any], ...] = (
    {"due": "9999-12-31T23:59", "zone": "America/Los_Angeles"},
    {"due": "0001-01-01T00:00", "zone": "Asia/Kolkata"},
    {"due": "2030-01-01T00:00", "zone": "../../etc/passwd"},
    {"due": "2030-01-01T00:00", "zone": "\x00"},
    {"poll_option": ["a", "b"], "poll_seconds": "abc"},
    {"poll_option": ["a", "b"], "poll_seconds": "999999999999"},
    {"poll_option": [f"option {number}" for number in range(999)]},
    {"media_ids": ["-1"]},
    {"media_ids": ["9" * 30]},
    {"reply_to": "999"},
    {"reply_to": "abc"},
    {"quote": "9223372036854775807"},
    {"visibility": "zzz"},
    {"language": "<script>"},
    {"text": "x" * 30_000},
    {"warning": "x" * 15_000},
)
WRONG_ACTS = (
    "/posts/%ff/like",
    "/posts/0/like",
    "/posts/-1/repost",
    "/posts/0/nonsense",
    "/accounts/0/follow",
    "/accounts/0/nonsense",
    "/lists/0/members",
    "/tags/%ff/follow",
    "/scheduled/0/cancel",
    "/conversations/0/open",
    "/notifications/requests/0",
    "/settings/preferences",
    "/settings/push",
    "/notifications/policy",
    "/home/read",
)


async def test_bad_input_is_told_and_harms_nothing(cast: Cast, asha: httpx.AsyncClient) -> None:
    for body, headers in BAD_BODIES:
        answer = await asha.post("/compose", content=body, headers=headers)
        assert answer.status_code in (303, 400, 422), body
    for fields in BAD_FIELDS:
        answer = await asha.post("/compose", data={"text": "hm", **fields})
        assert answer.status_code in (303, 400, 422), fields
    for path in WRONG_ACTS:
        answer = await asha.post(path, content=b"on=1&newest=abc", headers=URLENCODED)
        assert answer.status_code in (400, 404), path
    assert (await asha.get("/home")).status_code == 200


async def test_a_browser_that_says_nonsense_of_where_it_was_is_led_home(
    cast: Cast, asha: httpx.AsyncClient
) -> None:
    post = newest(cast, "ben")
    for referer in ("http://[::1", "//", "http://elsewhere.example/page"):
        answer = await asha.post(
            f"/posts/{post.id}/like", data={"on": "1"}, headers={"referer": referer}
        )
        assert (answer.status_code, answer.headers["location"]) == (303, f"/home#p{post.id}")
