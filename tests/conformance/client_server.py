"""A real server for other people's clients, with the people and tokens of `serve_for_clients.py`.

Every call that it answers is written down, for the page that says what is supported.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_S = 60.0
_SERVE = Path(__file__).with_name("serve_for_clients.py")


@contextmanager
def client_server(data: Path, port: int, calls: Path) -> Iterator[str]:
    """Its URL. `calls` gets a line (method, template, status) for each call in the end."""
    url = f"http://localhost:{port}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LAPWING_")},
        "LAPWING_DATA": str(data),
        "LAPWING_PORT": str(port),
        "LAPWING_URL": url,
        "LAPWING_LOG_LEVEL": "warning",
        "LAPWING_PASSWORD_GRANT": "1",
        "LAPWING_API_REQUESTS_PER_5_MINUTES": "0",
        "LAPWING_API_UPLOADS_PER_30_MINUTES": "0",
    }
    process = subprocess.Popen(
        [sys.executable, str(_SERVE), str(calls)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _wait(process, f"{url}/health")
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    end_s = time.monotonic() + START_S
    while time.monotonic() < end_s:
        if process.poll() is not None:
            _, errors = process.communicate()
            raise RuntimeError(f"the server ended at once: {errors.decode()[-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the server did not answer within {START_S:g} s")
