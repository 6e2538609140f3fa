"""The words of posts: an FTS5 table in SQLite, a tsvector with its index in PostgreSQL; and up to
where in the journal posts are in them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "post_search_progress",
        sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE post_words USING fts5("
            "words, created_ms UNINDEXED, prefix = '2 3', "
            "tokenize = \"unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'\")"
        )
        return
    op.create_table(
        "post_words",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("words", postgresql.TSVECTOR, nullable=False),
    )
    op.create_index("post_words_by_word", "post_words", ["words"], postgresql_using="gin")
