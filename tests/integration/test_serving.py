"""One running `lapwing serve`: its commands, its live pages, and what stops a start."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from tests.real_server import RealServer, run_lapwing


def test_an_open_page_hears_of_a_report(running_server: RealServer) -> None:
    with (
        httpx.Client(base_url=running_server.url, timeout=10.0, trust_env=False) as client,
        client.stream("GET", "/live/services/signal") as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        chunks = answer.iter_text()
        heard = next(chunks)
        while "data:" not in heard:
            heard += next(chunks)
        assert "New Zealand" not in heard
        sent = client.post("/api/v1/reports", json={"service": "signal", "country": "NZ"})
        assert sent.status_code == 202
        while "New Zealand" not in heard:
            heard += next(chunks)


def test_a_second_server_on_the_same_folder_is_refused_in_words(
    running_server: RealServer,
) -> None:
    ended = run_lapwing(running_server.data, "serve", port="1")
    assert ended.returncode == 2
    assert "Another Lapwing already uses the folder" in ended.stderr
    assert "LAPWING_DATA" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert running_server.report(1).status_code == 202


@pytest.mark.parametrize(
    ("setting", "value", "right"),
    [
        ("port", "http", "whole number"),
        ("database", "mysql://localhost/x", "postgresql://"),
        ("keep_minutes_day", "40", "lapwing settings"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_its_name(
    tmp_path: Path, setting: str, value: str, right: str
) -> None:
    ended = run_lapwing(tmp_path / "data", "serve", **{setting: value})
    assert ended.returncode == 2
    assert f"LAPWING_{setting.upper()}" in ended.stderr
    assert right in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "data").exists()


def test_a_port_that_is_taken_stops_the_start_in_words(
    running_server: RealServer, tmp_path: Path
) -> None:
    ended = run_lapwing(tmp_path / "data", "serve", port=str(running_server.port))
    assert ended.returncode != 0
    assert str(running_server.port) in ended.stderr
    assert "Traceback" not in ended.stderr
