"""Others' ways do what their descriptions say, on levels made by hand."""

from __future__ import annotations

import pytest
from bench.stage_rivals import RIVALS, LiveKit, VolfinCohen

VOICE = (28, 25, 22, 24, 30, 33, 29, 23, 20, 24, 31, 32, 27, 21, 25, 33)


def spoken(ms: int, *speaking: int) -> list[list[int]]:
    return [
        [VOICE[frame % len(VOICE)] if seat in speaking else 66 for seat in range(3)]
        for frame in range(ms // 20)
    ]


@pytest.mark.parametrize("name", list(RIVALS))
def test_each_follows_who_speaks_alone(name: str) -> None:
    pick = RIVALS[name](3)
    for seat in (0, 2, 1):
        shown = [pick(levels) for levels in spoken(4000, seat)]
        assert shown[-1] == seat
    assert {pick(levels) for levels in spoken(4000)} == {1}


def test_jitsi_decides_no_more_often_than_told() -> None:
    pick = VolfinCohen(3, every_ms=300)
    shown = [pick(levels) for levels in spoken(2000, 0) + spoken(2000, 2)]
    changes = [n for n in range(1, len(shown)) if shown[n] != shown[n - 1]]
    assert changes
    assert all((n + 1) % 15 == 0 for n in changes)


def test_livekit_wants_two_fifths_of_an_interval() -> None:
    pick = LiveKit(2)
    for active, expected in ((7, -1), (8, 1)):
        levels = [[66, 20]] * active + [[66, 66]] * (20 - active)
        assert [pick(each) for each in levels][-1] == expected
