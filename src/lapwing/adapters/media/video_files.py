"""Opening video and sound files with FFmpeg, so that they reach nothing but themselves."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, TypeVar

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from lapwing.adapters.media.messages import Job
from lapwing.adapters.media.reading import UNREADABLE
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.media.meta import RecordingMeasures, SoundMeasures, VideoMeasures

_VIDEO_DECODERS: Final = frozenset(
    ("h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4", "mjpeg", "prores", "theora")
)
_SOUND_DECODERS: Final = frozenset(
    (
        *("aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "flac", "alac"),
        *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_u8", "pcm_f32le"),
    )
)
_MICROSECONDS: Final = 1_000_000
_MOST_DAMAGED: Final = 25
_FIRST_BYTES: Final = 8 * 1024 * 1024
"""How far into a file its streams are looked for."""

_Stream = TypeVar("_Stream", VideoStream, AudioStream)

av.logging.set_level(None)


def open_source(job: Job) -> InputContainer:
    """The upload, by the demuxer of its own type alone (a playlist would name other files)."""
    most_pixels = str(job.limits.video_pixels)
    options = {
        "protocol_whitelist": "file",
        "codec_whitelist": ",".join(sorted(_VIDEO_DECODERS | _SOUND_DECODERS)),
        "probesize": str(_FIRST_BYTES),
        "max_pixels": most_pixels,
        "max_streams": "16",
    }
    return av.open(
        f"file:{job.upload}",
        format=job.file_type.reader,
        options=options,
        metadata_errors="replace",
    )


def find_video(source: InputContainer) -> VideoStream | None:
    """The first that is one: cover pictures in sound files are passed over."""
    for stream in source.streams.video:
        if stream.disposition & av.stream.Disposition.attached_pic:
            continue
        return _checked(stream, _VIDEO_DECODERS)
    return None


def find_sound(source: InputContainer) -> AudioStream | None:
    for stream in source.streams.audio:
        return _checked(stream, _SOUND_DECODERS)
    return None


def decoded(
    source: InputContainer, streams: list[VideoStream | AudioStream]
) -> Iterator[VideoFrame | AudioFrame]:
    """Frames of these streams as they come; a few packets may be damaged, as those are with which
    a recording begins in the middle of a call."""
    damaged = 0
    for packet in source.demux(streams):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            damaged += 1
            if damaged > _MOST_DAMAGED:
                raise
            continue
        yield from (frame for frame in frames if isinstance(frame, VideoFrame | AudioFrame))


def open_target(path: str, form: str, **options: str) -> OutputContainer:
    """A file to write, that says nothing of who wrote it, when or with what."""
    flags = {"fflags": "+bitexact"}
    if form == "mp4":
        flags["movflags"] = "+faststart"
    return av.open(f"file:{path}", "w", format=form, container_options=flags | options)


class VideoTrack:
    """Frames on their way into a target, as H.264 that every client plays."""

    def __init__(
        self,
        target: OutputContainer,
        size: tuple[int, int],
        frame_rate: Fraction,
        time_base: Fraction,
    ) -> None:
        """`frame_rate` is about right; frames bring their own times, in `time_base`."""
        options = {"preset": "veryfast", "crf": "23", "maxrate": "4M", "bufsize": "8M"}
        self._target = target
        self._time_base = time_base
        self._stream = target.add_stream("libx264", rate=frame_rate, options=options)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = time_base
        self._stream.codec_context.thread_count = 1
        self._durations: dict[int, int] = {}

    def add(self, frame: VideoFrame, at: int, duration: int) -> None:
        """Times only grow."""
        frame.pts, frame.time_base = at, self._time_base
        self._durations[at] = duration
        self._write(self._stream.encode(frame))

    def finish(self) -> None:
        self._write(self._stream.encode(None))

    def _write(self, packets: list[Packet[VideoStream]]) -> None:
        for packet in packets:
            if packet.pts is not None:  # the encoder forgets how long a frame is shown
                packet.duration = self._durations.pop(packet.pts)
            self._target.mux(packet)


def measure(path: str) -> RecordingMeasures:
    """Of a file that was made here."""
    with av.open(f"file:{path}") as made:
        video = sound = None
        if made.streams.video:
            stream = made.streams.video[0]
            rate = stream.average_rate or Fraction(1)
            video = VideoMeasures(
                stream.codec_context.width,
                stream.codec_context.height,
                (rate.numerator, rate.denominator),
            )
        if made.streams.audio:
            context = made.streams.audio[0].codec_context
            codec = "mp3" if context.name.startswith("mp3") else context.name
            sound = SoundMeasures(codec, context.sample_rate, context.channels)
        return RecordingMeasures(
            (made.duration or 0) / _MICROSECONDS, made.bit_rate or 0, video, sound
        )


def declared_duration_s(source: InputContainer) -> float | None:
    """What the file says of itself; what a browser has recorded says nothing."""
    duration: int | None = source.duration
    return None if duration is None or duration <= 0 else duration / _MICROSECONDS


def _checked(stream: _Stream, decoders: frozenset[str]) -> _Stream:
    context: CodecContext | None = stream.codec_context  # None: FFmpeg knows no decoder
    if context is None or context.name not in decoders:
        raise Refusal(*UNREADABLE, field="file")
    stream.codec_context.thread_count = 1
    return stream
