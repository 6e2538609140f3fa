"""Lapwing on a PostgreSQL server: kept there, back after a restart, and whole after lost
connections."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from tests.integration.conftest import START
from tests.real_server import SetClockServer, wait_until

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(
        "LAPWING_TEST_POSTGRESQL" not in os.environ,
        reason="needs a PostgreSQL server (LAPWING_TEST_POSTGRESQL)",
    ),
]


@dataclass
class OnPostgresql:
    """A server with a schema of its own."""

    server: SetClockServer
    admin: psycopg.Connection[tuple[int]]
    schema: str

    def saved(self) -> int:
        """Reports of all services in the rollups."""
        row = self.admin.execute(
            f"SELECT coalesce(sum(reports), 0) FROM {self.schema}.rollups"
            f" JOIN {self.schema}.slices ON slices.id = slice_id WHERE dimension = 'service'"
        ).fetchone()
        return 0 if row is None else int(row[0])

    def cut_connections(self) -> int:
        """Ends the server's sessions as a restart of PostgreSQL does; how many there were."""
        ended = self.admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            (self.schema,),
        ).fetchall()
        return len(ended)


@pytest.fixture
def lapwing(tmp_path: Path) -> Iterator[OnPostgresql]:
    url = os.environ["LAPWING_TEST_POSTGRESQL"].replace("+psycopg", "")
    schema = f"lapwing_{uuid.uuid4().hex}"
    own = f"options=-csearch_path%3D{schema}&application_name={schema}"
    mark = "&" if "?" in url else "?"
    server = SetClockServer(tmp_path / "data", START, database=f"{url}{mark}{own}")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE SCHEMA {schema}")
        yield OnPostgresql(server, admin, schema)
        server.close()
        admin.execute(f"DROP SCHEMA {schema} CASCADE")


def _report(server: SetClockServer, numbers: range) -> None:
    for number in numbers:
        assert server.report(number, country="IN").status_code == 202
    server.set_clock(server.now + timedelta(minutes=1))
    server.pass_minutes(1)


def test_counts_are_kept_there_and_back_after_a_restart(lapwing: OnPostgresql) -> None:
    server = lapwing.server
    server.start()
    _report(server, range(20))
    _wait_for_saved(lapwing, 20)
    for end in (server.kill, server.stop):
        end()
        server.start()
        assert server.get("/api/v1/services/x")["reports_1h"] == 20
    _report(server, range(20, 25))
    _wait_for_saved(lapwing, 25)


def test_lost_connections_heal_by_themselves(lapwing: OnPostgresql) -> None:
    server = lapwing.server
    server.start()
    _report(server, range(10))
    _wait_for_saved(lapwing, 10)
    for first in (10, 20):
        assert lapwing.cut_connections() > 0
        _report(server, range(first, first + 10))
        for path in ("/", "/services/x", "/incidents"):
            assert server.client.get(path).status_code == 200
        _wait_for_saved(lapwing, first + 10)
    assert "Traceback" not in server.log


def test_reports_and_pages_go_on_while_it_is_locked(lapwing: OnPostgresql) -> None:
    server = lapwing.server
    server.start()
    _report(server, range(10))
    _wait_for_saved(lapwing, 10)
    with lapwing.admin.transaction():
        lapwing.admin.execute(f"LOCK TABLE {lapwing.schema}.progress IN ACCESS EXCLUSIVE MODE")
        _report(server, range(10, 20))
        _report(server, range(20, 30))
        wait_until("the page shows all", lambda: _shown(server) == 30)
        for path in ("/", "/services/x", "/incidents"):
            assert server.client.get(path).status_code == 200
    wait_until("the database has caught up", lambda: lapwing.saved() == 30, within_s=30)


def _wait_for_saved(lapwing: OnPostgresql, reports: int) -> None:
    wait_until("the database has all reports", lambda: lapwing.saved() == reports)


def _shown(server: SetClockServer) -> int:
    return int(server.get("/api/v1/services/x")["reports_1h"])
