"""The contract of `ports.media_files.MediaFiles`, over the folder on disk and the one in memory;
then what only a disk can suffer."""

from __future__ import annotations

import os
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lapwing.adapters.media.disk_media_files import DiskMediaFiles
from lapwing.adapters.media.memory_media_files import MemoryMediaFiles
from lapwing.kernel.refusals import Unavailable
from lapwing.ports.media_files import CONTENT_TYPES, MediaFiles, is_key, make_key

LARGE = os.urandom(700_001)


@pytest.fixture(params=["disk", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> MediaFiles:
    return DiskMediaFiles(tmp_path / "media") if request.param == "disk" else MemoryMediaFiles()


@pytest.fixture
def disk(tmp_path: Path) -> DiskMediaFiles:
    return DiskMediaFiles(tmp_path / "media")


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def content(files: MediaFiles, key: str, first: int = 0, count: int | None = None) -> bytes:
    return b"".join([piece async for piece in files.read(key, first, count)])


async def test_bytes_and_files_read_back_as_they_were(files: MediaFiles, tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(LARGE)
    kept = [await files.put(b"small", "png"), await files.put(str(source), "mp4")]
    assert [one.content_type for one in kept] == ["image/png", "video/mp4"]
    assert [one.size_bytes for one in kept] == [5, len(LARGE)]
    assert await content(files, kept[0].key) == b"small"
    assert await content(files, kept[1].key) == LARGE
    assert [await files.find(one.key) for one in kept] == kept
    assert source.read_bytes() == LARGE


@pytest.mark.parametrize(
    ("first", "count"),
    [(0, 1), (5, 300_000), (262_144, 262_144), (700_000, None), (699_999, 50), (700_001, 5)],
)
async def test_a_part_is_read(files: MediaFiles, first: int, count: int | None) -> None:
    kept = await files.put(LARGE, "mp4")
    end = None if count is None else first + count
    assert await content(files, kept.key, first, count) == LARGE[first:end]


async def test_equal_content_has_its_own_key_each_time_so_that_deleting_one_leaves_the_other(
    files: MediaFiles,
) -> None:
    one, other = await files.put(b"same", "jpg"), await files.put(b"same", "jpg")
    assert one.key != other.key
    await files.delete([one.key])
    assert await files.find(one.key) is None
    assert await content(files, one.key) == b""
    assert await content(files, other.key) == b"same"


async def test_deleting_what_is_not_there_is_harmless(files: MediaFiles) -> None:
    kept = await files.put(b"here", "jpg")
    await files.delete([make_key("jpg"), "../../etc/passwd", kept.key, kept.key])
    assert await files.total_bytes() == 0


async def test_total_and_age(files: MediaFiles) -> None:
    kept = [await files.put(b"x" * size, "webp") for size in (10, 20, 30)]
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert await files.total_bytes() == 60
    assert {one.key async for one in files.kept_before(later)} == {one.key for one in kept}
    assert [one async for one in files.kept_before(later - timedelta(hours=1))] == []


@pytest.mark.parametrize("key", ["", "..", "../x", "a.jpg", "0" * 32, "0" * 32 + ".html"])
async def test_what_is_no_key_names_no_file(files: MediaFiles, key: str) -> None:
    assert not is_key(key)
    assert await files.find(key) is None
    assert await content(files, key) == b""


async def test_only_types_that_are_safe_to_serve_are_kept(files: MediaFiles) -> None:
    assert {kind.partition("/")[0] for kind in CONTENT_TYPES.values()} == {
        "image",
        "video",
        "audio",
    }
    with pytest.raises(ValueError, match="html"):
        await files.put(b"<script>", "html")


def test_keys_are_unguessable_and_safe_in_a_url() -> None:
    keys = {make_key("jpg") for _ in range(1000)}
    assert len(keys) == 1000
    assert all(is_key(key) for key in keys)
    assert not is_key(next(iter(keys)) + "\n")


async def test_a_reader_under_way_reads_to_the_end_of_a_file_deleted_meanwhile(
    disk: DiskMediaFiles,
) -> None:
    kept = await disk.put(LARGE, "mp4")
    reading = disk.read(kept.key)
    pieces = [await anext(reading)]
    await disk.delete([kept.key])
    pieces += [piece async for piece in reading]
    assert b"".join(pieces) == LARGE


async def test_deleted_files_leave_no_byte_on_the_disk(
    disk: DiskMediaFiles, tmp_path: Path
) -> None:
    kept = [await disk.put(LARGE, "mp4") for _ in range(3)]
    await disk.delete(one.key for one in kept)
    assert files_in(tmp_path) == []


async def test_a_half_written_file_of_a_killed_process_goes_at_the_start(
    disk: DiskMediaFiles, tmp_path: Path
) -> None:
    await disk.put(b"whole", "jpg")
    (place,) = files_in(tmp_path)
    half = place.with_name(make_key("jpg") + ".part")
    half.write_bytes(b"ha")
    again = DiskMediaFiles(tmp_path / "media")
    assert not half.exists()
    assert await again.total_bytes() == 5


async def test_a_full_disk_is_told_and_leaves_nothing_behind(
    disk: DiskMediaFiles, tmp_path: Path
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # no file grows beyond this
    try:
        with pytest.raises(Unavailable):
            await disk.put(LARGE, "mp4")
        assert files_in(tmp_path) == []
        assert (await disk.put(b"small", "mp4")).size_bytes == 5
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_source_that_cannot_be_read_leaves_nothing_behind(
    disk: DiskMediaFiles, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable) as raised:
        await disk.put(str(tmp_path / "missing"), "jpg")
    assert str(tmp_path) not in raised.value.message
    assert files_in(tmp_path) == []


async def test_a_folder_that_is_none_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        DiskMediaFiles(tmp_path / "file" / "media")
