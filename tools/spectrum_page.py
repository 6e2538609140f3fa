"""Renews what docs/spectrum.md states, and its pictures: tools/spectrum_page.py reports.csv

The file is the SpectrumOutage.us dataset; it is imported into a folder that is thrown away.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

PORT = "8519"
URL = f"http://127.0.0.1:{PORT}"
LAPWING = str(Path(sys.executable).with_name("lapwing"))
DOCS = Path(__file__).parents[1] / "docs"
FOUND = re.compile(r"(?<=<!-- found -->\n).*(?=<!-- end -->)", re.DOTALL)
_CITY, _DAY = "San Antonio", "2026-06-20"
_MAPPING = (
    *("--set", "service=Spectrum", "--set", "country=US"),
    *("--map", "created_at=at,state=region,service=symptom"),
    *("--value", "symptom:Internet=internet", "--value", "symptom:All=all"),
    *("--value", "symptom:Internet+TV=internet_tv", "--value", "symptom:Phone=phone"),
    *("--value", "symptom:TV=tv"),
)


def main() -> None:
    (reports,) = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"LAPWING_DATA": folder, "LAPWING_PORT": PORT}
        command = [LAPWING, "import", reports, *_MAPPING]
        imported = subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True
        )
        (said,) = re.findall(r"[^\n]* reports taken [^\n]*(?:\n[^\n]+)*", imported.stderr)
        with _server(environment):
            incidents = httpx.get(f"{URL}/api/v1/incidents?limit=200").json()["incidents"]
            incidents.sort(key=lambda one: str(one["started_at"]))
            shown = next(
                one
                for one in incidents
                if one["started_at"].startswith(_DAY) and _CITY in one["places"]
            )
            _take_pictures(shown["id"])
    text = "\n\n".join([f"> {' '.join(said.split())}", _table(incidents), _cities(shown)])
    page = DOCS / "spectrum.md"
    page.write_text(FOUND.sub(lambda _: f"\n{text}\n\n", page.read_text()))


@contextmanager
def _server(environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen([LAPWING, "serve"], env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                httpx.get(URL)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _table(incidents: list[dict[str, Any]]) -> str:
    lines = [
        "| from (UTC) | noticed | until | reports | busiest 15 minutes | hit hardest |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for one in incidents:
        started_at, detected_at = _at(one["started_at"]), _at(one["detected_at"])
        later_min = round((detected_at - started_at).total_seconds() / 60)
        ended = f"{_at(one['ended_at']):%-d June %H:%M}" if one["ended_at"] else "goes on"
        lines.append(
            f"| {started_at:%-d June %H:%M} | {later_min // 60} h {later_min % 60:02d} min later "
            f"| {ended} | {one['reports']} | {one['peak_15_min']} "
            f"| {', '.join(one['places'][:3])} |"
        )
    return "\n".join(lines)


def _cities(shown: dict[str, Any]) -> str:
    """The cities that lead in one incident, as a table of its own."""
    lines = [
        f"The one in {_CITY}, `{shown['id']}`, city by city:",
        "",
        "| city | reports | usual in that time |",
        "| --- | --- | --- |",
    ]
    cities = [one for one in shown["leading"] if one["dimension"] == "city"]
    lines += [f"| {one['label']} | {one['reports']} | {one['expected']} |" for one in cities[:6]]
    return "\n".join(lines)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _take_pictures(incident: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": 1000, "height": 900}, color_scheme="light", timezone_id="UTC"
        )
        page.goto(f"{URL}/incidents/{incident}", wait_until="networkidle")
        for name, heading in (("chart", "Reports over time"), ("map", "Where, from start to end")):
            card = page.locator(
                "section, .card", has=page.get_by_role("heading", name=heading)
            ).last
            card.screenshot(path=DOCS / "pictures" / f"spectrum-{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
