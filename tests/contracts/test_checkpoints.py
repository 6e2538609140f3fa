"""The contract of `ports.checkpoints.Checkpoints`, over its files; then damage to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lapwing.adapters.checkpoint_files import CheckpointFiles
from lapwing.kernel.refusals import Refusal, Unavailable

CHUNKS = [("posts", b"one"), ("posts", b""), ("relations", b"x" * 100_000)]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    checkpoints = CheckpointFiles(tmp_path / "new")
    assert checkpoints.positions() == []
    checkpoints.write(17, iter(CHUNKS))
    assert checkpoints.positions() == [17]
    assert list(CheckpointFiles(tmp_path / "new").read(17)) == CHUNKS


def test_the_two_newest_are_kept(tmp_path: Path) -> None:
    checkpoints = CheckpointFiles(tmp_path)
    for position in (5, 1000, 70):
        checkpoints.write(position, CHUNKS)
    assert checkpoints.positions() == [1000, 70]


@pytest.mark.parametrize("spoil", ["cut", "flip", "empty", "remove"])
def test_damage_is_noticed(tmp_path: Path, spoil: str) -> None:
    checkpoints = CheckpointFiles(tmp_path)
    checkpoints.write(5, CHUNKS)
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    if spoil == "remove":
        path.unlink()
    else:
        content[len(content) // 2] ^= 1 if spoil == "flip" else 0
        keep = {"cut": len(content) - 1, "flip": len(content), "empty": 0}[spoil]
        path.write_bytes(bytes(content[:keep]))
    with pytest.raises(Refusal, match="damaged"):
        list(checkpoints.read(5))


def test_a_half_written_one_counts_for_nothing(tmp_path: Path) -> None:
    checkpoints = CheckpointFiles(tmp_path)

    def breaks_off() -> object:
        yield CHUNKS[0]
        raise OSError(28, "full")

    with pytest.raises(Unavailable):
        checkpoints.write(9, breaks_off())  # type: ignore[arg-type]
    assert checkpoints.positions() == []
    assert list(tmp_path.iterdir()) == []
