"""What every search in posts does."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lapwing.adapters.sql.database import Database
from lapwing.adapters.sql.post_search import SqlPostSearch
from lapwing.microblog.search.posts import PostSearch, SearchablePost, Trait
from lapwing.microblog.search.queries import LONGEST_QUERY, parse_query
from lapwing.microblog.search.recent import RecentPostSearch

DAY_MS = 86_400_000
NEW_YEAR_MS = 1_767_225_600_000
"""2026-01-01T00:00Z."""

ADA, BOB = 7, 8


@pytest.fixture
def search(database: Database | None) -> PostSearch:
    return RecentPostSearch() if database is None else SqlPostSearch(database)


def _post(
    post_id: int,
    text: str,
    author: int = ADA,
    *traits: Trait,
    day: int = 0,
    language: str = "en",
) -> SearchablePost:
    name = "ada" if author == ADA else "bob"
    created_ms = NEW_YEAR_MS + day * DAY_MS
    return SearchablePost(post_id, author, name, text, created_ms, frozenset(traits), language)


POSTS = [
    _post(1, "Is X down for anyone else? #XDown", ADA, day=-1),
    _post(2, "Twitter's timeline is empty: “Welcome to X”", BOB, Trait.MEDIA, Trait.IMAGE),
    _post(3, "Café au lait, don't worry @bob", ADA, Trait.REPLY, day=1),
    _post(4, "ट्विटर बंद है, हिन्दी में #नमस्ते", BOB, day=31, language="hi"),
    _post(5, "日本でXが落ちてる。タイムライン見れない", ADA, Trait.LINK, day=32, language="ja-JP"),
    _post(6, "down down: X is back up https://example.com/status?x=1", BOB, Trait.LINK, Trait.POLL),
    _post(7, "ไม่สามารถใช้งานได้ 🙈🫨 naïve_snake_case $whatsapp", BOB, day=40),
    _post(1 << 62, "The largest id of all, downtime", ADA, day=400),
]
BIG = 1 << 62


FOUND: dict[str, list[int]] = {
    "down": [BIG, 6, 1],
    "DOWN ": [BIG, 6, 1],
    "down x": [6, 1],
    "x downt": [],
    "timel": [2],
    "timel empty": [],
    '"is x down"': [1],
    '"x is down"': [],
    '"down down"': [6],
    '"welcome to': [2],
    "-down": [BIG, 7, 5, 4, 3, 2],
    "down -back": [1],
    'down -"for anyone"': [6],
    "cafe": [3],
    "CAFÉ LAIT": [3],
    "dont": [3],
    "don’t": [3],
    "twitters": [2],
    "ट्विटर": [4],
    "ट्विट": [4],
    "हिन्दी": [4],
    "हिन्दू": [],
    "落ちて": [5],
    "落ちない": [],
    "タイムライン": [5],
    "ﾀｲﾑﾗｲﾝ": [5],
    "使えない OR": [],
    "สามารถ": [7],
    "🙈": [],
    "naive_snake_case": [7],
    "#xdown": [1],
    "#XD": [1],
    "xdown": [1],
    "#down": [],
    "#नमस्ते": [4],
    "@bob": [3],
    "$whatsapp": [7],
    "from:bob down": [6],
    "from:@Ada@here.org": [BIG, 5, 3, 1],
    "-from:ada": [7, 6, 4, 2],
    "from:me": [BIG, 5, 3, 1],
    "from:nobody": [],
    "has:media": [2],
    "has:images": [2],
    "has:link": [6, 5],
    "has:link -has:poll": [5],
    "is:reply": [3],
    "-is:reply from:ada": [BIG, 5, 1],
    "language:ja": [5],
    "language:hi-IN": [4],
    "before:2026-01-01": [1],
    "until:2026": [1],
    "after:2026-01-01": [BIG, 7, 5, 4, 3],
    "since:2026-01-02": [BIG, 7, 5, 4, 3],
    "during:2026-01": [6, 3, 2],
    "during:2026-02": [7, 5, 4],
    "after:2026": [BIG],
    "x before:2026-02-01 after:2025-12-31": [6, 2],
    "is": [6, 2, 1],
    "from": [],
    "example.com/status": [6],
    "https://example.com/status?x=1": [6],
    "": [],
    "  ": [],
    "- + \" ' : ::": [],
    "down NOT x": [],
    "not": [],
    "downtim": [BIG],
    '"downtim"': [],
}


async def test_queries(search: PostSearch) -> None:
    await search.index(POSTS)
    found = {query: await search.search(parse_query(query, me="Ada"), 20) for query in FOUND}
    assert found == FOUND


async def test_pages_go_on_below_an_id(search: PostSearch) -> None:
    await search.index(POSTS)
    down = parse_query("down")
    assert await search.search(down, 2) == [BIG, 6]
    assert await search.search(down, 2, before_id=6) == [1]
    assert await search.search(down, 2, before_id=1) == []
    assert await search.search(down, 0) == []


async def test_posts_of_one_account(search: PostSearch) -> None:
    await search.index(POSTS)
    assert await search.search(parse_query("down"), 20, account_id=BOB) == [6]
    assert await search.search(parse_query("-down"), 20, account_id=ADA) == [BIG, 5, 3]
    assert await search.search(parse_query("down"), 20, account_id=99) == []


async def test_an_edited_post_is_found_by_its_new_words_only(search: PostSearch) -> None:
    await search.index(POSTS)
    await search.index([_post(6, "first"), _post(6, "works again", BOB)])
    assert await search.search(parse_query("down"), 20) == [BIG, 1]
    assert await search.search(parse_query("first"), 20) == []
    assert await search.search(parse_query("works"), 20) == [6]


async def test_removed_posts_are_not_found(search: PostSearch) -> None:
    await search.index(POSTS)
    await search.remove([6, 12345])
    assert await search.search(parse_query("down"), 20) == [BIG, 1]
    await search.remove_account(ADA)
    await search.remove_account(99)
    assert await search.search(parse_query("-nothing"), 20) == [7, 4, 2]
    await search.remove([])
    await search.index([])


async def test_the_position_is_the_last_that_was_saved(search: PostSearch) -> None:
    assert await search.read_position() == 0
    for position in (7, 1 << 60):
        await search.save_position(position)
        assert await search.read_position() == position


async def test_many_posts_at_once(search: PostSearch) -> None:
    await search.index([_post(number, f"word{number} all") for number in range(1, 1202)])
    assert await search.search(parse_query("all"), 3) == [1201, 1200, 1199]
    await search.remove(range(2, 1202))
    assert await search.search(parse_query("all"), 3) == [1]


HOSTILE = [
    *(
        '"',
        '""',
        '"""',
        "'",
        "';--",
        "*",
        "a*",
        "a* b*",
        "^a",
        "a:b",
        "words:a",
        "rowid:1",
        "{a b}:c",
    ),
    *("NEAR(a b, 2)", "a AND", "OR", "NOT a", "a NOT", "a + b", "(", "a)", "((a", "a:*", "a<->b"),
    *(
        "!a",
        "a & | b",
        "\\",
        "a\\'b",
        "%",
        "_",
        "a\x00b",
        "\ud800",
        "\u202e",
        "from:",
        "from:'",
        "has:",
    ),
    *("-", "--", '-"', "+-a", 'from:"a b', 'is:"', "@", "#", "$", "##a", '#a"b', ":is:post", "🏳️‍🌈"),
    *("before:", 'during:"', "post_words", "language:", "\ufdfa" * 40, "ﷺ", "a" * LONGEST_QUERY),
    *(
        "下" * LONGEST_QUERY,
        "a-" * 500,
        "-下" * 24,
        '"' + "下 " * 450,
        "#" + "下" * 900,
        "ß" * LONGEST_QUERY,
    ),
]


async def test_hostile_queries_harm_nothing(search: PostSearch) -> None:
    await search.index(POSTS)
    for query in HOSTILE:
        found = await search.search(parse_query(query), 20)
        assert set(found) <= {post.id for post in POSTS}, query


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_every_index_finds_what_the_one_in_memory_finds(
    search: PostSearch, data: st.DataObject
) -> None:
    words = st.sampled_from(
        ["x", "down", "下", "落", "かな", "हिन्दी", "e\u0301", "İ", "ß", "ǆ", "#x", "ﬁ", "ة"]
    )
    letters = st.text(st.characters(categories=["L", "M", "N", "P", "S"]), min_size=1, max_size=3)
    texts = st.lists(words | letters, min_size=1, max_size=6).map(" ".join)
    posts = [_post(number, data.draw(texts)) for number in range(1, 4)]
    asked = data.draw(texts | words.map('"{0}"'.format) | words.map("-{0}".format))
    memory = RecentPostSearch()
    for index in (memory, search):
        await index.remove([1, 2, 3])
        await index.index(posts)
    query = parse_query(asked)
    assert await search.search(query, 5) == await memory.search(query, 5)
