"""Rollups, incidents, checkpoints, the outbox and operator tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "counted_services",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("slug", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "slices",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("service_id", sa.Integer, nullable=False),
        sa.Column("dimension", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.UniqueConstraint("service_id", "dimension", "value", name="slices_are_unique"),
    )
    op.create_table(
        "rollups",
        *_key_of_a_service_minute(),
        sa.Column("slice_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("reports", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "expectations",
        *_key_of_a_service_minute(),
        sa.Column("expected", sa.Double, nullable=False),
        sa.Column("upper", sa.Double, nullable=False),
        sqlite_with_rowid=False,
    )
    _create_documents()


def _key_of_a_service_minute() -> list[sa.Column[int]]:
    return [
        sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)
        for name in ("step_min", "service_id", "minute")
    ]


def _create_documents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("detected_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("incidents_by_detection", "incidents", ["detected_ms"])
    op.create_table(
        "incidents_at_checkpoint",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary),
    )
    op.create_table(
        "incident_series",
        sa.Column("incident", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "checkpoints",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    progress = op.create_table(
        "progress",
        sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("checkpoint_position", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(progress, [{"only": 1, "position": 0, "checkpoint_position": 0}])
    op.create_table(
        "examinations",
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "operator_tokens",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_ms", sa.BigInteger),
        sa.Column("revoked_ms", sa.BigInteger),
    )
