"""Writes docs/mastodon-api.md from what the conformance tests recorded: tools/mastodon_page.py"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lapwing.kernel.refusals import Refusal
from lapwing.web.mastodon.handlers import ROUTES
from lapwing.web.mastodon.routing import Router

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "tests" / "conformance" / "results.json"
PAGE = ROOT / "docs" / "mastodon-api.md"
BESIDE = (
    ("POST", "/api/v1/apps"),
    ("GET", "/api/v1/apps/verify_credentials"),
    ("POST", "/api/v1/accounts"),
    ("POST", "/api/v1/emails/confirmations"),
    ("POST", "/oauth/token"),
    ("POST", "/oauth/revoke"),
    ("GET", "/oauth/authorize"),
    ("GET", "/oauth/userinfo"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/api/v1/streaming/:stream"),
    ("WEBSOCKET", "/api/v1/streaming"),
)
"""Endpoints of other packages: OAuth's, sign-up's and the streams'."""
_HEAD = """# The Mastodon API

Apps for Mastodon work with Lapwing: sign in to the server by its address. This page is written by
`make conformance` from the tests that drive other people's clients against a running server; a
name in the right column means that calls of its tests were answered there; where there is none,
only `tests/site` asks.

The version told to apps is that of Mastodon whose API this is; `api_versions.mastodon` is what
features are read from. All form rules of the API hold: ids are strings, times are ISO 8601 with
milliseconds, lists are never null, errors are JSON under /api and /oauth, `Link` headers page,
`X-RateLimit-*` headers count 300 requests in five minutes (uploads and deletions: 30 in thirty).

## Other clients' own tests
"""
_LIMITS = """
## What is different here

- There is no federation: everybody is from this server. Remote timelines, blocks of domains and
  peers are empty; other servers' addresses are found by no search.
- Translation, announcements and custom emoji have their endpoints and no content.
- Posts in search are found by who is signed in, among all posts that they may see.
- A profile's `attribution_domains` are not kept. Error texts come in English only.
- Ids sort by time but are no Mastodon snowflakes: they cannot be made from an instant.
- Home may answer with `X-Timeline-Source: replica`, `stale` or `snapshot` and an `Age` while
  something behind it is away; it is a whole page all the same.
"""


def main() -> None:
    PAGE.write_text(page_of(json.loads(RESULTS.read_text())))


def page_of(results: dict[str, Any]) -> str:
    """The page's text."""
    suites, calls = results["suites"], results["calls"]
    lines = [_HEAD, "| tests | of | passed | failed | skipped |", "|---|---|---|---|---|"]
    for name, suite in sorted(suites.items()):
        of = suite["of"] or "this version"
        counts = f"{suite['passed']} | {len(suite['failed'])} | {suite['skipped']}"
        lines.append(f"| {name} | {of} | {counts} |")
    failed = [(name, test) for name, suite in suites.items() for test in suite["failed"]]
    if failed:
        lines.append("\nNot passed:\n")
        lines += [f"- {name}: `{test}`" for name, test in sorted(failed)]
    lines += ["\n## Endpoints\n", "| endpoint | answered to the tests of |", "|---|---|"]
    for method, template in sorted(endpoints(), key=lambda one: (one[1], one[0])):
        users = calls.get(f"{method} {template}", [])
        lines.append(f"| `{method} {template}` | {', '.join(users)} |")
    return "\n".join(lines) + "\n" + _LIMITS


def endpoints() -> list[tuple[str, str]]:
    """Method and template of all that apps can call."""
    own = [(method, route.template) for routes in ROUTES for method, route in routes.all]
    return [*own, *BESIDE]


def template_of(method: str, path: str) -> str | None:
    """`GET /api/v1/accounts/:id` of a call to it; None for what is none of the API's."""
    path = path.rstrip("/")
    if path.startswith("/api/v1/streaming"):
        kind = "/:stream" if method == "GET" else ""
        return f"{method} /api/v1/streaming{kind}"
    if (method, path) in BESIDE:
        return f"{method} {path}"
    try:
        route, _ = _router.find(method, path)
    except Refusal:
        return None
    return f"{method} {route.template}"


_router = Router(*ROUTES)

if __name__ == "__main__":
    main()
