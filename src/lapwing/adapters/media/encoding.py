"""Video and sound encoded again, frame by frame."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, Literal, TypeAlias

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.video.frame import VideoFrame

from lapwing.adapters.media.messages import Job
from lapwing.adapters.media.reading import refuse_duration
from lapwing.adapters.media.video_files import (
    VideoTrack,
    decoded,
    find_sound,
    find_video,
    open_source,
    open_target,
)
from lapwing.microblog.media.geometry import fit_area, make_even
from lapwing.microblog.media.limits import VIDEO_PIXELS

_TIME_BASE: Final = Fraction(1, 90_000)
_USUAL_RATE: Final = Fraction(25)
_TOLERANCE: Final = Fraction(4, 5)
"""Times in whole milliseconds jitter."""
_MONO_BIT_RATE: Final = 96_000
_STEREO_BIT_RATE: Final = 160_000
_SoundCodec: TypeAlias = Literal["aac", "libmp3lame"]
_SAMPLE_RATES: Final = (48_000, 44_100, 32_000)
_TURNS: Final = {90: "cclock", -90: "clock", 270: "clock", -270: "cclock"}
"""Degrees against the clock, as the frame must be turned, and the filter's word for them."""


def encode_video(job: Job, path: str, first: VideoFrame) -> None:
    """As MP4, upright, with square pixels; `first` is a frame of it."""
    with open_source(job) as source, open_target(path, "mp4") as target:
        video, sound = find_video(source), find_sound(source)
        assert video is not None  # noqa: S101 - the caller has seen its first frame
        most_rate = job.limits.video_frame_rate
        rate = min(video.average_rate or _USUAL_RATE, Fraction(most_rate))
        pictures = _Pictures(target, first, rate, most_rate)
        voice = None if sound is None else _Sound(target, sound, "aac")
        streams = [stream for stream in (video, sound) if stream is not None]
        for frame in decoded(source, streams):
            refuse_duration(frame.time or 0, job.limits.video_duration_s)
            if isinstance(frame, VideoFrame):
                pictures.add(frame)
            elif voice is not None:
                voice.add(frame)
        pictures.finish()
        if voice is not None:
            voice.finish()


def encode_sound(job: Job, path: str) -> None:
    """As MP3."""
    options = {"id3v2_version": "0"}
    with open_source(job) as source, open_target(path, "mp3", **options) as target:
        sound = find_sound(source)
        assert sound is not None  # noqa: S101 - the caller has seen it
        voice = _Sound(target, sound, "libmp3lame")
        for frame in decoded(source, [sound]):
            refuse_duration(frame.time or 0, job.limits.audio_duration_s)
            if isinstance(frame, AudioFrame):
                voice.add(frame)
        voice.finish()


class _Pictures:
    """Frames of any size on their way into the target: turned, scaled, never too many."""

    def __init__(
        self, target: OutputContainer, first: VideoFrame, rate: Fraction, most_rate: int
    ) -> None:
        width, height = _shown_size(first)
        self._size = make_even(*fit_area(width, height, VIDEO_PIXELS))
        self._track = VideoTrack(target, self._size, rate, _TIME_BASE)
        self._usual = int(1 / (_TIME_BASE * rate))
        self._shortest = int(_TOLERANCE / (_TIME_BASE * most_rate))
        self._last: int | None = None
        self._graph: Graph | None = None
        self._form: tuple[int, int, str, int] | None = None

    def add(self, frame: VideoFrame) -> None:
        at = (self._last or 0) + self._usual
        if frame.time is not None:
            at = round(frame.time / _TIME_BASE)
        if self._last is not None and at < self._last + self._shortest:
            return
        self._last = at
        duration = round(frame.duration * (frame.time_base or 0) / _TIME_BASE)
        self._track.add(self._shown(frame), at, duration or self._usual)

    def finish(self) -> None:
        self._track.finish()

    def _shown(self, frame: VideoFrame) -> VideoFrame:
        """By a chain of filters that fits frames of this form; a stream may change it midway."""
        form = (frame.width, frame.height, frame.format.name, frame.rotation)
        if self._graph is None or form != self._form:
            self._graph, self._form = _chain(frame, self._size), form
        self._graph.vpush(frame)
        return self._graph.vpull()


def _shown_size(frame: VideoFrame) -> tuple[int, int]:
    return (frame.height, frame.width) if frame.rotation % 180 else (frame.width, frame.height)


def _chain(frame: VideoFrame, size: tuple[int, int]) -> Graph:
    graph = Graph()
    graph.threads = 1
    nodes = [
        graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=_TIME_BASE
        )
    ]
    if frame.rotation in _TURNS:
        nodes.append(graph.add("transpose", _TURNS[frame.rotation]))
    elif frame.rotation % 360:
        nodes += [graph.add("hflip"), graph.add("vflip")]
    nodes += [
        graph.add("scale", f"{size[0]}:{size[1]}"),
        graph.add("setsar", "1"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    return graph


class _Sound:
    """Samples of any form on their way into the target: mono or stereo at a usual rate."""

    def __init__(self, target: OutputContainer, source: AudioStream, codec: _SoundCodec) -> None:
        context = source.codec_context
        rate = context.sample_rate if context.sample_rate in _SAMPLE_RATES else _SAMPLE_RATES[0]
        layout = "mono" if context.channels == 1 else "stereo"
        self._target = target
        self._stream = target.add_stream(codec, rate=rate)
        self._stream.codec_context.layout = layout
        self._stream.codec_context.bit_rate = (
            _MONO_BIT_RATE if layout == "mono" else _STEREO_BIT_RATE
        )
        self._resampler = AudioResampler(self._stream.codec_context.format, layout, rate)

    def add(self, frame: AudioFrame) -> None:
        for resampled in self._resampler.resample(frame):
            self._target.mux(self._stream.encode(resampled))

    def finish(self) -> None:
        for resampled in self._resampler.resample(None):
            self._target.mux(self._stream.encode(resampled))
        self._target.mux(self._stream.encode(None))
