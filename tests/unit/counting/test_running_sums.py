import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lapwing.outages.counting.incident_log import IncidentLog, RunningSums

minutes = st.lists(st.dictionaries(st.integers(0, 9), st.integers(1, 5), max_size=5), max_size=12)


@given(minutes, st.lists(st.integers(0, 12), max_size=12), st.booleans())
def test_sums_that_go_on_are_those_of_the_whole_log(
    given_minutes: list[dict[int, int]], starts: list[int], cut: bool
) -> None:
    log, running = IncidentLog(service=0, first_minute=0), RunningSums()
    for number, counts in enumerate(given_minutes):
        log.add(sum(counts.values()), 0.0, 0.0, sorted(counts), [counts[n] for n in sorted(counts)])
        start = starts[number] if number < len(starts) else 0
        end = log.end_minute - (cut and number % 3 == 0)
        expected: dict[int, int] = {}
        for minute in given_minutes[start:end]:
            for node, count in minute.items():
                expected[node] = expected.get(node, 0) + count
        nodes, sums = running.over(log, start, end)
        assert np.all(np.diff(nodes) > 0)
        assert dict(zip(nodes.tolist(), sums.tolist(), strict=True)) == expected


def test_another_log_is_added_up_from_its_beginning() -> None:
    running = RunningSums()
    for count in (3, 4):
        log = IncidentLog(service=0, first_minute=0)
        log.add(count, 0.0, 0.0, [1], [count])
        _, sums = running.over(log, 0, 1)
        assert sums.tolist() == [count]
