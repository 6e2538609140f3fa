"""Whatever people do, in whatever order: the stage shows who is there, and nobody themselves."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.spaces.stage import Stage

NAMES = ("anna", "ben", "cleo")
ACTS = ("join", "leave", "mute", "unmute", "share_screen", "stop_sharing", "pin", "speak")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(NAMES)), max_size=25))
def test_who_is_shown_is_there_and_never_oneself(acts: list[tuple[str, str]]) -> None:
    stage, here, sharing, now_ms = Stage(), set[str](), list[str](), 0
    told = None
    for act, name in acts:
        if act == "speak":
            for _ in range(20):
                now_ms += 20
                stage.hear(name, 25, now_ms)
                told = ([move.speaker for move in stage.advance(now_ms)] or [told])[-1]
        else:
            getattr(stage, act)(name)
        here = here | {name} if act == "join" else here - {name} if act == "leave" else here
        sharing = [other for other in sharing if other in here and (act, name) != ("leave", other)]
        if name in here and act in ("share_screen", "stop_sharing"):
            sharing = [other for other in sharing if other != name]
            sharing += [name] if act == "share_screen" else []
        now_ms += 20
        told = ([move.speaker for move in stage.advance(now_ms)] or [told])[-1]
        shown = stage.scene.seen_by(None)
        assert {picture.speaker for picture in stage.scene.stage} == here
        assert (shown is None) == (not here)
        assert shown is None or shown.speaker == told
        for viewer in here:
            seen = stage.scene.seen_by(viewer)
            assert (seen is None) == (here == {viewer})
            assert seen is None or seen.speaker != viewer
        if sharing:
            assert shown is not None
            assert (shown.speaker, shown.screen) == (sharing[-1], True)
