"""Incidents are told as threads of their service's account; edited rather than repeated.

It reconciles: what a thread should say now against what it says. Whatever was missed (a restart, a
full journal) is made up for at the next look, and nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from lapwing.accounts.model import Account
from lapwing.handoffs.incident_words import Stage, Telling, tellings
from lapwing.handoffs.service_accounts import ServiceAccounts
from lapwing.handoffs.telling_pace import TellingPace, subject_of
from lapwing.kernel.instants import to_ms
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.context import Context
from lapwing.microblog.entries import MediaForgotten, PostEdited, PostWritten
from lapwing.microblog.model import Attachment, Post, Visibility
from lapwing.microblog.text.parsing import parse
from lapwing.microblog.withdrawn import WithdrawnSubjects
from lapwing.outages.incidents.model import OPEN_STATES, State
from lapwing.outages.views import IncidentSummary, IncidentView

_log = structlog.get_logger()
EDIT_EVERY_MS: Final = 5 * 60_000
"""Growing figures change a post no more often."""
TOLD_LATE_MS: Final = 24 * 3_600_000
"""An incident that began before that is history: it is not told as news."""
MOST_DRAWN: Final = 8
"""While more incidents than that wait to be told, words go without pictures: drawing takes a second
or more, and the last of hundreds would be told an hour late. They come at recovery."""
_REDRAWN: Final = frozenset({State.RECOVERING, State.RESOLVED})
"""States that pictures are drawn anew for, once each."""

FindIncident = Callable[[str], Awaitable[IncidentView]]
DrawPictures = Callable[[IncidentView, int], Awaitable[Sequence[Attachment]]]


class IncidentPosts:
    def __init__(
        self,
        context: Context,
        accounts: ServiceAccounts,
        withdrawn: WithdrawnSubjects,
        find_incident: FindIncident,
        draw: DrawPictures,
        public_url: str,
    ) -> None:
        self._context = context
        self._accounts = accounts
        self._withdrawn = withdrawn
        self._find_incident = find_incident
        self._draw = draw
        self._public_url = public_url
        self._pace = TellingPace(context.square)
        self._waiting: dict[str, None] = {}

    def find_thread(self, incident_id: str, merged_into: str | None = None) -> Post | None:
        """The post that began the incident's thread; of a part, that of the larger one where that
        was told."""
        larger = self._find(merged_into, Stage.OPENING) if merged_into else None
        return larger or self._find(incident_id, Stage.OPENING)

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
            await self.tell(await self._find_incident(incident_id))
        except Refusal as refusal:
            _log.warning("incident_not_told", incident=incident_id, reason=refusal.message)
        except BaseException:
            self._waiting[incident_id] = None
            raise
        return True

    def is_unfinished(self, summary: IncidentSummary) -> bool:
        """Whether there may be more to tell of the incident now, as far as is to be seen without
        looking closely: in a storm there are hundreds."""
        if self._is_withdrawn(summary.id, Stage.OPENING):
            return False
        opening, now_ms = self.find_thread(summary.id), self._context.now_ms()
        if State(summary.state) not in OPEN_STATES:
            return (
                State(summary.state) is State.RESOLVED
                and opening is not None
                and self._find(summary.id, Stage.END) is None
                and not self._is_withdrawn(summary.id, Stage.END)
            )
        if opening is not None:
            return now_ms - (opening.edited_ms or opening.created_ms) >= EDIT_EVERY_MS
        account = self._accounts.find(summary.service.slug)
        return account is not None and (
            summary.scope is None or self._pace.has_room_for_local(account.id, now_ms)
        )

    async def tell(self, view: IncidentView) -> None:
        """Raises `Refusal`, `Unavailable`; what was told before that stays told."""
        account, incident_id = self._accounts.find(view.summary.service.slug), view.summary.id
        if account is None or not account.may_act or self._is_withdrawn(incident_id, Stage.OPENING):
            return
        if self.find_thread(incident_id) is None and not self._may_begin(view, account):
            return
        told = {stage for stage in Stage if self._find(incident_id, stage) is not None}
        for telling in tellings(view, self._public_url, told):
            present = self._find(incident_id, telling.stage)
            if present is not None:
                await self._renew(present, telling, view)
            elif not self._is_withdrawn(incident_id, telling.stage):
                await self._write(account, telling, view)

    def _find(self, incident_id: str, stage: Stage) -> Post | None:
        return self._context.square.posts.find_about(subject_of(incident_id, stage))

    def _is_withdrawn(self, incident_id: str, stage: Stage) -> bool:
        return subject_of(incident_id, stage) in self._withdrawn

    def _may_begin(self, view: IncidentView, account: Account) -> bool:
        """Open, believed and of late; and of local ones a few at a time."""
        now_ms = self._context.now_ms()
        is_open = State(view.summary.state) in OPEN_STATES
        if not is_open or view.held or now_ms - to_ms(view.summary.detected_at) >= TOLD_LATE_MS:
            return False
        return view.summary.scope is None or self._pace.has_room_for_local(account.id, now_ms)

    async def _write(self, account: Account, telling: Telling, view: IncidentView) -> None:
        media: tuple[Attachment, ...] = ()
        if telling.is_for_all and len(self._waiting) <= MOST_DRAWN:
            media = tuple(await self._draw(view, account.id))
        services, tags = self._words_of(telling.text)
        answered = self._newest_of(view.summary.id)
        slug = view.summary.service.slug
        visibility = self._visibility_of(telling, view)
        post_id, now_ms = self._context.take_id(), self._context.now_ms()
        post = Post(
            id=post_id,
            account_id=account.id,
            created_ms=now_ms,
            text=telling.text,
            visibility=visibility,
            reply_to_id=answered.id if answered else 0,
            reply_to_account_id=answered.account_id if answered else 0,
            thread_id=answered.thread_id if answered else post_id,
            tags=tags,
            services=tuple(dict.fromkeys((*services, slug))),
            media=media,
            subject=subject_of(view.summary.id, telling.stage),
        )
        await self._context.journal.append(PostWritten(now_ms, post))

    def _newest_of(self, incident_id: str) -> Post | None:
        """The end of the thread as far as the service's account wrote it."""
        told = [post for stage in Stage if (post := self._find(incident_id, stage)) is not None]
        return max(told, key=lambda post: post.id, default=None)

    def _visibility_of(self, telling: Telling, view: IncidentView) -> Visibility:
        """A local incident is told to followers alone; so is the end of what began like that."""
        if not telling.is_for_all or view.summary.scope is not None:
            return Visibility.QUIET
        opening = self.find_thread(view.summary.id)
        if opening is not None:
            return opening.visibility
        ids, now_ms = self._accounts.ids(), self._context.now_ms()
        has_room = self._pace.has_room_in_public(ids, now_ms)
        return Visibility.PUBLIC if has_room else Visibility.QUIET

    def _words_of(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Services and hashtags that the text names."""
        parsed = parse(text, self._context.host, self._context.service_of)
        return tuple(parsed.services), tuple(parsed.hashtags.values())

    async def _renew(self, post: Post, telling: Telling, view: IncidentView) -> None:
        """Other words in place of those that are there; growing figures wait their time."""
        if post.text == telling.text:
            return
        told_ms = post.edited_ms or post.created_ms
        is_open = State(view.summary.state) in OPEN_STATES
        if is_open and self._context.now_ms() - told_ms < EDIT_EVERY_MS:
            return
        media = post.media
        if telling.is_for_all and _is_to_be_redrawn(view, told_ms):
            media = tuple(await self._draw(view, post.account_id))
        services, tags = self._words_of(telling.text)
        append, now_ms = self._context.journal.append, self._context.now_ms()
        await append(
            PostEdited(
                now_ms,
                post.id,
                telling.text,
                post.warning,
                post.sensitive,
                post.language,
                (),
                tags,
                tuple(dict.fromkeys((*services, view.summary.service.slug))),
                media,
                None,
            )
        )
        if media is not post.media:
            for one in post.media:
                await append(MediaForgotten(now_ms, one.id))


def _is_to_be_redrawn(view: IncidentView, told_ms: int) -> bool:
    """Whether it came into its present state after the post was told last."""
    state = State(view.summary.state)
    came_ms = [to_ms(change.at) for change in view.changes if change.state is state]
    return state in _REDRAWN and bool(came_ms) and told_ms < max(came_ms)
