"""The keystone of pillar 1: a checkpoint and the entries after it give the same watch."""

from itertools import cycle, islice
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lapwing.outages.checkpoint import capturing, compress, packed, restore
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.rule import Rule
from lapwing.outages.journal import Entry, PostHint, PostsHinted, ReportsTaken, TimePassed
from lapwing.outages.model import ReportRow
from lapwing.outages.watch import Watch

START_MS = 1_703_116_800_000

reports = st.builds(
    lambda service, country, platform, reporter, trusted: (
        service,
        country,
        platform,
        reporter,
        trusted,
    ),
    st.sampled_from(["x", "jio"]),
    st.sampled_from(["IN", "US", None]),
    st.sampled_from(["web", "ios"]),
    st.integers(0, 400).map(str),
    st.booleans(),
)
steps = st.lists(
    st.tuples(st.integers(0, 150), st.lists(reports, max_size=40), st.integers(1, 30)),
    min_size=2,
    max_size=25,
)


def fresh() -> Watch:
    return Watch(Detector(Rule(), lambda country, minute: 330), lambda slug, of, value: value)


def entries(made: list[tuple[int, list[Any], int]]) -> list[Entry]:
    """Bursts: each step's reports, `times` over, and posts by some of their people, then some
    seconds."""
    found: list[Entry] = []
    now_ms = START_MS
    for number, (seconds, rows, times) in enumerate(made):
        taken = [
            ReportRow(
                id=number * 10_000 + turn * 100 + index,
                at_ms=now_ms,
                service=service,
                country=country,
                platform=platform,
                reporter=f"{reporter}-{turn}",
                network=f"n{(index + turn) % 7}",
                block=f"b{turn % 50}-{index}",
                trusted=trusted,
            )
            for turn in range(times)
            for index, (service, country, platform, reporter, trusted) in enumerate(rows)
        ]
        found.append(ReportsTaken(now_ms, taken))
        said = [PostHint(service, reporter) for service, _, _, reporter, _ in rows[::3]]
        found.append(PostsHinted(now_ms, said))
        now_ms += seconds * 1000
        found.append(TimePassed(now_ms))
    return found


def digest(watch: Watch) -> dict[str, Any]:
    incidents = {key: msgspec.to_builtins(one) for key, one in watch.records.incidents.items()}
    return {**packed(watch), "known": incidents}


@settings(max_examples=25, deadline=None)
@given(steps, st.floats(0, 1))
def test_a_restart_at_any_point_gives_the_same_state(
    made: list[tuple[int, list[Any], int]], where: float
) -> None:
    whole, after, journal = fresh(), fresh(), entries(made)
    cut = round(where * len(journal))
    for position, entry in enumerate(journal[:cut], 1):
        whole.apply(position, entry)
    assert restore(after, packed(whole), list(whole.records.incidents.values()))
    for position, entry in enumerate(journal[cut:], cut + 1):
        whole.apply(position, entry)
        after.apply(position, entry)
    assert digest(after) == digest(whole)


@settings(max_examples=12, deadline=None)
@given(steps, st.floats(0, 1), st.lists(st.integers(0, 30), min_size=1, max_size=12))
def test_a_checkpoint_taken_while_the_watch_goes_on_is_of_its_first_instant(
    made: list[tuple[int, list[Any], int]], where: float, turns: list[int]
) -> None:
    """Between the entries so many chunks are packed as `turns` says, over and over."""
    journal = entries(made)
    cut = round(where * len(journal))
    watch, after = fresh(), fresh()
    for position, entry in enumerate(journal[:cut], 1):
        watch.apply(position, entry)
    then, incidents = digest(watch), list(watch.records.incidents.values())
    blobs = {}
    with capturing(watch) as capture:
        for turn, (position, entry) in zip(cycle(turns), enumerate(journal[cut:], cut + 1)):
            for chunk in islice(iter(capture.next_chunk, None), turn):
                blobs[chunk[0]] = compress(chunk[1])
            watch.apply(position, entry)
        for name, content in iter(capture.next_chunk, None):
            blobs[name] = compress(content)
    assert restore(after, blobs, incidents)
    assert digest(after) == then
    for position, entry in enumerate(journal[cut:], cut + 1):
        after.apply(position, entry)
    assert digest(after) == digest(watch)


def test_a_checkpoint_of_another_form_is_passed_over() -> None:
    blobs = packed(fresh())
    of_other = {**blobs, "head": compress(msgspec.msgpack.encode({"format": 1, "nodes": []}))}
    of_old = {"arrays": b"", "rest": msgspec.msgpack.encode({"format": 3}), "caps": b""}
    watch = fresh()
    assert not restore(watch, of_other, [])
    assert not restore(watch, of_old, [])
    assert restore(watch, blobs, [])
