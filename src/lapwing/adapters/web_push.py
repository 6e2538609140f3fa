"""`ports.web_push.WebPush`: encrypted with pywebpush, sent by the guarded fetcher, as endpoints are
addresses that strangers name."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from py_vapid import Vapid01, Vapid02
from pywebpush import WebPusher

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.ports.web_fetching import WebFetcher
from lapwing.ports.web_push import Device

_VALID_S: Final = 12 * 3600
"""Of a signature; push servers take at most a day (RFC 8292, 2)."""
_KEPT_S: Final = 48 * 3600
"""How long a push server keeps a message for a device that is away."""
_GONE: Final = frozenset({404, 410})


class VapidPush:
    def __init__(self, key_file: Path, fetcher: WebFetcher, contact: str) -> None:
        """`contact`: a `mailto:` or `https:` address for push servers' operators."""
        self._pem = _read_key(key_file)
        self._fetcher = fetcher
        self._contact = contact

    @property
    def public_key(self) -> str:
        point = Vapid02.from_pem(self._pem).public_key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()

    async def push(self, device: Device, message: bytes) -> bool:
        headers, body = self._sealed(device, message)
        answer = await self._fetcher.post(device.endpoint, body, headers)
        if answer.status in _GONE:
            return False
        if not 200 <= answer.status < 300:
            raise Unavailable(f"The push server answered {answer.status}.")
        return True

    def _sealed(self, device: Device, message: bytes) -> tuple[Mapping[str, str], bytes]:
        keys = {"p256dh": device.public_key, "auth": device.secret}
        coding = "aes128gcm" if device.is_standard else "aesgcm"
        try:
            sealed: Any = WebPusher({"endpoint": device.endpoint, "keys": keys}).encode(
                message, coding
            )
        except Exception as error:  # the library lets its parts' many kinds through
            raise Refusal("wrong_push_keys", "These keys encrypt nothing.") from error
        headers = {
            "Content-Encoding": coding,
            "Content-Type": "application/octet-stream",
            "TTL": str(_KEPT_S),
            "Urgency": "normal",
            **self._signature(device, sealed),
        }
        return headers, bytes(sealed["body"])

    def _signature(self, device: Device, sealed: Any) -> dict[str, str]:
        parts = urlsplit(device.endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": str(int(time.time()) + _VALID_S),
            "sub": self._contact,
        }
        if device.is_standard:
            return dict(Vapid02.from_pem(self._pem).sign(claims))
        own = f"keyid=p256dh;dh={sealed['crypto_key'].decode()}"
        signed = Vapid01.from_pem(self._pem).sign(claims, own)
        return {**signed, "Encryption": f"keyid=p256dh;salt={sealed['salt'].decode()}"}


def _read_key(path: Path) -> bytes:
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            made = Vapid02()
            made.generate_keys()
            part = path.with_suffix(".part")
            part.unlink(missing_ok=True)
            file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "wb") as opened:
                opened.write(made.private_pem())
            part.replace(path)
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(f"The push key {path.name} cannot be kept: {error.strerror}.") from error
