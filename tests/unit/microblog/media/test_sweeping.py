"""Files that nothing refers to go, all others stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lapwing.adapters.media.memory_media_files import MemoryMediaFiles
from lapwing.microblog.media.sweeping import UNUSED_FOR, delete_unused


async def test_only_old_files_that_nobody_uses_go() -> None:
    files = MemoryMediaFiles()
    used, unused = await files.put(b"used", "jpg"), await files.put(b"unused", "jpg")
    soon = datetime.now(UTC) + timedelta(seconds=1)
    assert await delete_unused(files, used.key.__eq__, soon) == 0
    assert await delete_unused(files, used.key.__eq__, soon + UNUSED_FOR) == 1
    assert await files.find(used.key) == used
    assert await files.find(unused.key) is None


async def test_a_file_that_comes_into_use_meanwhile_stays() -> None:
    files = MemoryMediaFiles()
    kept = await files.put(b"x", "jpg")
    answers = iter([False, True])
    later = datetime.now(UTC) + 2 * UNUSED_FOR
    assert await delete_unused(files, lambda key: next(answers), later) == 0
    assert await files.find(kept.key) == kept
