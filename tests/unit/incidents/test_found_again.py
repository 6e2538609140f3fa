"""What an incident keeps when its service's history is examined again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from lapwing.outages.detection.concentration import Concentration
from lapwing.outages.incidents.found_again import with_what_is_known
from lapwing.outages.incidents.model import Change, Incident, State

START = datetime(2024, 1, 1, 10, tzinfo=UTC)
SPREAD = Concentration(
    known_reports=40,
    largest_network=0.1,
    largest_network_usual=0.1,
    largest_block=0.02,
    effective_networks=9.0,
    effective_networks_usual=9.5,
    strangers=0.0,
    strangers_usual=0.0,
)
HELD_FOR = msgspec.structs.replace(
    SPREAD, strangers=0.9, out_of_line=("strangers",), suspicious=True
)


def change(minute: int, act: str, state: State, by: str = "lapwing") -> Change:
    return Change(START + timedelta(minutes=minute), by, act, state)


KNOWN = Incident(
    "x-1",
    "x",
    State.SUSPECTED,
    START,
    START,
    concentration=HELD_FOR,
    changes=(change(0, "declared", State.SUSPECTED),),
)
FOUND = Incident(
    "x-1",
    "x",
    State.ONGOING,
    START,
    START,
    confirmed_at=START + timedelta(minutes=3),
    changes=(
        change(0, "declared", State.SUSPECTED),
        change(3, "confirmed", State.CONFIRMED),
        change(15, "lasted", State.ONGOING),
        change(20, "receded", State.RECOVERING),
        change(25, "relapsed", State.ONGOING),
    ),
)


def test_counts_alone_confirm_nothing_that_is_held_for_its_reports() -> None:
    merged = with_what_is_known(FOUND, KNOWN)
    assert (merged.state, merged.confirmed_at) == (State.SUSPECTED, None)
    assert merged.concentration == HELD_FOR
    assert [(one.act, one.state) for one in merged.changes] == [
        ("declared", State.SUSPECTED),
        ("receded", State.RECOVERING),
        ("relapsed", State.SUSPECTED),
    ]


@pytest.mark.parametrize("state", [State.RESOLVED, State.RECOVERING])
def test_one_that_ended_held_stays_unconfirmed(state: State) -> None:
    found = msgspec.structs.replace(FOUND, state=state)
    merged = with_what_is_known(found, msgspec.structs.replace(KNOWN, state=state))
    assert (merged.state, merged.confirmed_at) == (state, None)


def test_what_its_reports_bear_out_is_confirmed() -> None:
    found = msgspec.structs.replace(FOUND, concentration=SPREAD)
    merged = with_what_is_known(found, KNOWN)
    assert (merged.state, merged.confirmed_at) == (State.ONGOING, FOUND.confirmed_at)
    assert merged.concentration == SPREAD


def test_what_was_not_held_is_confirmed_by_its_counts() -> None:
    known = msgspec.structs.replace(KNOWN, concentration=SPREAD)
    assert with_what_is_known(FOUND, known).state is State.ONGOING


def test_an_operators_confirmation_stands() -> None:
    act = change(5, "confirm", State.CONFIRMED, by="ada")
    known = msgspec.structs.replace(
        KNOWN, state=State.CONFIRMED, confirmed_at=act.at, changes=(*KNOWN.changes, act)
    )
    merged = with_what_is_known(FOUND, known)
    assert merged.state is State.ONGOING
    assert act in merged.changes
