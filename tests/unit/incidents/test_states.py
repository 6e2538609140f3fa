"""Which incidents a filter by state means."""

from __future__ import annotations

from typing import get_args

from lapwing.outages.incidents.model import OPEN_STATES, State, StateFilter, is_in


def test_every_state_can_be_asked_for_and_open_means_all_that_last() -> None:
    assert set(get_args(StateFilter)) == {"open", *State}
    for state in State:
        assert is_in(state, None)
        assert is_in(state, "open") == (state in OPEN_STATES)
        assert [one for one in State if is_in(one, state.value)] == [state]
