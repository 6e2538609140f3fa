"""Runs other clients' tests against Lapwing and records what they say: tools/conformance.py

Our own tests that drive those clients run always. The clients' own test suites are taken from the
folder that LAPWING_CONFORMANCE names (`toot`, `Mastodon.py`: checkouts; `venv`: an environment in
which both and their test requirements are installed) and are skipped with a line where absent.
The results go to tests/conformance/results.json, and from there to docs/mastodon-api.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from mastodon_page import PAGE, RESULTS, page_of, template_of
from tests.conformance.client_server import client_server

ROOT = Path(__file__).parents[1]
SUITES: dict[str, dict[str, Any]] = {
    "toot": {
        "runs": [["tests/integration"]],
        "options": ["-p", "no:retry"],
        "variable": "TOOT_TEST_BASE_URL",
        "port": 3000,
    },
    "Mastodon.py": {
        "runs": [["tests/test_media.py"], ["tests", "--ignore", "tests/test_media.py"]],
        "options": [
            *("-m", "vcr", "--disable-recording", "--no-cov", "-p", "no:retry"),
            *("--ignore", "tests/test_entities.py", "--ignore", "tests/test_streaming.py"),
            *("--deselect", "tests/test_timeline.py::test_timeline_disabled"),
            *("--deselect", "tests/test_status.py::test_status_card"),
            *("--deselect", "tests/test_instance.py::test_server_time"),
        ],
        "port": 3000,
    },
}
"""Left out of Mastodon.py's: what asks other servers on the internet, and what runs on recordings
of a fixed day or connection only. Its tests of media have a server of their own: they expect an
account whose defaults no other test has changed."""


def main() -> None:
    results: dict[str, Any] = {"suites": {}, "calls": {}}
    if RESULTS.exists():
        results = json.loads(RESULTS.read_text())
    with tempfile.TemporaryDirectory() as folder:
        _run_own(Path(folder), results)
        for name in SUITES:
            _run_suite(name, Path(folder), results)
    RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    PAGE.write_text(page_of(results))
    failed = results["suites"]["Lapwing's own"]["failed"]
    sys.exit(1 if failed else 0)


def _run_own(folder: Path, results: dict[str, Any]) -> None:
    calls, report = folder / "own.calls", folder / "own.xml"
    results["suites"].pop("Lapwing's own", None)
    print("Lapwing's own tests with Mastodon.py and toot ...", flush=True)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/conformance", f"--junitxml={report}"],
        cwd=ROOT,
        env={**os.environ, "LAPWING_TEST_CALLS": str(calls)},
        check=False,
    )
    _record("Lapwing's own", "", report, calls, results)


def _run_suite(name: str, folder: Path, results: dict[str, Any]) -> None:
    cache = Path(os.environ.get("LAPWING_CONFORMANCE") or "/nonexistent")
    checkout, python = cache / name, cache / "venv" / "bin" / "python"
    if not checkout.is_dir() or not python.exists():
        print(f"{name}'s own tests: skipped, LAPWING_CONFORMANCE names no folder with them.")
        return
    results["suites"].pop(name, None)
    for number, tests in enumerate(SUITES[name]["runs"]):
        calls, report = folder / f"{name}{number}.calls", folder / f"{name}{number}.xml"
        print(f"{name}'s own tests, {' '.join(tests)} ...", flush=True)
        _forget_fixed_days(checkout)
        _run(name, tests, python, checkout, folder / f"{name}{number}.data", calls, report)
        _record(name, _day_of(checkout), report, calls, results)


def _run(
    name: str,
    tests: list[str],
    python: Path,
    checkout: Path,
    data: Path,
    calls: Path,
    report: Path,
) -> None:
    suite = SUITES[name]
    with client_server(data, suite["port"], calls) as url:
        variable = suite.get("variable")
        given = {variable: url} if variable else {}
        subprocess.run(
            [
                *(str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "default"),
                *(*tests, *suite["options"], f"--junitxml={report}"),
            ],
            cwd=checkout,
            env={**os.environ, **given},
            stdout=subprocess.DEVNULL,
            check=False,
        )


def _day_of(checkout: Path) -> str:
    """Of the checkout's last commit."""
    told = subprocess.run(
        ["git", "log", "-1", "--format=%cs"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip()


def _forget_fixed_days(checkout: Path) -> None:
    """Instants that a suite has kept from the day of its recordings."""
    for kept in (checkout / "tests" / "cassettes").glob("*_datetimeobjects.pkl"):
        kept.unlink()


def _record(name: str, of: str, report: Path, calls: Path, results: dict[str, Any]) -> None:
    passed, skipped, failed = 0, 0, []
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - our own pytest's
        outcome = {child.tag for child in case}
        if outcome & {"failure", "error"}:
            failed.append(f"{case.get('classname', '').split('.')[-1]}::{case.get('name')}")
        elif "skipped" in outcome:
            skipped += 1
        else:
            passed += 1
    before = results["suites"].get(name, {"passed": 0, "skipped": 0, "failed": []})
    results["suites"][name] = {
        "of": of,
        "passed": before["passed"] + passed,
        "skipped": before["skipped"] + skipped,
        "failed": sorted({*before["failed"], *failed}),
    }
    for line in calls.read_text().splitlines() if calls.exists() else []:
        method, _, rest = line.partition(" ")
        path, _, status = rest.rpartition(" ")
        template = template_of(method, path)
        if template is not None and int(status) < 400:
            users = results["calls"].setdefault(template, [])
            if name not in users:
                results["calls"][template] = sorted([*users, name])
    print(f"{name}: {passed} passed, {len(set(failed))} failed, {skipped} skipped")


if __name__ == "__main__":
    main()
