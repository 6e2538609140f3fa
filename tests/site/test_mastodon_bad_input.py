"""Whatever is sent to whichever address of the Mastodon API: it is answered, never broken by."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.site.mastodon_cast import MastodonCast

from lapwing.settings import Settings
from lapwing.web.mastodon.handlers import ROUTES

_ADDRESSES = sorted({(method, route.template) for routes in ROUTES for method, route in routes.all})
_NAMES = (
    *("id", "limit", "max_id", "since_id", "min_id", "status", "visibility", "language"),
    *("poll", "media_ids", "in_reply_to_id", "quoted_status_id", "scheduled_at", "choices"),
    *("sensitive", "spoiler_text", "title", "context", "keywords_attributes", "expires_in"),
    *("account_id", "account_ids", "status_ids", "q", "type", "name", "acct", "source"),
    *("fields_attributes", "subscription", "data", "home", "notifications", "duration"),
    *("types", "offset", "domain", "resource", "quote_approval_policy", "media_attributes"),
)
_TEXTS = st.one_of(
    st.sampled_from(["", "0", "-1", "9" * 30, "true", "public", "\0", "‮", "#", "@asha", "%"]),
    st.text(max_size=20),
)
_VALUES = st.recursive(
    st.one_of(
        _TEXTS,
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_NAMES), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    address=st.sampled_from(_ADDRESSES),
    place=st.one_of(st.just("own"), _TEXTS),
    body=st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=4),
    query=st.dictionaries(st.sampled_from(_NAMES), _TEXTS, max_size=3),
)
async def test_no_input_is_our_bug(
    address: tuple[str, str], place: str, body: dict[str, Any], query: dict[str, str]
) -> None:
    api = MastodonCast(Settings(url="http://lapwing.test", api_requests_per_5_minutes=0))
    asha, ben = await api.join("asha"), await api.join("ben")
    post = await ben.write("hello #outage", poll={"options": ["a", "b"], "expires_in": 600})
    method, template = address
    segments = [
        (post["id"] if place == "own" else place) if part.startswith(":") else part
        for part in template.split("/")
    ]
    async with api.client(asha.token) as client:
        request = client.build_request(method, "http://lapwing.test/", params=query, json=body)
        path = "/".join(segments)
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": request.url.query,
            "headers": [
                (b"authorization", f"Bearer {asha.token}".encode()),
                (b"content-type", b"application/json"),
            ],
            "client": ("203.0.113.9", 1),
        }
    status, content = await _ask(api, scope, json.dumps(body).encode())
    assert status < 500, content
    if status >= 400:
        assert isinstance(json.loads(content)["error"], str)


async def _ask(api: MastodonCast, scope: dict[str, Any], body: bytes) -> tuple[int, bytes]:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await api.site(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


@pytest.mark.parametrize("name", ["max_id", "since_id", "min_id"])
@pytest.mark.parametrize("value", ["x", "-1", "1e3", "9" * 30])
async def test_cursors_that_are_no_ids_are_refused(name: str, value: str) -> None:
    asha = await MastodonCast().join("asha")
    refused = await asha.ask("GET", "/timelines/home", 422, params={name: value})
    assert name in refused.json()["error"]


async def test_an_edit_takes_no_longer_descriptions_than_an_upload() -> None:
    api = MastodonCast()
    asha = await api.join("asha")
    media = await api.cast.upload("asha", "", "red")
    post = await asha.write("a picture", media_ids=[str(media.id)])

    async def describe(text: str, expected: int) -> Any:
        attributes = [{"id": str(media.id), "description": text}]
        body = {"status": "a picture", "media_attributes": attributes}
        return await asha.ask("PUT", f"/statuses/{post['id']}", expected, json=body)

    await describe("x" * 1501, 422)
    told = await describe("a duck\u202e\u0000", 200)
    assert told.json()["media_attachments"][0]["description"] == "a duck"


async def test_a_follow_takes_languages_and_no_books() -> None:
    api = MastodonCast()
    asha, ben = await api.join("asha"), await api.join("ben")
    await ben.post(f"/accounts/{asha.id}/follow", 422, languages=["x" * 13])
    await ben.post(f"/accounts/{asha.id}/follow", 422, languages=["en"] * 51)
    told = await ben.post(f"/accounts/{asha.id}/follow", languages=["en", "pt-BR"])
    assert told["languages"] == ["en", "pt-BR"]
