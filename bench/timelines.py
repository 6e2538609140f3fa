"""Timelines, posting and idle polls over HTTP, with permissions, limits and the whole JSON.

The server has one core, wrk the other; 8 connections, as 200 people ask in turn. The limits per
account are lifted, but counted. Run: `python -m bench timelines`; the large population (100,000
accounts, 100 follows each, 2 million posts) by `python -m bench.timelines large`.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.pages import SERVER_CORE, WRK_CORE, ms_of
from bench.site_under_test import free_port
from bench.square_population import LARGE, SMALL, Size, write_population

CONNECTIONS = 8
SECONDS = 6
_LUA = """
local tokens = {%s}
local at = 0
request = function()
  local headers = {["Content-Type"] = "application/json"}
  if #tokens > 0 then
    at = at %% #tokens + 1
    headers["Authorization"] = "Bearer " .. tokens[at]
  end
  return wrk.format("%s", "%s", headers, %s)
end
"""


@dataclass(frozen=True)
class Measured:
    per_s: float
    per_processor_s: float
    """Answers for each second of processor time that the server had: on a machine that others use
    as well, the one figure that means something."""
    p99_ms: float
    errors: int


class Server:
    """A whole Lapwing on a core of its own, over a prepared folder."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        environment = {
            **os.environ,
            "LAPWING_DATA": str(data),
            "LAPWING_API_REQUESTS_PER_5_MINUTES": "100000000",
            "LAPWING_LOG_LEVEL": "warning",
        }
        command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "lapwing.cli.main"]
        begun_s = time.monotonic()
        self._process = subprocess.Popen(
            [*command, "serve", "--port", str(self.port)], env=environment
        )
        self.first_answer_s = self._wait(begun_s)
        self.first_answer_processor_s = self.processor_s

    def _wait(self, begun_s: float) -> float:
        url = f"http://127.0.0.1:{self.port}/api/v1/timelines/public"
        while time.monotonic() - begun_s < 300:
            try:
                with urllib.request.urlopen(url) as answer:
                    if len(answer.read()) > 1000:
                        return time.monotonic() - begun_s
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        raise SystemExit("The server did not come up.")

    @property
    def resident_bytes(self) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024

    @property
    def processor_s(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)


@contextlib.contextmanager
def serving(size: Size) -> Iterator[tuple[Server, list[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        tokens = write_population(Path(folder), size)
        server = Server(Path(folder))
        try:
            yield server, tokens
        finally:
            server.stop()


def press(server: Server, tokens: list[str], method: str, path: str, body: str = "nil") -> Measured:
    """What wrk sees; `body` is a Lua expression."""
    quoted = ", ".join(f'"{token}"' for token in tokens)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_LUA % (quoted, method, path, body))
        script.flush()
        command = ["taskset", "-c", str(WRK_CORE), "wrk", "-t1", f"-c{CONNECTIONS}"]
        command += [f"-d{SECONDS}", "--latency", "-s", script.name]
        command.append(f"http://127.0.0.1:{server.port}")
        begun_s = server.processor_s
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        used_s = server.processor_s - begun_s
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    late = re.search(r"99%\s+(\S+)", said)
    count = re.search(r"(\d+) requests in", said)
    if rate is None or late is None or count is None:
        raise SystemExit(f"wrk said something else:\n{said}")
    errors = sum(int(number) for number in re.findall(r"(?:Non-2xx[^:]*: |timeout )(\d+)", said))
    return Measured(float(rate[1]), int(count[1]) / used_s, ms_of(late[1]), errors)


def measure(size: Size = SMALL) -> list[dict[str, Any]]:
    """Rows for the table and the record."""
    with serving(size) as (server, tokens):
        rows = [
            _row("start to first full answer", server.first_answer_s, "s", 10, lower=True),
            _row(
                "start to first full answer, processor time",
                server.first_answer_processor_s,
                "s",
                10,
                lower=True,
            ),
            _row("resident memory", server.resident_bytes / 1e9, "GB", 3, lower=True),
        ]
        home = press(server, tokens, "GET", "/api/v1/timelines/home")
        rows += _pair("home, 20 posts", home, 4000)
        public = press(server, tokens, "GET", "/api/v1/timelines/public")
        rows += _pair("public timeline, signed in", public, 10_000)
        anybody = press(server, [], "GET", "/api/v1/timelines/public")
        rows += _pair("public timeline, not signed in", anybody, 10_000)
        newest = (1 << 63) - 1
        idle = press(server, tokens, "GET", f"/api/v1/timelines/home?limit=5&since_id={newest}")
        rows += _pair("idle poll of home", idle, 10_000)
        text = "'{\"status\":\"Is it down for you as well? ' .. at .. ' #down\"}'"
        rows += _pair(
            "post, durable", press(server, tokens, "POST", "/api/v1/statuses", text), 2000
        )
        rows.append(_row("resident memory at the end", server.resident_bytes / 1e9, "GB"))
    return rows


def _pair(name: str, measured: Measured, limit: float) -> list[dict[str, Any]]:
    if measured.errors:
        raise SystemExit(f"{name}: {measured.errors} requests failed")
    return [
        _row(name, measured.per_s, "/s", limit),
        _row(f"{name}, by processor time", measured.per_processor_s, "/s", limit),
        _row(f"{name}, p99", measured.p99_ms, "ms", 20, lower=True),
    ]


def _row(
    name: str, value: float, unit: str, limit: float | None = None, *, lower: bool = False
) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "value": value, "unit": unit}
    if limit is not None:
        row |= {"limit": limit, "better": "lower" if lower else "higher"}
    return row


if __name__ == "__main__":
    for one in measure(LARGE if sys.argv[1:] == ["large"] else SMALL):
        print(
            f"{one['name']:<32} {one['value']:>12,.2f} {one['unit']}  (to reach {one.get('limit')})"
        )
