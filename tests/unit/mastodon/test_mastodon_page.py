"""The page on the Mastodon API says what the recorded results and the routes say."""

from __future__ import annotations

import json

from tools.mastodon_page import PAGE, RESULTS, endpoints, page_of, template_of


def test_the_page_is_of_the_recorded_results() -> None:
    assert PAGE.read_text() == page_of(json.loads(RESULTS.read_text())), (
        "docs/mastodon-api.md is behind: run tools/mastodon_page.py"
    )


def test_calls_are_told_by_their_templates() -> None:
    assert template_of("GET", "/api/v1/accounts/7/statuses/") == "GET /api/v1/accounts/:id/statuses"
    assert template_of("GET", "/api/v1/streaming/user") == "GET /api/v1/streaming/:stream"
    assert template_of("WEBSOCKET", "/api/v1/streaming") == "WEBSOCKET /api/v1/streaming"
    assert template_of("GET", "/home") is None


def test_no_endpoint_is_told_twice() -> None:
    assert len(endpoints()) == len(set(endpoints()))
