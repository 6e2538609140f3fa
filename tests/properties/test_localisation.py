"""Whatever the reports, a localisation is a partition that adds up and does not depend on order."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.outages.detection.localisation.problem import (
    NO_GROUP,
    UNKNOWN,
    Axis,
    Level,
    Problem,
)
from lapwing.outages.detection.localisation.scan import MOST_P_VALUE, localise

VALUES = (5, 3, 4)
codes = st.tuples(*(st.integers(UNKNOWN, values - 1) for values in VALUES))


def problem(rows: list[tuple[int, ...]], expected: float) -> Problem:
    columns = np.array(rows, np.int64).reshape(-1, len(VALUES)).T
    return Problem(
        tuple(
            Axis(
                (Level(column, np.full(n, 1.0 / n), np.full(n, NO_GROUP), n),),
                0.4,
            )
            for column, n in zip(columns, VALUES, strict=True)
        ),
        np.ones(len(rows)),
        expected,
    )


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(codes, st.integers(1, 30)), min_size=1, max_size=12),
    st.floats(0.0, 50.0),
    st.randoms(use_true_random=False),
)
def test_parts_add_up_and_do_not_depend_on_the_order(
    clumps: list[tuple[tuple[int, ...], int]], expected: float, random: object
) -> None:
    rows = [row for row, times in clumps for _ in range(times)]
    parts = localise(problem(rows, expected))
    for part in parts:
        assert 0.0 <= part.excess_share <= 1.0
        assert 0.0 <= part.p_value <= MOST_P_VALUE
        assert 0 < part.reports <= len(rows)
        assert part.reports > part.expected
    assert sum(part.reports for part in parts) <= len(rows)
    assert all(not part.everywhere for part in parts[:-1])
    random.shuffle(rows)  # type: ignore[attr-defined]
    assert localise(problem(rows, expected)) == parts
