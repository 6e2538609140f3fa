"""Audio levels for annotated meetings, as browsers would have sent them.

Speech takes runs of recorded levels with a gain per speaker; laughter and coughs are loud bursts at
4-5 Hz; every speaker has a noise floor. The noisy variant adds typing, bumps of chairs, louder
rooms, and echoes of the others. The order of random draws is part of the measure: the same seed is
the same meeting.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lapwing.kernel.refusals import Refusal
from lapwing.spaces.evaluation.meetings import FRAMES_PER_S, IntArray, Meeting

FloatArray = NDArray[np.float64]

SPEECH_FILE: Final = "speech_levels.txt"
SILENCE: Final = 127.0
_LEAST_LEVELS: Final = 100
_NAME_WORTH: Final = 7919
_TYPING_S, _BUMPS_S = 120, 90
_MADE_SEED, _MADE_SYLLABLES, _PAUSES = 1, 2000, 0.2
_NOISY_ROOM, _ECHO = 0.3, 0.35


def find_speech_levels(folder: Path) -> Path | None:
    """The recorded levels, beside the meetings or in a folder around them."""
    for place in (folder, *folder.resolve().parents[:2]):
        if (place / SPEECH_FILE).is_file():
            return place / SPEECH_FILE
    return None


def read_speech_levels(file: Path) -> FloatArray:
    """One level per 20 ms of somebody who speaks without a pause. Raises `Refusal`."""
    try:
        levels = np.array(file.read_text().split(), np.float64)
    except (OSError, ValueError) as error:
        message = f"{file} should hold numbers from 0 to 127, one per 20 ms: {error}."
        raise Refusal("wrong_levels", message) from error
    if len(levels) < _LEAST_LEVELS or not ((levels >= 0) & (levels <= SILENCE)).all():
        message = f"{file} should hold {_LEAST_LEVELS} levels or more, from 0 to 127."
        raise Refusal("wrong_levels", message)
    return levels


def made_speech() -> FloatArray:
    """Levels like those of somebody who reads aloud, where no recording is at hand: syllables of
    120 to 260 ms, louder in their middle, and short pauses between words."""
    random = np.random.default_rng(_MADE_SEED)
    pieces = []
    for _ in range(_MADE_SYLLABLES):
        length = int(random.integers(6, 14))
        course = np.linspace(-1, 1, length) ** 2
        pieces.append(random.normal(21, 3) + 15 * course + random.normal(0, 2, length))
        if random.random() < _PAUSES:
            pieces.append(np.full(int(random.integers(1, 9)), 65.0))
    return np.concatenate(pieces).clip(10, SILENCE)


def made_levels(meeting: Meeting, speech: FloatArray, *, noisy: bool, seed: int) -> IntArray:
    """(frames, speakers) levels from 0 (loudest) to 127."""
    random = np.random.default_rng(sum(map(ord, meeting.name)) * _NAME_WORTH + seed)
    count, frames = meeting.speakers, meeting.frames
    gain = random.normal(0, 4, count).clip(-8, 8)
    floor = random.uniform(58, 76, count)
    levels = np.empty((count, frames))
    for speaker in range(count):
        drift = 2 * np.sin(np.arange(frames) / FRAMES_PER_S / 20 + speaker)
        noise = floor[speaker] + random.normal(0, 1.2, frames) + drift
        signal = _speech(meeting, speaker, speech, gain[speaker], random)
        _add_vocal_sounds(signal, meeting, speaker, gain[speaker], random)
        if noisy:
            _add_typing(signal, random)
            _add_bumps(signal, random)
            if random.random() < _NOISY_ROOM:
                noise = noise - random.uniform(8, 16)
        levels[speaker] = _sum(noise, signal)
    if noisy and count > 1:
        _add_echoes(levels, random)
    return np.ascontiguousarray(np.clip(np.round(levels), 0, SILENCE).astype(int).T)


def _speech(
    meeting: Meeting, speaker: int, speech: FloatArray, gain: float, random: np.random.Generator
) -> FloatArray:
    signal = np.full(meeting.frames, SILENCE)
    for start_s, end_s in meeting.words[speaker]:
        first = int(start_s * FRAMES_PER_S)
        last = min(meeting.frames, max(first + 1, int(end_s * FRAMES_PER_S)))
        at = random.integers(0, len(speech) - 1)
        run = np.take(speech, np.arange(at, at + last - first), mode="wrap")
        signal[first:last] = run - gain + random.normal(0, 2)
    return signal


def _add_vocal_sounds(
    signal: FloatArray, meeting: Meeting, speaker: int, gain: float, random: np.random.Generator
) -> None:
    edges = np.flatnonzero(np.diff(meeting.vocal[speaker].astype(int), prepend=0, append=0))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        length = last - first
        beat = np.sign(np.sin(np.arange(length) * 2 * np.pi * 4.5 / FRAMES_PER_S))
        loudness = 30 - gain + random.normal(0, 6)
        signal[first:last] = loudness + 8 * beat + random.normal(0, 3, length)


def _add_typing(signal: FloatArray, random: np.random.Generator) -> None:
    frames = len(signal)
    for _ in range(random.poisson(frames / FRAMES_PER_S / _TYPING_S)):
        frame = int(random.integers(0, frames - 50))
        stop = min(frames - 3, frame + int(random.uniform(4, 15) * FRAMES_PER_S))
        while frame < stop:
            click = random.uniform(36, 52)
            signal[frame] = min(signal[frame], click)
            signal[frame + 1] = min(signal[frame + 1], click + random.uniform(3, 12))
            frame += int(FRAMES_PER_S / random.uniform(3, 7)) + 1


def _add_bumps(signal: FloatArray, random: np.random.Generator) -> None:
    frames = len(signal)
    for _ in range(random.poisson(frames / FRAMES_PER_S / _BUMPS_S)):
        frame, length = int(random.integers(0, frames - 50)), int(random.integers(8, 26))
        bump = random.uniform(16, 36) + random.normal(0, 4, length)
        signal[frame : frame + length] = np.minimum(signal[frame : frame + length], bump)


def _add_echoes(levels: FloatArray, random: np.random.Generator) -> None:
    """Some hear the others from their loudspeaker, 120 to 220 ms later and 20 to 30 dB down."""
    dry, frames = levels.copy(), levels.shape[1]
    for speaker in range(len(levels)):
        if random.random() < _ECHO:
            delay, loss = random.integers(6, 12), random.uniform(20, 30)
            others = np.delete(dry, speaker, 0).min(0)
            echo = np.concatenate([np.full(delay, SILENCE), others[:-delay]]) + loss
            gate = np.repeat(random.random(frames // 25 + 1) < 0.5, 25)[:frames]
            levels[speaker] = _sum(dry[speaker], np.where(gate, echo, SILENCE))


def _sum(one: FloatArray, other: FloatArray) -> FloatArray:
    """Two sounds together; levels are -dBov."""
    together: FloatArray = -10 * np.log10(10 ** (-one / 10) + 10 ** (-other / 10))
    return together
