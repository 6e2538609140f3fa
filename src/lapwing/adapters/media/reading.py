"""What the makers share: refusals in their words, and names for the files that they make."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PIL import Image

from lapwing.adapters.media.messages import Job
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.media.blurhash import encode_blurhash
from lapwing.microblog.media.geometry import fit_area

UNREADABLE: Final = (
    "media_unreadable",
    "The file cannot be read: it is damaged, cut off, or not what it seems. Try saving it anew.",
)
TOO_DEMANDING: Final = (
    "media_too_demanding",
    "Making the file ready would take too much memory or time. Reduce it, then try again.",
)
_BLURHASH_PIXELS: Final = 32 * 32


def refuse_pixels(width: int, height: int, most: int) -> None:
    """Refuses (`media_too_many_pixels`) a larger area than `most`, and none at all."""
    if width < 1 or height < 1:
        raise Refusal(*UNREADABLE, field="file")
    if width * height > most:
        raise Refusal(
            "media_too_many_pixels",
            f"The picture has {width} × {height} pixels; at most {most / 1e6:.1f} million in all "
            "can be shown. Reduce it, then try again.",
            field="file",
        )


def refuse_duration(duration_s: float, most_s: int) -> None:
    if duration_s > most_s:
        raise Refusal(
            "media_too_long",
            f"It lasts longer than {most_s // 60} minutes, which is the most. Cut it, then try "
            "again.",
            field="file",
        )


def path_in(job: Job, name: str) -> str:
    return str(Path(job.folder) / name)


def reduced(picture: Image.Image, pixels: int) -> Image.Image:
    """The picture, or a smaller one with at most `pixels` of area."""
    size = fit_area(picture.width, picture.height, pixels)
    if size == picture.size:
        return picture
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def on_white(picture: Image.Image) -> Image.Image:
    """RGB; what is transparent becomes white."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def blurhash_of(picture: Image.Image) -> str:
    small = on_white(picture.resize(fit_area(*picture.size, _BLURHASH_PIXELS)))
    return encode_blurhash(small.tobytes(), *small.size)
