"""Memory and time of the whole watch at its largest: 10,000 services with 200 live slices each.

A process of its own lives through the minutes in which all slices are seen for the first time
and some that follow, every service with reports in every minute. Run: `python -m bench memory`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from lapwing.outages.checkpoint import capturing, compress
from lapwing.outages.counting.windows import WINDOW_MIN
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.local_time import ZoneLocalTime
from lapwing.outages.detection.rule import Rule
from lapwing.outages.journal import ReportsTaken, TimePassed
from lapwing.outages.model import ReportRow
from lapwing.outages.watch import Watch

SERVICES = 10_000
CITIES = 100
"""With their regions, countries and the rest that makes 200 slices a service."""
REPORTS = 10
"""Of each service in each minute, at least."""
MINUTES = 14
START = 480_000 * 60


def live_through(services: int) -> dict[str, float]:
    """Figures of this process, in GB and seconds of processor time."""
    watch = Watch(
        Detector(Rule(), ZoneLocalTime({})), lambda slug, dimension, value: value, midstream=True
    )
    watch.apply(0, TimePassed(START * 60_000))
    closing_s = []
    for minute in range(START, START + MINUTES):
        for service in range(services):
            rows = _rows(service, minute)
            watch.apply(watch.position + 1, ReportsTaken(minute * 60_000, rows))
        began_s = time.process_time()
        watch.apply(watch.position + 1, TimePassed((minute + 1) * 60_000))
        closing_s.append(time.process_time() - began_s)
        watch.closed.clear()  # as when the database has them
    figures = {"nodes": float(len(watch.nodes.specs)), "held": _resident_gb()}
    # The rings of a whole day, of which only these minutes have been written to so far.
    figures["day"] = figures["held"] + 3 * 4 * services * (WINDOW_MIN - MINUTES) / 1e9
    figures["closing"] = float(np.median(closing_s[-4:]))
    figures["peak"] = _peak_gb()
    blobs = _checkpoint(watch, figures)
    figures["peak with checkpoint"] = _peak_gb()
    figures["checkpoint"] = sum(map(len, blobs.values())) / 1e9
    return figures


def _checkpoint(watch: Watch, figures: dict[str, float]) -> dict[str, bytes]:
    """As it is saved: chunk by chunk, the loop held only while one is taken."""
    held_s, blobs = [], {}
    began_s = beginning_s = time.perf_counter()
    with capturing(watch) as capture:
        while (chunk := capture.next_chunk()) is not None:
            held_s.append(time.perf_counter() - began_s)
            blobs[chunk[0]] = compress(chunk[1])
            began_s = time.perf_counter()
    figures["checkpoint hold"] = max(held_s) * 1000
    figures["checkpoint time"] = time.perf_counter() - beginning_s
    return blobs


def _rows(service: int, minute: int) -> list[ReportRow]:
    first = (minute - START) * REPORTS
    more = (service * 2_654_435_761 + minute * 40_503 >> 9) % 9  # no two services are alike
    return [
        ReportRow(
            id=minute * 1_000_000 + service * CITIES + number % CITIES,
            at_ms=minute * 60_000,
            service=f"service-{service}",
            symptom=f"symptom-{number % 8}",
            platform=f"platform-{number % 4}",
            country=f"C{number % 8}",
            region=f"C{number % 8}.{number % 40}",
            city=number % CITIES,
            reporter=f"{service} {minute} {number}",
            network=f"AS{number % 39}",
            block=f"block-{number % 60}",
        )
        for number in range(first, first + REPORTS + more)
    ]


def _resident_gb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e9


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def measure() -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "bench.memory", str(SERVICES)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    figures = json.loads(said)
    limited: dict[str, Any] = {"unit": "GB", "limit": 2.0, "better": "lower"}
    return [
        {"name": "slices watched", "value": figures["nodes"], "unit": "slices"},
        {"name": "memory held", "value": figures["held"], **limited},
        {"name": "the same with a whole day in the rings", "value": figures["day"], **limited},
        {"name": "most while minutes closed", "value": figures["peak"], **limited},
        {"name": "most, a checkpoint included", "value": figures["peak with checkpoint"]} | limited,
        {"name": "the checkpoint", "value": figures["checkpoint"], "unit": "GB"},
        {"name": "packing it beside other work", "value": figures["checkpoint time"], "unit": "s"},
        {"name": "longest hold of the loop meanwhile", "value": figures["checkpoint hold"]}
        | {"unit": "ms", "limit": 50.0, "better": "lower"},
        {"name": "closing a minute", "value": figures["closing"], "unit": "s"},
    ]


if __name__ == "__main__":
    print(json.dumps(live_through(int(sys.argv[1]))))
