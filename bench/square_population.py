"""A population for the microblog's benchmarks: a checkpoint that a server starts from."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from lapwing.accounts.access import digest_of
from lapwing.accounts.entries import AccountOpened, AppRegistered, TokenIssued
from lapwing.accounts.model import Standing
from lapwing.adapters.checkpoint_files import CheckpointFiles
from lapwing.adapters.file_journal import FileJournal
from lapwing.adapters.sql.database import open_database
from lapwing.adapters.sql.post_search import SqlPostSearch
from lapwing.app_square import checkpoint_folder, journal_folder
from lapwing.kernel.ids import IdSequence
from lapwing.microblog.model import Post
from lapwing.microblog.state import SquareEntry, SquareState
from lapwing.settings import load_settings

START_MS = 1_780_000_000_000
_WORDS = [
    "down",
    "again",
    "posts",
    "feed",
    "loading",
    "nobody",
    "anywhere",
    "morning",
    "train",
    "coffee",
    "power",
    "network",
    "slow",
    "video",
    "picture",
    "thread",
    "read",
    "write",
    "answer",
    "later",
    "today",
    "rain",
    "city",
    "works",
    "fixed",
    "thanks",
]


@dataclass(frozen=True)
class Size:
    accounts: int
    follows: int
    posts: int
    tokens: int = 200
    all_follow_the_first: bool = False


SMALL = Size(1_000, 20, 10_000)
LARGE = Size(100_000, 100, 2_000_000)


def write_population(data: Path, size: Size) -> list[str]:
    """Fills an empty data folder; returns access tokens of some of its people."""
    state = SquareState()
    chance = random.Random(1)
    ids = IdSequence()
    people = _open_accounts(state, size, ids)
    tokens = _issue_tokens(state, people, size, ids)
    _relate(state, people, size)
    _write_posts(state, people, size, chance, ids)
    journal = FileJournal(journal_folder(data), SquareEntry)
    CheckpointFiles(checkpoint_folder(data)).write(journal.last_position, state.capture())
    asyncio.run(_call_indexed(data, journal.last_position))
    return tokens


async def _call_indexed(data: Path, position: int) -> None:
    """The search index is no part of these figures: it would be filled while they are taken."""
    database = await open_database(load_settings({"LAPWING_DATA": str(data)}).database_url)
    await SqlPostSearch(database).save_position(position)
    await database.close()


def _open_accounts(state: SquareState, size: Size, ids: IdSequence) -> list[int]:
    people = []
    for number in range(size.accounts):
        account_id = ids.take(START_MS + number)
        entry = AccountOpened(START_MS, account_id, f"person{number}", Standing.ACTIVE)
        state.accounts.apply(entry)
        people.append(account_id)
    return people


def _issue_tokens(state: SquareState, people: list[int], size: Size, ids: IdSequence) -> list[str]:
    app_id = ids.take(START_MS)
    scopes = ("read", "write", "follow")
    state.accounts.apply(
        AppRegistered(
            at_ms=START_MS,
            app_id=app_id,
            client_id="bench",
            secret_digest=digest_of("bench"),
            name="bench",
            website="",
            redirect_uris=("urn:ietf:wg:oauth:2.0:oob",),
            scopes=scopes,
        )
    )
    tokens = []
    for number in range(size.tokens):
        secret = f"bench-token-{number}"
        tokens.append(secret)
        state.accounts.apply(
            TokenIssued(
                at_ms=START_MS,
                grant_id=ids.take(START_MS),
                app_id=app_id,
                account_id=people[number * len(people) // size.tokens],
                digest=digest_of(secret),
                scopes=scopes,
            )
        )
    return tokens


def _relate(state: SquareState, people: list[int], size: Size) -> None:
    numbers = np.random.default_rng(1)
    known = np.array(people, dtype=np.int64)
    packed = {}
    for one in people:
        chosen = np.unique(known[numbers.integers(0, len(known), size.follows)])
        if size.all_follow_the_first:
            chosen = np.union1d(chosen, known[:1])
        packed[one] = chosen[chosen != one].tobytes()
    state.square.relations.restore([msgspec.msgpack.encode([{"follow": packed}])])


def _write_posts(
    state: SquareState, people: list[int], size: Size, chance: random.Random, ids: IdSequence
) -> None:
    for number in range(size.posts):
        at_ms = START_MS + 10_000_000 + number * 1000
        post_id = ids.take(at_ms)
        words = " ".join(chance.choices(_WORDS, k=18))
        author = people[chance.randrange(len(people))]
        text = f"{words} #{_WORDS[number % len(_WORDS)]}"
        tags = (_WORDS[number % len(_WORDS)],)
        post = Post(post_id, author, at_ms, text, thread_id=post_id, tags=tags)
        state.square.posts.add(post)
