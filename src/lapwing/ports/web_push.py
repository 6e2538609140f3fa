"""Messages to browsers and apps that wait for them at their makers' servers (Web Push)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Device:
    """Where a message goes, and the keys that only the device can open it by."""

    endpoint: str
    public_key: str
    """P-256 point, URL-safe base64."""
    secret: str
    """URL-safe base64."""
    is_standard: bool
    """Encrypted as RFC 8291 has it; else as its draft did, which older apps expect."""


class WebPush(Protocol):
    """Tests: `tests/integration/test_web_push.py`."""

    @property
    def public_key(self) -> str:
        """By which push servers know this one (VAPID, RFC 8292), URL-safe base64."""
        ...

    async def push(self, device: Device, message: bytes) -> bool:
        """Whether the device is still there. Raises `Refusal` for an endpoint or keys that are
        none, `Unavailable` where the push server does not take it."""
        ...
