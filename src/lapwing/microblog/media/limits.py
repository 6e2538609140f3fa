"""How large what people attach may be, and how much work it may make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lapwing.kernel.refusals import Refusal

MIB: Final = 1024 * 1024

ORIGINAL_PIXELS: Final = 3840 * 2160
"""Area to which a larger picture is reduced, in pixels."""
PREVIEW_PIXELS: Final = 640 * 360
"""Area of a preview, in pixels."""
VIDEO_PIXELS: Final = 1920 * 1080
"""Area to which a video that must be encoded again is reduced, in pixels."""


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """What is taken from people. The Mastodon edge states these numbers in `/api/v2/instance`."""

    image_bytes: int = 16 * MIB
    """Of a picture's file, moving GIFs included."""
    video_bytes: int = 99 * MIB
    """Of a video's or sound's file."""
    image_pixels: int = 33_177_600
    """Width times height of a picture, as its header tells them."""
    video_pixels: int = 8_294_400
    """Width times height of a video or moving picture."""
    video_frame_rate: int = 120
    """Frames per second."""
    video_duration_s: int = 600
    audio_duration_s: int = 3600
    animation_frames: int = 1500
    """Of a moving picture (GIF, WebP, PNG)."""
    description_characters: int = 1500

    def check_description(self, description: str) -> None:
        """Refuses a description (alt text) that is too long."""
        if len(description) > self.description_characters:
            raise Refusal(
                "description_too_long",
                f"The description has {len(description)} characters; "
                f"{self.description_characters} is the most.",
                field="description",
            )


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """What making one upload ready may cost before it is given up."""

    memory_bytes: int
    """Of address space, the libraries' own included."""
    cpu_s: int
    deadline_s: float
    """By the wall, waiting for a worker not included."""
    file_bytes: int = 256 * MIB
    """Of any file that is written."""


PICTURE_WORK: Final = WorkLimits(memory_bytes=1024 * MIB, cpu_s=30, deadline_s=90)
RECORDING_WORK: Final = WorkLimits(memory_bytes=1536 * MIB, cpu_s=900, deadline_s=1800)
