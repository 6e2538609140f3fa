"""`lapwing serve`, but by a clock that another process sets: the instant in a file."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path

import uvloop

from lapwing.app import compose, run_server
from lapwing.settings import load_settings


class SetClock:
    speed = 1.0

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        return datetime.fromisoformat(self._file.read_text())


if __name__ == "__main__":
    uvloop.run(run_server(compose(load_settings(os.environ), clock=SetClock(Path(sys.argv[1])))))
