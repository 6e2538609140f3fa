"""MediaAttachment and PreviewCard."""

from __future__ import annotations

from typing import Any

import msgspec

from lapwing.microblog.model import Attachment, Card
from lapwing.web.mastodon.entities.addresses import Addresses


def media_form(media: Attachment, addresses: Addresses) -> dict[str, Any]:
    """An upload that is still being made ready has no address yet."""
    url = addresses.media(media.file) if media.file else None
    return {
        "id": str(media.id),
        "type": media.kind.value,
        "url": url,
        "preview_url": addresses.media(media.preview) if media.preview else url,
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": msgspec.Raw(media.meta.encode()),
        "description": media.description or None,
        "blurhash": media.blurhash or None,
    }


def card_form(card: Card, addresses: Addresses) -> dict[str, Any]:
    authors = [{"name": card.author_name, "url": "", "account": None}] if card.author_name else []
    return {
        "url": card.url,
        "title": card.title,
        "description": card.description,
        "language": None,
        "type": card.kind,
        "author_name": card.author_name,
        "author_url": "",
        "provider_name": card.provider_name,
        "provider_url": "",
        "html": "",
        "width": card.width,
        "height": card.height,
        "image": addresses.media(card.image) if card.image else None,
        "image_description": "",
        "embed_url": "",
        "blurhash": card.blurhash or None,
        "published_at": None,
        "authors": authors,
    }
