"""Pictures, videos and sounds as people upload them, good and bad, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from fractions import Fraction
from math import pi, sin
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageCms

GPS_TEXT = b"48.137"


def painting(width: int = 120, height: int = 80) -> Image.Image:
    """Left red, right blue; above light, below dark."""
    left, right = width // 2, width - width // 2
    lights = (255 - 155 * y // height for y in range(height))
    rows = (bytes((light, 30, 30)) * left + bytes((30, 30, light)) * right for light in lights)
    return Image.frombytes("RGB", (width, height), b"".join(rows))


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:
    content = io.BytesIO()
    picture.save(content, form, **options)
    return content.getvalue()


def photo(orientation: int = 1, size: tuple[int, int] = (120, 80)) -> bytes:
    """A JPEG as phones make them: with its place, its owner and a comment."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x013B] = "OWNER-NAME"
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 13.2)
    exif.get_ifd(0x8825)[29] = GPS_TEXT.decode()
    return encoded(
        painting(*size),
        "JPEG",
        exif=exif,
        comment=b"OWNER-COMMENT",
        xmp=b"<x:xmpmeta>OWNER-XMP</x:xmpmeta>",
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    )


def animation(form: str = "GIF", frames: int = 6, duration_ms: int = 100) -> bytes:
    first = painting(81, 61)
    rest = [first.rotate(10 * number) for number in range(1, frames)]
    return encoded(first, form, save_all=True, append_images=rest, duration=duration_ms, loop=0)


def png_header(width: int, height: int, pixels: bytes = b"") -> bytes:
    """A PNG that claims this size; `pixels` are its compressed image data."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def endless_gif(frames: int, size: tuple[int, int] = (1, 1)) -> bytes:
    """The same frame again and again, a tenth of a second each."""
    whole = encoded(Image.new("P", size), "GIF")
    palette_bytes = 3 << (whole[10] & 7) + 1 if whole[10] & 0x80 else 0
    head, frame = whole[: 13 + palette_bytes], whole[13 + palette_bytes : -1]
    timing = b"\x21\xf9\x04\x00\x0a\x00\x00\x00"
    return b"GIF89a" + head[6:] + (timing + frame) * frames + b"\x3b"


def video(
    path: Path,
    *,
    video_codec: str | None = "libx264",
    sound_codec: str | None = "aac",
    size: tuple[int, int] = (64, 48),
    rate: int = 10,
    frames: int = 10,
    turned: int = 0,
    metadata: dict[str, str] | None = None,
) -> bytes:
    """A second of picture and tone, by the form that `path` ends in."""
    with av.open(str(path), "w") as target:
        target.metadata.update(metadata or {})
        streams = []
        if video_codec is not None:
            quick = {"deadline": "realtime", "cpu-used": "8"} if "vpx" in video_codec else {}
            stream = target.add_stream(video_codec, rate=rate, options=quick)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            if turned:
                stream.set_display_rotation(turned)
            streams.append((stream, _pictures(size, frames, rate)))
        if sound_codec is not None:
            sound = target.add_stream(sound_codec, rate=48_000)
            sound.codec_context.layout = "mono"
            streams.append((sound, _tone(frames / rate)))
        for stream, content in streams:
            for frame in content:
                target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
    return path.read_bytes()


def _pictures(size: tuple[int, int], frames: int, rate: int) -> Iterable[av.VideoFrame]:
    picture = painting(*size)
    for number in range(frames):
        frame = av.VideoFrame.from_image(picture)
        frame.pts, frame.time_base = number, Fraction(1, rate)
        yield frame


def _tone(duration_s: float) -> Iterable[av.AudioFrame]:
    samples = 960
    for number in range(int(duration_s * 48_000 / samples)):
        frame = av.AudioFrame("s16", "mono", samples)
        waves = (
            int(9000 * sin(2 * pi * 440 * (number * samples + k) / 48_000)) for k in range(samples)
        )
        frame.planes[0].update(struct.pack(f"<{samples}h", *waves))
        frame.sample_rate, frame.pts = 48_000, number * samples
        frame.time_base = Fraction(1, 48_000)
        yield frame
