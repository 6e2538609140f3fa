"""A carrier that renumbers, for as long as its service needs to be known."""

from tests.unit.detection.test_new_server import renumbered


def test_a_carrier_that_renumbers_for_days_alarms_nobody() -> None:
    assert list(renumbered(6).records.incidents) == []
