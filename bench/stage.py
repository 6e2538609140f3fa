"""How well the stage follows whoever speaks, beside Jitsi's and LiveKit's ways; and what it costs.

`python -m bench stage`, with LAPWING_BENCH_MEETINGS naming a folder of annotated meetings as
`lapwing evaluate stage` takes it (else only the cost is measured). Levels are noisy, of one seed.
The cost is processor time for 11 speakers, of whom two at a time speak.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from lapwing.cli.evaluate_stage import STAGE, evaluate, pickers
from lapwing.spaces.evaluation.levels import find_speech_levels, read_speech_levels
from lapwing.spaces.evaluation.meetings import read_meetings
from lapwing.spaces.stage import Stage, stage_picker

SEED: Final = 5
"""None that weights were fitted on."""
SPEAKERS, FRAMES = 11, 20_000
COST_LIMIT_US: Final = 50
GOALS: Final[dict[tuple[str, str], float]] = {
    (STAGE, "right_share"): 96.0,
    (STAGE, "delay_median_ms"): 300.0,
    (STAGE, "delay_p90_ms"): 800.0,
    (STAGE, "false_per_min"): 0.8,
    (STAGE, "short_stays_per_min"): 0.0,
}
COLUMNS: Final = {
    "right_share": ("right on stage", "%", "higher"),
    "delay_median_ms": ("delay, median", "ms", "lower"),
    "delay_p90_ms": ("delay, p90", "ms", "lower"),
    "missed_share": ("changes missed", "%", "lower"),
    "false_per_min": ("false switches", "a minute", "lower"),
    "short_stays_per_min": ("stays under 1.5 s", "a minute", "lower"),
}


def measure() -> list[dict[str, Any]]:
    return [*_meetings(os.environ.get("LAPWING_BENCH_MEETINGS", "")), *_cost()]


def _meetings(named: str) -> Iterator[dict[str, Any]]:
    folder = Path(named)
    file = find_speech_levels(folder) if named else None
    if file is None:
        print("stage: LAPWING_BENCH_MEETINGS names no meetings with speech_levels.txt beside them.")
        return
    speech = read_speech_levels(file)
    found = evaluate(read_meetings(folder), list(pickers()), speech, noisy=True, seed=SEED)
    for name, scores in found.items():
        for column, (told, unit, better) in COLUMNS.items():
            value = getattr(scores, column)
            if value is not None:
                row = {"name": f"{name}: {told}", "unit": unit, "better": better}
                value = 100 * value if unit == "%" else value
                yield row | {"value": value, "limit": GOALS.get((name, column))}


def _cost() -> Iterator[dict[str, Any]]:
    random = np.random.default_rng(SEED)
    levels = np.full((FRAMES, SPEAKERS), 66)
    for first in range(0, FRAMES, 100):
        for speaker in random.choice(SPEAKERS, 2, replace=False):
            levels[first : first + 80, speaker] = random.integers(18, 40, 80)
    heard = levels.tolist()
    pick = stage_picker(SPEAKERS)
    began = time.process_time()
    for each in heard:
        pick(each)
    yield _row("picking, a tick of 11 speakers", began)
    stage = Stage()
    for speaker in range(SPEAKERS):
        stage.join(str(speaker))
    began = time.process_time()
    for frame, each in enumerate(heard):
        for speaker, level in enumerate(each):
            stage.hear(str(speaker), level, frame * 20)
        stage.advance(frame * 20)
    yield _row("stage and ring of a room, a tick of 11 speakers", began)


def _row(name: str, began: float) -> dict[str, Any]:
    each_us = 1e6 * (time.process_time() - began) / FRAMES
    row = {"name": name, "value": each_us, "unit": "µs", "better": "lower"}
    return row | {"limit": COST_LIMIT_US}
