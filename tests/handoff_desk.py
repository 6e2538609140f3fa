"""Incidents told on a small square, with a clock that tests set and views made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from tests.account_desk import CHEAP
from tests.sample_square import SampleSquare
from tests.sample_views import ONSET, X, incident_view

from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.passwords import PasswordHasher
from lapwing.adapters.mail.memory_mailer import MemoryMailer
from lapwing.handoffs.incident_to_post import IncidentPosts
from lapwing.handoffs.incident_words import Stage
from lapwing.handoffs.service_accounts import ServiceAccounts
from lapwing.handoffs.telling_pace import subject_of
from lapwing.kernel.instants import to_ms
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.entries import PostDeleted
from lapwing.microblog.media.drawn import drawn_picture
from lapwing.microblog.model import Attachment, Post
from lapwing.microblog.names import Names
from lapwing.microblog.state import SquareState
from lapwing.outages.incidents.model import Change, Scope, State
from lapwing.outages.model import Service
from lapwing.outages.views import IncidentView, ServiceLink
from lapwing.ports.media_files import KeptFile

URL = "https://lapwing.example"
SLUGS = ("x", "github", "netflix")


def service(slug: str) -> Service:
    return Service(
        slug=slug,
        name=slug.capitalize(),
        home_page=f"https://{slug}.example",
        category="social",
        symptoms=(),
        platforms=(),
    )


class TellingSquare(SampleSquare):
    """A square with accounts of services and what tells their incidents."""

    def __init__(self, slugs: Sequence[str] = SLUGS) -> None:
        super().__init__()
        self.now_ms = to_ms(ONSET) + 3 * 60_000
        self.slugs = slugs
        self.views: dict[str, IncidentView] = {}
        self.drawn: list[str] = []
        self._connect()

    def _connect(self) -> None:
        self.account_desk = AccountDesk(
            accounts=self.state.accounts,
            journal=self.journal,
            ids=self.ids,
            now_ms=lambda: self.now_ms,
            passwords=PasswordHasher(**CHEAP),
            mailer=MemoryMailer(delivers=False),
            names=Names(self.slugs),
            site_name="Lapwing",
            public_url=URL,
            block_key=b"k" * 32,
        )
        self.accounts = ServiceAccounts(self.account_desk, [service(one) for one in self.slugs])
        self.telling = IncidentPosts(
            self.context, self.accounts, self.state.withdrawn, self.find, self.draw, URL
        )

    def restart(self) -> None:
        """All state is folded afresh from the journal."""
        self.state = SquareState()
        self.square = self.context.square = self.state.square
        for _, entry in self.journal.read(0):
            self.state.apply(entry)
        self._connect()

    async def find(self, incident_id: str) -> IncidentView:
        if incident_id not in self.views:
            raise Refusal("unknown_incident", "There is no such incident.")
        return self.views[incident_id]

    async def draw(self, view: IncidentView, account_id: int) -> list[Attachment]:
        self.drawn.append(view.summary.id)
        kept = KeptFile(f"{len(self.drawn):032x}.png", 1000)
        size = (1200, 675)
        return [drawn_picture(self.ids, self.now_ms, account_id, kept, size, "Reports per minute")]

    def told(self, view: IncidentView, stage: Stage) -> Post | None:
        return self.square.posts.find_about(subject_of(view.summary.id, stage))

    def stages(self, view: IncidentView) -> list[Stage]:
        return [stage for stage in Stage if self.told(view, stage) is not None]

    def opening(self, view: IncidentView) -> Post:
        post = self.told(view, Stage.OPENING)
        assert post is not None
        return post

    async def withdraw(self, post: Post) -> None:
        """As its author, or as a moderator would."""
        await self.add(PostDeleted(self.now_ms, post.id, 1))


def view_of(
    state: str = "suspected",
    *,
    service: ServiceLink = X,
    incident_id: str = "",
    place: str = "",
    simulated: bool = False,
    **more: Any,
) -> IncidentView:
    """An incident in a state, with what is known of it by then."""
    view = incident_view(state)
    summary = view.summary
    summary = msgspec.structs.replace(
        summary,
        id=incident_id or summary.id,
        service=service,
        simulated=simulated,
        place=place or None,
        scope=Scope("city", "1", place) if place else None,
    )
    known: dict[str, Any] = {}
    if state == "suspected":
        known = {"confirmed_at": None, "peak_at": None}
    story = msgspec.structs.replace(
        view.story,
        headline=f"{service.name} is {state}",
        post=f"{service.name} is {state}: people report problems.",
    )
    changes = (Change(_since(view, state), "lapwing", state, State(state)),)
    return msgspec.structs.replace(
        view, **{"summary": summary, "story": story, "changes": changes, **known, **more}
    )


_BEGAN_MIN = {"suspected": 2, "confirmed": 4, "ongoing": 20, "recovering": 60, "resolved": 75}


def _since(view: IncidentView, state: str) -> datetime:
    return view.summary.started_at + timedelta(minutes=_BEGAN_MIN.get(state, 30))
