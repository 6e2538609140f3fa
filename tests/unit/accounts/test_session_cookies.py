"""Which browser it is, in words that trace nobody."""

from __future__ import annotations

import pytest

from lapwing.web.accounts.sessions import browser_of

_MOZILLA = "Mozilla/5.0"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            f"{_MOZILLA} (X11; Linux x86_64; rv:140.0) Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            f"{_MOZILLA} (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36",
            "Chrome on Windows",
        ),
        (f"{_MOZILLA} (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        (
            f"{_MOZILLA} (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            f"{_MOZILLA} (Linux; Android 15) Chrome/140.0 Mobile Safari",
            "Chrome on Android",
        ),
        ("curl/8.0", "A browser"),
        ("", "A browser"),
        (None, "A browser"),
        ("<script>" * 5000, "A browser"),
    ],
)
def test_a_browser_is_named_by_family_and_system(user_agent: str | None, words: str) -> None:
    assert browser_of(user_agent) == words
