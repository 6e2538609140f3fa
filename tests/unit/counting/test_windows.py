import numpy as np

from lapwing.outages.counting.windows import WINDOW_MIN, Windows
from lapwing.outages.detection.model import MinuteCounts, MinuteOutcome

OWN = np.array([0, 2])
SERVICE_OF = np.array([0, 0, 1])
START = 28_000_000


def close(windows: Windows, minute: int, counts: dict[int, int]) -> None:
    nodes = np.array(sorted(counts), np.int64)
    closed = MinuteCounts(
        minute,
        nodes,
        np.array([counts[node] for node in sorted(counts)], np.int64),
        np.ones(len(counts), np.bool_),
    )
    expected = np.array([0.5, 0.25])
    outcome = MinuteOutcome(minute, expected, expected * 4, np.zeros(2), ())
    windows.close(closed, outcome, SERVICE_OF, OWN)


def filled() -> Windows:
    windows = Windows()
    close(windows, START, {0: 3, 1: 2})
    close(windows, START + 1, {2: 7})
    close(windows, START + 2, {0: 1})
    return windows


def test_totals_and_slices_are_those_of_the_service() -> None:
    windows = filled()
    assert windows.totals(0, START - 1, START + 4).tolist() == [0, 3, 0, 1, 0]
    assert windows.totals(1, START, START + 3).tolist() == [0, 7, 0]
    assert windows.slice_sums(0, START, START + 3) == {0: 4, 1: 2}
    assert windows.expected(1, START, START + 2).tolist() == [0.25, 0.25]


def test_minutes_nobody_counted_read_as_zero() -> None:
    windows = filled()
    close(windows, START + 100, {0: 5})
    assert windows.totals(0, START + 2, START + 101).sum() == 6
    assert windows.expected(0, START + 3, START + 100).sum() == 0


def test_what_is_older_than_the_window_is_forgotten() -> None:
    windows = filled()
    close(windows, START + WINDOW_MIN + 1, {0: 5})
    assert windows.totals(0, START, START + 3).tolist() == [0, 0, 1]
    assert windows.slice_sums(0, 0, START + 2) == {}


def test_a_restored_window_is_the_same() -> None:
    windows = filled()
    windows.add_trusted(START + 2, {0: 1})
    again = Windows()
    again.load({name: np.concatenate(pieces) for name, pieces in windows.state().items()})
    for copy in (windows, again):
        close(copy, START + 3, {1: 4, 2: 4})
    assert again.slice_sums(0, START, START + 9) == windows.slice_sums(0, START, START + 9)
    assert (
        again.totals(1, START, START + 9).tolist() == windows.totals(1, START, START + 9).tolist()
    )
    assert again.trusted(0, START, START + 9) == 1
