"""100,000 accounts, each with a session and an app's token: memory, restart, who a token is.

In a process of its own. Run: `python -m bench accounts`.
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from lapwing.accounts import entries
from lapwing.accounts.model import Standing
from lapwing.accounts.registry import Accounts

ACCOUNTS = 100_000
_AT_MS = 1_790_000_000_000
_HASH = "$argon2id$v=19$m=47104,t=1,p=1$" + "s" * 22 + "$" + "h" * 43
_SCOPES = ("follow", "push", "read", "write")


def fold(count: int) -> Accounts:
    accounts = Accounts()
    accounts.apply(
        entries.AppRegistered(_AT_MS, 1, "client", b"s" * 32, "App", "", ("a:b",), _SCOPES)
    )
    for number in range(1, count + 1):
        accounts.apply(
            entries.AccountOpened(
                _AT_MS,
                number << 21,
                f"person_{number}",
                Standing.ACTIVE,
                f"person{number}@example.org",
                _HASH,
                display_name=f"Person number {number}",
                note=f"I am number {number} and talk of this and of that, and of the weather. " * 2,
            )
        )
        session = hashlib.sha256(b"session %d" % number).digest()
        accounts.apply(
            entries.SessionBegun(
                _AT_MS, number, number << 21, session, _AT_MS + 10**10, "Firefox on Linux"
            )
        )
        token = hashlib.sha256(b"token %d" % number).digest()
        accounts.apply(entries.TokenIssued(_AT_MS, number, token, 1, number << 21, tuple(_SCOPES)))
    return accounts


def live() -> dict[str, float]:
    """Figures of this process."""
    before = _resident_mb()
    accounts = fold(ACCOUNTS)
    figures = {"memory": _resident_mb() - before}
    began_s = time.process_time()
    chunks = list(accounts.capture())
    figures["capture"] = (time.process_time() - began_s) * 1000
    restored = Accounts()
    began_s = time.process_time()
    restored.restore(chunks)
    figures["restore"] = time.process_time() - began_s
    began_s = time.process_time()
    for number in range(1, ACCOUNTS + 1):
        assert restored.viewer_of_token(f"token {number}") is not None
    figures["viewer"] = (time.process_time() - began_s) / ACCOUNTS * 1e6
    return figures


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def measure() -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "bench.accounts"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    figures = json.loads(said)
    lower = {"better": "lower"}
    return [
        {"name": "memory of 100,000", "value": figures["memory"], "unit": "MB", "limit": 300.0}
        | lower,
        {
            "name": "restored in, of processor time",
            "value": figures["restore"],
            "unit": "s",
            "limit": 1.5,
        }
        | lower,
        {"name": "captured in", "value": figures["capture"], "unit": "ms"},
        {"name": "who a token is", "value": figures["viewer"], "unit": "µs"},
    ]


if __name__ == "__main__":
    print(json.dumps(live()))
