"""Servers for the tests of this folder; each test that breaks things has one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.real_server import RealServer, SetClockServer, utc

START = utc("2026-06-20T09:10:00")


@pytest.fixture
def set_clock_server(tmp_path: Path) -> Iterator[SetClockServer]:
    """Not started yet."""
    server = SetClockServer(tmp_path / "data", START)
    yield server
    server.close()


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """One `lapwing serve` for the tests of a module that only talk to it."""
    server = RealServer(tmp_path_factory.mktemp("running") / "data")
    server.start()
    yield server
    server.close()
