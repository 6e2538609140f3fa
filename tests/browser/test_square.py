"""The microblog in a real browser, on a real server with a small cast."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from tests.site.serving import running
from tests.site.square_cast import COOKIE, Cast, picture, seeded

from lapwing.microblog.text.cleaning import clean_text
from lapwing.microblog.text.measuring import measure

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
PAGES = (
    "/home",
    "/home/catch-up",
    "/local",
    "/explore",
    "/notifications",
    "/notifications/requests",
    "/conversations",
    "/@asha",
    "/@ben",
    "/@x_outages",
    "/@asha/followers",
    "/compose",
    "/lists",
    "/bookmarks",
    "/search?q=owl",
    "/tags/birds",
    "/settings",
    "/settings/profile",
    "/settings/preferences",
    "/settings/filters",
    "/offline",
    "/",
)
TEXTS = (
    "plain",
    "  blanks around  ",
    "दिल्ली में बारिश 🌧️",
    "👩‍👩‍👧‍👦🇮🇳🏴󠁧󠁢󠁥󠁮󠁧󠁿 e\u0301",
    "https://example.com/a/very/long/path?with=query#and-more, then (https://a.example/b).",
    "http://localhost/x https://1.2.3.4/y https://999.1.1.1/z",
    "see https://en.wikipedia.org/wiki/Bird_(disambiguation) and [https://a.example/]",
    "@ben @someone@elsewhere.example @a@b x@y.example =@no @@no @ben.",
    "https://例え.jp/あ。続く https://example.comの話",
    "one\r\ntwo\rthree",
)
T = TypeVar("T")


@dataclass
class Stage:
    """A server in a thread of its own; `do` runs in its event loop."""

    url: str
    cast: Cast
    do: Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    ready: Future[Stage] = Future()
    over = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(ready, over)), daemon=True)
    thread.start()
    yield ready.result(timeout=60)
    over.set()
    thread.join()


async def _serve(ready: Future[Stage], over: threading.Event) -> None:
    try:
        cast = await seeded()
        for number in range(60):
            await cast.post("ben", f"numbered {number}")
    except BaseException as error:
        ready.set_exception(error)
        return
    loop = asyncio.get_running_loop()

    def do(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=60)

    async with running(cast.site) as server:
        ready.set_result(Stage(f"http://127.0.0.1:{server.port}", cast, do))
        await asyncio.to_thread(over.wait)


@pytest.fixture
def browser_context(chromium: Browser, stage: Stage) -> Iterator[BrowserContext]:
    """A phone in India on which Asha is signed in."""
    context = chromium.new_context(
        viewport={"width": 390, "height": 844},
        timezone_id="Asia/Kolkata",
        locale="en-GB",
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": COOKIE, "value": "asha", "url": stage.url}])
    yield context
    context.close()


@pytest.fixture
def asha(browser_context: BrowserContext) -> Page:
    return browser_context.new_page()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "light")])
def test_axe_finds_nothing(chromium: Browser, stage: Stage, width: int, scheme: str) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": COOKIE, "value": "asha", "url": stage.url}])
    page = context.new_page()
    found = []
    looked_at = PAGES[:8] if scheme == "dark" else PAGES  # colours are the same on the others
    for path in (*looked_at, _thread(stage)):
        page.goto(stage.url + path)
        for menu in page.locator("details").all()[:12]:
            menu.evaluate("element => { element.open = true }")
        page.add_script_tag(path=AXE)
        result = page.evaluate("axe.run({resultTypes: ['violations'], preload: false})")
        found += [
            (path, violation["id"], [node["html"][:200] for node in violation["nodes"]])
            for violation in result["violations"]
        ]
    context.close()
    assert found == []


def test_nothing_is_wider_than_a_phone_and_nothing_complains(asha: Page, stage: Stage) -> None:
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "/live/" not in message.location.get("url", ""):
            complaints.append(f"{message.text} {message.location}")

    asha.on("console", note)
    asha.on("pageerror", lambda error: complaints.append(str(error)))
    asha.set_viewport_size({"width": 360, "height": 740})
    for path in (*PAGES, _thread(stage)):
        asha.goto(stage.url + path)
        assert asha.evaluate("document.documentElement.scrollWidth") <= 360, path
    assert complaints == []


def test_the_counter_counts_as_the_server_does(asha: Page, stage: Stage) -> None:
    asha.goto(stage.url + "/compose")
    text, left = asha.locator("#composer-text"), asha.locator("[data-left]")
    for sample in TEXTS:
        text.fill(sample)
        expect(left).to_have_text(str(500 - measure(clean_text(sample))))


def test_a_post_with_a_picture_is_written_and_liked(asha: Page, stage: Stage) -> None:
    asha.goto(stage.url + "/home")
    asha.get_by_label("What is happening?").fill("Written in a browser")
    asha.locator(".tool").first.locator("summary").click()
    asha.get_by_label("Choose files").set_input_files(
        [{"name": "hill.png", "mimeType": "image/png", "buffer": picture()}]
    )
    asha.get_by_label("What it shows").fill("Hills at dusk")
    asha.get_by_role("button", name="Post", exact=True).click()
    post = asha.locator("article.post", has_text="Written in a browser")
    expect(post.get_by_alt_text("Hills at dusk")).to_be_visible()
    expect(asha.get_by_text("Posted.")).to_be_visible()
    like = post.get_by_role("button", name="Like")
    like.click()
    expect(post.locator(".act-like")).to_have_attribute("aria-pressed", "true")
    expect(post.locator(".act-like .act-count")).to_have_text("1")
    assert asha.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft'))") == []


def test_a_draft_survives_leaving_and_being_offline(
    asha: Page, browser_context: BrowserContext, stage: Stage
) -> None:
    asha.goto(stage.url + "/home")
    browser_context.set_offline(True)
    text = asha.get_by_label("What is happening?")
    text.fill("Written in a tunnel")
    asha.get_by_role("button", name="Post", exact=True).click()
    expect(asha.get_by_text("You are offline. What you write is kept here")).to_be_visible()
    browser_context.set_offline(False)
    asha.goto(stage.url + "/explore")
    asha.goto(stage.url + "/home")
    expect(text).to_have_value("Written in a tunnel")


def test_going_back_finds_the_place(asha: Page, stage: Stage) -> None:
    asha.goto(stage.url + "/local")
    posts = asha.locator("article.post")
    expect(posts).to_have_count(20)
    posts.last.scroll_into_view_if_needed()
    expect(posts).to_have_count(40)
    wanted = asha.locator("article.post", has_text="numbered 24")
    wanted.scroll_into_view_if_needed()
    entry = wanted.get_attribute("data-entry")
    before = asha.evaluate(_PLACE, entry)
    with asha.expect_navigation():
        wanted.locator(".when").evaluate("link => link.click()")
    asha.go_back()
    expect(asha.locator(f"#p{entry}")).to_be_in_viewport()
    asha.wait_for_function(f"before => Math.abs(({_PLACE})('{entry}') - before) < 3", arg=before)


_PLACE = "entry => document.getElementById(`p${entry}`).getBoundingClientRect().top"


def test_new_posts_wait_until_they_are_asked_for(asha: Page, stage: Stage) -> None:
    asha.goto(stage.url + "/home")
    first = asha.locator("article.post").first
    before = first.get_attribute("data-entry")
    stage.do(stage.cast.post("ben", "Fresh from the oven"))
    asha.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    bar = asha.get_by_role("button", name="1 new post")
    expect(bar).to_be_visible()
    assert first.get_attribute("data-entry") == before
    bar.click()
    expect(first).to_contain_text("Fresh from the oven")
    expect(bar).to_be_hidden()


def test_the_keyboard_is_enough(asha: Page, stage: Stage) -> None:
    asha.goto(stage.url + "/local")
    posts = asha.locator("article.post")
    asha.keyboard.press("j")
    expect(posts.nth(0)).to_be_focused()
    asha.keyboard.press("j")
    expect(posts.nth(1)).to_be_focused()
    asha.keyboard.press("k")
    expect(posts.nth(0)).to_be_focused()
    asha.keyboard.press("m")
    expect(posts.nth(0).locator(".act-bookmark")).to_have_attribute("aria-pressed", "true")
    asha.keyboard.press("?")
    expect(asha.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    asha.keyboard.press("Escape")
    posts.nth(0).focus()
    asha.keyboard.press("r")
    expect(asha.get_by_role("heading", name="Reply to")).to_be_visible()


def test_without_a_connection_a_page_says_so(
    asha: Page, browser_context: BrowserContext, stage: Stage
) -> None:
    asha.goto(stage.url + "/home")
    asha.evaluate("navigator.serviceWorker.ready.then(() => true)")
    asha.wait_for_function("navigator.serviceWorker.controller !== null")
    browser_context.set_offline(True)
    asha.goto(stage.url + "/notifications")
    expect(asha.get_by_role("heading", name="You are offline")).to_be_visible()
    kept = asha.evaluate(
        "caches.keys().then(names => Promise.all(names.map(async name =>"
        " (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname))))"
    )
    browser_context.set_offline(False)
    assert {path.split("/")[1] for paths in kept for path in paths} == {"offline", "static"}


def test_pages_for_everybody_get_the_viewer_s_frame(asha: Page, stage: Stage) -> None:
    asha.goto(stage.url + "/home")
    asha.goto(stage.url + "/")
    expect(asha.get_by_role("link", name="Profile")).to_have_attribute("href", "/@asha")


def test_all_is_done_without_scripts(chromium: Browser, stage: Stage) -> None:
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies([{"name": COOKIE, "value": "ben", "url": stage.url}])
    page = context.new_page()
    page.goto(stage.url + "/home")
    page.get_by_label("What is happening?").fill("No script was harmed")
    page.locator(".tool").first.locator("summary").click()
    page.get_by_label("File 1").set_input_files(
        [{"name": "hill.png", "mimeType": "image/png", "buffer": picture()}]
    )
    page.get_by_label("What it shows").first.fill("More hills")
    page.get_by_role("button", name="Post", exact=True).click()
    post = page.locator("article.post", has_text="No script was harmed")
    expect(post.get_by_alt_text("More hills")).to_be_visible()
    post.get_by_role("button", name="Like").click()
    expect(post.locator(".act-like")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Older").click()
    expect(page.locator("article.post").first).to_be_visible()
    context.close()


def _thread(stage: Stage) -> str:
    square = stage.cast.state.square
    asked = next(
        post
        for post in map(square.posts.get, square.posts.all_ids())
        if post.text.startswith("Is $x down")
    )
    return f"/@asha/{asked.id}"
