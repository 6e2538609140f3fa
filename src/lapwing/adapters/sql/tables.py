"""The tables as the code uses them. What makes them is in `migrations/`; a test compares the two.

Slices and services are numbered, so that a count is a row of four small numbers. The key of a
rollup begins with step and service: the counts of one service's span stand side by side.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

services = Table(
    "counted_services",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("slug", Text, nullable=False, unique=True),
)

slices = Table(
    "slices",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("service_id", Integer, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("value", Text, nullable=False),
    UniqueConstraint("service_id", "dimension", "value", name="slices_are_unique"),
)

rollups = Table(
    "rollups",
    metadata,
    Column("step_min", Integer, primary_key=True, autoincrement=False),
    Column("service_id", Integer, primary_key=True, autoincrement=False),
    Column("minute", Integer, primary_key=True, autoincrement=False),
    Column("slice_id", Integer, primary_key=True, autoincrement=False),
    Column("reports", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

expectations = Table(
    "expectations",
    metadata,
    Column("step_min", Integer, primary_key=True, autoincrement=False),
    Column("service_id", Integer, primary_key=True, autoincrement=False),
    Column("minute", Integer, primary_key=True, autoincrement=False),
    Column("expected", Double, nullable=False),
    Column("upper", Double, nullable=False),
    sqlite_with_rowid=False,
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("service", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("detected_ms", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("incidents_by_detection", "detected_ms"),
)

incidents_at_checkpoint = Table(
    "incidents_at_checkpoint",
    metadata,
    Column("id", Text, primary_key=True),
    Column("body", LargeBinary),
)
"""Those that have changed since the last checkpoint, as they were then; null: not there yet."""

incident_series = Table(
    "incident_series",
    metadata,
    Column("incident", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("name", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

progress = Table(
    "progress",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("checkpoint_position", BigInteger, nullable=False),
)

examinations = Table(
    "examinations",
    metadata,
    Column("service", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

tokens = Table(
    "operator_tokens",
    metadata,
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger),
    Column("revoked_ms", BigInteger),
)

post_search_progress = Table(
    "post_search_progress",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
)
"""The words of posts are in `post_words`, which is another kind of table in each database."""
