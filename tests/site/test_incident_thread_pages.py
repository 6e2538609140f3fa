"""The thread of an incident on its page, for whoever looks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from tests.site.square_cast import COOKIE, HOST, Cast, seeded

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import PostWritten
from lapwing.microblog.model import Attachment, MediaKind, Post, Visibility
from lapwing.web.pages.rendering import Pages
from lapwing.web.square.incident_thread import in_order
from lapwing.web.square.parts import SquareParts

INCIDENT = "x-20231221-0509"
PATH = f"/incidents/{INCIDENT}/thread"


class TellingCast(Cast):
    """The service's account has told an outage."""

    def square_parts(self, pages: Pages) -> SquareParts:
        return replace(super().square_parts(pages), find_incident_thread=self.find_thread)

    def find_thread(self, incident_id: str) -> Post | None:
        if incident_id == "gone-1":
            raise Refusal("unknown_incident", "There is no such incident.")
        return self.state.square.posts.find_about(f"incident/{incident_id}/opening")

    async def tell(self, stage: str, text: str, answered: Post | None = None) -> Post:
        post_id = self.context.take_id()
        post = Post(
            post_id,
            self.viewer("x_outages").account_id,
            self.now_ms,
            text,
            Visibility.PUBLIC if answered is None else Visibility.QUIET,
            reply_to_id=answered.id if answered else 0,
            reply_to_account_id=answered.account_id if answered else 0,
            thread_id=answered.thread_id if answered else post_id,
            media=(Attachment(1, 1, MediaKind.IMAGE, "a" * 32 + ".png", "", "The chart"),),
            subject=f"incident/{INCIDENT}/{stage}",
        )
        await self.journal.append(PostWritten(self.now_ms, post))
        self.pass_minutes()
        return post


@pytest.fixture
async def cast() -> TellingCast:
    told = TellingCast(**vars_of(await seeded()))
    opening = await told.tell("opening", "X has problems since 10:37 IST.")
    await told.post("asha", "Same in Pune.", reply_to_id=opening.id)
    await told.post("ben", "Only for my own", reply_to_id=opening.id, visibility=MENTIONED)
    await told.tell("confirmation", "Confirmed at 10:41 IST.", opening)
    return told


MENTIONED = Visibility.MENTIONED


def vars_of(cast: Cast) -> dict[str, object]:
    return {name: getattr(cast, name) for name in ("now_ms", "state", "files", "journal", "stale")}


@asynccontextmanager
async def browser(cast: Cast, who: str = "") -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(cast.site, raise_app_exceptions=False)  # type: ignore[arg-type]  # httpx types scopes as plain dicts
    cookies = {COOKIE: who} if who else {}
    async with httpx.AsyncClient(
        transport=transport, base_url=f"http://{HOST}", cookies=cookies
    ) as web:
        yield web


async def test_the_incidents_page_asks_for_its_thread_and_links_to_it(cast: TellingCast) -> None:
    async with browser(cast) as web:
        page = (await web.get(f"/incidents/{INCIDENT}")).text
    assert f'hx-get="{PATH}?part=1"' in page
    assert f'<a href="{PATH}">' in page


async def test_a_stranger_reads_the_thread_and_may_sign_in(cast: TellingCast) -> None:
    async with browser(cast) as web:
        answer = await web.get(f"{PATH}?part=1")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert "<html" not in answer.text
    for words in ("X has problems since 10:37 IST.", "Same in Pune.", "Confirmed at 10:41 IST."):
        assert words in answer.text
    assert "Only for my own" not in answer.text
    assert f"/sign-in?next=/incidents/{INCIDENT}" in answer.text
    assert "<textarea" not in answer.text


async def test_who_is_signed_in_may_reply(cast: TellingCast) -> None:
    async with browser(cast, "asha") as web:
        part = (await web.get(f"{PATH}?part=1")).text
        opening = cast.find_thread(INCIDENT)
        assert opening is not None
        assert f'name="reply_to" value="{opening.id}"' in part
        assert "@x_outages </textarea>" not in part
        sent = {"request": "r", "text": "It is back in Pune.", "reply_to": str(opening.id)}
        assert (await web.post("/compose", data=sent)).status_code == 303
        assert "It is back in Pune." in (await web.get(f"{PATH}?part=1")).text


async def test_without_scripts_it_is_a_page(cast: TellingCast) -> None:
    async with browser(cast) as web:
        page = (await web.get(PATH)).text
    assert "<html" in page
    assert "Same in Pune." in page
    assert f'href="/incidents/{INCIDENT}"' in page


async def test_charts_and_maps_are_left_to_the_page_around_it(cast: TellingCast) -> None:
    async with browser(cast) as web:
        assert "The chart" not in (await web.get(f"{PATH}?part=1")).text


async def test_blocked_people_are_not_shown(cast: TellingCast) -> None:
    async with browser(cast, "chidi") as web:
        asha = cast.viewer("asha").account_id
        assert "Same in Pune." in (await web.get(f"{PATH}?part=1")).text
        await web.post(f"/accounts/{asha}/block")
        assert "Same in Pune." not in (await web.get(f"{PATH}?part=1")).text


async def test_an_incident_that_was_not_told_says_so(cast: TellingCast) -> None:
    async with browser(cast) as web:
        assert "Nobody has been told" in (await web.get("/incidents/other-1/thread?part=1")).text
        assert (await web.get("/incidents/gone-1/thread?part=1")).status_code == 404


async def test_answers_stand_below_what_they_answer_in_the_order_of_telling(
    cast: TellingCast,
) -> None:
    opening = cast.find_thread(INCIDENT)
    assert opening is not None
    confirmation = cast.state.square.posts.find_about(f"incident/{INCIDENT}/confirmation")
    assert confirmation is not None
    first = await cast.post("asha", "To the confirmation", reply_to_id=confirmation.id)
    peak = await cast.tell("peak", "The peak", confirmation)
    second = await cast.post("ben", "To asha", reply_to_id=first.id)
    _, below = cast.timelines.thread(0, opening)
    posts = [cast.state.square.posts.get(one) for one in below]
    ordered = [(depth, post.id) for depth, post in in_order(opening, posts)]
    pune = next(post for post in posts if post.text == "Same in Pune.")
    assert ordered == [
        (0, opening.id),
        (1, pune.id),
        (0, confirmation.id),
        (1, first.id),
        (2, second.id),
        (0, peak.id),
    ]
