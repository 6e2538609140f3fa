"""A secret of 256 random bits in a file of its own, made when it is first asked for."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from lapwing.kernel.refusals import Refusal, Unavailable

_BYTES = 32


def read_random_key(path: Path) -> bytes:
    """The secret kept at `path`. Raises `Refusal` (`key_damaged`), `Unavailable`."""
    try:
        try:
            return _checked(path.read_bytes(), path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            return _make(path)
    except OSError as error:
        raise Unavailable(f"The key {path.name} cannot be kept: {error.strerror}.") from error


def _make(path: Path) -> bytes:
    key = secrets.token_bytes(_BYTES)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(key)
        opened.flush()
        os.fsync(opened.fileno())
    part.replace(path)
    return key


def _checked(key: bytes, path: Path) -> bytes:
    if len(key) != _BYTES:
        raise Refusal("key_damaged", f"The key file {path.name} is damaged; restore it.")
    return key
