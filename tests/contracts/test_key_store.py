"""The contract of `outages.intake.reporter_keys.KeyStore`."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from tests.unit.intake.desk_parts import MemoryKeyStore

from lapwing.adapters.key_file import KeyFile
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.outages.intake.reporter_keys import Keys, KeyStore

FIRST = Keys(b"p" * 32, {1: b"a" * 32})
SECOND = Keys(b"p" * 32, {1: b"a" * 32, 2: b"b" * 32})


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> KeyStore:
    return KeyFile(tmp_path / "keys") if request.param == "file" else MemoryKeyStore()


def test_nothing_is_kept_at_first(store: KeyStore) -> None:
    assert store.load() is None


def test_what_is_saved_replaces_what_was(store: KeyStore) -> None:
    store.save(FIRST)
    store.save(SECOND)
    assert store.load() == SECOND
    store.save(FIRST)
    assert store.load() == FIRST


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    KeyFile(path).save(FIRST)
    KeyFile(path).save(SECOND)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["keys"]


def test_a_strange_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(b"\xc1nothing")
    with pytest.raises(Refusal, match="Remove it"):
        KeyFile(path).load()


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        KeyFile(tmp_path / "gone" / "keys").save(FIRST)
