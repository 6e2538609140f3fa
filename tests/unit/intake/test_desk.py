"""Reports come in, are written down, and only then acknowledged."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from tests.unit.intake.desk_parts import (
    ANN,
    BOB,
    START,
    MemoryKeyStore,
    make_desk,
    rows_of,
)

from lapwing.adapters.clocks import SteppedClock
from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.kernel.instants import to_ms
from lapwing.kernel.refusals import Refusal, TooMany, Unavailable
from lapwing.outages.intake.caps import Caps
from lapwing.outages.intake.desk import IntakeDesk, Sender
from lapwing.outages.intake.limits import Allowance
from lapwing.outages.intake.submission import ReportInput
from lapwing.outages.journal import BackfillEnded

REPORT = ReportInput("x", "feed", "android")


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal()


@pytest.fixture
def desk(journal: MemoryJournal) -> IntakeDesk:
    return make_desk(journal)


def lines(*reports: object) -> bytes:
    return b"\n".join(json.dumps(report).encode() for report in reports)


async def test_a_public_report_is_kept_with_what_its_connection_says(
    desk: IntakeDesk, journal: MemoryJournal
) -> None:
    receipt = await desk.take_public(REPORT, ANN)
    (row,) = rows_of(journal)
    assert str(row.id) == receipt.id
    assert (row.service, row.symptom, row.platform, row.country) == ("x", "feed", "android", "IN")
    assert row.at_ms == to_ms(START)
    assert row.reporter
    assert row.block
    assert (row.network or "").startswith("net-")
    assert not row.trusted


async def test_no_address_is_kept(desk: IntakeDesk, journal: MemoryJournal) -> None:
    for address in ("203.0.113.7", "2001:db8:77::9"):
        await desk.take_public(REPORT, Sender(ip_address(address), "c" * 22, True))
    kept = repr(list(journal.read(0)))
    assert "203.0" not in kept
    assert "2001:db8" not in kept


async def test_people_behind_one_address_are_told_apart_by_their_cookies(
    desk: IntakeDesk, journal: MemoryJournal
) -> None:
    await desk.take_public(REPORT, ANN)
    await desk.take_public(REPORT, BOB)
    await desk.take_public(REPORT, ANN)
    ann, bob, again = rows_of(journal)
    assert ann.reporter == again.reporter != bob.reporter
    assert ann.block == bob.block
    caps = Caps()
    assert [caps.take(row, 1) for row in (ann, bob, again)] == [True, True, False]


async def test_a_known_network_is_its_asn(desk: IntakeDesk, journal: MemoryJournal) -> None:
    await desk.take_public(REPORT, Sender(ip_address("198.51.100.1"), "c" * 22, True))
    assert rows_of(journal)[0].network == "AS64500"


async def test_midnight_counts_nobody_twice(journal: MemoryJournal) -> None:
    clock = SteppedClock(datetime(2023, 12, 21, 23, 50, tzinfo=UTC))
    desk = make_desk(journal, clock)
    await desk.take_public(REPORT, ANN)
    clock.move_to(datetime(2023, 12, 22, 0, 10, tzinfo=UTC))
    await desk.take_public(REPORT, ANN)
    before, after = rows_of(journal)
    assert before.reporter == after.reporter_before != after.reporter
    assert Caps().select([before, after]) == [before]


@pytest.mark.parametrize("field", ["at", "reporter", "network"])
async def test_the_public_cannot_say_what_only_operators_may(desk: IntakeDesk, field: str) -> None:
    values = {"at": "2023-12-21T05:00:00Z", "reporter": "me", "network": "AS1"}
    with pytest.raises(Refusal) as caught:
        await desk.take_public(ReportInput("x", **{field: values[field]}), ANN)
    assert (caught.value.code, caught.value.field) == ("operator_only", field)


async def test_an_operators_bare_report_is_trusted(
    desk: IntakeDesk, journal: MemoryJournal
) -> None:
    await desk.take_operators(ReportInput("x", at="2023-12-20T00:00:00Z"), "ann")
    await desk.take_operators(ReportInput("x", reporter="customer-7"), "ann")
    await desk.take_operators(ReportInput("x", network="AS9"), "ann")
    bare, by_person, by_network = rows_of(journal)
    assert (bare.trusted, by_person.trusted, by_network.trusted) == (True, False, False)
    assert bare.at_ms == to_ms(datetime(2023, 12, 20, tzinfo=UTC))
    assert by_network.network == "AS9"
    assert by_person.reporter not in (None, "customer-7")


async def test_an_address_as_network_is_refused(desk: IntakeDesk) -> None:
    for address in ("10.1.2.3", "10.0.0.0/8", "2001:db8::1", " 10.1.2.3 ", "\u202e10.1.2.3"):
        with pytest.raises(Refusal) as caught:
            await desk.take_operators(ReportInput("x", network=address), "ann")
        assert caught.value.code == "address_given"


async def test_a_networks_name_cannot_mislead_its_readers(
    desk: IntakeDesk, journal: MemoryJournal
) -> None:
    await desk.take_operators(ReportInput("x", network=" Jio\u202e\nFiber "), "ann")
    await desk.take_operators(ReportInput("x", network="\u202e "), "ann")
    named, nameless = rows_of(journal)
    assert named.network == "Jio Fiber"
    assert (nameless.network, nameless.trusted) == (None, True)


async def test_one_person_is_limited_and_others_are_not(journal: MemoryJournal) -> None:
    clock = SteppedClock(START)
    desk = make_desk(journal, clock, allowance=Allowance(per_person_hour=3))
    for _ in range(3):
        await desk.take_public(REPORT, ANN)
    with pytest.raises(TooMany) as caught:
        await desk.take_public(REPORT, ANN)
    assert 0 < caught.value.retry_after_s <= 1200
    await desk.take_public(REPORT, BOB)
    clock.move_to(START + timedelta(seconds=caught.value.retry_after_s + 1))
    await desk.take_public(REPORT, ANN)
    assert len(rows_of(journal)) == 5


async def test_midnight_does_not_fill_a_persons_bucket(journal: MemoryJournal) -> None:
    clock = SteppedClock(datetime(2023, 12, 21, 23, 59, tzinfo=UTC))
    desk = make_desk(journal, clock, allowance=Allowance(per_person_hour=1))
    await desk.take_public(REPORT, ANN)
    clock.move_to(datetime(2023, 12, 22, 0, 1, tzinfo=UTC))
    with pytest.raises(TooMany):
        await desk.take_public(REPORT, ANN)


async def test_a_network_is_limited_generously(journal: MemoryJournal) -> None:
    desk = make_desk(journal, allowance=Allowance(per_network_minute=100))
    senders = [Sender(ANN.address, f"{k:022d}", True) for k in range(101)]
    for sender in senders[:100]:
        await desk.take_public(REPORT, sender)
    with pytest.raises(TooMany) as caught:
        await desk.take_public(REPORT, senders[100])
    assert caught.value.code == "network_too_busy"


async def test_reports_that_wait_together_share_an_entry(
    desk: IntakeDesk, journal: MemoryJournal
) -> None:
    senders = [Sender(ANN.address, f"{k:022d}", True) for k in range(50)]
    receipts = await asyncio.gather(*(desk.take_public(REPORT, one) for one in senders))
    assert len(list(journal.read(0))) == 1
    assert [receipt.id for receipt in receipts] == [str(row.id) for row in rows_of(journal)]


async def test_a_retry_gets_the_same_id_and_counts_nothing(
    desk: IntakeDesk, journal: MemoryJournal
) -> None:
    first, second = await asyncio.gather(
        desk.take_public(REPORT, ANN, "k1"), desk.take_public(REPORT, ANN, "k1")
    )
    third = await desk.take_public(REPORT, ANN, "k1")
    assert first == second == third
    assert len(rows_of(journal)) == 1
    assert await desk.take_public(REPORT, BOB, "k1") != first


async def test_a_key_that_came_with_another_report_is_refused(journal: MemoryJournal) -> None:
    """Or else a report would be acknowledged that nobody keeps."""
    store = MemoryKeyStore()
    desk = make_desk(journal, store=store)
    other = ReportInput("x", "login", "android")
    one, two = await asyncio.gather(
        desk.take_public(REPORT, ANN, "k"),
        desk.take_public(other, ANN, "k"),
        return_exceptions=True,
    )
    assert len(rows_of(journal)) == 1
    await desk.take_operators(REPORT, "ann", "k")
    restarted = make_desk(journal, store=store)
    refused = [two]
    for again in (desk.take_public(other, ANN, "k"), restarted.take_operators(other, "ann", "k")):
        with pytest.raises(Refusal) as caught:
            await again
        refused.append(caught.value)
    for each in refused:
        assert isinstance(each, Refusal)
        assert (each.code, each.field) == ("idempotency_key_reused", "Idempotency-Key")
    assert await restarted.take_public(REPORT, ANN, "k") == one


async def test_a_retry_is_known_after_a_restart_and_midnight(journal: MemoryJournal) -> None:
    store = MemoryKeyStore()
    clock = SteppedClock(datetime(2023, 12, 21, 23, 50, tzinfo=UTC))
    without_cookie = Sender(ip_address("203.0.113.7"), "d" * 22, known_by_cookie=False)
    first = await make_desk(journal, clock, store=store).take_public(REPORT, without_cookie, "k")
    clock.move_to(datetime(2023, 12, 22, 0, 10, tzinfo=UTC))
    retry = Sender(ip_address("203.0.113.7"), "e" * 22, known_by_cookie=False)
    again = make_desk(journal, clock, store=store)
    assert await again.take_public(REPORT, retry, "k") == first
    assert len(rows_of(journal)) == 1


async def test_an_operators_retry_is_known_for_a_day(journal: MemoryJournal) -> None:
    clock = SteppedClock(START)
    desk = make_desk(journal, clock)
    first = await desk.take_operators(REPORT, "ann", "k")
    assert await desk.take_operators(REPORT, "ann", "k") == first
    assert await desk.take_operators(REPORT, "bob", "k") != first
    clock.move_to(START + timedelta(hours=25))
    await desk.take_operators(REPORT, "ann", "other")
    assert await desk.take_operators(REPORT, "ann", "k") != first


async def test_what_cannot_be_kept_is_not_acknowledged(
    desk: IntakeDesk, journal: MemoryJournal
) -> None:
    journal.out_of_order = Unavailable("full")
    with pytest.raises(Unavailable):
        await desk.take_public(REPORT, ANN, "k")
    with pytest.raises(Unavailable):
        await desk.take_batch(lines({"service": "x"}), "ann", "k")
    journal.out_of_order = None
    await desk.take_public(REPORT, ANN, "k")
    await desk.take_batch(lines({"service": "x"}), "ann", "k")
    assert len(rows_of(journal)) == 2


async def test_every_line_of_a_batch_is_answered_by_itself(
    desk: IntakeDesk, journal: MemoryJournal
) -> None:
    body = b"\n".join(
        [
            b'{"service":"x","symptom":"feed"}',
            b"{broken",
            b"",
            b'{"service":"nope"}',
            b'{"service":"x","city":"Nowhere at all","country":"IN"}\r',
            b'{"service":"x","text":"\xff"}',
            b"",
        ]
    )
    answers = await desk.take_batch(body, "ann")
    assert [answer.line for answer in answers] == [1, 2, 4, 5, 6]
    assert [answer.error and answer.error.code for answer in answers] == [
        None,
        "invalid_json",
        "unknown_service",
        None,
        "invalid_json",
    ]
    assert answers[3].notes == ("city_unknown",)
    assert [answers[0].id, answers[3].id] == [str(row.id) for row in rows_of(journal)]


async def test_a_batch_is_one_entry_and_a_retry_of_it_counts_nothing(
    journal: MemoryJournal,
) -> None:
    store = MemoryKeyStore()
    desk = make_desk(journal, store=store)
    body = lines({"service": "x"}, {"service": "nope"}, {"service": "x"}, {"service": "x"})
    first = await desk.take_batch(body, "ann", "import-1")
    again = await desk.take_batch(body, "ann", "import-1")
    restarted = await make_desk(journal, store=store).take_batch(body, "ann", "import-1")
    assert first == again == restarted
    assert len(list(journal.read(0))) == 1
    assert len(rows_of(journal)) == 3


async def test_batches_under_one_key_at_the_same_time_count_once(
    desk: IntakeDesk, journal: MemoryJournal
) -> None:
    body = lines(*[{"service": "x"}] * 2500)
    first, second = await asyncio.gather(
        desk.take_batch(body, "ann", "k"), desk.take_batch(body, "ann", "k")
    )
    assert first == second
    assert len(rows_of(journal)) == 2500


async def test_a_batch_that_is_too_long_is_refused(desk: IntakeDesk) -> None:
    for body in (lines(*[{"service": "x"}] * 10_001), b"\n" * 50_000, b"x\n" * 15_000):
        with pytest.raises(Refusal) as caught:
            await desk.take_batch(body, "ann")
        assert caught.value.code == "too_large"


async def test_ids_only_grow_over_restarts(journal: MemoryJournal) -> None:
    clock = SteppedClock(START)
    await make_desk(journal, clock).take_batch(lines(*[{"service": "x"}] * 50), "ann")
    await make_desk(journal, clock).take_public(REPORT, ANN)
    ids = [row.id for row in rows_of(journal)]
    assert ids == sorted(set(ids))


async def test_the_end_of_a_backfill_is_told_once_per_service(
    desk: IntakeDesk, journal: MemoryJournal
) -> None:
    assert await desk.end_backfill(["x", "x"]) == ["x"]
    assert [entry for _, entry in journal.read(0)] == [BackfillEnded(to_ms(START), ["x"])]
    for wrong in ([], ["nope"]):
        with pytest.raises(Refusal):
            await desk.end_backfill(wrong)


async def test_a_sender_who_goes_away_harms_no_other(
    desk: IntakeDesk, journal: MemoryJournal
) -> None:
    leaving = asyncio.ensure_future(desk.take_public(REPORT, ANN))
    staying = asyncio.ensure_future(desk.take_public(REPORT, BOB))
    await asyncio.sleep(0)
    leaving.cancel()
    receipt = await staying
    assert receipt.id in {str(row.id) for row in rows_of(journal)}
