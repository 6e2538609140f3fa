"""The form that Mastodon's clients read measures in."""

from __future__ import annotations

from lapwing.microblog.media.geometry import Focus
from lapwing.microblog.media.meta import (
    RecordingMeasures,
    SoundMeasures,
    VideoMeasures,
    image_meta,
    recording_meta,
    with_focus,
)


def test_a_picture() -> None:
    assert image_meta((640, 480), (461, 346)) == {
        "original": {"width": 640, "height": 480, "size": "640x480", "aspect": 640 / 480},
        "small": {"width": 461, "height": 346, "size": "461x346", "aspect": 461 / 346},
    }


def test_a_video() -> None:
    measures = RecordingMeasures(
        88.654, 862056, VideoMeasures(1280, 720, (24000, 1001)), SoundMeasures("aac", 44100, 2)
    )
    assert recording_meta(measures, (400, 225)) == {
        "length": "0:01:28.65",
        "duration": 88.65,
        "fps": 24,
        "width": 1280,
        "height": 720,
        "size": "1280x720",
        "aspect": 1280 / 720,
        "audio_encode": "aac",
        "audio_bitrate": "44100 Hz",
        "audio_channels": "stereo",
        "original": {
            "width": 1280,
            "height": 720,
            "frame_rate": "24000/1001",
            "duration": 88.654,
            "bitrate": 862056,
        },
        "small": {"width": 400, "height": 225, "size": "400x225", "aspect": 400 / 225},
    }


def test_sound() -> None:
    measures = RecordingMeasures(3725.999, 166290, None, SoundMeasures("mp3", 48000, 1))
    assert recording_meta(measures, None) == {
        "length": "1:02:06.00",
        "duration": 3726.0,
        "audio_encode": "mp3",
        "audio_bitrate": "48000 Hz",
        "audio_channels": "mono",
        "original": {"duration": 3725.999, "bitrate": 166290},
    }


def test_a_focal_point_is_put_in_replaced_and_taken_away() -> None:
    meta = image_meta((1, 1), (1, 1))
    first = with_focus(meta, Focus(0.5, -1))
    assert first["focus"] == {"x": 0.5, "y": -1}
    assert with_focus(first, Focus(0, 0))["focus"] == {"x": 0, "y": 0}
    assert with_focus(first, None) == meta
