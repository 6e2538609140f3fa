"""Instance in both versions, nodeinfo, and what else says what this server is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import urlsplit

from lapwing.microblog.actions.context import Rules
from lapwing.microblog.media.limits import MediaLimits
from lapwing.microblog.square import Square
from lapwing.microblog.text.measuring import LINK_LENGTH

COMPATIBLE: Final = "4.5.0"
"""The version of Mastodon whose API this is; what clients compare."""
API_VERSION: Final = 7
"""Mastodon's number of its API: 2 has grouped notifications, 7 quotes."""
_SOURCE: Final = "https://github.com/lapwing-square/lapwing"
_MONTH_MS: Final = 30 * 86_400_000
_COUNTED_FOR_MS: Final = 300_000
_MEDIA_TYPES: Final = [
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/heic",
    "image/heif",
    "video/webm",
    "video/mp4",
    "video/quicktime",
    "audio/mpeg",
    "audio/mp3",
    "audio/ogg",
    "audio/vorbis",
    "audio/wav",
    "audio/x-wav",
    "audio/flac",
    "audio/aac",
    "audio/mp4",
    "audio/m4a",
]


@dataclass(frozen=True)
class About:
    """What the operator says of the server."""

    title: str = "Lapwing"
    description: str = "The public square for the hour when a service breaks."
    email: str = ""
    languages: tuple[str, ...] = ("en",)
    sign_up: str = "open"
    """open, approval, invitation or closed."""
    rules: tuple[str, ...] = ()
    contact_id: int = 0
    """Account that speaks for the server; 0: none."""


@dataclass
class InstanceEntities:
    square: Square
    base_url: str
    now_ms: Callable[[], int]
    rules: Rules
    limits: MediaLimits
    about: About
    vapid_key: str = ""
    """Public key for Web Push, URL-safe base64; empty: there is no Web Push."""
    _counted: tuple[int, int] = field(default=(-_COUNTED_FOR_MS, 0), init=False)

    @property
    def version(self) -> str:
        return f"{COMPATIBLE} (compatible; Lapwing {version('lapwing')})"

    def v2(self, contact: Any) -> dict[str, Any]:
        """`contact`: the form of the account that speaks for the server, or None."""
        return {
            "domain": self.domain,
            "title": self.about.title,
            "version": self.version,
            "source_url": _SOURCE,
            "description": self.about.description,
            "usage": {"users": {"active_month": self._active_people()}},
            "thumbnail": {
                "url": self._picture,
                "blurhash": None,
                "description": "",
                "versions": {"@1x": self._picture},
            },
            "icon": [
                {"src": f"{self.base_url}/icon-{size}.png", "size": f"{size}x{size}"}
                for size in (192, 512)
            ],
            "languages": list(self.about.languages),
            "configuration": self._configuration(),
            "registrations": {
                "enabled": self._takes_people,
                "approval_required": self.about.sign_up == "approval",
                "reason_required": self.about.sign_up == "approval",
                "message": None,
                "min_age": None,
                "url": None,
            },
            "api_versions": {"mastodon": API_VERSION},
            "contact": {"email": self.about.email, "account": contact},
            "rules": self.rule_forms(),
        }

    def v1(self, contact: Any) -> dict[str, Any]:
        configuration = self._configuration()
        return {
            "uri": self.domain,
            "title": self.about.title,
            "short_description": self.about.description,
            "description": self.about.description,
            "email": self.about.email,
            "version": self.version,
            "urls": {"streaming_api": self.streaming_url},
            "stats": {
                "user_count": self._people(),
                "status_count": len(self.square.posts),
                "domain_count": 0,
            },
            "thumbnail": self._picture,
            "languages": list(self.about.languages),
            "registrations": self._takes_people,
            "approval_required": self.about.sign_up == "approval",
            "invites_enabled": self.about.sign_up == "invitation",
            "configuration": {
                name: configuration[name]
                for name in ("accounts", "statuses", "media_attachments", "polls")
            },
            "contact_account": contact,
            "rules": self.rule_forms(),
        }

    def nodeinfo(self) -> dict[str, Any]:
        return {
            "version": "2.0",
            "software": {"name": "lapwing", "version": version("lapwing")},
            "protocols": [],
            "services": {"outbound": [], "inbound": []},
            "usage": {
                "users": {
                    "total": self._people(),
                    "activeMonth": self._active_people(),
                    "activeHalfyear": self._active_people(),
                },
                "localPosts": len(self.square.posts),
            },
            "openRegistrations": self._takes_people,
            "metadata": {
                "nodeName": self.about.title,
                "nodeDescription": self.about.description,
                "features": ["mastodon_api", "mastodon_api_streaming"],
            },
        }

    def rule_forms(self) -> list[dict[str, Any]]:
        return [
            {"id": str(number), "text": text, "hint": "", "translations": {}}
            for number, text in enumerate(self.about.rules, 1)
        ]

    @property
    def domain(self) -> str:
        return urlsplit(self.base_url).netloc

    @property
    def streaming_url(self) -> str:
        return "ws" + self.base_url.removeprefix("http")

    @property
    def _picture(self) -> str:
        return f"{self.base_url}/icon-512.png"

    @property
    def _takes_people(self) -> bool:
        return self.about.sign_up in ("open", "approval")

    def _people(self) -> int:
        return self.square.accounts.count

    def _active_people(self) -> int:
        """Accounts that wrote in the last thirty days; counted every few minutes."""
        now_ms = self.now_ms()
        counted_ms, active = self._counted
        if now_ms - counted_ms < _COUNTED_FOR_MS:
            return active
        posts = self.square.posts
        active = 0
        for account in self.square.accounts.all():
            own = posts.of(account.id)
            last = posts.find(own[-1]) if len(own) else None
            active += last is not None and last.created_ms > now_ms - _MONTH_MS
        self._counted = (now_ms, active)
        return active

    def _configuration(self) -> dict[str, Any]:
        rules, limits, base = self.rules, self.limits, self.base_url
        everybody = {"local": "public", "remote": "public"}
        return {
            "urls": {
                "streaming": self.streaming_url,
                "status": base,
                "about": f"{base}/about-data",
                "privacy_policy": f"{base}/about-data",
                "terms_of_service": None,
            },
            "vapid": {"public_key": self.vapid_key},
            "accounts": {
                "max_featured_tags": 10,
                "max_pinned_statuses": rules.most_pins,
                "max_profile_fields": 4,
                "max_display_name_length": 30,
                "max_note_length": 500,
                "max_avatar_description_length": 0,
                "max_header_description_length": 0,
                "profile_field_name_limit": 255,
                "profile_field_value_limit": 255,
            },
            "statuses": {
                "max_characters": rules.longest_post,
                "max_media_attachments": rules.most_media,
                "characters_reserved_per_url": LINK_LENGTH,
            },
            "media_attachments": {
                "description_limit": limits.description_characters,
                "image_matrix_limit": limits.image_pixels,
                "image_size_limit": limits.image_bytes,
                "supported_mime_types": _MEDIA_TYPES,
                "video_frame_rate_limit": limits.video_frame_rate,
                "video_matrix_limit": limits.video_pixels,
                "video_size_limit": limits.video_bytes,
            },
            "polls": {
                "max_options": rules.most_poll_options,
                "max_characters_per_option": rules.longest_poll_option,
                "min_expiration": rules.shortest_poll_s,
                "max_expiration": rules.longest_poll_s,
            },
            "translation": {"enabled": False},
            "timelines_access": {
                "live_feeds": everybody,
                "hashtag_feeds": everybody,
                "trending_link_feeds": everybody,
            },
            "limited_federation": True,
        }
