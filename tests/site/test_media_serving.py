"""Media by their keys, as browsers, apps and video players ask for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from litestar import Litestar, Response
from litestar.testing import TestClient

from lapwing.adapters.media.memory_media_files import MemoryMediaFiles
from lapwing.kernel.refusals import Refusal
from lapwing.ports.media_files import make_key
from lapwing.web.media_serving import ByteRange, Unsatisfiable, find_range, media_handlers

VIDEO = bytes(range(256)) * 4


@pytest.fixture
def files() -> MemoryMediaFiles:
    return MemoryMediaFiles()


@pytest.fixture
def client(files: MemoryMediaFiles) -> Iterator[TestClient[Litestar]]:
    app = Litestar(
        media_handlers(files),
        exception_handlers={Refusal: lambda request, error: Response(b"", status_code=404)},
    )
    with TestClient(app) as made:
        yield made


async def test_a_whole_file(files: MemoryMediaFiles, client: TestClient[Litestar]) -> None:
    kept = await files.put(VIDEO, "mp4")
    answer = client.get(f"/media/{kept.key}")
    assert (answer.status_code, answer.content) == (200, VIDEO)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == "1024"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_part_for_players(files: MemoryMediaFiles, client: TestClient[Litestar]) -> None:
    kept = await files.put(VIDEO, "mp4")
    answer = client.get(f"/media/{kept.key}", headers={"Range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, VIDEO[10:20])
    assert answer.headers["content-range"] == "bytes 10-19/1024"
    assert answer.headers["content-length"] == "10"
    beyond = client.get(f"/media/{kept.key}", headers={"Range": "bytes=1024-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */1024")


async def test_what_was_deleted_or_never_was(
    files: MemoryMediaFiles, client: TestClient[Litestar]
) -> None:
    kept = await files.put(VIDEO, "mp4")
    await files.delete([kept.key])
    for key in (kept.key, make_key("jpg"), "..%2f..%2fetc%2fpasswd", "x.html"):
        assert client.get(f"/media/{key}").status_code == 404


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-", ByteRange(0, 100)),
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=90-500", ByteRange(90, 10)),
        ("bytes=-10", ByteRange(90, 10)),
        ("bytes=-500", ByteRange(0, 100)),
        ("bytes=5-4", None),
        ("bytes=0-1,5-9", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("lines=0-5", None),
        ("bytes=" + "9" * 40 + "-", None),
        ("bytes=٣-", None),
    ],
)
def test_ranges(header: str | None, expected: ByteRange | None) -> None:
    assert find_range(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=999-1000", "bytes=-0"])
def test_ranges_behind_the_end(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        find_range(header, 100)


def test_no_part_of_an_empty_file() -> None:
    with pytest.raises(Unsatisfiable):
        find_range("bytes=-5", 0)
