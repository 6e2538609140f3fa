"""Gives posts with links their cards, one after the other, behind the posts' appearing."""

from __future__ import annotations

from collections import OrderedDict

import structlog

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.microblog.actions.context import Context
from lapwing.microblog.entries import CardFound, PostEdited
from lapwing.microblog.link_previews.previewing import find_link_to_preview, preview_link
from lapwing.microblog.media.processing import MediaProcessor
from lapwing.microblog.model import Card, Post
from lapwing.microblog.square import Change
from lapwing.microblog.text.parsing import parse_links
from lapwing.ports.web_fetching import WebFetcher

_log = structlog.get_logger()
_MOST_WAITING = 1000
_REMEMBERED_FAILURES = 2000


class Cards:
    """`hear` is a listener of the square, `step` a worker's."""

    def __init__(self, context: Context, fetcher: WebFetcher, processor: MediaProcessor) -> None:
        self._context = context
        self._fetcher = fetcher
        self._processor = processor
        self._waiting: OrderedDict[int, str] = OrderedDict()
        self._without: OrderedDict[str, None] = OrderedDict()
        """Addresses that had no card lately: a storm of posts with one link asks once."""

    def hear(self, change: Change) -> None:
        post = change.added
        if post is None and isinstance(change.entry, PostEdited):
            post = self._context.square.posts.find(change.entry.post_id)
        if post is None or post.is_repost or post.media or post.card is not None:
            return
        link = find_link_to_preview(parse_links(post.text).links, self._context.host)
        if link is not None and link not in self._without:
            self._waiting[post.id] = link
            if len(self._waiting) > _MOST_WAITING:
                self._waiting.popitem(last=False)

    async def step(self) -> bool:
        """Fetches one card; whether any was wanted."""
        if not self._waiting:
            return False
        post_id, link = self._waiting.popitem(last=False)
        if self._find_post(post_id) is None or link in self._without:
            return True
        card = await self._fetch(link)
        if card is None:
            self._without[link] = None
            if len(self._without) > _REMEMBERED_FAILURES:
                self._without.popitem(last=False)
            return True
        entry = CardFound(self._context.now_ms(), post_id, card)
        await self._context.journal.append(entry)
        return True

    async def _fetch(self, link: str) -> Card | None:
        try:
            return await preview_link(link, self._fetcher, self._processor)
        except (Refusal, Unavailable) as error:
            _log.info("no_card", reason=str(error))
            return None

    def _find_post(self, post_id: int) -> Post | None:
        return self._context.square.posts.find(post_id)
