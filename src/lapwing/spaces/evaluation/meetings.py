"""Annotated meetings: who spoke when, and who may rightly be on stage.

A folder holds `only_words/*.rttm` (speech), `word_and_vocalsounds/*.rttm` (speech, laughter,
coughs) and `uem/*.uem` (how long each meeting is), as of the AMI corpus. Utterances are merged over
gaps of 0.6 s; a turn lasts 1.5 s, or 0.7 s when mostly nobody else speaks. The floor stays with its
holder until the turn ends. Accepted on stage are the floor's holder and whoever has had a turn for
a second. Masks are by speaker and frame of 20 ms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.refusals import Refusal

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
Segments = list[tuple[float, float]]

FRAMES_PER_S: Final = 50
WORDS, SOUNDS, LENGTHS = "only_words", "word_and_vocalsounds", "uem"
MERGED_GAP_S: Final = 0.6
TURN_S: Final = 1.5
ALONE_TURN_S: Final = 0.7
ALONE_OVERLAP: Final = 0.3
_AFTER_END_FRAMES: Final = 50
_RTTM_FIELDS, _UEM_FIELDS = 8, 4


@dataclass(frozen=True)
class Meeting:
    """One meeting's annotations and the truth drawn from them."""

    name: str
    frames: int
    words: tuple[Segments, ...]
    """By speaker, in seconds."""
    vocal: BoolArray
    """(speakers, frames) laughter, coughs and the like."""
    turn: BoolArray
    accepted: BoolArray
    floor: IntArray
    """(frames,) the speaker whose turn it is, or -1."""

    @property
    def speakers(self) -> int:
        return len(self.words)


def read_meetings(folder: Path) -> list[Meeting]:
    """All meetings of a folder, by name. Raises `Refusal` for what is missing or unreadable."""
    files = sorted((folder / WORDS).glob("*.rttm"))
    if not files:
        raise Refusal("no_meetings", f"{folder / WORDS} has no .rttm file; give a folder with one.")
    return [read_meeting(folder, file.stem) for file in files]


def read_meeting(folder: Path, name: str) -> Meeting:
    """Raises `Refusal` where a file is missing or a line is not as it should be."""
    words = _read_segments(folder / WORDS / f"{name}.rttm")
    sounds = _read_segments(folder / SOUNDS / f"{name}.rttm")
    end_s = _read_end(folder / LENGTHS / f"{name}.uem")
    frames = int(end_s * FRAMES_PER_S) + _AFTER_END_FRAMES
    speakers = sorted(set(words) | set(sounds))
    if not speakers:
        raise Refusal("no_speakers", f"{name}.rttm names no speaker.")
    said = tuple(words.get(speaker, []) for speaker in speakers)
    talking = np.array([_mask(segments, frames) for segments in said])
    heard = np.array([_mask(sounds.get(speaker, []), frames) for speaker in speakers])
    return meeting_of(name, frames, said, talking, heard & ~talking)


def meeting_of(
    name: str, frames: int, words: tuple[Segments, ...], talking: BoolArray, vocal: BoolArray
) -> Meeting:
    """A meeting with its truth; `talking` and `vocal` are (speakers, frames)."""
    turn, age = _turns(words, talking)
    floor = _floor(turn, age)
    accepted = turn & (age >= FRAMES_PER_S)
    held = np.flatnonzero(floor >= 0)
    accepted[floor[held], held] = True
    return Meeting(name, frames, words, vocal, turn, accepted, floor)


def _turns(words: tuple[Segments, ...], talking: BoolArray) -> tuple[BoolArray, IntArray]:
    """(speakers, frames): whether each has a turn, and for how many frames."""
    turn = np.zeros(talking.shape, bool)
    age = np.zeros(talking.shape, np.int64)
    for speaker, segments in enumerate(words):
        others = np.delete(talking, speaker, 0)
        for start_s, end_s in _merged(segments):
            first, last = int(start_s * FRAMES_PER_S), int(end_s * FRAMES_PER_S)
            if last <= first:
                continue
            overlapped = others[:, first:last].any(0).mean()
            alone = end_s - start_s >= ALONE_TURN_S and overlapped < ALONE_OVERLAP
            if end_s - start_s >= TURN_S or alone:
                turn[speaker, first:last] = True
                age[speaker, first:last] = np.arange(last - first)[: talking.shape[1] - first]
    return turn, age


def _merged(segments: Segments) -> Segments:
    merged: Segments = []
    for start_s, end_s in sorted(segments):
        if merged and start_s - merged[-1][1] <= MERGED_GAP_S:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_s))
        else:
            merged.append((start_s, end_s))
    return merged


def _floor(turn: BoolArray, age: IntArray) -> IntArray:
    """Whoever has a turn keeps the floor until it ends; then it goes to the longest turn."""
    floor = np.full(turn.shape[1], -1)
    longest = np.where(turn, age, -1).argmax(0)
    holder = -1
    for frame in np.flatnonzero(turn.any(0)).tolist():
        if holder < 0 or not turn[holder, frame]:
            holder = int(longest[frame])
        floor[frame] = holder
    return floor


def _mask(segments: Iterable[tuple[float, float]], frames: int) -> BoolArray:
    mask = np.zeros(frames, bool)
    for start_s, end_s in segments:
        first = int(start_s * FRAMES_PER_S)
        mask[first : max(first + 1, int(end_s * FRAMES_PER_S))] = True
    return mask


def _read_segments(file: Path) -> dict[str, Segments]:
    """By speaker. A line: SPEAKER meeting channel start duration <NA> <NA> speaker ..."""
    segments: dict[str, Segments] = {}
    for number, fields in _lines(file):
        if len(fields) < _RTTM_FIELDS:
            raise Refusal("wrong_rttm", f"{file}, line {number}: RTTM has 8 fields or more.")
        start_s, length_s = (_number(fields[at], file, number) for at in (3, 4))
        segments.setdefault(fields[7], []).append((start_s, start_s + length_s))
    return segments


def _read_end(file: Path) -> float:
    for number, fields in _lines(file):
        if len(fields) < _UEM_FIELDS:
            raise Refusal("wrong_uem", f"{file}, line {number}: UEM has 4 fields.")
        return _number(fields[3], file, number)
    raise Refusal("wrong_uem", f"{file} is empty; it should say how long the meeting is.")


def _lines(file: Path) -> list[tuple[int, list[str]]]:
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("unreadable", f"{file} cannot be read: {error}.") from error
    return [(n, line.split()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]


def _number(text: str, file: Path, line: int) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not 0 <= number < 1e6:
        raise Refusal("wrong_number", f"{file}, line {line}: “{text}” is no time in seconds.")
    return number
