"""The card of a link: its page is fetched, read, and its picture made ready and kept here, so that
who reads the post calls no stranger's server."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.microblog.link_previews.charsets import decode_page
from lapwing.microblog.link_previews.pages import PageFacts, read_page
from lapwing.microblog.media.limits import MIB
from lapwing.microblog.media.processing import MediaProcessor, ProcessedMedia, Purpose
from lapwing.microblog.model import Card
from lapwing.ports.web_fetching import WebFetcher

_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml")
_IMAGE_BYTES: Final = 5 * MIB


def find_link_to_preview(links: list[str], own_host: str) -> str | None:
    """The first that leads elsewhere; `links` are a text's own, in order, and `own_host` is ours,
    with or without a port."""
    here = ("", _host_of(f"//{own_host}"))
    return next((link for link in links if _host_of(link) not in here), None)


async def preview_link(url: str, fetcher: WebFetcher, processor: MediaProcessor) -> Card | None:
    """None where the page has nothing to show, or is not there. A picture that cannot be had
    does not cost the card.

    `Refusal` is for good (not a page, not on the public internet); after `Unavailable` it may be
    tried again. `card.image` is a key of `MediaFiles`, to be deleted with the card.
    """
    page = await fetcher.get(url, content_types=_PAGE_TYPES, cut=True)
    if page.status != 200:
        return None
    text = decode_page(page.content, page.headers.get("content-type", ""))
    facts = read_page(text, page.url)
    if facts is None:
        return None
    return _card(page.url, facts, await _find_picture(facts.image_url, fetcher, processor))


async def _find_picture(
    url: str, fetcher: WebFetcher, processor: MediaProcessor
) -> ProcessedMedia | None:
    if not url:
        return None
    try:
        image = await fetcher.get(url, content_types=("image/",), limit_bytes=_IMAGE_BYTES)
        if image.status != 200:
            return None
        return await processor.process(image.content, purpose=Purpose.CARD)
    except (Refusal, Unavailable):
        return None


def _card(url: str, facts: PageFacts, picture: ProcessedMedia | None) -> Card:
    original = {} if picture is None else picture.meta["original"]
    return Card(
        url=url,
        title=facts.title,
        description=facts.description,
        provider_name=facts.provider_name,
        author_name=facts.author_name,
        image="" if picture is None else picture.original.key,
        width=original.get("width", 0),
        height=original.get("height", 0),
        blurhash="" if picture is None else picture.blurhash or "",
    )


def _host_of(link: str) -> str:
    try:
        return (urlsplit(link).hostname or "").lower()
    except ValueError:
        return ""
