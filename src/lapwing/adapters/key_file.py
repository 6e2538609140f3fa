"""The keys of `outages.intake.reporter_keys` in a file that only its owner may read."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.outages.intake.reporter_keys import Keys


class KeyFile:
    """`KeyStore` in one small file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Keys | None:
        """Raises `Refusal` (`keys_damaged`) if the file is none of ours."""
        try:
            return msgspec.msgpack.decode(self._path.read_bytes(), type=Keys)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise Refusal(
                "keys_damaged",
                f"The file of reporter keys {self._path.name} cannot be read. Remove it: new keys "
                "are made, and whoever reported in the last hour may count a second time.",
            ) from error
        except OSError as error:
            raise _unavailable(error) from error

    def save(self, keys: Keys) -> None:
        """The old file's content is overwritten before it goes."""
        part = self._path.with_suffix(".part")
        try:
            part.unlink(missing_ok=True)
            _write(part, msgspec.msgpack.encode(keys), os.O_CREAT | os.O_EXCL)
            if self._path.exists():
                _write(self._path, bytes(self._path.stat().st_size), 0)
            part.replace(self._path)
        except OSError as error:
            raise _unavailable(error) from error


def _write(path: Path, content: bytes, flags: int) -> None:
    file = os.open(path, os.O_WRONLY | flags, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _unavailable(error: OSError) -> Unavailable:
    return Unavailable(f"The reporter keys cannot be kept: {os.strerror(error.errno or 0)}.")
