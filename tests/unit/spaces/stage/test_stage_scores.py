"""The score on a meeting small enough to work out by hand, and its files.

Anna speaks from 1 to 4 s, Ben from 5 to 8 s with a word of Anna's at 6 s, and Cleo says a word at
10 s. A frame is 20 ms; a meeting goes on for a second after its end.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lapwing.cli.main import app
from lapwing.kernel.refusals import Refusal
from lapwing.spaces.evaluation.levels import find_speech_levels, made_levels, read_speech_levels
from lapwing.spaces.evaluation.meetings import IntArray, Meeting, read_meeting, read_meetings
from lapwing.spaces.evaluation.stage_scores import run, score, summary
from lapwing.spaces.stage import ring_picker, stage_picker

WORDS = "anna 1 3\nben 5 3\nanna 6 0.3\ncleo 10 0.4"
ANNA, BEN, CLEO = 0, 1, 2
VOICE = (28, 25, 22, 24, 30, 36, 29, 23, 20, 24, 31, 38, 27, 21, 25, 33)


def write(folder: Path, words: str = WORDS, end_s: float = 12) -> Path:
    lines = [line.split() for line in words.splitlines()]
    rttm = "".join(f"SPEAKER m 1 {at} {s} <NA> <NA> {who} <NA> <NA>\n" for who, at, s in lines)
    for name in ("only_words", "word_and_vocalsounds", "uem"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "only_words" / "m.rttm").write_text(rttm)
    laughter = "SPEAKER m 1 11 0.5 <NA> <NA> cleo <NA> <NA>\n"
    (folder / "word_and_vocalsounds" / "m.rttm").write_text(rttm + laughter)
    (folder / "uem" / "m.uem").write_text(f"m 1 0.0 {end_s}\n")
    (folder / "speech_levels.txt").write_text("\n".join(map(str, VOICE * 20)))
    return folder


@pytest.fixture
def meeting(tmp_path: Path) -> Meeting:
    return read_meeting(write(tmp_path), "m")


def shown(*pieces: tuple[int, float]) -> IntArray:
    """(speaker, from second) as frames of the 13 s."""
    stage = np.full(650, -1)
    for speaker, from_s in pieces:
        stage[round(from_s * 50) :] = speaker
    return stage


def test_turns_floor_and_who_is_accepted(meeting: Meeting) -> None:
    assert meeting.frames == 650
    assert [int(turn.sum()) for turn in meeting.turn] == [150, 150, 0]
    assert set(meeting.floor[50:200]) == {ANNA}
    assert set(meeting.floor[250:400]) == {BEN}
    assert set(meeting.floor[400:]) == {-1}


def test_all_right(meeting: Meeting) -> None:
    found = summary([score(meeting, shown((ANNA, 0.5), (BEN, 5)))])
    assert (found.right_share, found.delay_median_ms, found.missed_share) == (1, 0, 0)
    assert (found.false_per_min, found.short_stays_per_min) == (0, 0)


def test_late_is_told_in_ms_and_costs_the_share(meeting: Meeting) -> None:
    found = score(meeting, shown((ANNA, 1.4), (BEN, 5.2)))
    assert found.delays_ms == (400.0, 200.0)
    assert found.right_frames == 300 - 20 - 10


def test_who_never_comes_is_missed(meeting: Meeting) -> None:
    assert score(meeting, shown((ANNA, 1))).missed == 1


def test_a_word_on_stage_is_false_and_its_stay_short(meeting: Meeting) -> None:
    found = score(meeting, shown((ANNA, 1), (BEN, 5), (CLEO, 10.2), (BEN, 11)))
    assert found.false_switches == 2
    assert found.short_stays == 1


def test_two_with_a_turn_are_both_accepted_after_a_second(tmp_path: Path) -> None:
    meeting = read_meeting(write(tmp_path, "anna 1 6\nben 3 3"), "m")
    assert set(meeting.floor[50:350]) == {ANNA}
    assert int(meeting.accepted[BEN].sum()) == 100
    assert score(meeting, shown((ANNA, 1), (BEN, 4), (ANNA, 6))).right_frames == 300


def test_nobody_on_stage_scores_nothing(meeting: Meeting) -> None:
    found = summary([score(meeting, shown())])
    assert (found.right_share, found.delay_median_ms, found.missed_share) == (0, None, 1)


def test_levels_are_those_of_the_seed(meeting: Meeting) -> None:
    speech = np.array(VOICE * 20, float)
    one, same, other = (made_levels(meeting, speech, noisy=True, seed=n) for n in (1, 1, 2))
    assert one.shape == (650, 3)
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert np.median(one[60:190, ANNA]) < 45 < np.median(one[450:490, ANNA])


def test_our_pickers_follow_a_clean_meeting(meeting: Meeting) -> None:
    levels = made_levels(meeting, np.array(VOICE * 20, float), noisy=False, seed=1)
    for factory in (stage_picker, ring_picker):
        found = score(meeting, run(factory, levels))
        assert found.missed == 0
        assert found.right_frames > 0.8 * found.speech_frames


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("only_words/m.rttm", "SPEAKER m 1 2\n", "line 1: RTTM has 8 fields"),
        ("only_words/m.rttm", "SPEAKER m 1 x 2 <NA> <NA> anna\n", "“x” is no time"),
        ("only_words/m.rttm", "SPEAKER m 1 nan 2 <NA> <NA> anna\n", "“nan” is no time"),
        ("uem/m.uem", "", "is empty"),
        ("uem/m.uem", "m 1\n", "UEM has 4 fields"),
    ],
)
def test_what_is_wrong_in_a_file_is_told(tmp_path: Path, file: str, text: str, told: str) -> None:
    write(tmp_path)
    (tmp_path / file).write_text(text)
    with pytest.raises(Refusal, match=told):
        read_meetings(tmp_path)


def test_missing_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"has no \.rttm file"):
        read_meetings(tmp_path)
    write(tmp_path)
    (tmp_path / "uem" / "m.uem").unlink()
    with pytest.raises(Refusal, match="cannot be read"):
        read_meetings(tmp_path)


def test_speech_levels_are_found_around_the_meetings(tmp_path: Path) -> None:
    folder = write(tmp_path / "corpus" / "dev")
    (folder / "speech_levels.txt").rename(tmp_path / "corpus" / "speech_levels.txt")
    file = find_speech_levels(folder)
    assert file is not None
    assert len(read_speech_levels(file)) == 320
    file.write_text("12 200 7")
    with pytest.raises(Refusal, match="from 0 to 127"):
        read_speech_levels(file)


def test_the_command_tells_stage_and_ring(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["evaluate", "stage", str(write(tmp_path)), "--json"])
    found = json.loads(told.stdout)
    assert list(found) == ["stage", "ring"]
    for each in found.values():
        assert list(each) == [
            "right_share",
            "delay_median_ms",
            "delay_p90_ms",
            "missed_share",
            "false_per_min",
            "short_stays_per_min",
        ]
