"""Databases that the store contracts run over."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from lapwing.adapters.sql.database import Database, open_database

POSTGRESQL = pytest.param(
    "postgresql",
    marks=[
        pytest.mark.postgresql,
        pytest.mark.skipif(
            "LAPWING_TEST_POSTGRESQL" not in os.environ,
            reason="needs a PostgreSQL server: LAPWING_TEST_POSTGRESQL",
        ),
    ],
)


@pytest.fixture(params=["memory", "sqlite", POSTGRESQL])
async def database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Database | None]:
    """An empty database with all tables (on PostgreSQL a schema of its own); None: memory."""
    if request.param == "memory":
        yield None
        return
    if request.param == "sqlite":
        opened = await open_database(f"sqlite:///{tmp_path / 'lapwing.sqlite'}")
        yield opened
        await opened.close()
        return
    url = os.environ["LAPWING_TEST_POSTGRESQL"]
    schema = f"lapwing_{uuid.uuid4().hex}"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as server:
        server.execute(f'CREATE SCHEMA "{schema}"')
        mark = "&" if "?" in url else "?"
        opened = await open_database(f"{url}{mark}options=-csearch_path%3D{schema}")
        yield opened
        await opened.close()
        server.execute(f'DROP SCHEMA "{schema}" CASCADE')
