"""A real Lapwing in a process of its own, on a free port and a data folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")

START_S = 30.0
STOP_S = 20.0
_LOOK_EVERY_S = 0.03
_LAPWING = Path(sys.executable).with_name("lapwing")
_BY_A_SET_CLOCK = Path(__file__).parent / "integration" / "serve_by_set_clock.py"
_KEPT_VARIABLES = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"}


def wait_until(
    what: str, look: Callable[[], T], *, within_s: float = 15.0, every_s: float = _LOOK_EVERY_S
) -> T:
    """What `look` gives as soon as it is truthy; fails with `what` when it never is."""
    end_s = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end_s:
            raise AssertionError(f"waited {within_s:g} s in vain until {what}; last: {found!r}")
        time.sleep(every_s)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(data: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Of a Lapwing that knows these settings (without LAPWING_) and nothing of its caller's."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT_VARIABLES}
    given = {f"LAPWING_{name.upper()}": value for name, value in settings.items()}
    return {**kept, "LAPWING_DATA": str(data), **given}


def run_lapwing(
    data: Path, *arguments: str, within_s: float = 60.0, **settings: str
) -> subprocess.CompletedProcess[str]:
    """`lapwing ARGUMENTS` to its end, with what it printed."""
    process = start_lapwing(data, *arguments, **settings)
    out, err = process.communicate(timeout=within_s)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def start_lapwing(data: Path, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    """`lapwing ARGUMENTS`, left running; what it prints can be read."""
    return subprocess.Popen(
        [str(_LAPWING), *arguments],
        env={**environment(data, settings), "COLUMNS": "200", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class RealServer:
    """`lapwing serve`. It can be started again after `stop` or `kill`, on the same port."""

    def __init__(self, data: Path, **settings: str) -> None:
        """`settings` by their names without LAPWING_. Forwarding headers count from here."""
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(
            base_url=self.url, timeout=15.0, trust_env=False, cookies=no_cookies()
        )
        self.process: subprocess.Popen[bytes] | None = None
        self._settings = {"trusted_proxies": "127.0.0.0/8", **settings}
        self._log = data.with_name(f"{data.name}.log")

    def command(self) -> Sequence[str]:
        return [str(_LAPWING), "serve", "--port", str(self.port)]

    def start(self) -> None:
        """Returns when it answers."""
        self.begin()
        wait_until("the server answers", self._answers, within_s=START_S)

    def begin(self) -> None:
        """Returns before it answers."""
        given = environment(self.data, self._settings)
        given["LAPWING_PORT"] = str(self.port)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self.command(), env=given, stdout=log, stderr=log)

    def stop(self) -> int:
        """By SIGTERM; its exit code."""
        process = self._running()
        process.terminate()
        code = process.wait(STOP_S)
        self.process = None
        return code

    def kill(self) -> None:
        """By SIGKILL: nothing is saved, nothing is said."""
        process = self._running()
        process.send_signal(signal.SIGKILL)
        process.wait(STOP_S)
        self.process = None

    def close(self) -> None:
        """Ends whatever still runs."""
        self.client.close()
        if self.process is not None:
            self.kill()

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def operator(self) -> dict[str, str]:
        """Headers with the rights of an operator on this machine."""
        owner = json.loads((self.data / "owner.json").read_text())
        return {"Authorization": f"Bearer {owner['secret']}"}

    def report(self, number: int, key: str | None = None, **fields: str) -> httpx.Response:
        """A report by the person of this number, who has an address block of their own."""
        headers = {"X-Forwarded-For": address_of(number)}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.client.post("/api/v1/reports", json={"service": "x", **fields}, headers=headers)

    def send_lines(
        self, lines: Sequence[Mapping[str, object]], key: str | None = None
    ) -> list[dict[str, Any]]:
        """An operator's batch; its answers line by line."""
        headers = self.operator() | {"Content-Type": "application/x-ndjson"}
        if key is not None:
            headers["Idempotency-Key"] = key
        answer = self.client.post("/api/v1/reports/batch", content=ndjson(lines), headers=headers)
        assert answer.status_code == 202, f"{answer.status_code} {answer.text}\n{self.log[-3000:]}"
        return [json.loads(line) for line in answer.text.splitlines()]

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    def _answers(self) -> bool:
        process = self._running()
        if process.poll() is not None:
            raise AssertionError(f"the server ended with {process.returncode}:\n{self.log}")
        try:
            return self.client.get("/api/v1/services/x/counts").status_code == 200
        except httpx.TransportError:
            return False

    def _running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None, "the server was not started"
        return self.process


class SetClockServer(RealServer):
    """A server whose clock stands still until the test moves it; all else is `lapwing serve`."""

    def __init__(self, data: Path, start: datetime, **settings: str) -> None:
        super().__init__(data, **settings)
        self._clock_file = data.with_name(f"{data.name}.clock")
        self.now = start
        self.set_clock(start)

    def command(self) -> Sequence[str]:
        return [sys.executable, str(_BY_A_SET_CLOCK), str(self._clock_file)]

    def set_clock(self, now: datetime) -> None:
        self.now = now
        part = self._clock_file.with_suffix(".part")
        part.write_text(now.isoformat())
        part.replace(self._clock_file)

    def pass_minutes(self, minutes: int) -> None:
        """Minute by minute, each when the one before is closed."""
        for _ in range(minutes):
            self.set_clock(self.now + timedelta(minutes=1))
            wait_until("the minute is closed", self._is_closed)

    def present_minute(self) -> int:
        counts = self.get("/api/v1/services/x/counts?minutes=1")
        return int(counts["start_minute"]) + 1

    def _is_closed(self) -> bool:
        return self.present_minute() == int(self.now.timestamp()) // 60


def no_cookies() -> CookieJar:
    """A jar that keeps none, so that one client can be many persons."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def address_of(number: int) -> str:
    """A public address in a /24 of its own."""
    return f"{11 + number // 65536}.{number // 256 % 256}.{number % 256}.9"


def ndjson(lines: Sequence[Mapping[str, object]]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def by_minute(counts: Mapping[str, Any]) -> dict[tuple[str, str], dict[int, int]]:
    """What `/counts` says, without the empty minutes."""
    start = counts["start_minute"]
    return {
        (one["dimension"], one["value"]): {
            start + at: reports for at, reports in enumerate(one["reports"]) if reports
        }
        for one in counts["slices"]
    }
