"""The composed application: what it refuses to start with, and what does not keep it from it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from tests.real_server import utc

from lapwing.adapters.clocks import SteppedClock
from lapwing.adapters.data_folder import DataFolder
from lapwing.app import Application, compose
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.outages.journal import Entry
from lapwing.outages.watch import Watch
from lapwing.ports.journal import Position
from lapwing.settings import load_settings

START = utc("2026-06-20T09:10:00")


def composed(data: Path, **settings: str) -> Application:
    given = {"LAPWING_DATA": str(data), **settings}
    return compose(load_settings(given), clock=SteppedClock(START))


async def live(application: Application, minutes: int) -> None:
    clock = application.clock
    assert isinstance(clock, SteppedClock)
    for _ in range(minutes):
        clock.move_to(clock.now() + timedelta(minutes=1))
        await application._pass_time()


async def test_a_database_that_is_ahead_of_the_journal_stops_the_start(tmp_path: Path) -> None:
    first = composed(tmp_path)
    await first.start()
    await live(first, 20)
    await first.stop()
    shutil.rmtree(tmp_path / "journal")
    with pytest.raises(Refusal) as refused:
        await composed(tmp_path).start()
    assert refused.value.code == "journal_behind_database"
    DataFolder(tmp_path).own()


async def test_a_bug_in_the_fold_stops_neither_entries_nor_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = Watch.apply

    def fail_afterwards(self: Watch, position: Position, entry: Entry) -> None:
        apply(self, position, entry)
        raise RuntimeError("a bug")

    first = composed(tmp_path)
    await first.start()
    with monkeypatch.context() as patched:
        patched.setattr(Watch, "apply", fail_afterwards)
        await live(first, 3)
    await first.stop()
    (tmp_path / "lapwing.sqlite").unlink()
    monkeypatch.setattr(Watch, "apply", fail_afterwards)
    again = composed(tmp_path)
    await again.start()
    assert again.watch.present_minute == first.watch.present_minute
    await again.stop()


async def test_the_owner_before_is_forgotten_while_the_next_one_starts(tmp_path: Path) -> None:
    killed = DataFolder(tmp_path)
    killed.own()
    killed.tell("http://127.0.0.1:1", "old secret")
    (tmp_path / "owner.json").rename(tmp_path / "kept")
    killed.release()
    (tmp_path / "kept").rename(tmp_path / "owner.json")
    following = DataFolder(tmp_path)
    following.own()
    with pytest.raises(Unavailable):
        DataFolder(tmp_path).find_owner()
    following.release()


async def test_commands_reach_the_server_where_it_listens_not_where_it_is_published(
    tmp_path: Path,
) -> None:
    settings = {"LAPWING_URL": "https://outages.example", "LAPWING_HOST": "0.0.0.0"}
    application = composed(tmp_path, **settings, LAPWING_PORT="8123")
    await application.start()
    owner = DataFolder(tmp_path).find_owner()
    await application.stop()
    assert owner is not None
    assert owner[0] == "http://127.0.0.1:8123"
