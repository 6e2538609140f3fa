"""How quick and how calm: the two sets of weights, fitted on annotated meetings.

CALM is for the stage, where a wrong picture annoys; SNAPPY for the ring around whoever talks,
where being late does. `docs/stage.md` says how they were fitted and how they score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ARGUMENTS: Final = (
    "none yet",
    "has begun to speak",
    "length of the turn",
    "speaks at this moment",
    "has spoken just before",
    "holder speaks at this moment",
    "holder has spoken just before",
    "somebody else speaks as well",
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


# fmt: off
CALM: Final = Preset(
    weights=(
        -11.832, 0.458, 4.908, 6.111, 4.740, -12.786, -3.202, -2.230,
    ),
    stay_frames=76,
    gap_frames=3.262,
    now_rate=0.9425,
    lately_rate=0.3461,
)

SNAPPY: Final = Preset(
    weights=(
        -14.342, -0.125, 5.557, 12.512, 2.787, -17.807, -10.810, -9.449,
    ),
    stay_frames=16,
    gap_frames=7.550,
    now_rate=0.5614,
    lately_rate=0.5216,
)
# fmt: on

PRESETS: Final = {"calm": CALM, "snappy": SNAPPY}
"""By the name that settings use."""
