"""The measures of an attachment, in the form that Mastodon's `MediaAttachment.meta` has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from lapwing.microblog.media.geometry import Focus

Meta: TypeAlias = dict[str, Any]
Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True, slots=True)
class SoundMeasures:
    codec: str
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class VideoMeasures:
    width: int
    height: int
    frame_rate: tuple[int, int]
    """Frames per second, as a fraction."""


@dataclass(frozen=True, slots=True)
class RecordingMeasures:
    """Of a video (`video` is there) or of sound alone."""

    duration_s: float
    bit_rate: int
    video: VideoMeasures | None
    sound: SoundMeasures | None


def image_meta(original: Size, preview: Size) -> Meta:
    return {"original": _size(original), "small": _size(preview)}


def recording_meta(measures: RecordingMeasures, preview: Size | None) -> Meta:
    original: Meta = {"duration": measures.duration_s, "bitrate": measures.bit_rate}
    meta: Meta = {
        "length": _length(measures.duration_s),
        "duration": round(measures.duration_s, 2),
    }
    if measures.video is not None:
        video = measures.video
        over, under = video.frame_rate
        meta["fps"] = round(over / under)
        meta |= _size((video.width, video.height))
        original = {
            "width": video.width,
            "height": video.height,
            "frame_rate": f"{over}/{under}",
            **original,
        }
    if measures.sound is not None:
        meta["audio_encode"] = measures.sound.codec
        meta["audio_bitrate"] = f"{measures.sound.sample_rate} Hz"
        meta["audio_channels"] = _CHANNELS.get(
            measures.sound.channels, f"{measures.sound.channels} channels"
        )
    meta["original"] = original
    if preview is not None:
        meta["small"] = _size(preview)
    return meta


def with_focus(meta: Meta, focus: Focus | None) -> Meta:
    """`meta` with this focal point in place of the one it had; None: with none."""
    rest = {name: value for name, value in meta.items() if name != "focus"}
    return rest if focus is None else {**rest, "focus": {"x": focus.x, "y": focus.y}}


_CHANNELS = {1: "mono", 2: "stereo"}


def _size(size: Size) -> Meta:
    width, height = size
    return {
        "width": width,
        "height": height,
        "size": f"{width}x{height}",
        "aspect": width / height,
    }


def _length(duration_s: float) -> str:
    """`1:02:03.45`"""
    hundredths = round(duration_s * 100)
    minutes, rest = divmod(hundredths, 6000)
    return f"{minutes // 60}:{minutes % 60:02}:{rest // 100:02}.{rest % 100:02}"
