"""Incidents are told as threads of their service's account; edited rather than repeated.

It reconciles: what a thread should say now against what it says. Whatever was missed (a restart, a
full journal) is made up for at the next look, and nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from lapwing.accounts.model import Account, Viewer
from lapwing.handoffs.incident_words import Stage, Telling, tellings
from lapwing.handoffs.service_accounts import ServiceAccounts
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.context import Context
from lapwing.microblog.actions.posting import Edit, edit_post
from lapwing.microblog.entries import PostWritten
from lapwing.microblog.model import Attachment, Post, Visibility
from lapwing.microblog.text.parsing import parse
from lapwing.outages.incidents.model import OPEN_STATES, State
from lapwing.outages.views import IncidentView

_log = structlog.get_logger()
EDIT_EVERY_MS: Final = 5 * 60_000
"""Growing figures change a post no more often."""
TOLD_LATE_MS: Final = 24 * 3_600_000
"""An incident that began before that is history: it is not told as news."""

FindIncident = Callable[[str], Awaitable[IncidentView]]
DrawPictures = Callable[[IncidentView, int], Awaitable[Sequence[Attachment]]]


def subject_of(incident_id: str, stage: Stage) -> str:
    return f"incident/{incident_id}/{stage.value}"


class IncidentPosts:
    def __init__(
        self,
        context: Context,
        accounts: ServiceAccounts,
        find_incident: FindIncident,
        draw: DrawPictures,
        public_url: str,
    ) -> None:
        self._context = context
        self._accounts = accounts
        self._find_incident = find_incident
        self._draw = draw
        self._public_url = public_url
        self._waiting: dict[str, None] = {}

    def find_thread(self, incident_id: str) -> Post | None:
        """The post that began the incident's thread."""
        return self._context.square.posts.find_about(subject_of(incident_id, Stage.OPENING))

    def note(self, incident_id: str) -> None:
        """The incident changed: to be looked at."""
        self._waiting[incident_id] = None

    async def step(self) -> bool:
        """Brings one incident's thread up to date; whether any was waiting."""
        if not self._waiting:
            return False
        incident_id = next(iter(self._waiting))
        del self._waiting[incident_id]
        try:
            view = await self._find_incident(incident_id)
        except Refusal:
            return True
        except BaseException:
            self._waiting[incident_id] = None
            raise
        try:
            await self.tell(view)
        except Refusal as refusal:
            _log.warning("incident_not_told", incident=incident_id, reason=refusal.message)
        return True

    async def tell(self, view: IncidentView) -> None:
        """Raises `Refusal`, `Unavailable`; what was told before that stays told."""
        account = self._accounts.find(view.summary.service.slug)
        if account is None:
            return
        opening = self.find_thread(view.summary.id)
        if opening is None and not self._is_news(view):
            return
        last = opening
        for telling in tellings(view, self._public_url):
            subject = subject_of(view.summary.id, telling.stage)
            present = self._context.square.posts.find_about(subject)
            if present is None:
                last = await self._write(account, telling, subject, last, view)
            else:
                await self._renew(account, present, telling, view)
                last = present

    def _is_news(self, view: IncidentView) -> bool:
        """Open, believed, of late, and no replay: only such a one begins a thread."""
        is_open = State(view.summary.state) in OPEN_STATES
        age_ms = self._context.now_ms() - int(view.summary.detected_at.timestamp() * 1000)
        return is_open and not view.held and age_ms < TOLD_LATE_MS

    async def _write(
        self,
        account: Account,
        telling: Telling,
        subject: str,
        answered: Post | None,
        view: IncidentView,
    ) -> Post:
        media: tuple[Attachment, ...] = ()
        if telling.is_for_all:
            media = tuple(await self._draw(view, account.id))
        parsed = parse(telling.text, self._context.host, self._context.service_of)
        slug = view.summary.service.slug
        post_id, now_ms = self._context.take_id(), self._context.now_ms()
        post = Post(
            id=post_id,
            account_id=account.id,
            created_ms=now_ms,
            text=telling.text,
            visibility=Visibility.PUBLIC if telling.is_for_all else Visibility.QUIET,
            reply_to_id=answered.id if answered else 0,
            reply_to_account_id=answered.account_id if answered else 0,
            thread_id=answered.thread_id if answered else post_id,
            tags=tuple(parsed.hashtags.values()),
            services=tuple(dict.fromkeys((*parsed.services, slug))),
            media=media,
            subject=subject,
        )
        await self._context.journal.append(PostWritten(now_ms, post))
        return post

    async def _renew(
        self, account: Account, post: Post, telling: Telling, view: IncidentView
    ) -> None:
        """Other words in place of those that are there; growing figures wait their time."""
        if post.text == telling.text:
            return
        told_ms = post.edited_ms or post.created_ms
        is_open = State(view.summary.state) in OPEN_STATES
        if is_open and self._context.now_ms() - told_ms < EDIT_EVERY_MS:
            return
        viewer = Viewer(account, frozenset({"write"}))
        await edit_post(self._context, viewer, post.id, Edit(text=telling.text))
