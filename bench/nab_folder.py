"""Reads a checkout of the Numenta Anomaly Benchmark: series, labels, published results."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bench.nab_scoring import FloatArray, IntArray, Labelled


@dataclass(frozen=True, slots=True)
class Series:
    """Counts per row, stamped in minutes since 1970; the files name no time zone: UTC."""

    minutes: IntArray
    counts: IntArray


class Folder:
    """Files are named as the benchmark does: `realTweets/Twitter_volume_AAPL.csv`.

    Raises OSError, KeyError or ValueError where the folder is no such checkout.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        windows = (root / "labels" / "combined_windows.json").read_text()
        self._windows: dict[str, list[list[str]]] = json.loads(windows)

    def files(self, under: str = "") -> list[str]:
        return sorted(name for name in self._windows if name.startswith(under))

    def series(self, file: str) -> Series:
        rows = self._rows(self._root / "data" / file)
        stamps = [datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC) for row in rows]
        minutes = [int(stamp.timestamp()) // 60 for stamp in stamps]
        return Series(np.array(minutes), np.array([int(float(row["value"])) for row in rows]))

    def labels(self, file: str) -> Labelled:
        stamps = [row["timestamp"] for row in self._rows(self._root / "data" / file)]
        windows = [(_place(stamps, first), _place(stamps, last)) for first, last in self._of(file)]
        return Labelled(len(stamps), tuple(windows))

    def published(self, detector: str, file: str) -> FloatArray:
        """A published detector's anomaly score of each row."""
        folder, name = file.split("/")
        rows = self._rows(self._root / "results" / detector / folder / f"{detector}_{name}")
        return np.array([float(row["anomaly_score"]) for row in rows])

    def published_score(self, detector: str, profile: str) -> float:
        """Of the whole corpus."""
        scores = json.loads((self._root / "results" / "final_results.json").read_text())
        return float(scores[detector][profile])

    def published_threshold(self, detector: str, profile: str) -> float:
        thresholds = json.loads((self._root / "config" / "thresholds.json").read_text())
        return float(thresholds[detector][profile]["threshold"])

    def _of(self, file: str) -> list[list[str]]:
        return self._windows[file]

    def _rows(self, path: Path) -> list[dict[str, str]]:
        with path.open(newline="") as lines:
            return list(csv.DictReader(lines))


def _place(stamps: Sequence[str], of: str) -> int:
    """Windows are stamped to the microsecond, rows to the second."""
    return stamps.index(of.partition(".")[0])
