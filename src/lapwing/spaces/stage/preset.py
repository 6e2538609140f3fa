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
        -12.808, 1.811, -0.320, 3.461, 6.930, 4.546, -0.112, -0.448, 1.083, -11.383,
        -3.810, 0.085, 0.323, -1.896, 0.001,
    ),
    stay_frames=76,
    gap_frames=3.486,
    now_rate=0.5891,
    lately_rate=0.5035,
    usual_rate=0.01381,
)

SNAPPY: Final = Preset(
    weights=(
        -12.166, 0.158, -3.909, 11.642, 10.100, 2.157, 0.678, 0.157, -0.665, -20.057,
        -9.263, 0.873, -0.325, -6.550, 2.177,
    ),
    stay_frames=16,
    gap_frames=4.430,
    now_rate=0.6283,
    lately_rate=0.3575,
    usual_rate=0.00804,
)
# fmt: on

PRESETS: Final = {"calm": CALM, "snappy": SNAPPY}
"""By the name that settings use."""
