"""Search in posts by the database itself: FTS5 in SQLite, tsvector in PostgreSQL.

Both get the words as `lapwing.microblog.search.words` splits them, so that both find the same
posts as the index in memory; neither has a say in what a word is. What people type reaches them
only as words in quotes, which hold letters, digits, "_" and our own signs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from lapwing.adapters.sql.database import Database
from lapwing.adapters.sql.tables import post_search_progress as progress
from lapwing.microblog.search.posts import EVERY_POST, SearchablePost, account_key
from lapwing.microblog.search.queries import SearchQuery, Term

_IDS_AT_ONCE: Final = 500
_LAST_POSITION: Final = 16_383
"""PostgreSQL numbers no words beyond."""
_PUT_FTS5 = sa.text(
    "INSERT INTO post_words (rowid, words, created_ms) VALUES (:id, :words, :created_ms)"
)
_PUT_TSVECTOR = sa.text(
    "INSERT INTO post_words (id, words, created_ms)"
    " VALUES (:id, CAST(:words AS tsvector), :created_ms)"
)


class SqlPostSearch:
    """A `PostSearch` over all posts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._id = sa.column("rowid" if database.is_sqlite else "id", sa.BigInteger)
        self._table = sa.table("post_words", self._id, sa.column("created_ms", sa.BigInteger))

    async def index(self, posts: Sequence[SearchablePost]) -> None:
        newest = {post.id: post for post in posts}
        if not newest:
            return
        is_sqlite = self._database.is_sqlite
        rows = [
            {
                "id": post.id,
                "words": _fts5_text(post) if is_sqlite else _tsvector(post),
                "created_ms": post.created_ms,
            }
            for post in newest.values()
        ]
        async with self._database.writing() as connection:
            await self._delete(connection, list(newest))
            await connection.execute(_PUT_FTS5 if is_sqlite else _PUT_TSVECTOR, rows)

    async def remove(self, ids: Collection[int]) -> None:
        if ids:
            async with self._database.writing() as connection:
                await self._delete(connection, list(ids))

    async def remove_account(self, account_id: int) -> None:
        of_account = sa.select(self._id).where(self._has(SearchQuery(), account_id))
        async with self._database.writing() as connection:
            await connection.execute(sa.delete(self._table).where(self._id.in_(of_account)))

    async def read_position(self) -> int:
        async with self._database.reading() as connection:
            return (await connection.scalar(sa.select(progress.c.position))) or 0

    async def save_position(self, position: int) -> None:
        put = self._database.upsert(progress, replacing=["position"])
        async with self._database.writing() as connection:
            await connection.execute(put, {"only": 1, "position": position})

    async def search(
        self,
        query: SearchQuery,
        limit: int,
        before_id: int | None = None,
        account_id: int | None = None,
    ) -> list[int]:
        if query.is_empty or limit <= 0:
            return []
        created = self._table.c.created_ms
        statement = sa.select(self._id).select_from(self._table)
        statement = statement.where(self._has(query, account_id))
        if before_id is not None:
            statement = statement.where(self._id < before_id)
        if query.from_ms is not None:
            statement = statement.where(created >= query.from_ms)
        if query.until_ms is not None:
            statement = statement.where(created < query.until_ms)
        async with self._database.reading() as connection:
            ids = await connection.scalars(statement.order_by(self._id.desc()).limit(limit))
            return list(ids)

    def _has(self, query: SearchQuery, account_id: int | None) -> sa.ColumnElement[bool]:
        wanted = list(query.wanted)
        if account_id is not None:
            wanted.append(Term((account_key(account_id),)))
        wanted = wanted or [Term((EVERY_POST,))]
        if self._database.is_sqlite:
            match = sa.column("post_words").bool_op("MATCH")
            return match(_fts5_query(wanted, query.unwanted))
        match = sa.column("words").bool_op("@@")
        return match(sa.cast(_tsquery(wanted, query.unwanted), postgresql.TSQUERY))

    async def _delete(self, connection: AsyncConnection, ids: list[int]) -> None:
        for start in range(0, len(ids), _IDS_AT_ONCE):
            some = ids[start : start + _IDS_AT_ONCE]
            await connection.execute(sa.delete(self._table).where(self._id.in_(some)))


def _fts5_text(post: SearchablePost) -> str:
    return " ".join([*post.words(), *post.keys()])


def _fts5_query(wanted: Sequence[Term], unwanted: Sequence[Term]) -> str:
    positive = " AND ".join(map(_fts5_term, wanted))
    return " NOT ".join([f"({positive})", *map(_fts5_term, unwanted)])


def _fts5_term(term: Term) -> str:
    words = " ".join(term.words).replace('"', '""')
    return f'"{words}" *' if term.begun else f'"{words}"'


def _tsvector(post: SearchablePost) -> str:
    """`'down':3 ':from:bob'`: words with their places, keys without."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(post.words()[:_LAST_POSITION], start=1):
        places.setdefault(word, []).append(place)
    words = [f"{_lexeme(word)}:{','.join(map(str, at))}" for word, at in places.items()]
    return " ".join([*words, *map(_lexeme, post.keys())])


def _tsquery(wanted: Sequence[Term], unwanted: Sequence[Term]) -> str:
    return " & ".join(
        [*map(_tsquery_term, wanted), *(f"!{_tsquery_term(each)}" for each in unwanted)]
    )


def _tsquery_term(term: Term) -> str:
    words = [_lexeme(word) for word in term.words]
    if term.begun:
        words[-1] += ":*"
    return f"({' <-> '.join(words)})"


def _lexeme(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
