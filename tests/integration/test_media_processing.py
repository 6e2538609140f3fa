"""Uploads through the real worker processes: what comes out, and what bad files cannot do."""

from __future__ import annotations

import asyncio
import io
import os
import random
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import av
import pytest
import pytest_asyncio
from PIL import Image
from tests.sample_media import (
    GPS_TEXT,
    animation,
    encoded,
    endless_gif,
    painting,
    photo,
    png_header,
    video,
)

from lapwing.adapters.media.memory_media_files import MemoryMediaFiles
from lapwing.adapters.media.processor import ProcessMediaProcessor
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.microblog.media.geometry import Focus
from lapwing.microblog.media.limits import (
    MIB,
    PICTURE_WORK,
    RECORDING_WORK,
    MediaLimits,
)
from lapwing.microblog.media.processing import ProcessedMedia, Purpose
from lapwing.ports.media_files import KeptFile

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMITS = MediaLimits(
    image_bytes=2 * MIB,
    image_pixels=4_000_000,
    video_pixels=1_000_000,
    animation_frames=50,
    video_duration_s=60,
)


SILENT = {"video_codec": "mpeg4", "sound_codec": None}


class Desk:
    """A processor with the files that it keeps."""

    def __init__(self, processor: ProcessMediaProcessor, files: MemoryMediaFiles) -> None:
        self.processor = processor
        self.files = files

    async def content(self, kept: KeptFile | None) -> bytes:
        assert kept is not None
        return b"".join([piece async for piece in self.files.read(kept.key)])

    async def picture(self, kept: KeptFile | None) -> Image.Image:
        picture = Image.open(io.BytesIO(await self.content(kept)))
        picture.load()
        return picture

    async def all_bytes(self, media: ProcessedMedia) -> bytes:
        preview = b"" if media.preview is None else await self.content(media.preview)
        return await self.content(media.original) + preview

    async def refusal(self, upload: bytes, purpose: Purpose = Purpose.ATTACHMENT) -> Refusal:
        before = await self.files.total_bytes()
        with pytest.raises(Refusal) as refused:
            await self.processor.process(upload, purpose=purpose)
        assert await self.files.total_bytes() == before
        return refused.value


def make_desk(folder: Path, **options: object) -> Desk:
    files = MemoryMediaFiles()
    settings = {"limits": LIMITS} | options
    return Desk(ProcessMediaProcessor(folder / "work", files, **settings), files)  # type: ignore[arg-type]


async def until(happened: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(20):
            while not happened():  # noqa: ASYNC110 - another process makes it happen
                await asyncio.sleep(0.002)
    except TimeoutError:
        pytest.fail(f"waited in vain until {what}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    made = make_desk(tmp_path_factory.mktemp("media"))
    yield made
    await made.processor.close()


# Pictures


@pytest.mark.parametrize(
    ("form", "content_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("AVIF", "image/jpeg")],
)
async def test_a_picture_keeps_its_size_and_gets_a_preview(
    desk: Desk, form: str, content_type: str
) -> None:
    media = await desk.processor.process(encoded(painting(50, 50), form))
    assert (media.kind, media.original.content_type) == ("image", content_type)
    assert media.meta["original"] == {"width": 50, "height": 50, "size": "50x50", "aspect": 1.0}
    assert (await desk.picture(media.original)).size == (50, 50)
    assert (await desk.picture(media.preview)).size == (50, 50)
    assert media.blurhash is not None
    assert len(media.blurhash) == 36


async def test_a_large_picture_is_reduced(desk: Desk) -> None:
    media = await desk.processor.process(encoded(Image.new("L", (2000, 2000), 90), "PNG"))
    assert media.meta["original"]["size"] == "2000x2000"
    assert media.meta["small"]["size"] == "480x480"
    assert (await desk.picture(media.preview)).size == (480, 480)


async def test_metadata_is_gone_and_the_picture_upright(desk: Desk) -> None:
    upload = photo(orientation=6)
    assert all(secret in upload for secret in (GPS_TEXT, b"OWNER-NAME", b"OWNER-COMMENT"))
    media = await desk.processor.process(upload)
    result = await desk.all_bytes(media)
    assert not any(word in result for word in (GPS_TEXT, b"OWNER", b"Exif", b"xmp", b"ICC_PROFILE"))
    picture = await desk.picture(media.original)
    assert not picture.getexif()
    assert media.meta["original"]["size"] == "80x120"  # turned by a quarter
    red, blue = picture.getpixel((40, 10)), picture.getpixel((40, 110))
    assert red[0] > red[2] + 40  # type: ignore[index]
    assert blue[2] > blue[0] + 40  # type: ignore[index]


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_every_orientation_is_shown_alike(desk: Desk, orientation: int) -> None:
    upright = painting(120, 80)
    stored = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    media = await desk.processor.process(encoded(stored, "PNG", exif=exif))
    shown = await desk.picture(media.original)
    assert shown.size == upright.size
    assert shown.convert("RGB").tobytes() == upright.tobytes()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
async def test_pictures_of_every_mode_are_shown(desk: Desk, mode: str) -> None:
    if mode == "I;16":
        source = Image.frombytes("I;16", (40, 30), (40_000).to_bytes(2, "little") * 1200)
    else:
        source = Image.new("RGBA", (40, 30), (160, 160, 160, 255)).convert(mode)
    media = await desk.processor.process(encoded(source, "JPEG" if mode == "CMYK" else "PNG"))
    pixel = (await desk.picture(media.original)).convert("RGB").getpixel((20, 15))
    expected = 255 if mode == "1" else 160
    assert all(abs(value - expected) < 12 for value in pixel) or mode == "1"  # type: ignore[union-attr]


async def test_a_photograph_that_came_as_png_does_not_fill_the_disk(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, limits=MediaLimits())
    noise = [Image.effect_noise((1600, 1600), 90).rotate(turn) for turn in (0, 90, 180, 270)]
    try:
        for channels, content_type in ((3, "image/jpeg"), (4, "image/webp")):
            photograph = Image.merge("RGBA"[:channels], noise[:channels])
            media = await desk.processor.process(encoded(photograph, "PNG", compress_level=1))
            assert media.original.content_type == content_type
            assert (await desk.picture(media.original)).size == (1600, 1600)
    finally:
        await desk.processor.close()


async def test_transparency_stays(desk: Desk) -> None:
    clear = Image.new("RGBA", (30, 30), (0, 0, 0, 0))
    for form, content_type in (("PNG", "image/png"), ("WEBP", "image/webp"), ("AVIF", "image/png")):
        media = await desk.processor.process(encoded(clear, form))
        assert media.original.content_type == content_type
        assert (await desk.picture(media.original)).getpixel((5, 5))[3] == 0  # type: ignore[index]


async def test_focus_is_kept_with_the_measures(desk: Desk) -> None:
    media = await desk.processor.process(photo(), focus=Focus(0.5, -0.25))
    assert media.meta["focus"] == {"x": 0.5, "y": -0.25}


@pytest.mark.parametrize(
    ("purpose", "size"),
    [
        (Purpose.AVATAR, (400, 400)),
        (Purpose.HEADER, (1500, 500)),
        (Purpose.PREVIEW, (120, 80)),
        (Purpose.CARD, (120, 80)),
    ],
)
async def test_what_is_no_attachment_is_one_still_picture(
    desk: Desk, purpose: Purpose, size: tuple[int, int]
) -> None:
    media = await desk.processor.process(photo(), purpose=purpose)
    assert (media.kind, media.preview) == ("image", None)
    assert (await desk.picture(media.original)).size == size
    moving = await desk.processor.process(animation(), purpose=purpose)
    assert not getattr(await desk.picture(moving.original), "is_animated", False)
    refused = await desk.refusal(b"OggS" + b"\0" * 90, purpose)
    assert refused.code == "media_type_unsupported"


# What moves or sounds


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
async def test_a_moving_picture_becomes_silent_video(desk: Desk, form: str) -> None:
    media = await desk.processor.process(animation(form))
    assert media.kind == "gifv"
    assert media.original.content_type == "video/mp4"
    assert media.preview is not None
    assert media.preview.content_type == "image/png"
    assert media.meta["original"]["frame_rate"] == "10/1"
    assert media.meta["length"] == "0:00:00.60"
    with av.open(io.BytesIO(await desk.content(media.original))) as made:
        assert len(made.streams) == 1
        assert len(list(made.decode(video=0))) == 6


async def test_a_gif_of_one_frame_is_a_picture(desk: Desk) -> None:
    media = await desk.processor.process(encoded(painting(), "GIF"))
    assert (media.kind, media.original.content_type) == ("image", "image/png")


@pytest.mark.parametrize(
    ("name", "codecs"),
    [
        ("a.webm", ("libvpx", "libopus")),
        ("a.webm", ("libvpx-vp9", None)),
        ("a.mp4", ("libx264", "aac")),
        ("a.mov", ("libx264", "aac")),
        ("a.mp4", ("mpeg4", "aac")),
    ],
)
async def test_video_becomes_mp4_with_a_png_preview(
    desk: Desk, tmp_path: Path, name: str, codecs: tuple[str, str | None]
) -> None:
    upload = video(tmp_path / name, video_codec=codecs[0], sound_codec=codecs[1])
    media = await desk.processor.process(upload)
    assert (media.kind, media.original.content_type) == ("video", "video/mp4")
    assert media.preview is not None
    assert media.preview.content_type == "image/png"
    assert media.meta["original"]["frame_rate"] == "10/1"
    assert media.meta["original"]["width"] == 64
    assert 0.9 < media.meta["duration"] < 1.2
    with av.open(io.BytesIO(await desk.content(media.original))) as made:
        assert made.streams.video[0].codec_context.name == "h264"
        assert len(list(made.decode(video=0))) == 10
        assert [stream.codec_context.name for stream in made.streams.audio] == (
            ["aac"] if codecs[1] else []
        )


async def test_a_video_of_a_held_phone_is_upright(desk: Desk, tmp_path: Path) -> None:
    media = await desk.processor.process(video(tmp_path / "a.mp4", turned=90))
    assert media.meta["size"] == "48x64"
    assert (await desk.picture(media.preview)).size == (48, 64)
    with av.open(io.BytesIO(await desk.content(media.original))) as made:
        first = next(made.decode(video=0)).to_image()
    shown, preview = (
        first.getpixel((24, 60)),
        (await desk.picture(media.preview)).getpixel((24, 60)),
    )
    assert all(abs(a - b) < 40 for a, b in zip(shown, preview, strict=True))
    assert abs(shown[0] - shown[2]) > 40


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
async def test_a_video_says_nothing_of_its_place(desk: Desk, tmp_path: Path, codec: str) -> None:
    secrets = {"location": "+48.137+011.575/", "title": "OWNER-TITLE", "comment": "OWNER-COMMENT"}
    upload = video(tmp_path / "a.mov", video_codec=codec, metadata=secrets)
    assert b"OWNER-TITLE" in upload
    media = await desk.processor.process(upload)
    result = await desk.all_bytes(media)
    assert not any(word in result for word in (b"OWNER", b"48.137"))


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp3", "libmp3lame"),
        ("a.ogg", "libopus"),
        ("a.wav", "pcm_s16le"),
        ("a.flac", "flac"),
        ("a.m4a", "aac"),
        ("a.mp4", "aac"),
        ("a.webm", "libopus"),
    ],
)
async def test_sound_becomes_mp3(desk: Desk, tmp_path: Path, name: str, codec: str) -> None:
    upload = video(
        tmp_path / name, video_codec=None, sound_codec=codec, metadata={"title": "OWNER-TITLE"}
    )
    media = await desk.processor.process(upload)
    assert (media.kind, media.original.content_type) == ("audio", "audio/mpeg")
    assert (media.preview, media.blurhash) == (None, None)
    assert 0.9 < media.meta["duration"] < 1.2
    assert media.meta["audio_encode"] == "mp3"
    assert b"OWNER" not in await desk.all_bytes(media)


# Bad files


async def test_a_picture_that_claims_too_many_pixels_is_refused_by_its_head(desk: Desk) -> None:
    assert (await desk.refusal(png_header(50_000, 50_000))).code == "media_too_many_pixels"
    assert (await desk.refusal(png_header(2**31 - 1, 1))).code == "media_too_many_pixels"
    assert (await desk.refusal(png_header(0, 10))).code == "media_unreadable"


async def test_a_million_frames_are_refused(desk: Desk) -> None:
    assert (await desk.refusal(endless_gif(51))).code == "media_too_many_frames"
    assert (await desk.refusal(endless_gif(80_000))).code == "media_too_many_frames"


async def test_what_was_hidden_in_a_picture_is_gone(desk: Desk) -> None:
    script = b"/*<script>alert(1)</script>PK\x03\x04"
    gif = bytearray(encoded(painting(), "GIF"))
    assert gif[6:8] == (120).to_bytes(2, "little")
    for upload in (
        bytes(gif) + script,
        encoded(painting(), "PNG") + script,
        encoded(painting(), "JPEG", comment=script),
        encoded(painting(), "WEBP", xmp=script),
    ):
        media = await desk.processor.process(upload)
        assert b"script" not in await desk.all_bytes(media)


@pytest.mark.parametrize(
    "upload",
    [
        b"GIF89a/*<svg onload=alert(1)>*/=1;alert(1)",
        b"\x89PNG\r\n\x1a\n<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"\xff\xd8\xff<?php system('id'); ?>",
        b"\0\0\0\x20ftypisom" + b"#EXTM3U\nfile:///etc/passwd\n",
        b"ID3\4\0\0\0\0\0\0",
        b"RIFF\xff\xff\xff\x7fWAVE",
        b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\xff\xff\xff\xff\xff\xff",
        b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm",
        b"OggS" + b"\0" * 100,
        b"fLaC" + b"\xff" * 100,
    ],
)
async def test_what_only_begins_like_media_is_refused(desk: Desk, upload: bytes) -> None:
    assert (await desk.refusal(upload)).code in ("media_unreadable", "media_too_many_pixels")


async def test_cut_off_files_are_refused(desk: Desk, tmp_path: Path) -> None:
    for upload in (
        photo(size=(300, 200)),
        encoded(painting(300, 200), "PNG"),
        encoded(painting(300, 200), "WEBP"),
        encoded(painting(300, 200), "AVIF"),
        video(tmp_path / "a.mp4", frames=40),
        video(tmp_path / "a.webm", video_codec="libvpx", sound_codec="libopus", frames=40),
        video(tmp_path / "a.flac", video_codec=None, sound_codec="flac", frames=40),
    ):
        assert (await desk.refusal(upload[: len(upload) // 2])).code == "media_unreadable"


async def test_a_few_damaged_packets_do_not_cost_a_video(desk: Desk, tmp_path: Path) -> None:
    upload = bytearray(video(tmp_path / "a.mp4", video_codec="mpeg4", sound_codec=None, frames=60))
    with av.open(io.BytesIO(bytes(upload))) as source:
        packets = [packet for packet in source.demux() if packet.size]
        for packet in packets[30:33]:
            assert packet.pos is not None
            upload[packet.pos : packet.pos + packet.size] = b"\xff" * packet.size
    media = await desk.processor.process(bytes(upload))
    assert media.meta["duration"] > 5


async def test_damaged_files_never_hurt_the_server(desk: Desk, tmp_path: Path) -> None:
    """Ten damages to each of nine kinds of file: something comes out or it is refused, the worker
    lives on, and the next upload works."""
    chance = random.Random(4)
    samples = [
        photo(),
        encoded(painting(), "PNG"),
        encoded(painting(), "WEBP"),
        encoded(painting(), "AVIF"),
        animation(),
        animation("WEBP"),
        video(tmp_path / "a.mp4"),
        video(tmp_path / "a.webm", video_codec="libvpx", sound_codec="libopus"),
        video(tmp_path / "a.mp3", video_codec=None, sound_codec="libmp3lame"),
    ]
    before = None
    for sample in samples:
        for _ in range(10):
            upload = bytearray(sample)
            for _ in range(chance.randrange(1, 12)):
                upload[chance.randrange(16, len(upload))] = chance.randrange(256)
            with suppress(Refusal):
                await desk.processor.process(bytes(upload))
        before = before or desk.processor.worker_pids[0]
    assert desk.processor.worker_pids[0] == before
    assert (await desk.processor.process(photo())).kind == "image"


# Limits, deaths and queues


async def test_the_limit_of_memory_is_kept(tmp_path: Path) -> None:
    tight = replace(PICTURE_WORK, memory_bytes=230 * MIB)
    desk = make_desk(tmp_path, limits=MediaLimits(), picture_work=tight)
    try:
        big = encoded(Image.new("RGB", (5500, 5500)), "PNG")
        assert len(big) < MIB
        assert (await desk.refusal(big)).code == "media_too_demanding"
        assert (await desk.processor.process(photo())).kind == "image"
    finally:
        await desk.processor.close()


async def test_the_limit_of_processor_time_is_kept(tmp_path: Path) -> None:
    tight = replace(RECORDING_WORK, cpu_s=1)
    desk = make_desk(tmp_path, limits=MediaLimits(), recording_work=tight)
    try:
        upload = endless_gif(1400, (900, 900))
        assert (await desk.refusal(upload)).code == "media_too_demanding"
        assert (await desk.processor.process(animation())).kind == "gifv"
    finally:
        await desk.processor.close()


async def test_the_deadline_is_kept(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, recording_work=replace(RECORDING_WORK, deadline_s=0.05))
    try:
        upload = endless_gif(40, (900, 900))
        assert (await desk.refusal(upload)).code == "media_too_demanding"
        assert desk.processor.worker_pids[1] is None
    finally:
        await desk.processor.close()


async def test_a_video_is_no_longer_and_no_larger_than_allowed(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, limits=replace(LIMITS, video_duration_s=2, video_pixels=64 * 47))
    try:
        long = video(tmp_path / "a.mp4", frames=40, size=(32, 32))
        assert (await desk.refusal(long)).code == "media_too_long"
        large = video(tmp_path / "b.mp4")
        assert (await desk.refusal(large)).code == "media_too_many_pixels"
        slow_gif = animation(frames=3, duration_ms=1500)
        assert (await desk.refusal(slow_gif)).code in ("media_too_long", "media_too_many_pixels")
    finally:
        await desk.processor.close()


async def test_a_killed_worker_is_replaced_and_the_upload_finished(
    tmp_path: Path,
) -> None:
    desk = make_desk(tmp_path)
    upload = video(tmp_path / "a.mp4", **SILENT, size=(640, 360), frames=60, rate=25)
    try:
        await desk.processor.process(animation())
        first = desk.processor.worker_pids[1]
        assert first is not None
        under_way = asyncio.create_task(desk.processor.process(upload))
        await until(lambda: any(tmp_path.glob("work/*/made/original.mp4")), "the work begins")
        os.kill(first, signal.SIGKILL)
        assert (await under_way).kind == "video"
        assert desk.processor.worker_pids[1] not in (None, first)
    finally:
        await desk.processor.close()


async def test_too_many_uploads_are_turned_away_and_pictures_do_not_wait_for_videos(
    tmp_path: Path,
) -> None:
    desk = make_desk(tmp_path, waiting=2)
    upload = video(tmp_path / "a.mp4", **SILENT, size=(320, 180), frames=40, rate=25)
    try:
        waiting = [asyncio.create_task(desk.processor.process(upload)) for _ in range(6)]
        assert (await desk.processor.process(photo())).kind == "image"
        results = await asyncio.gather(*waiting, return_exceptions=True)
        turned_away = [result for result in results if isinstance(result, Unavailable)]
        assert 3 <= len(turned_away) <= 4
        assert all(isinstance(result, Unavailable | ProcessedMedia) for result in results)
    finally:
        await desk.processor.close()


async def test_an_upload_whose_sender_left_leaves_nothing(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    upload = video(tmp_path / "a.mp4", **SILENT, size=(320, 180), frames=50, rate=25)
    try:
        leaving = asyncio.create_task(desk.processor.process(upload))
        await until(lambda: any(tmp_path.glob("work/*/made")), "the work begins")
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert (await desk.processor.process(animation())).kind == "gifv"
        assert len(desk.files._files) == 2
        assert not await asyncio.to_thread(lambda: any(tmp_path.glob("work/*/made")))
    finally:
        await desk.processor.close()


async def test_the_worker_ends_with_idleness_and_with_the_server(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, idle_s=0.05)
    await desk.processor.process(photo())
    await until(lambda: desk.processor.worker_pids[0] is None, "the idle worker ends")
    assert (await desk.processor.process(photo())).kind == "image"
    pid = desk.processor.worker_pids[0]
    await desk.processor.close()
    assert desk.processor.worker_pids == (None, None)
    if pid is not None:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_worker_that_cannot_start_is_told_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk(tmp_path)
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no decoder here' >&2\nexit 1\n")
    broken.chmod(0o755)
    try:
        monkeypatch.setattr("sys.executable", str(broken))
        with pytest.raises(Unavailable, match="no decoder here") as failed:
            await desk.processor.process(photo())
        assert "decoder" not in failed.value.message
        monkeypatch.undo()
        assert (await desk.processor.process(photo())).kind == "image"
    finally:
        await desk.processor.close()


_SERVER = """
import asyncio, sys
from pathlib import Path
from lapwing.adapters.media.memory_media_files import MemoryMediaFiles
from lapwing.adapters.media.processor import ProcessMediaProcessor

async def main():
    processor = ProcessMediaProcessor(Path(sys.argv[1]), MemoryMediaFiles())
    asyncio.ensure_future(processor.process(sys.argv[2]))
    while None in processor.worker_pids[1:]:
        await asyncio.sleep(0.005)
    print(processor.worker_pids[1], flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_no_worker_outlives_a_killed_server(tmp_path: Path) -> None:
    upload = tmp_path / "long.mp4"
    video(upload, **SILENT, size=(640, 360), frames=400, rate=25)
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _SERVER, str(tmp_path / "work"), str(upload)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdout is not None
    worker = int(await server.stdout.readline())
    await until(lambda: any(tmp_path.glob("work/*/made/original.mp4")), "the work begins")
    decoding = [pid for pid in processes() if parent_of(pid) == worker]
    assert decoding
    server.kill()
    await server.wait()
    await until(lambda: not {worker, *decoding} & set(processes()), "worker and decoder end")


@pytest.mark.skipif(sys.platform != "linux", reason="name spaces are Linux's")
async def test_the_worker_has_no_network(desk: Desk) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare, of util-linux")
    allowed = await asyncio.create_subprocess_exec("unshare", "--user", "--net", "true")
    if await allowed.wait() != 0:
        pytest.skip("this system gives ordinary users no name spaces")
    await desk.processor.process(photo())
    worker = desk.processor.worker_pids[0]
    connections = await asyncio.to_thread(Path(f"/proc/{worker}/net/dev").read_text)
    assert [line.split(":")[0].strip() for line in connections.splitlines()[2:]] == ["lo"]


def processes() -> list[int]:
    """That run; what has ended and was not waited for by its parent yet does not."""
    found = (int(entry) for entry in os.listdir("/proc") if entry.isdigit())
    return [pid for pid in found if status_of(pid).get("State", "Z")[0] not in "ZX"]


def parent_of(pid: int) -> int:
    return int(status_of(pid).get("PPid", "0"))


def status_of(pid: int) -> dict[str, str]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


async def test_the_server_itself_never_loads_a_decoder() -> None:
    script = (
        "import sys, lapwing.adapters.media.processor\n"
        "assert not {'PIL', 'av', 'numpy'} & set(sys.modules), sorted(sys.modules)"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    assert await process.wait() == 0
