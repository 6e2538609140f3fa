"""`docs/faults.md` names what the matrix tests, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from tests.integration.square_at_risk import ANYWHERE, ON_POSTGRESQL, ON_SQLITE
from tests.integration.test_fault_matrix import PAIRS_ON_POSTGRESQL, PAIRS_ON_SQLITE

_PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
_FAULTS = [fault.name for fault in (*ANYWHERE, *ON_SQLITE, *ON_POSTGRESQL)]


def _first_column(heading: str) -> list[str]:
    """Of the table under a heading, without its head."""
    section = _PAGE.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"(?m)^\| (.+?) \|", section)
    return [row for row in rows[1:] if not set(row) <= set("- |")]


def test_every_fault_has_its_row() -> None:
    assert _first_column("One fault") == _FAULTS


def test_every_pair_has_its_row() -> None:
    pairs = [" + ".join(pair) for pair in (*PAIRS_ON_SQLITE, *PAIRS_ON_POSTGRESQL)]
    assert _first_column("Two at once") == pairs


def test_every_fault_has_a_figure_within_the_budget() -> None:
    section = _PAGE.read_text().split("## How long pages take meanwhile\n")[1]
    figures = re.findall(r"(?m)^\| ([^|]+?) \| (\d+) \| (\d+) \|$", section)
    assert [name for name, _, _ in figures] == _FAULTS
    assert all(int(one) < 500 for _, *both in figures for one in both)
