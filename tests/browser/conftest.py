from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.browser.sample_site import SampleSite, serving

from lapwing.web.pages.assets import Assets

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


def _leave_out(reason: str) -> None:
    """Skips, or fails where LAPWING_TEST_REQUIRED=1 allows no test to be left out."""
    if os.environ.get("LAPWING_TEST_REQUIRED") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Not for the session: Playwright's loop would run on under the asynchronous tests."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        _leave_out("no Chromium found (Debian's package is chromium)")
    if not Assets().is_built:
        _leave_out("the front end is not built (make build)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site() -> Iterator[SampleSite]:
    with serving() as running:
        yield running


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A phone in India."""
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, timezone_id="Asia/Kolkata", locale="en-GB"
    )
    yield context.new_page()
    context.close()
