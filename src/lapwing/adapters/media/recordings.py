"""Video and sound: what every client plays already is copied stream by stream into a new file,
the rest is encoded again, as H.264 with AAC in MP4, or as MP3 where there is no picture."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from av.video.frame import VideoFrame
from PIL import Image

from lapwing.adapters.media.encoding import encode_sound, encode_video
from lapwing.adapters.media.messages import Done, Job, MadeFile
from lapwing.adapters.media.pictures import save_png_preview
from lapwing.adapters.media.reading import (
    UNREADABLE,
    blurhash_of,
    path_in,
    refuse_duration,
    refuse_pixels,
)
from lapwing.adapters.media.video_files import (
    declared_duration_s,
    decoded,
    find_sound,
    find_video,
    measure,
    open_source,
    open_target,
)
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.media.meta import recording_meta
from lapwing.microblog.model import MediaKind

_ENOUGH: Final = 0.8
"""Of the declared duration; a file that ends before was cut off."""
_PLAYED_EVERYWHERE: Final = ("yuv420p", "yuvj420p")


@dataclass(frozen=True, slots=True)
class _Source:
    """What is known of an upload once it was opened."""

    has_video: bool
    first: VideoFrame | None
    declared_s: float | None
    copies: bool
    """Whether its streams can stay as they are."""


def make_recording(job: Job) -> Done:
    source = _examine(job)
    if not source.has_video:
        return _make_sound(job, source)
    if source.first is None:
        raise Refusal(*UNREADABLE, field="file")
    original = MadeFile("original.mp4")
    path = path_in(job, original.name)
    if source.copies:
        _copy(job, path, "mp4")
    else:
        encode_video(job, path, source.first)
    preview, small = save_png_preview(_upright(source.first), job)
    measures = measure(path)
    _refuse_cut_off(source, measures.duration_s)
    return Done(
        kind=MediaKind.VIDEO,
        original=original,
        preview=preview,
        meta=recording_meta(measures, small.size),
        blurhash=blurhash_of(small),
    )


def _make_sound(job: Job, source: _Source) -> Done:
    original = MadeFile("original.mp3")
    path = path_in(job, original.name)
    if source.copies:
        _copy(job, path, "mp3")
    else:
        encode_sound(job, path)
    measures = measure(path)
    _refuse_cut_off(source, measures.duration_s)
    return Done(
        kind=MediaKind.AUDIO,
        original=original,
        preview=None,
        meta=recording_meta(measures, None),
        blurhash=None,
    )


def _examine(job: Job) -> _Source:
    """Opens the upload, refuses what its head tells is too much, and decodes one frame."""
    with open_source(job) as source:
        video, sound = find_video(source), find_sound(source)
        if video is None and sound is None:
            raise Refusal(*UNREADABLE, field="file")
        declared_s = declared_duration_s(source)
        if job.file_type.reader in ("mp3", "aac"):  # guessed from the bit rate
            declared_s = None
        most_s = job.limits.audio_duration_s if video is None else job.limits.video_duration_s
        refuse_duration(declared_s or 0, most_s)
        sound_codec = None if sound is None else sound.codec_context.name
        if video is None:
            copies = job.file_type.reader == "mp3" and str(sound_codec).startswith("mp3")
            return _Source(False, None, declared_s, copies)
        refuse_pixels(
            video.codec_context.width, video.codec_context.height, job.limits.video_pixels
        )
        first = next(
            (frame for frame in decoded(source, [video]) if isinstance(frame, VideoFrame)), None
        )
        copies = (
            job.file_type.reader == "mov"
            and video.codec_context.name == "h264"
            and video.codec_context.pix_fmt in _PLAYED_EVERYWHERE
            and sound_codec in (None, "aac")
            and (video.average_rate or Fraction(0)) <= job.limits.video_frame_rate
            and declared_s is not None
            and (first is None or first.rotation == 0)
        )
        return _Source(True, first, declared_s, copies)


def _copy(job: Job, path: str, form: str) -> None:
    """The streams without anything that stood beside them."""
    options = {"id3v2_version": "0"} if form == "mp3" else {}
    with open_source(job) as source, open_target(path, form, **options) as target:
        video = find_video(source) if form == "mp4" else None
        streams = [stream for stream in (video, find_sound(source)) if stream is not None]
        most_s = job.limits.audio_duration_s if video is None else job.limits.video_duration_s
        targets = {}
        for stream in streams:
            targets[stream.index] = target.add_stream_from_template(stream)
            targets[stream.index].metadata.clear()
        for packet in source.demux(streams):
            if packet.dts is None:  # the end
                continue
            refuse_duration(float(packet.dts * packet.time_base), most_s)
            packet.stream = targets[packet.stream.index]
            target.mux(packet)


def _upright(frame: VideoFrame) -> Image.Image:
    picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    return picture.rotate(frame.rotation, expand=True)


def _refuse_cut_off(source: _Source, duration_s: float) -> None:
    if source.declared_s is not None and duration_s < _ENOUGH * source.declared_s:
        raise Refusal(*UNREADABLE, field="file")
