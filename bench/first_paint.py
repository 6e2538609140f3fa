"""How soon a service's page shows and lives on a slow phone, in a real browser.

The phone is emulated as in docs: processor four times slower, 1.6 Mbit/s, 150 ms each way and
back; nothing is cached. Run: `python -m bench.first_paint`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from typing import Any

import uvloop
from playwright.sync_api import Browser, sync_playwright

from bench.site_under_test import free_port, serve_in_process, wait_until_up

RUNS = 5
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_SLOW_NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
_NOTE_LIVE = """
addEventListener("htmx:sse:after:connection", () => { window.liveAt ??= performance.now(); });
"""
_ALL_LIVE = """() => window.liveAt && document.querySelector(".chart-drawn canvas")
    && document.querySelector(".map-live") && Math.max(window.liveAt, performance.now())"""
_PAINTED = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime"""


def visit(browser: Browser, url: str) -> tuple[float, float]:
    """Milliseconds to the first contentful paint, and until all of it is live."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=3, is_mobile=True
    )
    page = context.new_page()
    page.add_init_script(_NOTE_LIVE)
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", _SLOW_NETWORK)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(url, wait_until="commit")
    live_ms = page.wait_for_function(_ALL_LIVE, polling=20).json_value()
    painted_ms = page.wait_for_function(_PAINTED).json_value()
    context.close()
    return float(painted_ms), float(live_ms)


def measure() -> list[dict[str, Any]]:
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if chromium is None:
        raise SystemExit("no Chromium found (Debian's package is chromium)")
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "bench.first_paint", "--serve", str(port)])
    try:
        wait_until_up(port)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
            url = f"http://127.0.0.1:{port}/services/x"
            visit(browser, url)
            visits = [visit(browser, url) for _ in range(RUNS)]
            browser.close()
    finally:
        server.terminate()
        server.wait(timeout=20)
    painted, live = ([round(values) for values in column] for column in zip(*visits, strict=True))
    row = {"unit": "ms", "better": "lower"}
    return [
        {**row, "name": "first paint, median", "value": statistics.median(painted), "limit": 1000},
        {**row, "name": "everything live, median", "value": statistics.median(live), "limit": 2500},
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", type=int, metavar="PORT")
    chosen = parser.parse_args()
    if chosen.serve:
        uvloop.run(serve_in_process(chosen.serve, changes_per_s=10))
    else:
        sys.stdout.write(json.dumps(measure(), indent=1) + "\n")
