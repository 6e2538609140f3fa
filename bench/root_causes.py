"""Localisation on other people's tables: RiskLoc's (RS, S, L) and Squeeze's.

`LAPWING_BENCH_ROOT_CAUSES=FOLDER python -m bench root_causes`, where FOLDER holds the folders
`RS` (as in github.com/shaido987/riskloc, real failures of video sessions), `S` and `L` (100 files
each, made by that project's generator with the seeds that it names) or Squeeze's `A`, `B0` to
`B4`. Without the folder nothing is measured. Scored as there: elements found, missed and wrong.
"""

from __future__ import annotations

import csv
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.element_scan import Table, normal_score, scan
from lapwing.outages.detection.localisation.search import poisson_score

FOLDER = "LAPWING_BENCH_ROOT_CAUSES"
FILES = 100
"""Of a made set, in the order of its list: as many as the published figures here are from."""

BEST_KNOWN = {"RS": 0.417, "S": 0.594, "L": 0.711}
"""F1 of the best of seven methods on the same files: RobustSpot on RS, RiskLoc on S and L."""

MINUTES_BEFORE = 4
"""From which RS's failures are expected, as its authors do."""
PSEUDO_SESSIONS = 20.0
"""Weight of what the single values of a row let expect, against its own last minutes."""
DISPERSION = 3.0
MOST_ELEMENTS = 16
LEAST_SHARE = 0.3
"""Of RS: a further element counts if its score is at least so much of the first one's. Made sets
have troubles of very different size at once; there every significant one counts."""
PRICE_OF_ROWS = 1.5
"""Errors of made rows are not quite normal: the price of naming an element is so much higher."""

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Case:
    names: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    table: Table
    causes: frozenset[Labels]
    least_share: float
    price: float


def measure() -> list[dict[str, Any]]:
    folder = os.environ.get(FOLDER)
    if not folder or not Path(folder).is_dir():
        print(f"root_causes: left out, {FOLDER} names no folder")
        return []
    rows: list[dict[str, Any]] = []
    for data in sorted(path for path in Path(folder).iterdir() if path.is_dir()):
        cases = _video_cases(data) if (data / "anomaly.yaml").exists() else _made_cases(data)
        rows += _scored(data.name, cases)
    return rows


def _scored(name: str, cases: Iterator[Case]) -> list[dict[str, Any]]:
    right = wrong = missed = done = 0
    busy_s = 0.0
    for case in cases:
        began_s = time.process_time()
        found = _found(case)
        busy_s += time.process_time() - began_s
        right += len(found & case.causes)
        wrong += len(found - case.causes)
        missed += len(case.causes - found)
        done += 1
    if not done:
        return []
    f1 = 2 * right / max(2 * right + wrong + missed, 1)
    limit = {"limit": BEST_KNOWN[name]} if name in BEST_KNOWN else {}
    return [
        {"name": f"{name}: F1 of {done} cases", "value": f1, "unit": "of 1"} | limit,
        {"name": f"{name}: a case", "value": 1000 * busy_s / done, "unit": "ms"},
    ]


def _found(case: Case) -> frozenset[Labels]:
    elements = scan(case.table, MOST_ELEMENTS, case.least_share, case.price)
    return frozenset(
        frozenset(
            (case.names[a], case.values[a][value])
            for a, value in zip(element.attributes, element.values, strict=True)
        )
        for element in elements
    )


# --- made sets: a measure and its forecast by row


def _made_cases(folder: Path) -> Iterator[Case]:
    for listed in sorted(folder.rglob("injection_info.csv")):
        with listed.open() as file:
            lines = list(csv.DictReader(file))[:FILES]
        for line in lines:
            yield _made_case(listed.parent / f"{line['timestamp']}.csv", line["set"])


def _made_case(path: Path, causes: str) -> Case:
    columns = _columns(path)
    real, forecast = (columns.pop(name).astype(np.float64) for name in ("real", "predict"))
    names = tuple(sorted(columns))
    values, codes = _coded([columns[name] for name in names])
    larger = np.maximum(real, forecast)
    known = larger > 0.0
    fall = np.divide(forecast - real, larger, np.zeros(len(real)), where=known)
    if real.sum() > forecast.sum():
        fall = -fall  # the whole rose; parts that rose are looked for
    error = max(1.4826 * float(np.median(np.abs(fall[known]))), 1e-3)
    weight = known / error**2
    sizes = tuple(map(len, values))
    return Case(
        names,
        values,
        Table(codes, sizes, fall * weight, weight, normal_score),
        frozenset(
            frozenset(_pair(one) for one in element.split("&")) for element in causes.split(";")
        ),
        least_share=0.0,
        price=PRICE_OF_ROWS,
    )


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


# --- RS: failed sessions and all sessions by minute and row


def _video_cases(folder: Path) -> Iterator[Case]:
    entry: dict[str, str] = {}
    for line in (folder / "anomaly.yaml").read_text().splitlines():
        name, _, value = line.lstrip("- ").partition(":")
        entry[name.strip()] = value.strip()
        if name.strip() == "cause":
            yield _video_case(folder / f"{entry['data']}.csv", int(entry["timestamp"]), value)


def _video_case(path: Path, now: int, causes: str) -> Case:
    columns = _columns(path)
    minute, failed, sessions = (
        columns.pop(name).astype(np.int64) for name in ("min", "value", "cnt")
    )
    names = tuple(columns)
    values, codes = _coded(list(columns.values()))
    sizes = tuple(map(len, values))
    before = (minute < now) & (minute >= now - 60 * MINUTES_BEFORE)
    present = minute == now
    rate = _rates(codes, sizes, failed * before, sessions * before)[present]
    told = json.loads(causes.replace("'", '"'))
    return Case(
        names,
        values,
        Table(
            tuple(column[present] for column in codes),
            sizes,
            failed[present].astype(np.float64),
            np.maximum(rate * sessions[present], 1e-6),
            lambda counts, expected: poisson_score(counts, expected) / DISPERSION,
        ),
        frozenset(
            frozenset((name, str(value)) for name, value in one.items())
            for one in (told if isinstance(told, list) else [told])
        ),
        least_share=LEAST_SHARE,
        price=1.0,
    )


def _rates(
    codes: tuple[np.ndarray, ...], sizes: tuple[int, ...], failed: np.ndarray, of: np.ndarray
) -> np.ndarray:
    """Failures per session by row: from the same row's past, else from its single values'."""
    whole = failed.sum() / max(of.sum(), 1)
    expected = np.full(len(failed), whole)
    for column, size in zip(codes, sizes, strict=True):
        bad = np.bincount(column, failed, size) + PSEUDO_SESSIONS * whole
        rate = bad / (np.bincount(column, of, size) + PSEUDO_SESSIONS)
        expected = expected * (rate / max(whole, 1e-12))[column]
    row = np.ravel_multi_index(codes, sizes)
    cells = int(np.prod(sizes))
    bad, seen = np.bincount(row, failed, cells)[row], np.bincount(row, of, cells)[row]
    return (bad + PSEUDO_SESSIONS * np.minimum(expected, 1.0)) / (seen + PSEUDO_SESSIONS)


def _columns(path: Path) -> dict[str, np.ndarray]:
    with path.open(encoding="utf-8-sig") as file:
        lines = csv.reader(file)
        names = next(lines)
        return dict(zip(names, map(np.array, zip(*lines, strict=True)), strict=True))


def _coded(
    columns: list[np.ndarray],
) -> tuple[tuple[tuple[str, ...], ...], tuple[np.ndarray, ...]]:
    pairs = [np.unique(column, return_inverse=True) for column in columns]
    return tuple(tuple(values.tolist()) for values, _ in pairs), tuple(codes for _, codes in pairs)
