"""`lapwing evaluate stage`: how well the stage follows whoever speaks, on annotated meetings."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from lapwing.spaces.evaluation.levels import (
    SPEECH_FILE,
    FloatArray,
    find_speech_levels,
    made_levels,
    made_speech,
    read_speech_levels,
)
from lapwing.spaces.evaluation.meetings import WORDS, Meeting, read_meetings
from lapwing.spaces.evaluation.stage_scores import (
    Factory,
    MeetingScore,
    StageScore,
    run,
    score,
    summary,
)
from lapwing.spaces.stage import ring_picker, stage_picker

STAGE, RING = "stage", "ring"
_OURS: Final[Mapping[str, Factory]] = {STAGE: stage_picker, RING: ring_picker}
_RIVALS_FILE: Final = Path(__file__).resolve().parents[3] / "bench" / "stage_rivals.py"
_RIVALS_MODULE: Final = "bench.stage_rivals"

FOLDER: Final = typer.Argument(
    help=f"With {WORDS}/, word_and_vocalsounds/ (.rttm) and uem/ (.uem).", exists=True
)
JSON: Final = typer.Option(
    False, "--json", help="Machine-readable, on standard output: the stage and the ring."
)
SEED: Final = typer.Option(0, "--seed", min=0, help="The same seed is the same levels.")
CLEAN: Final = typer.Option(False, "--clean", help="Without typing, bumps and echoes.")
SPEECH: Final = typer.Option(
    None, "--speech-levels",
    help=f"Recorded levels of speech, one per 20 ms. Default: {SPEECH_FILE} in the folder or "
    "in one of the two around it, else speech is made up.",
)  # fmt: skip


def run_stage(
    folder: Path = FOLDER,
    as_json: bool = JSON,
    seed: int = SEED,
    clean: bool = CLEAN,
    speech_levels: Path | None = SPEECH,
) -> None:
    """Who would have been on stage in real meetings, how soon, and how often wrongly."""
    speech = _speech(folder, speech_levels)
    names = list(_OURS if as_json else pickers())
    found = evaluate(read_meetings(folder), names, speech, noisy=not clean, seed=seed)
    if as_json:
        print(json.dumps({name: asdict(each) for name, each in found.items()}, indent=1))
        return
    Console().print(_table(found))


def evaluate(
    meetings: list[Meeting], names: Sequence[str], speech: FloatArray, *, noisy: bool, seed: int
) -> dict[str, StageScore]:
    """The score of each picker over all meetings, which are shared out over the processors."""
    score_one = partial(_score_meeting, names=names, speech=speech, noisy=noisy, seed=seed)
    scores: dict[str, list[MeetingScore]] = {name: [] for name in names}
    bar = Progress(console=Console(stderr=True), transient=True)
    with bar, ExitStack() as stack:
        found: Iterable[dict[str, MeetingScore]] = map(score_one, meetings)
        if len(meetings) > 1:
            pool = ProcessPoolExecutor(mp_context=get_context("spawn"))
            found = stack.enter_context(pool).map(score_one, meetings)
        for each in bar.track(found, len(meetings), description="Meetings"):
            for name in names:
                scores[name].append(each[name])
    return {name: summary(each) for name, each in scores.items()}


def pickers() -> dict[str, Factory]:
    """Ours, and others' where they are at hand, by name."""
    return {**_OURS, **_rivals()}


def _score_meeting(
    meeting: Meeting, *, names: Sequence[str], speech: FloatArray, noisy: bool, seed: int
) -> dict[str, MeetingScore]:
    known = pickers()
    levels = made_levels(meeting, speech, noisy=noisy, seed=seed)
    return {name: score(meeting, run(known[name], levels)) for name in names}


def _speech(folder: Path, named: Path | None) -> FloatArray:
    file = named or find_speech_levels(folder)
    if file is None:
        print(f"No {SPEECH_FILE} in or around {folder}: speech is made up.", file=sys.stderr)
        return made_speech()
    return read_speech_levels(file)


def _rivals() -> dict[str, Factory]:
    """Others' algorithms, which come with a checkout but not with the installed package."""
    if not _RIVALS_FILE.is_file():
        return {}
    if _RIVALS_MODULE in sys.modules:
        module = sys.modules[_RIVALS_MODULE]
        return dict(module.RIVALS)
    spec = importlib.util.spec_from_file_location(_RIVALS_MODULE, _RIVALS_FILE)
    if spec is None or spec.loader is None:
        return {}
    module = importlib.util.module_from_spec(spec)
    sys.modules[_RIVALS_MODULE] = module
    spec.loader.exec_module(module)
    return dict(module.RIVALS)


def _table(found: Mapping[str, StageScore]) -> Table:
    table = Table(
        "picker", "right on stage", "delay median, ms", "delay p90, ms", "missed",
        "false a minute", "stays under 1.5 s a minute",
    )  # fmt: skip
    for name, each in found.items():
        table.add_row(
            name,
            f"{each.right_share:.1%}",
            _delay(each.delay_median_ms),
            _delay(each.delay_p90_ms),
            f"{each.missed_share:.1%}",
            f"{each.false_per_min:.2f}",
            f"{each.short_stays_per_min:.2f}",
        )
    return table


def _delay(delay_ms: float | None) -> str:
    return "–" if delay_ms is None else f"{delay_ms:.0f}"
