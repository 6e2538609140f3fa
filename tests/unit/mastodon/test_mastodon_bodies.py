"""Bodies of requests: forms, JSON, and files that go to disk as they arrive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lapwing.kernel.refusals import Refusal
from lapwing.web.mastodon.bodies import TEXT_BYTES, forget_uploads, read_params
from lapwing.web.mastodon.params import Upload

BOUNDARY = "xYzZY"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    file = f'; filename="{file_name}"\r\nContent-Type: image/png' if file_name else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
    return head.encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def content_of(file: Upload) -> bytes:
    return Path(file.path).read_bytes()


class Arriving:
    """A body in pieces, as a server hands it on."""

    def __init__(self, body: bytes, piece: int = 1000, *, breaks_off: bool = False) -> None:
        self._pieces = [body[at : at + piece] for at in range(0, len(body), piece)] or [b""]
        self._breaks_off = breaks_off

    async def __call__(self) -> Any:
        if not self._pieces:
            return {"type": "http.disconnect"}
        chunk = self._pieces.pop(0)
        more = bool(self._pieces) or self._breaks_off
        return {"type": "http.request", "body": chunk, "more_body": more}


@pytest.mark.parametrize("piece", [1, 7, 100_000])
async def test_a_form_with_a_file(tmp_path: Path, piece: int) -> None:
    picture = bytes(range(256)) * 40
    body = part("description", "Ein Küken".encode()) + part("file", picture, "a.png") + END
    params = await read_params(
        MULTIPART, Arriving(body, piece), file_bytes=100_000, folder=str(tmp_path)
    )
    file = params.find_upload("file")
    assert file is not None
    assert params.text("description") == "Ein Küken"
    assert (file.file_name, file.content_type, file.size_bytes) == (
        "a.png",
        "image/png",
        len(picture),
    )
    assert content_of(file) == picture
    forget_uploads(params)
    assert left_in(tmp_path) == []


async def test_nested_names_in_multipart(tmp_path: Path) -> None:
    body = part("source[privacy]", b"unlisted") + part("fields_attributes[0][name]", b"x") + END
    params = await read_params(MULTIPART, Arriving(body), folder=str(tmp_path))
    assert params.nested("source").text("privacy") == "unlisted"
    assert params.rows("fields_attributes")[0].text("name") == "x"


@pytest.mark.parametrize(
    ("body", "file_bytes", "code"),
    [
        (part("file", b"x" * 10, "a.png") + END, 0, "unexpected_file"),
        (part("file", b"x" * 500_000, "a.png") + END, 1000, "too_large"),
        (part("status", b"x" * (TEXT_BYTES + 1)) + END, 1_000_000, "too_large"),
        (part("file", b"x", "a.png"), 1000, "invalid_body"),
        (b"no multipart at all", 1000, "invalid_body"),
        (part("status", b"\xff") + END, 1000, "invalid_encoding"),
        (b"".join(part("f", b"x", "a.png") for _ in range(9)) + END, 1000, "unexpected_file"),
    ],
)
async def test_what_is_refused_leaves_no_file(
    tmp_path: Path, body: bytes, file_bytes: int, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await read_params(MULTIPART, Arriving(body), file_bytes=file_bytes, folder=str(tmp_path))
    assert refused.value.code == code
    assert left_in(tmp_path) == []


async def test_a_sender_who_goes_leaves_no_file(tmp_path: Path) -> None:
    body = part("file", b"x" * 5000, "a.png")
    with pytest.raises(Refusal) as refused:
        await read_params(
            MULTIPART,
            Arriving(body, breaks_off=True),
            file_bytes=10_000,
            folder=str(tmp_path),
        )
    assert refused.value.code == "incomplete"
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b'{"status":"x"}', "x"),
        ("application/json; charset=utf-8", b'{"status":"x"}', "x"),
        ("application/x-www-form-urlencoded", b"status=x", "x"),
        ("", b"status=x", "x"),
        ("application/json", b"", ""),
        ("text/plain", b"", ""),
    ],
)
async def test_kinds_of_bodies(content_type: str, body: bytes, status: str) -> None:
    params = await read_params(content_type, Arriving(body))
    assert params.text("status") == status


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("text/plain", b"status=x", "wrong_media_type"),
        ("application/json", b"x" * (TEXT_BYTES + 1), "too_large"),
        ("multipart/form-data", b"", "invalid_body"),
    ],
)
async def test_bodies_that_are_refused(content_type: str, body: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        await read_params(content_type, Arriving(body))
    assert refused.value.code == code
