"""The folder that holds everything kept: one process at a time owns it, and tells where it is."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from lapwing.kernel.refusals import Refusal, Unavailable


class DataFolder:
    """Owns `path` from `own` to `release`. Another process may read who does (`find_owner`)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    def own(self) -> None:
        """Takes the folder, made if missing. Raises `Refusal` (`folder_in_use`) when another
        process has it."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path / "owner.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise Refusal(
                "folder_in_use",
                f"Another Lapwing already uses the folder {self.path}; stop it first, or name "
                "another folder with LAPWING_DATA.",
            ) from None
        self._lock = lock
        self._owner_file.unlink(missing_ok=True)  # of one that was killed

    def tell(self, url: str, secret: str) -> None:
        """Where the owner listens, and the secret by which it knows an operator here."""
        self._write_owner(json.dumps({"url": url, "secret": secret, "pid": os.getpid()}))

    def release(self) -> None:
        if self._lock is not None:
            self._owner_file.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def find_owner(self) -> tuple[str, str] | None:
        """URL and console secret of the process that owns the folder; None when nobody does.

        Raises `Unavailable` while that process is still starting.
        """
        try:
            lock = os.open(self.path / "owner.lock", os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            try:
                owner = json.loads(self._owner_file.read_text())
            except FileNotFoundError:
                raise Unavailable(f"The Lapwing of {self.path} is still starting.") from None
            return str(owner["url"]), str(owner["secret"])
        else:
            return None
        finally:
            os.close(lock)

    @property
    def _owner_file(self) -> Path:
        return self.path / "owner.json"

    def _write_owner(self, text: str) -> None:
        part = self.path / "owner.json.part"
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
        part.replace(self._owner_file)
