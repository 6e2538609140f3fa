"""One server for all conformance tests of a run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conformance.client_server import client_server
from tests.real_server import free_port


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the server is. LAPWING_TEST_CALLS names a file for the calls that it answered."""
    folder = tmp_path_factory.mktemp("conformance")
    calls = Path(os.environ.get("LAPWING_TEST_CALLS") or folder / "calls")
    with client_server(folder / "data", free_port(), calls) as url:
        yield url
