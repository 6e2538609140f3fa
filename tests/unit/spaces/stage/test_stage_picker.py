"""The pickers in the form in which they are evaluated."""

from __future__ import annotations

import numpy as np
import pytest

from lapwing.spaces.stage import CALM, PRESETS, SNAPPY, ring_picker, stage_picker
from lapwing.spaces.stage.picker import NOBODY, Picker
from lapwing.spaces.stage.preset import ARGUMENTS
from lapwing.spaces.stage.voice import FIGURES, Voices
from lapwing.spaces.stage.voice_weights import HIDDEN, HIDDEN_BIAS, OUTPUT

VOICE = (28, 25, 22, 24, 30, 36, 29, 23, 20, 24, 31, 38, 27, 21, 25, 33)


def spoken(ms: int, *levels: int, seats: int = 3) -> list[list[int]]:
    """Levels by frame: each seat in `levels` speaks, the others are quiet."""
    return [
        [VOICE[frame % len(VOICE)] if seat in levels else 66 for seat in range(seats)]
        for frame in range(ms // 20)
    ]


def test_nobody_is_on_stage_before_anybody_spoke() -> None:
    pick = stage_picker(3)
    assert {pick(levels) for levels in spoken(5000)} == {NOBODY}


@pytest.mark.parametrize("factory", [stage_picker, ring_picker])
def test_each_who_speaks_gets_the_stage(factory: type) -> None:
    pick = factory(3)
    for seat in (2, 0, 1):
        shown = [pick(levels) for levels in spoken(3000, seat)]
        assert shown[-1] == seat


def test_a_single_speaker_needs_no_others() -> None:
    pick = stage_picker(1)
    assert [pick(levels) for levels in spoken(1000, 0, seats=1)][-1] == 0


def test_the_order_of_seats_does_not_matter() -> None:
    one, other = stage_picker(3), stage_picker(3)
    for seat in (0, 2, 1, 0):
        for levels in spoken(1700, seat):
            shown, mirrored = one(levels), other(levels[::-1])
            assert shown == (NOBODY if mirrored == NOBODY else 2 - mirrored)


def test_empty_seats_change_nothing() -> None:
    few, many = stage_picker(3), stage_picker(9)
    for seat in (0, 2, 1, 0):
        for levels in spoken(1700, seat):
            assert few(levels) == many(levels + [127] * 6)


def test_an_echo_of_the_speaker_is_no_speech() -> None:
    pick = stage_picker(2)
    said = [VOICE[n % len(VOICE)] for n in range(300)]
    echo = [127] * 8 + [level + 24 for level in said]
    shown = [pick([level, heard]) for level, heard in zip(said, echo, strict=False)]
    assert set(shown[25:]) == {0}


def test_arguments_add_up_to_the_score() -> None:
    voices, picker = Voices(2), Picker(2, CALM)
    picker.offer(1)
    for n, levels in enumerate(spoken(3000, 0, seats=2)):
        voices.hear(levels)
        if n % 2:
            picker.hear(voices.speech())
        if picker.holder == 0:
            break
    assert picker.because is not None
    assert tuple(picker.because.arguments) == ARGUMENTS
    assert sum(picker.because.arguments.values()) > 0
    assert 0 < picker.because.turn_frames < 75


def test_a_cleared_seat_is_as_new() -> None:
    voices = Voices(2)
    fresh = voices.figures().copy()
    for levels in spoken(2000, 0, seats=2):
        voices.hear(levels)
    assert voices.speech()[0] > 0.9
    voices.clear(0)
    voices.clear(1)
    np.testing.assert_array_equal(voices.figures(), fresh)


def test_presets_fit_their_arguments() -> None:
    assert PRESETS == {"calm": CALM, "snappy": SNAPPY}
    for preset in PRESETS.values():
        assert len(preset.weights) == len(ARGUMENTS)
    assert HIDDEN.shape == (len(OUTPUT), len(FIGURES))
    assert HIDDEN_BIAS.shape == (len(OUTPUT), 1)
