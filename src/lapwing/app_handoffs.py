"""The part of the composition root that connects the pillars: incidents become posts."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from lapwing.adapters.file_journal import FileJournal
from lapwing.adapters.svg_drawing import SvgDrawing
from lapwing.app_square import SquareApplication
from lapwing.handoffs.incident_to_post import IncidentPosts
from lapwing.handoffs.post_to_hint import PostHints
from lapwing.handoffs.service_accounts import ServiceAccounts
from lapwing.kernel.refusals import Unavailable
from lapwing.microblog.media.drawn import drawn_picture, size_of_png
from lapwing.microblog.model import Attachment, Post
from lapwing.microblog.text.outage_claims.claims import OutageClaims
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.events import IncidentChanged, OutageEvent
from lapwing.outages.intake.reporter_keys import ReporterKeys
from lapwing.outages.journal import Entry
from lapwing.outages.queries.outages import OutageQueries
from lapwing.outages.views import IncidentView
from lapwing.web.pages.assets import Assets
from lapwing.web.pages.incident_pictures import IncidentPictures
from lapwing.worker import Step

_log = structlog.get_logger()
_LOOKED_AT = 500
"""Newest incidents of which some may wait to be told."""


@dataclass
class Handoffs:
    """What crosses from one pillar to another."""

    square: SquareApplication
    catalogue: Catalogue
    queries: OutageQueries
    assets: Assets
    journal: FileJournal[Entry]
    """Of outages."""
    keys: ReporterKeys

    def __post_init__(self) -> None:
        square = self.square
        self.service_accounts = ServiceAccounts(square.account_desk, self.catalogue.services)
        self._pictures = IncidentPictures(self.assets)
        self._drawing = SvgDrawing(self.assets.fonts())
        self.incident_posts = IncidentPosts(
            square.context,
            self.service_accounts,
            square.state.withdrawn,
            self.queries.incident,
            self._draw_incident,
            square.settings.public_url,
        )
        services = self.catalogue.services
        self.claims = OutageClaims((one.slug, (one.name, *one.aliases)) for one in services)
        self._hints = PostHints(
            square.context.square,
            self.claims.made_in,
            self._key_of,
            self.journal,
            square.now_ms,
        )
        square.context.square.listen(self._hints.hear)

    def _key_of(self, account_id: int) -> str:
        """Stands for an account among outages, for two days."""
        return self.keys.reporter(b"account|%d" % account_id, self.square.clock.now())[0]

    def find_thread(self, incident_id: str) -> Post | None:
        """The post that began the incident's thread; of a part, that of the larger one, if it was
        told. Raises `Refusal` where there is no such incident."""
        record = self.queries.incident_record(incident_id)
        return self.incident_posts.find_thread(incident_id, record.merged_into)

    def hear(self, event: OutageEvent) -> None:
        if isinstance(event, IncidentChanged):
            self.incident_posts.note(event.incident)

    def steps(self, quick_s: float) -> list[Step]:
        """`quick_s`: how soon a change is told."""
        minute_s = max(1.0, 60.0 / self.square.clock.speed)
        return [
            Step("open_service_accounts", self.service_accounts.open_missing, 3600.0),
            Step("tell_incidents", self.incident_posts.step, quick_s),
            Step("hint_posts", self._hints.step, 0.25),
            Step("note_incidents", self._note_incidents, minute_s),
        ]

    async def _note_incidents(self) -> bool:
        """Those whose figures grow, and those whose end nobody was there to tell."""
        for summary in await self.queries.incidents(limit=_LOOKED_AT):
            if self.incident_posts.is_unfinished(summary):
                self.incident_posts.note(summary.id)
        return False

    async def _draw_incident(self, view: IncidentView, account_id: int) -> list[Attachment]:
        """Chart and map; without them where they cannot be drawn, as the words matter more."""
        sketches = self._pictures.sketches(view)
        try:
            drawn = await self._drawing.png([sketch.svg for sketch in sketches])
        except Unavailable as error:
            _log.warning("incident_not_drawn", incident=view.summary.id, reason=str(error))
            return []
        square, attachments = self.square, []
        for sketch, png in zip(sketches, drawn, strict=True):
            kept = await square.media_files.put(png, "png")
            size = size_of_png(png)
            attachments.append(
                drawn_picture(square.ids, square.now_ms(), account_id, kept, size, sketch.text)
            )
        return attachments
