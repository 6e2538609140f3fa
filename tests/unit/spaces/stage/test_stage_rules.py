"""The rules above the picker, with a room whose levels are made by hand: 25 is a clear voice,
66 the noise of a room."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pytest

from lapwing.kernel.refusals import Refusal
from lapwing.spaces.stage import Move, Reason, Shown, Stage

VOICE = (28, 25, 22, 24, 30, 36, 29, 23, 20, 24, 31, 38, 27, 21, 25, 33)
NOISE = 66


class Room:
    """A stage and its clock; `plays` lets some speak for a while, the others send noise."""

    def __init__(self, *speakers: str) -> None:
        self.stage = Stage()
        self.now_ms = 1_000_000
        self.moves: list[Move] = []
        self.here = list(speakers)
        for speaker in speakers:
            self.stage.join(speaker, camera=True)
        self.advance()

    def advance(self) -> None:
        self.moves += self.stage.advance(self.now_ms)

    def plays(self, ms: int, *speaking: str, levels: Mapping[str, int] | None = None) -> None:
        for frame in range(ms // 20):
            self.now_ms += 20
            for speaker in self.here:
                level = VOICE[frame % len(VOICE)] if speaker in speaking else NOISE
                self.stage.hear(speaker, (levels or {}).get(speaker, level), self.now_ms)
            self.advance()

    @property
    def shown(self) -> str | None:
        shown = self.stage.scene.seen_by(None)
        return None if shown is None else shown.speaker


def test_an_empty_room_shows_nobody() -> None:
    room = Room()
    room.plays(200)
    assert room.shown is None
    assert room.moves == []


def test_the_first_is_on_stage_until_somebody_speaks() -> None:
    room = Room("anna", "ben")
    room.plays(1000)
    assert room.shown == "anna"
    room.plays(1000, "ben")
    assert room.shown == "ben"
    assert [(move.speaker, move.reason) for move in room.moves] == [
        ("anna", Reason.FIRST),
        ("ben", Reason.SPEECH),
    ]


def test_the_picture_follows_whoever_speaks_and_stays_when_nobody_does() -> None:
    room = Room("anna", "ben", "cleo")
    for speaker in ("ben", "cleo", "anna"):
        room.plays(3000, speaker)
        assert room.shown == speaker
    room.plays(5000)
    assert room.shown == "anna"


def test_a_key_click_and_a_bump_do_not_take_the_stage() -> None:
    room = Room("anna", "ben")
    room.plays(3000, "anna")
    for _ in range(20):
        room.plays(40, levels={"ben": 40})
        room.plays(160)
    room.plays(120, levels={"ben": 24})
    room.plays(1000)
    assert room.shown == "anna"


def test_low_music_does_not_take_the_stage() -> None:
    room = Room("anna", "ben")
    room.plays(3000, "anna")
    for level in (52, 51, 53, 52) * 50:
        room.plays(20, levels={"ben": level})
    assert room.shown == "anna"


def test_a_word_between_does_not_take_the_stage_from_who_goes_on() -> None:
    room = Room("anna", "ben")
    room.plays(3000, "anna")
    room.plays(300, "anna", "ben")
    room.plays(2000, "anna")
    assert [move.speaker for move in room.moves] == ["anna"]


def test_nobody_stays_for_less_than_a_second_and_a_half() -> None:
    room = Room("anna", "ben", "cleo")
    for n in range(20):
        room.plays(600, ("anna", "ben", "cleo")[n % 3])
    spoken = [move.at_ms for move in room.moves if move.reason is Reason.SPEECH]
    assert len(spoken) > 3
    assert min(b - a for a, b in pairwise(spoken)) >= 1500


def test_nobody_sees_themselves() -> None:
    room = Room("anna", "ben", "cleo")
    room.plays(3000, "ben")
    room.plays(3000, "cleo")
    scene = room.stage.scene
    assert scene.seen_by("anna") == Shown("cleo")
    assert scene.seen_by("cleo") == Shown("ben")
    alone = Room("anna")
    assert alone.stage.scene.seen_by("anna") is None
    assert alone.stage.scene.seen_by("a listener") == Shown("anna")


def test_a_screen_comes_before_a_pin_and_a_pin_before_speech() -> None:
    room = Room("anna", "ben", "cleo")
    room.plays(3000, "cleo")
    room.stage.pin("ben")
    room.advance()
    assert room.shown == "ben"
    room.stage.share_screen("anna")
    room.advance()
    assert room.stage.scene.seen_by("cleo") == Shown("anna", screen=True)
    assert room.stage.scene.seen_by("anna") == Shown("ben")
    room.stage.stop_sharing("anna")
    room.advance()
    assert room.shown == "ben"
    room.stage.unpin()
    room.advance()
    assert room.shown == "cleo"
    assert [move.reason for move in room.moves[2:]] == [
        Reason.PIN,
        Reason.SCREEN,
        Reason.PIN,
        Reason.BACK,
    ]


def test_of_two_screens_the_latest_is_shown() -> None:
    room = Room("anna", "ben")
    room.stage.share_screen("anna")
    room.stage.share_screen("ben")
    room.advance()
    assert room.shown == "ben"
    room.stage.leave("ben")
    room.advance()
    assert room.stage.scene.seen_by("ben") == Shown("anna", screen=True)


def test_speech_is_followed_below_a_screen() -> None:
    room = Room("anna", "ben", "cleo")
    room.stage.share_screen("anna")
    room.plays(3000, "ben")
    assert room.shown == "anna"
    assert room.stage.scene.talking == "ben"
    room.stage.stop_sharing("anna")
    room.advance()
    assert room.shown == "ben"


@pytest.mark.parametrize("gone", ["leave", "mute"])
def test_when_the_holder_goes_who_spoke_last_comes_at_once(gone: str) -> None:
    room = Room("anna", "ben", "cleo")
    room.plays(3000, "ben")
    room.plays(2000, "cleo")
    getattr(room.stage, gone)("cleo")
    room.advance()
    assert room.shown == "ben"
    assert room.moves[-1].reason is Reason.LEFT


def test_a_pin_holds_who_is_muted_and_ends_with_their_leaving() -> None:
    room = Room("anna", "ben")
    room.stage.pin("ben")
    room.stage.mute("ben")
    room.plays(2000, "anna")
    assert room.shown == "ben"
    room.stage.leave("ben")
    room.advance()
    assert room.shown == "anna"


def test_the_only_one_stays_when_muted() -> None:
    room = Room("anna")
    room.plays(2000, "anna")
    room.stage.mute("anna")
    room.plays(1000, "anna")
    assert room.shown == "anna"
    assert room.stage.scene.talking is None


def test_who_is_muted_is_not_heard_until_unmuted() -> None:
    room = Room("anna", "ben")
    room.stage.mute("ben")
    room.plays(3000, "ben")
    assert room.shown == "anna"
    room.stage.unmute("ben")
    room.plays(2000, "ben")
    assert room.shown == "ben"


def test_the_ring_follows_within_the_minimum_stay_and_goes_out() -> None:
    room = Room("anna", "ben")
    room.plays(5000, "anna")
    room.plays(900, "ben")
    room.plays(600, "anna")
    assert (room.stage.scene.talking, room.shown) == ("anna", "ben")
    room.plays(1500)
    assert room.stage.scene.talking is None


def test_a_challenger_is_announced_before_it_has_the_stage() -> None:
    room = Room("anna", "ben")
    room.plays(3000, "anna")
    for _ in range(100):
        room.plays(20, "ben")
        if room.stage.scene.coming == "ben":
            break
    assert (room.stage.scene.coming, room.shown) == ("ben", "anna")
    room.plays(2000, "ben")
    assert (room.stage.scene.coming, room.shown) == (None, "ben")


def test_without_a_camera_there_is_a_card() -> None:
    room = Room("anna")
    room.stage.camera("anna", on=False)
    room.advance()
    assert room.stage.scene.seen_by(None) == Shown("anna", card=True)
    assert len(room.moves) == 1


def test_lost_packets_are_bridged_and_silence_is_not() -> None:
    room = Room("anna", "ben")
    room.plays(3000, "anna")
    for frame in range(100):
        room.now_ms += 20
        if frame % 4 != 3:
            room.stage.hear("ben", VOICE[frame % len(VOICE)], room.now_ms)
        room.advance()
    assert room.shown == "ben"
    room.now_ms += 900
    room.advance()
    assert room.stage.scene.talking is None


def test_a_late_tick_decides_as_if_in_time() -> None:
    punctual, late = Room("anna", "ben"), Room("anna", "ben")
    for frame in range(150):
        for room in (punctual, late):
            room.now_ms += 20
            room.stage.hear("ben", VOICE[frame % len(VOICE)], room.now_ms)
        punctual.advance()
        if frame % 2:
            late.advance()
    assert punctual.shown == late.shown == "ben"


def test_seats_are_free_again_and_full_stages_refuse() -> None:
    stage = Stage(seats=2)
    stage.join("anna")
    stage.join("ben")
    stage.join("ben")
    with pytest.raises(Refusal, match="All 2 seats"):
        stage.join("cleo")
    stage.leave("ben")
    stage.join("cleo")
    stage.leave("nobody")
    stage.advance(40)
    assert [shown.speaker for shown in stage.scene.stage] == ["anna", "cleo"]


def test_strangers_and_wrong_levels_harm_nothing() -> None:
    stage = Stage()
    stage.join("anna")
    for at_ms in range(0, 400, 20):
        stage.hear("stranger", 0, at_ms)
        stage.hear("anna", -7, at_ms)
        stage.hear("anna", 500, at_ms)
        stage.advance(at_ms)
    for act in (stage.share_screen, stage.pin, stage.mute, stage.unmute, stage.stop_sharing):
        act("stranger")
    assert [shown.speaker for shown in stage.scene.stage] == ["anna"]


def test_a_move_tells_why() -> None:
    room = Room("anna", "ben")
    room.plays(3000, "anna")
    room.plays(600)
    room.plays(2000, "ben")
    move = room.moves[-1]
    assert move.reason is Reason.SPEECH
    assert sum(weight for _, weight in move.arguments) > 0
    assert move.told({"ben": "Ben", "anna": "Anna"}).startswith("Ben spoke for 0.")
    assert "Anna had been silent for" in move.told({"ben": "Ben", "anna": "Anna"})
