"""How well a picker keeps the right person on stage: sums per meeting, and their summary.

Right is the share of speech time with an accepted speaker on stage. Delay runs from a change of
floor that lasts half a second until its holder is on stage, or it is missed. A switch is false if
who got the stage has no turn within a second either way; a stay is short under 1.5 s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from lapwing.spaces.evaluation.meetings import FRAMES_PER_S, IntArray, Meeting

Pick = Callable[[Sequence[int]], int]
Factory = Callable[[int], Pick]
"""By the number of speakers: takes one level per speaker each 20 ms, says who is on stage or -1."""

SHORT_STAY_FRAMES: Final = 1.5 * FRAMES_PER_S
COUNTED_FLOOR_FRAMES: Final = 0.5 * FRAMES_PER_S


@dataclass(frozen=True)
class MeetingScore:
    """Sums that can be added over meetings."""

    right_frames: int
    speech_frames: int
    false_switches: int
    short_stays: int
    delays_ms: tuple[float, ...]
    missed: int
    minutes: float


@dataclass(frozen=True)
class StageScore:
    right_share: float
    delay_median_ms: float | None
    delay_p90_ms: float | None
    missed_share: float
    false_per_min: float
    short_stays_per_min: float


def run(factory: Factory, levels: IntArray) -> IntArray:
    """(frames,) who a picker has on stage, from (frames, speakers) levels."""
    pick = factory(levels.shape[1])
    return np.fromiter((pick(heard) for heard in levels.tolist()), int, len(levels))


def score(meeting: Meeting, stage: IntArray) -> MeetingScore:
    speech = meeting.floor >= 0
    shown = np.flatnonzero(stage >= 0)
    right = np.zeros(meeting.frames, bool)
    right[shown] = meeting.accepted[stage[shown], shown]
    switches = (np.flatnonzero(np.diff(stage)) + 1).tolist()
    false = short = 0
    for number, frame in enumerate(switches):
        if stage[frame] < 0:
            continue
        near = slice(max(0, frame - FRAMES_PER_S), frame + FRAMES_PER_S)
        false += not meeting.turn[stage[frame], near].any()
        following = switches[number + 1] if number + 1 < len(switches) else None
        short += following is not None and following - frame < SHORT_STAY_FRAMES
    delays_ms, missed = [], 0
    for holder, first, last in floor_changes(meeting.floor):
        on = np.flatnonzero(stage[first:last] == holder)
        if len(on):
            delays_ms.append(float(on[0]) * 1000 / FRAMES_PER_S)
        else:
            missed += 1
    minutes = meeting.frames / FRAMES_PER_S / 60
    return MeetingScore(
        int((right & speech).sum()), int(speech.sum()), false, short, tuple(delays_ms), missed,
        minutes,
    )  # fmt: skip


def floor_changes(floor: IntArray) -> Iterator[tuple[int, int, int]]:
    """(holder, first frame, frame after the last) where the floor goes to somebody else for half a
    second at least, but for whoever has it in the first frame. Frames without a floor end a
    stretch, and the same holder after them is no change."""
    edges = [0, *(np.flatnonzero(np.diff(floor)) + 1).tolist(), len(floor)]
    previous = -1
    for first, last in pairwise(edges):
        holder = int(floor[first])
        if first == 0 or holder < 0 or holder == previous:
            continue
        previous = holder
        if last - first >= COUNTED_FLOOR_FRAMES:
            yield holder, first, last


def summary(scores: Sequence[MeetingScore]) -> StageScore:
    """Over all meetings, weighted by their length."""
    delays_ms = [delay for each in scores for delay in each.delays_ms]
    missed = sum(each.missed for each in scores)
    minutes = sum(each.minutes for each in scores)
    speech = sum(each.speech_frames for each in scores)
    return StageScore(
        right_share=sum(each.right_frames for each in scores) / max(1, speech),
        delay_median_ms=float(np.median(delays_ms)) if delays_ms else None,
        delay_p90_ms=float(np.quantile(delays_ms, 0.9)) if delays_ms else None,
        missed_share=missed / max(1, len(delays_ms) + missed),
        false_per_min=sum(each.false_switches for each in scores) / minutes,
        short_stays_per_min=sum(each.short_stays for each in scores) / minutes,
    )
