"""The microblog's pages: who sees what, how they are kept, and what people wrote stays text."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from tests.site.square_cast import COOKIE, HOST, Cast, seeded

from lapwing.microblog.actions import posting, relating
from lapwing.microblog.model import Relation, Visibility
from lapwing.microblog.paging import Page
from lapwing.web.pages.assets import Assets

OWN_PAGES = (
    "/home",
    "/home/catch-up",
    "/notifications",
    "/notifications?show=mentions",
    "/notifications/requests",
    "/conversations",
    "/lists",
    "/bookmarks",
    "/likes",
    "/compose",
    "/scheduled",
    "/follow-requests",
    "/mutes",
    "/blocks",
    "/settings",
    "/settings/profile",
    "/settings/preferences",
    "/settings/filters",
)
OPEN_PAGES = (
    "/local",
    "/explore",
    "/@asha",
    "/@asha?show=replies",
    "/@asha?show=media",
    "/@asha/followers",
    "/@asha/following",
    "/@x_outages",
    "/tags/birds",
    "/search?q=owl",
)


WRONG = {
    "/@nobody": 404,
    "/@asha/1": 404,
    "/@asha/abc": 404,
    "/nowhere": 404,
    "/no/where": 404,
    "/no/where/at-all": 404,
    "/tags/12": 404,
    "/lists/77": 404,
    "/posts/77/edit": 404,
    "/settings/filters/77": 404,
    "/home?max_id=abc": 400,
    "/home?max_id=99999999999999999999": 400,
    "/home/news?since=-1": 400,
    "/search?q=before:never": 200,
}


@pytest.fixture
async def cast() -> Cast:
    return await seeded()


def client(cast: Cast, who: str = "") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(cast.site, raise_app_exceptions=False)  # type: ignore[arg-type]  # httpx types scopes as plain dicts
    cookies = {COOKIE: who} if who else {}
    return httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}", cookies=cookies)


@pytest.fixture
async def asha(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    async with client(cast, "asha") as web:
        yield web


@pytest.fixture
async def stranger(cast: Cast) -> AsyncIterator[httpx.AsyncClient]:
    async with client(cast) as web:
        yield web


async def test_a_page_is_for_its_viewer_alone(asha: httpx.AsyncClient) -> None:
    for path in (*OWN_PAGES, *OPEN_PAGES):
        answer = await asha.get(path)
        assert answer.status_code == 200, path
        assert answer.text.rstrip().endswith("</html>")
        assert answer.headers["cache-control"].startswith("private")
        assert "Cookie" in answer.headers["vary"]
        assert 'href="/@asha"' in answer.text
        assert "script-src 'self';" in answer.headers["content-security-policy"]


async def test_anybody_may_read(stranger: httpx.AsyncClient) -> None:
    for path in OPEN_PAGES:
        answer = await stranger.get(path)
        assert answer.status_code == 200, path
        assert 'href="/sign-in"' in answer.text


async def test_who_is_not_signed_in_is_led_there_and_back(stranger: httpx.AsyncClient) -> None:
    for path in OWN_PAGES:
        answer = await stranger.get(path)
        assert answer.status_code == 303, path
        target = httpx.URL(answer.headers["location"])
        assert (target.path, target.params["next"]) == ("/sign-in", path)


async def test_home_is_chronological_and_older_ones_follow_without_gap(
    cast: Cast, asha: httpx.AsyncClient
) -> None:
    for number in range(45):
        await cast.post("ben", f"numbered {number:02}")
    shown: list[str] = []
    path = "/home"
    while path:
        page = (await asha.get(path)).text
        shown += _words(page)
        path = _older(page)
    numbered = [text for text in shown if text.startswith("numbered")]
    assert numbered == [f"numbered {number:02}" for number in reversed(range(45))]


async def test_a_script_gets_the_posts_alone(cast: Cast, asha: httpx.AsyncClient) -> None:
    part = await asha.get("/home", headers={"lapwing-part": "timeline"})
    assert "<html" not in part.text
    assert _words(part.text) == _words((await asha.get("/home")).text)


async def test_going_back_fetches_all_that_was_there(cast: Cast, asha: httpx.AsyncClient) -> None:
    posts = [await cast.post("ben", f"numbered {number}") for number in range(60)]
    first, last = posts[50].id, posts[10].id
    asked = f"/home?max_id={first + 1}&through={last}"
    part = await asha.get(asked, headers={"lapwing-part": "timeline"})
    assert _words(part.text) == [f"numbered {number}" for number in range(50, 9, -1)]


async def test_news_are_counted_only(cast: Cast, asha: httpx.AsyncClient) -> None:
    newest = cast.timelines.home(cast.viewer("asha").account_id, Page(limit=1))[0]
    assert (await asha.get(f"/home/news?since={newest}")).json() == {"count": 0, "more": False}
    await cast.post("ben", "one")
    await cast.post("dee", "of no followee")
    assert (await asha.get(f"/home/news?since={newest}")).json() == {"count": 1, "more": False}
    assert (await asha.get(f"/local/news?since={newest}")).json()["count"] == 2


async def test_an_old_page_says_in_words_how_old(cast: Cast, asha: httpx.AsyncClient) -> None:
    assert "is not answering" not in (await asha.get("/home")).text
    cast.stale = True
    assert "what was here 35 min ago" in (await asha.get("/home")).text


async def test_what_people_write_stays_text(cast: Cast, asha: httpx.AsyncClient) -> None:
    for path in ("/home", "/local", "/@eve", "/explore", "/notifications", "/search?q=hello"):
        page = (await asha.get(path)).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>hello</b>" not in page
        assert "<b>bold</b>" not in page
    await cast.post("ben", "bad", warning='"><script>alert(2)</script>')
    assert "<script>alert(2)" not in (await asha.get("/home")).text


async def test_posts_for_some_are_shown_to_them_alone(cast: Cast) -> None:
    secret = await cast.post("ben", "for followers", visibility=Visibility.FOLLOWERS)
    told = await cast.post("ben", "@chidi psst", visibility=Visibility.MENTIONED)
    seen = {}
    for who in ("ben", "asha", "chidi", "dee", ""):
        async with client(cast, who) as web:
            answers = [await web.get(f"/@ben/{post.id}") for post in (secret, told)]
            seen[who] = tuple(answer.status_code for answer in answers)
    assert seen == {
        "ben": (200, 200),
        "asha": (200, 404),
        "chidi": (404, 200),
        "dee": (404, 404),
        "": (404, 404),
    }


async def test_who_is_blocked_finds_nobody(cast: Cast) -> None:
    await relating.block(cast.context, cast.viewer("asha"), cast.viewer("ben").account_id)
    async with client(cast, "ben") as web:
        assert (await web.get("/@asha")).status_code == 404
        assert "Asha Rao" not in (await web.get("/search?q=asha")).text


async def test_a_thread_shows_what_it_answers_and_is_answered(
    cast: Cast, asha: httpx.AsyncClient
) -> None:
    answer = await asha.get(_thread_path(cast, "Not you."))
    words = _words(answer.text)
    assert words[0].startswith("Is $x down")
    assert words[1].startswith("@asha Not you")
    assert words[2].startswith("@ben Thank you")


async def test_addresses_have_one_spelling(cast: Cast, asha: httpx.AsyncClient) -> None:
    assert (await asha.get("/@ASHA")).headers["location"] == "/@asha"
    path = _thread_path(cast, "Not you.")
    other = path.replace("/@ben/", "/@asha/")
    assert (await asha.get(other)).headers["location"] == path


async def test_what_cannot_be_shown_is_said(asha: httpx.AsyncClient) -> None:
    for path, status in WRONG.items():
        answer = await asha.get(path)
        assert answer.status_code == status, path
        assert answer.text.rstrip().endswith("</html>")


async def test_history_tells_all_versions(cast: Cast, asha: httpx.AsyncClient) -> None:
    page = (await asha.get(_thread_path(cast, "An owl is a bird.") + "/history")).text
    assert page.index("An owl is a bird.") < page.index("An owl is a brid.")


async def test_search_finds_services_people_hashtags_and_posts(asha: httpx.AsyncClient) -> None:
    assert 'href="/services/x"' in (await asha.get("/search?q=twitter")).text
    assert 'href="/@chidi"' in (await asha.get("/search?q=chidi")).text
    assert 'href="/tags/birds"' in (await asha.get("/search?q=birds")).text
    assert _words((await asha.get("/search?q=villain")).text) == ["The villain is the deployment."]


async def test_while_one_types_only_services_are_looked_up(asha: httpx.AsyncClient) -> None:
    typed = await asha.get("/search?q=twitter", headers={"hx-request": "true"})
    assert 'href="/services/x"' in typed.text
    assert 'href="/search?q=twitter"' in typed.text
    assert "<html" not in typed.text


async def test_an_empty_home_says_whom_to_follow(cast: Cast) -> None:
    await cast.person("fay", "Fay")
    async with client(cast, "fay") as web:
        page = (await web.get("/home")).text
    assert "Nothing here yet" in page
    assert 'href="/@asha"' in page


async def test_an_account_of_a_service_says_whose_it_is(stranger: httpx.AsyncClient) -> None:
    page = (await stranger.get("/@x_outages")).text
    assert "told by this server, not by X" in page
    assert "automated" in page


async def test_the_frame_is_fetched_by_pages_that_are_the_same_for_all(
    asha: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    own, nobodys = await asha.get("/frame"), await stranger.get("/frame")
    assert 'href="/@asha"' in own.text
    assert " unread" in own.text
    assert 'href="/sign-in"' in nobodys.text
    assert own.headers["cache-control"].startswith("private")
    for web in (asha, stranger):
        board = await web.get("/")
        assert "asha" not in board.text


async def test_notifications_are_read_by_reading_them(asha: httpx.AsyncClient) -> None:
    assert " unread" in (await asha.get("/home")).text
    page = (await asha.get("/notifications")).text
    assert "liked your post" in page
    assert "mentioned you" in page
    assert " unread" not in (await asha.get("/home")).text


async def test_requests_to_follow_are_answered(cast: Cast) -> None:
    chidi, dee = cast.viewer("chidi").account_id, cast.viewer("dee").account_id
    async with client(cast, "dee") as web:
        assert "Chidi Okafor" in (await web.get("/follow-requests")).text
        answer = await web.post(f"/accounts/{chidi}/accept")
    assert answer.status_code == 303
    assert cast.state.square.relations.has(chidi, Relation.FOLLOW, dee)


async def test_a_deleted_post_is_gone_from_every_page(cast: Cast, asha: httpx.AsyncClient) -> None:
    path = _thread_path(cast, "The villain is the deployment.")
    post_id = int(path.rpartition("/")[2])
    await posting.delete_post(cast.context, cast.viewer("chidi"), post_id)
    for page in ("/home", "/local", "/explore", "/@chidi", "/search?q=villain"):
        assert "The villain" not in (await asha.get(page)).text
    assert (await asha.get(path)).status_code == 404


async def test_the_worker_keeps_the_shell_and_no_page_of_anybody(asha: httpx.AsyncClient) -> None:
    if not Assets().is_built:
        pytest.skip("the front end is not built (make build)")
    worker = await asha.get("/service-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    shell = worker.text.partition(";\n")[0]
    assert '"/offline"' in shell
    assert "/home" not in shell
    offline = await asha.get("/offline")
    assert "asha" not in offline.text


async def test_media_come_with_a_policy_under_which_nothing_runs(
    cast: Cast, stranger: httpx.AsyncClient
) -> None:
    key = cast.state.accounts.get(cast.viewer("asha").account_id).avatar
    whole = await stranger.get(f"/media/{key}")
    assert whole.headers["content-type"] == "image/png"
    assert "sandbox" in whole.headers["content-security-policy"]
    part = await stranger.get(f"/media/{key}", headers={"range": "bytes=0-7"})
    assert (part.status_code, part.content) == (206, whole.content[:8])


def test_no_template_turns_escaping_off() -> None:
    folder = Path(posting.__file__).parents[2] / "web" / "templates"
    for template in folder.glob("square_*.html"):
        text = template.read_text("utf-8")
        assert "|safe" not in text.replace(" ", "")
        assert "autoescape" not in text


def _words(page: str) -> list[str]:
    """Texts of the posts, as they are read."""
    found = re.findall(r'<div class="post-text"[^>]*>(.*?)</div>', page, re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", "", text)).strip() for text in found]


def _older(page: str) -> str:
    found = re.search(r'<p class="older" data-older><a class="more" href="([^"]+)"', page)
    return unescape(found[1]) if found else ""


def _thread_path(cast: Cast, words: str) -> str:
    square = cast.state.square
    for one in square.posts.all_ids():
        post = square.posts.get(one)
        if words in post.text:
            return f"/@{square.accounts.get(post.account_id).username}/{post.id}"
    raise AssertionError(words)
