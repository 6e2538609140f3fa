"""A service's page under a stampede, beside nginx with the same bytes as a static file.

Our server has one core, wrk the other; 256 connections ask for the compressed page. The page is
renewed every second meanwhile, as in an outage. Run: `python -m bench.pages`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from bench.site_under_test import free_port, serve_in_process, wait_until_up

ENCODING = "gzip"
SERVER_CORE, WRK_CORE = 0, 1


@dataclass(frozen=True)
class Measured:
    """What wrk saw."""

    pages_per_s: float
    p50_ms: float
    p99_ms: float
    errors: int


def stampede(url: str, *, connections: int = 256, seconds: int = 10) -> Measured:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency"]
    command += ["-H", f"Accept-Encoding: {ENCODING}", url]
    pinned = ["taskset", "-c", str(WRK_CORE), *command]
    said = subprocess.run(pinned, capture_output=True, text=True, check=True).stdout
    errors = sum(int(number) for number in re.findall(r"(?:Non-2xx[^:]*: |timeout )(\d+)", said))
    return Measured(
        pages_per_s=float(_found(r"Requests/sec:\s+([\d.]+)", said)),
        p50_ms=ms_of(_found(r"50%\s+(\S+)", said)),
        p99_ms=ms_of(_found(r"99%\s+(\S+)", said)),
        errors=errors,
    )


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit(f"wrk said something else:\n{text}")
    return match.group(1)


def ms_of(text: str) -> float:
    units = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    match = re.fullmatch(r"([\d.]+)(us|ms|s)", text)
    if match is None:
        raise SystemExit(f"wrk gives {text!r} for a time: was anything answered?")
    return float(match[1]) * units[match[2]]


@contextlib.contextmanager
def ours() -> Iterator[tuple[str, int]]:
    """The site on sample views that change ten times a second, pinned to one core."""
    port = free_port()
    command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "bench.pages"]
    process = subprocess.Popen([*command, "--serve", str(port)])
    try:
        wait_until_up(port)
        yield f"http://127.0.0.1:{port}/services/x", process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextlib.contextmanager
def nginx(body: bytes) -> Iterator[tuple[str, int]]:
    """One nginx worker on the same core, with the same bytes in the same encoding."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        Path(folder, "page.html.gz").write_bytes(body)
        Path(folder, "page.html").write_bytes(b"never sent: the compressed one is")
        Path(folder, "nginx.conf").write_text(_NGINX.format(folder=folder, port=port))
        command = ["taskset", "-c", str(SERVER_CORE), "nginx", "-c", f"{folder}/nginx.conf"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_until_up(port)
            yield f"http://127.0.0.1:{port}/page.html", process.pid
        finally:
            process.terminate()
            process.wait(timeout=20)


_NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  types {{ text/html html; }}
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=100;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder};
    gzip_static on;
  }}
}}
"""


def fetch(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept-Encoding": ENCODING})
    with urllib.request.urlopen(request) as response:
        body: bytes = response.read()
    return body


def measure(seconds: int = 10) -> list[dict[str, Any]]:
    with ours() as (url, process_id):
        body = fetch(url)
        stampede(url, seconds=1)
        busy_before_s = cpu_s(process_id)
        lapwing = stampede(url, seconds=seconds)
        busy = (cpu_s(process_id) - busy_before_s) / seconds
    rows = [
        row("pages with 256 connections", lapwing.pages_per_s, "pages/s", limit=15_000),
        row("slowest 1 %", lapwing.p99_ms, "ms", limit=50, better="lower"),
        row("answers that were none", lapwing.errors, "answers", limit=0, better="lower"),
        row("our core was busy", busy, "of 1"),
        row("page, compressed", len(body), "bytes"),
    ]
    if shutil.which("nginx"):
        with nginx(body) as (url, process_id):
            if fetch(url) != body:
                raise SystemExit("nginx does not send the same bytes")
            busy_before_s = cpu_s(process_id)
            static = stampede(url, seconds=seconds)
            nginx_busy = (cpu_s(process_id) - busy_before_s) / seconds
        ratio = lapwing.pages_per_s / static.pages_per_s
        per_busy_core = ratio * nginx_busy / busy
        rows += [
            row("nginx, the same bytes", static.pages_per_s, "pages/s"),
            row("nginx, slowest 1 %", static.p99_ms, "ms"),
            row("nginx's core was busy", nginx_busy, "of 1"),
            row("ratio to nginx", ratio, "", limit=0.5),
            row("ratio to nginx per busy core", per_busy_core, ""),
        ]
    return rows


def row(name: str, value: float, unit: str, **limit: Any) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, **limit}


def cpu_s(process_id: int) -> float:
    """Seconds of processor time that a process and its children have had, in and out of kernel."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if str(process_id) in (stat.parent.name, fields[1]):
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=int, help="serve on this port; for the bench itself")
    parser.add_argument("--seconds", type=int, default=10)
    arguments = parser.parse_args()
    if arguments.serve:
        uvloop.run(serve_in_process(arguments.serve, changes_per_s=10))
        return
    for one in measure(arguments.seconds):
        print(json.dumps(one))


if __name__ == "__main__":
    main()
