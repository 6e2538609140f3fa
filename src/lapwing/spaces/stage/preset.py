"""How quick and how calm: the two sets of weights, fitted on annotated meetings.

CALM is for the stage, where a wrong picture annoys; SNAPPY for the ring around whoever talks,
where being late does. `docs/stage.md` says how they were fitted and how they score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ARGUMENTS: Final = (
    "none yet",
    "begins to speak",
    "has begun to speak for long",
    "length of the turn",
    "speaks at this moment",
    "has spoken just before",
    "usually speaks much",
    "silence of the holder",
    "silence of the holder during the turn",
    "holder speaks at this moment",
    "holder has spoken just before",
    "holder usually speaks much",
    "length of the holder's turn",
    "somebody else speaks as well",
    "holder has been on for long",
)
"""What each weight weighs; `picker.Picker.circumstances` says in which units."""


@dataclass(frozen=True)
class Preset:
    """Weights of `ARGUMENTS`, and the times of the running figures (a frame is 20 ms; a rate is
    the share of the new in a running mean each 40 ms)."""

    weights: tuple[float, ...]
    stay_frames: int
    """The least time between two switches."""
    gap_frames: float
    """A silence longer than this ends a turn."""
    now_rate: float
    lately_rate: float
    usual_rate: float


# fmt: off
CALM: Final = Preset(
    weights=(
        -11.549, 2.247, -0.176, 3.280, 7.136, 3.279, -0.349, -0.365, 1.256, -12.233,
        -3.450, 0.157, 1.288, -2.577, -1.107,
    ),
    stay_frames=76,
    gap_frames=5.656,
    now_rate=0.5371,
    lately_rate=0.6521,
    usual_rate=0.01464,
)

SNAPPY: Final = Preset(
    weights=(
        -11.430, 0.112, -2.835, 10.505, 10.744, 2.865, 1.831, 0.491, -0.996, -20.085,
        -9.601, 1.351, -1.307, -3.111, -1.469,
    ),
    stay_frames=16,
    gap_frames=7.069,
    now_rate=1.0000,
    lately_rate=0.2358,
    usual_rate=0.00482,
)
# fmt: on

PRESETS: Final = {"calm": CALM, "snappy": SNAPPY}
"""By the name that settings use."""
