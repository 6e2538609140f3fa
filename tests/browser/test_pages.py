"""The pages in a real browser, against a small server of sample views."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect
from tests import sample_views
from tests.browser.sample_site import SampleSite

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
PAGES = [
    "/",
    "/quiet",
    "/?country=IN",
    "/services/x",
    "/services/fine",
    "/services/unsure",
    "/services/better",
    "/services/hostile",
    "/incidents",
    "/incidents/x-20231221-0509",
    "/incidents/held",
    "/services/twiter",
    "/search?q=twiter",
    "/services/x/reported",
    "/methodology",
    "/methodology/arithmetic",
    "/methodology/arithmetic?at=declared",
    "/methodology/arithmetic?at=not_enough",
    "/services/x/me",
    "/services/fine/me",
    "/services/x/me?city=Atlantis",
    "/calibration",
    "/calibration/new",
    "/about-data",
    "/problem",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(chromium: Browser, site: SampleSite, width: int, scheme: str) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    found = []
    for path in PAGES:
        page.goto(site.url + path)
        page.add_script_tag(path=AXE)
        result = page.evaluate("axe.run({resultTypes: ['violations'], preload: false})")
        found += [
            (path, violation["id"], [node["html"][:200] for node in violation["nodes"]])
            for violation in result["violations"]
        ]
    context.close()
    assert found == []


@pytest.mark.parametrize("path", PAGES)
def test_no_request_leaves_and_the_policy_holds(page: Page, site: SampleSite, path: str) -> None:
    foreign: list[str] = []
    complaints: list[str] = []

    def note_request(request: Request) -> None:
        if not request.url.startswith(site.url):
            foreign.append(request.url)

    def note_message(message: ConsoleMessage) -> None:
        if message.type == "error" and "/live/" not in message.location.get("url", ""):
            complaints.append(message.text)

    page.on("request", note_request)
    page.on("console", note_message)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(site.url + path)
    page.wait_for_load_state("networkidle")
    assert foreign == []
    assert complaints == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_phone(page: Page, site: SampleSite, path: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(site.url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_page_is_whole_without_scripts(chromium: Browser, site: SampleSite) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url + "/services/x")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Is X down?")
    expect(page.locator(".chart-still svg")).to_be_visible()
    expect(page.locator(".map-svg .dot").first).to_be_visible()
    page.get_by_role("button", name="Posts don’t load").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    assert site.posted[-1]["symptom"] == ["feed"]
    context.close()


def test_the_first_report_buttons_are_on_a_phone_s_first_screen(
    page: Page, site: SampleSite
) -> None:
    page.goto(site.url + "/services/x")
    box = page.get_by_role("button", name="Can’t post").bounding_box()
    assert box
    assert box["y"] > 844 / 3
    assert box["y"] + box["height"] < 844
    assert box["height"] >= 44


def test_the_keyboard_reaches_the_report_buttons(page: Page, site: SampleSite) -> None:
    page.goto(site.url + "/services/x")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "symptom":
            break
    assert page.evaluate("document.activeElement.value") == "feed"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")


def test_a_report_brings_the_chosen_city_and_device(page: Page, site: SampleSite) -> None:
    page.goto(site.url + "/services/x")
    page.get_by_text("From India").click()
    page.get_by_text("Android").first.click()
    city = page.get_by_label("Nearest city")
    city.press_sequentially("Nagp")
    expect(page.locator("#cities option")).to_have_count(1)
    city.fill("Nagpur, Maharashtra, India")
    page.get_by_role("button", name="Login").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    sent = {key: values[0] for key, values in site.posted[-1].items()}
    assert sent == {
        "symptom": "login",
        "platform": "android",
        "city": "Nagpur, Maharashtra, India",
        "country": "IN",
    }


def test_a_live_message_changes_the_answer_and_keeps_what_is_typed(
    page: Page, site: SampleSite
) -> None:
    page.goto(site.url + "/services/fine")
    expect(page.locator(".answer-verdict")).to_contain_text("No")
    page.locator(".report-more summary").click()
    page.get_by_label("Nearest city").fill("Nag")
    view = sample_views.service_view("down")
    fragment = site.pages.service_live(view)
    page.evaluate(
        """fragment => htmx.swap({
            text: fragment, sourceElement: document.querySelector('#live'),
            target: document.querySelector('#live'), swap: 'none swapEmpty:false'})""",
        fragment,
    )
    expect(page.locator(".answer-verdict")).to_contain_text("Yes")
    expect(page.get_by_label("Nearest city")).to_have_value("Nag")
    expect(page.locator("#map-dots .dot")).to_have_count(len(view.dots))
    expect(page.locator("#slices")).to_contain_text("Bharti Airtel")


def test_a_pushed_message_arrives(page: Page, site: SampleSite) -> None:
    site.live["/live/services/x"] = site.pages.service_live(sample_views.service_view("down"))
    page.goto(site.url + "/services/better")
    expect(page.locator(".answer-verdict")).to_contain_text("Yes")
    del site.live["/live/services/x"]


def test_a_service_that_fails_leaves_the_fine_ones(page: Page, site: SampleSite) -> None:
    site.live["/live/board"] = site.pages.home_live(sample_views.board())
    page.goto(site.url + "/quiet")
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 services have problems now")
    del site.live["/live/board"]
    page.goto(site.url + "/")
    expect(page.locator('[data-fine] [data-slug="x"]')).to_be_hidden()
    page.locator(".shelf summary", has_text="video").click()
    expect(page.locator('[data-fine] [data-slug="spotify"]')).to_be_visible()


def test_the_live_chart_takes_the_place_of_the_drawn_one(page: Page, site: SampleSite) -> None:
    page.goto(site.url + "/services/x")
    expect(page.locator(".chart-live canvas")).to_be_visible()
    expect(page.locator(".chart-still")).to_be_hidden()


def test_the_map_zooms_by_button_and_key(page: Page, site: SampleSite) -> None:
    page.goto(site.url + "/services/x")
    svg = page.locator(".map-svg")
    before = svg.get_attribute("viewBox")
    page.get_by_role("button", name="Zoom in").click()
    expect(svg).not_to_have_attribute("viewBox", before or "")
    page.get_by_role("button", name="Whole world").click()
    expect(svg).to_have_attribute("viewBox", re.compile(r"^0 -?[\d.]+ 2000 "))
    page.locator(".map").focus()
    page.keyboard.press("+")
    expect(svg).to_have_attribute("viewBox", re.compile(r" 1333\.3"))


def test_the_time_slider_plays_the_outage(page: Page, site: SampleSite) -> None:
    page.goto(site.url + "/incidents/x-20231221-0509")
    slider = page.get_by_role("slider", name="Time")
    expect(slider).to_have_attribute("max", "14")
    delhi = page.locator('[data-dot="0"]')
    slider.fill("0")
    expect(page.locator("[data-frame-text]")).to_contain_text("10:37 to 10:42 IST")
    first = float(delhi.get_attribute("r") or 0)
    slider.fill("7")
    assert float(delhi.get_attribute("r") or 0) > first
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


def test_times_of_many_services_are_the_reader_s(page: Page, site: SampleSite) -> None:
    page.goto(site.url + "/")
    answer = page.locator(".card-answer").first
    expect(answer).to_contain_text(re.compile(r"since 10:37 (IST|GMT\+5:30); 1,204 reports"))
    expect(page.locator(".headline-facts time")).to_have_text(re.compile(r"\d\d:\d\d (IST|GMT)"))


def test_a_story_is_told_in_the_zone_of_its_place(chromium: Browser, site: SampleSite) -> None:
    context = chromium.new_context(timezone_id="America/New_York", locale="en-GB")
    page = context.new_page()
    page.goto(site.url + "/incidents/x-20231221-0509")
    page.get_by_role("slider", name="Time").fill("0")
    expect(page.locator("[data-frame-text]")).to_contain_text("10:37 to 10:42 IST")
    first = page.locator(".timeline time").first
    expect(first).to_have_text("21 Dec 2023, 10:37 IST")
    expect(first).to_have_attribute("title", re.compile(r"00:07"))
    page.locator(".chart-live .u-over").hover()
    expect(page.locator(".chart-tip")).to_contain_text(re.compile(r"^Thu \d\d:\d\d IST: "))
    told = page.locator("main time").all_text_contents()
    assert told
    assert all(text.endswith("IST") for text in told)
    context.close()


def test_the_chosen_theme_outlives_the_page(page: Page, site: SampleSite) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(site.url + "/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Light or dark").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.goto(site.url + "/methodology")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_typing_in_the_search_shows_services(page: Page, site: SampleSite) -> None:
    page.goto(site.url + "/")
    page.get_by_label("Is it down, or is it me?").press_sequentially("twiter")
    expect(page.locator("#found .row-name")).to_have_text("X")


def test_near_the_visitor_is_told_after_the_page_has_come(page: Page, site: SampleSite) -> None:
    page.goto(site.url + "/services/x")
    near = page.locator("#me")
    expect(near).to_contain_text("It is not just you")
    near.get_by_label("Another city").fill("Atlantis")
    near.get_by_role("button", name="Compare").click()
    expect(near).to_contain_text("No city called “Atlantis” is known here")
    near.get_by_label("Your city").fill("Nagpur")
    near.get_by_role("button", name="Compare").click()
    expect(near).to_contain_text("Nagpur is remembered in your browser")
    assert page.url == site.url + "/services/x"


def test_a_city_is_suggested_where_is_it_me_asks_for_one(page: Page, site: SampleSite) -> None:
    page.goto(site.url + "/services/x/me")
    page.get_by_label("Another city").press_sequentially("Nagp")
    expect(page.locator("#cities option")).to_have_count(1)


def test_is_it_me_needs_no_scripts(chromium: Browser, site: SampleSite) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url + "/services/x")
    page.get_by_role("link", name="Is it me?").click()
    expect(page.locator("#me")).to_contain_text("It is not just you")
    page.get_by_label("Another city").fill("Nagpur")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#me")).to_contain_text("Nagpur is remembered")
    page.goto(site.url + "/services/fine/me")
    page.get_by_text("What to try").click()
    expect(page.get_by_text("Try another network")).to_be_visible()
    context.close()
