"""A reader beside the process that writes: what people see and may do while that one is away."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import pytest
from tests.integration.square_at_risk import START_S, SquareServer
from tests.real_server import wait_until
from tests.seeded_square import HIDDEN, SeededSquare, seed_square

_numbers = count()


class Reader(SquareServer):
    """`lapwing serve --role web`."""

    def __init__(self, data: Path, **settings: str) -> None:
        super().__init__(data, **settings)
        self._log = data.with_name(f"{data.name}.reader.log")

    def command(self) -> Sequence[str]:
        return [*super().command(), "--role", "web"]


@dataclass
class Beside:
    """A writer and a reader of one data folder."""

    cast: SeededSquare
    writer: SquareServer
    reader: Reader
    posts: list[str] = field(default_factory=list)
    """Words of posts that were taken."""

    def word(self) -> str:
        return f"widgeon{next(_numbers)}"

    def post(self, word: str, who: str = "ravi") -> httpx.Response:
        headers = {**self.cast[who].by_app, "Idempotency-Key": word}
        answer = self.reader.client.post(
            "/api/v1/statuses", json={"status": f"{word} of the lake"}, headers=headers
        )
        assert answer.status_code == 200, answer.text
        if word not in self.posts:
            self.posts.append(word)
        return answer

    def post_by_form(self, word: str) -> None:
        answer = self.reader.client.post(
            "/compose",
            data={"text": f"{word} of the lake", "request": word},
            headers=self.cast["ravi"].by_browser,
        )
        assert answer.status_code == 303, answer.text
        self.posts.append(word)

    def home(self, who: str = "asha", *, at: SquareServer | None = None) -> httpx.Response:
        asked = (at or self.reader).client
        answer = asked.get("/api/v1/timelines/home?limit=40", headers=self.cast[who].by_app)
        assert answer.status_code == 200, answer.text
        return answer

    def page(self, who: str = "asha") -> str:
        answer = self.reader.client.get("/home", headers=self.cast[who].by_browser)
        assert answer.status_code == 200, answer.text
        return answer.text

    def check_each_once(self, at: SquareServer) -> None:
        shown = self.home(at=at).text
        for word in self.posts:
            assert shown.count(f"{word} of the lake</p>") == 1, word

    def wait_for_writer(self) -> None:
        wait_until(
            "the reader hears the writer",
            lambda: self.home().headers["x-timeline-source"] == "live",
            within_s=30,
        )

    def wait_for_delivery(self) -> None:
        self.wait_for_writer()
        wait_until("nothing waits", lambda: "Waiting:" not in self.home("ravi").text, within_s=30)

    def wait_for_silence(self) -> None:
        wait_until(
            "the reader misses the writer",
            lambda: self.home().headers["x-timeline-source"] == "replica",
            within_s=30,
        )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    data = tmp_path_factory.mktemp("beside") / "data"
    cast = asyncio.run(seed_square(data))
    reader = Reader(data)
    reader._settings["url"] = reader.url
    writer = SquareServer(data, url=reader.url)
    pair = Beside(cast, writer, reader)
    writer.begin()
    reader.start()
    wait_until("the writer answers", writer._answers, within_s=START_S)
    pair.wait_for_writer()
    yield pair
    reader.close()
    writer.close()


def test_what_one_has_just_written_is_there(pair: Beside) -> None:
    word = pair.word()
    written = pair.post(word).json()
    found = pair.reader.client.get(f"/api/v1/statuses/{written['id']}")
    assert found.json()["content"] == f"<p>{word} of the lake</p>"
    pair.post_by_form(pair.word())
    pair.check_each_once(pair.reader)
    pair.check_each_once(pair.writer)


def test_what_is_written_elsewhere_arrives(pair: Beside) -> None:
    word = pair.word()
    answer = pair.writer.client.post(
        "/api/v1/statuses",
        json={"status": f"{word} of the lake"},
        headers=pair.cast["ravi"].by_app,
    )
    assert answer.status_code == 200
    wait_until("the reader has it", lambda: word in pair.home().text)


def test_streams_are_fed_by_the_copy(pair: Beside) -> None:
    word = pair.word()
    asha = pair.cast["asha"].by_app
    with pair.reader.client.stream("GET", "/api/v1/streaming/user", headers=asha) as stream:
        assert stream.status_code == 200
        lines = stream.iter_lines()
        pair.post(word)
        assert "event: update" in lines
        assert word in next(lines)


def test_outages_and_sign_in_are_the_writers(pair: Beside) -> None:
    for path in ("/", "/services/x", "/api/v1/board", "/sign-in", "/explore"):
        answer = pair.reader.client.get(path)
        assert answer.status_code == 200, path
        assert "x-outages-source" not in answer.headers
    assert pair.reader.report(1).status_code == 202


def test_only_this_machines_processes_may_speak_as_readers(pair: Beside) -> None:
    for headers in ({}, {"X-Lapwing-Reader": "a guess"}):
        asked = pair.writer.client.get("/reader/position", headers=headers)
        assert asked.status_code == 404
        sent = pair.writer.client.post("/reader/posts", content=b"", headers=headers)
        assert sent.status_code in (404, 405)


def test_people_read_on_while_the_writer_is_away(pair: Beside) -> None:
    pair.reader.client.get("/services/x")
    pair.writer.kill()
    pair.wait_for_silence()
    try:
        answer = pair.home()
        assert len(answer.json()) >= 30
        assert int(answer.headers["age"]) >= 0
        assert HIDDEN not in answer.text
        page = pair.page()
        assert "of the lake" in page
        assert HIDDEN not in page
        found = pair.reader.client.get(
            f"/api/v2/search?q={HIDDEN}", headers=pair.cast["asha"].by_app
        )
        assert found.json()["statuses"] == []
        for path in ("/explore", "/search?q=lake", "/local", "/@ravi"):
            assert pair.reader.client.get(path).status_code == 200, path
        kept = pair.reader.client.get("/services/x")
        assert kept.status_code == 200
        assert kept.headers["x-outages-source"] == "kept"
        assert int(kept.headers["age"]) >= 0
        assert "This page is as of" in kept.text
        _check_refusals(pair)
    finally:
        pair.writer.start()
    pair.wait_for_delivery()
    pair.check_each_once(pair.reader)


def _check_refusals(pair: Beside) -> None:
    dora, ravi = pair.cast["dora"], pair.cast["ravi"]
    followed = pair.reader.client.post(
        f"/api/v1/accounts/{ravi.account_id}/follow", headers=dora.by_app
    )
    assert followed.status_code == 503
    assert "away" in followed.json()["error"]
    page = pair.reader.client.get("/sign-in")
    assert page.status_code == 503
    for answer in (followed, page):
        assert float(answer.headers["retry-after"]) > 0


def test_posts_wait_and_come_once(pair: Beside) -> None:
    pair.writer.kill()
    pair.wait_for_silence()
    first, second = pair.word(), pair.word()
    waiting = pair.post(first)
    assert "Waiting:" in waiting.json()["content"]
    assert _kept_by_reader(pair, first)
    assert pair.post(first).json()["id"] == waiting.json()["id"]
    pair.post_by_form(second)
    for word in (first, second):
        assert word in pair.home("ravi").text
        assert word in pair.page("ravi")
        assert word not in pair.home("asha").text
        assert word not in pair.page("meena")
    for who in ("asha", "dora"):
        hidden = pair.reader.client.get(
            f"/api/v1/statuses/{waiting.json()['id']}", headers=pair.cast[who].by_app
        )
        assert hidden.status_code == 404

    pair.reader.kill()
    pair.reader.start()
    assert first in pair.home("ravi").text
    pair.writer.start()
    pair.wait_for_delivery()
    pair.check_each_once(pair.reader)
    pair.check_each_once(pair.writer)
    wait_until("nothing of it stays with the reader", lambda: not _kept_by_reader(pair, first))
    again = pair.post(first).json()
    assert again["id"] != waiting.json()["id"]
    assert again["content"] == f"<p>{first} of the lake</p>"
    pair.check_each_once(pair.writer)


def _kept_by_reader(pair: Beside, word: str) -> bool:
    folder = pair.reader.data / "square" / "readers"
    return any(word.encode() in one.read_bytes() for one in folder.rglob("*.journal"))


def test_a_writer_that_stands_still_is_one_that_is_away(pair: Beside) -> None:
    assert pair.writer.process is not None
    pair.writer.process.send_signal(signal.SIGSTOP)
    try:
        word = pair.word()  # some reach the writer's ear, and it wakes up to them
        pair.post(word)
        pair.wait_for_silence()
        pair.post(pair.word())
        assert len(pair.home().json()) >= 30
    finally:
        pair.writer.process.send_signal(signal.SIGCONT)
    pair.wait_for_delivery()
    pair.check_each_once(pair.reader)
    pair.check_each_once(pair.writer)


def test_a_journal_that_went_back_is_copied_anew(pair: Beside) -> None:
    lost = pair.word()
    pair.post(lost)
    pair.posts.remove(lost)
    last = max((pair.writer.data / "square" / "journal").glob("*.journal"))
    pair.writer.kill()
    pair.wait_for_silence()
    content = last.read_bytes()
    last.write_bytes(content[: content.rindex(b"LWrc")])  # what a power cut may take
    wait_until("the copy is made anew", lambda: not _shows(pair, lost), within_s=START_S)
    assert pair.reader.process is not None
    assert pair.reader.process.poll() is None
    pair.writer.start()
    pair.wait_for_writer()
    pair.check_each_once(pair.reader)


def _shows(pair: Beside, word: str) -> bool:
    """Whether the reader has it; also while it does not answer."""
    try:
        return word in pair.home("ravi").text
    except httpx.TransportError:
        return True
