"""Moving pictures (GIF, WebP, PNG) become silent video: a tenth of the bytes, and every client can
stop it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import av
from PIL import Image

from lapwing.adapters.media.messages import Done, Job, MadeFile
from lapwing.adapters.media.pictures import make_picture, open_picture, save_png_preview
from lapwing.adapters.media.reading import blurhash_of, on_white, path_in, refuse_duration
from lapwing.adapters.media.video_files import VideoTrack, measure, open_target
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.media.geometry import fit_area, make_even
from lapwing.microblog.media.limits import VIDEO_PIXELS
from lapwing.microblog.media.meta import recording_meta
from lapwing.microblog.model import MediaKind

_SHORTEST_MS: Final = 20
_INSTEAD_MS: Final = 100
"""What browsers show a frame for that wants to be shorter than the shortest."""
_MILLISECOND: Final = Fraction(1, 1000)
_USUAL_RATE: Final = Fraction(20)


def make_animation(job: Job) -> Done:
    with open_picture(job, job.limits.image_pixels) as opened:
        if not getattr(opened, "is_animated", False):
            return make_picture(job)
    with open_picture(job, job.limits.video_pixels) as opened:
        original = MadeFile("original.mp4")
        first = on_white(opened.convert("RGBA"))
        _encode(job, opened, path_in(job, original.name))
    preview, small = save_png_preview(first, job)
    return Done(
        kind=MediaKind.GIFV,
        original=original,
        preview=preview,
        meta=recording_meta(measure(path_in(job, original.name)), small.size),
        blurhash=blurhash_of(small),
    )


def _encode(job: Job, opened: Image.Image, path: str) -> None:
    size = make_even(*fit_area(opened.width, opened.height, VIDEO_PIXELS))
    elapsed_ms = 0
    with open_target(path, "mp4") as target:
        track = VideoTrack(target, size, _USUAL_RATE, _MILLISECOND)
        for picture, duration_ms in _frames(opened, job.limits.animation_frames):
            frame = av.VideoFrame.from_image(picture.resize(size))  # type: ignore[no-untyped-call]
            track.add(frame, elapsed_ms, duration_ms)
            elapsed_ms += duration_ms
            refuse_duration(elapsed_ms / 1000, job.limits.video_duration_s)
        track.finish()


def _frames(opened: Image.Image, most: int) -> Iterator[tuple[Image.Image, int]]:
    """RGB pictures and the milliseconds that each is shown."""
    for number in range(most + 1):
        try:
            opened.seek(number)
        except EOFError:
            return
        if number == most:
            raise Refusal(
                "media_too_many_frames",
                f"The moving picture has more than {most} frames, which is the most. Shorten it, "
                "or send it as a video.",
                field="file",
            )
        picture = on_white(opened.convert("RGBA"))
        duration_ms = int(opened.info.get("duration") or 0)
        yield picture, duration_ms if duration_ms >= _SHORTEST_MS else _INSTEAD_MS
