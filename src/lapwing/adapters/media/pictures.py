"""Still pictures: decoded, turned upright, brought to sRGB, reduced, and written anew with nothing
but their pixels."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Final

from PIL import Image, ImageCms

from lapwing.adapters.media.messages import Done, Job, MadeFile
from lapwing.adapters.media.reading import blurhash_of, path_in, reduced, refuse_pixels
from lapwing.microblog.media.geometry import cover_box, fit_area
from lapwing.microblog.media.limits import MIB, ORIGINAL_PIXELS, PREVIEW_PIXELS
from lapwing.microblog.media.meta import image_meta
from lapwing.microblog.media.processing import Purpose
from lapwing.microblog.model import MediaKind

_ORIENTATION: Final = 0x0112
"""EXIF 2.32, 4.6.4 A."""
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_CROPS: Final = {Purpose.AVATAR: (400, 400), Purpose.HEADER: (1500, 500)}
_WHOLE_MODES: Final = ("L", "RGB", "RGBA", "CMYK")
_OPAQUE: Final = (255, 255)
_LARGE_PNG_BYTES: Final = 4 * MIB


def open_picture(job: Job, pixels: int) -> Image.Image:
    """The upload by the one decoder of its type, not decoded yet; refused where its header tells
    more than `pixels`."""
    Image.MAX_IMAGE_PIXELS = None  # checked here, by our own limit and in our own words
    picture = Image.open(job.upload, formats=[job.file_type.reader])
    refuse_pixels(picture.width, picture.height, pixels)
    return picture


def make_picture(job: Job) -> Done:
    with open_picture(job, job.limits.image_pixels) as opened:
        picture = _pixels_of(opened, _area(job.purpose))
    if job.purpose in _CROPS:
        picture = _cropped(picture, _CROPS[job.purpose])
    extension = _extension(job.file_type.reader, picture)
    original = _save_lightly(picture, job, extension)
    preview = None
    small = picture
    if job.purpose is Purpose.ATTACHMENT:
        preview, small = MadeFile(f"small.{extension}"), reduced(picture, PREVIEW_PIXELS)
        _save(small, path_in(job, preview.name))
    return Done(
        kind=MediaKind.IMAGE,
        original=original,
        preview=preview,
        meta=image_meta(picture.size, small.size),
        blurhash=blurhash_of(small),
    )


def _save_lightly(picture: Image.Image, job: Job, extension: str) -> MadeFile:
    """As `extension`, but no photograph as a PNG, which would be ten times as large."""
    original = MadeFile(f"original.{extension}")
    path = path_in(job, original.name)
    _save(picture, path)
    if extension != "png" or os.path.getsize(path) <= _LARGE_PNG_BYTES:
        return original
    Path(path).unlink()
    return _save_lightly(picture, job, "jpg" if picture.mode == "RGB" else "webp")


def save_png_preview(picture: Image.Image, job: Job) -> tuple[MadeFile, Image.Image]:
    """The preview of what moves: its first picture."""
    preview, small = MadeFile("small.png"), reduced(picture, PREVIEW_PIXELS)
    _save(small, path_in(job, preview.name))
    return preview, small


def _area(purpose: Purpose) -> int:
    small = purpose in (Purpose.PREVIEW, Purpose.CARD)
    return PREVIEW_PIXELS if small else ORIGINAL_PIXELS


def _pixels_of(opened: Image.Image, area: int) -> Image.Image:
    """Upright sRGB pixels, as RGB or (where any is not opaque) RGBA."""
    turn = _TURNS.get(_orientation(opened))
    profile = opened.info.get("icc_profile")
    opened.draft(None, fit_area(opened.width, opened.height, area))  # JPEG decodes smaller at once
    picture = reduced(_whole_mode(opened), area)
    picture = _in_srgb(picture, profile)
    if turn is not None:
        picture = picture.transpose(turn)
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() != _OPAQUE:
        return picture
    return picture.convert("RGB")


def _orientation(opened: Image.Image) -> int:
    try:
        return int(opened.getexif().get(_ORIENTATION, 1))
    except Exception:  # a broken tag does not cost the picture
        return 1


def _whole_mode(opened: Image.Image) -> Image.Image:
    """In a mode that can be resized and has a colour space."""
    if opened.mode in _WHOLE_MODES and "transparency" not in opened.info:
        opened.load()
        return opened
    if opened.mode.startswith(("I", "F")):  # 16 bits, of which `convert` would cut off the upper
        return opened.convert("F").point(lambda value: value / 256).convert("L")
    return opened.convert("RGBA" if opened.has_transparency_data else "RGB")


def _in_srgb(picture: Image.Image, profile: object) -> Image.Image:
    """A camera's or a printer's colours as every screen shows them; a profile that cannot be
    used is passed over, as browsers do."""
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    if isinstance(profile, bytes):
        try:
            changed = ImageCms.profileToProfile(
                picture, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode=mode
            )
        except (ImageCms.PyCMSError, OSError):
            changed = None
        if changed is not None:
            return changed
    return picture.convert(mode)


def _cropped(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture.resize(
        size, Image.Resampling.LANCZOS, cover_box(*picture.size, size), reducing_gap=3.0
    )


def _extension(reader: str, picture: Image.Image) -> str:
    if reader == "WEBP":
        return "webp"
    if reader in ("PNG", "GIF") or picture.mode == "RGBA":
        return "png"
    return "jpg"


def _save(picture: Image.Image, path: str) -> None:
    picture.info = {}  # `save` would write comments, EXIF and profiles that it finds here
    if path.endswith(".jpg"):
        picture.save(path, "JPEG", quality=88, progressive=True, optimize=True)
    elif path.endswith(".webp"):
        picture.save(path, "WEBP", quality=88, method=2)
    else:
        picture.save(path, "PNG", compress_level=6)
