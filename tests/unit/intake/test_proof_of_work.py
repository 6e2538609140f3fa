"""Work is asked for while there is an attack, and each challenge is good once."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.intake.desk_parts import ANN, START, make_desk, rows_of
from tests.unit.intake.work_done import work_for

from lapwing.adapters.clocks import SteppedClock
from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.kernel.instants import minute_of, to_ms
from lapwing.kernel.refusals import TooMany
from lapwing.outages.intake.desk import Sender
from lapwing.outages.intake.limits import Allowance
from lapwing.outages.intake.proof_of_work import (
    ATTACK_LASTS_MIN,
    GOOD_FOR_MS,
    LIMITED_REPORTS,
    Challenges,
    Gate,
    WorkRequired,
)
from lapwing.outages.intake.submission import ReportInput

NOW_MS = to_ms(START)
BITS = 6
KEY = b"k" * 32
REPORT = ReportInput("x", "feed")


@pytest.fixture
def challenges() -> Challenges:
    return Challenges(KEY, BITS)


def attacked(service: str = "x") -> Gate:
    return Gate(Challenges(KEY, BITS), {service: minute_of(START)}.get)


def asked_of(
    gate: Gate, now_ms: int = NOW_MS, *, block: str | None = "b", form: bool = False
) -> WorkRequired:
    with pytest.raises(WorkRequired) as refused:
        gate.check("x", None, block, now_ms, by_form=form)
    return refused.value


# --- challenges


def test_work_is_taken_once(challenges: Challenges) -> None:
    work = work_for(challenges.make("x", NOW_MS))
    assert challenges.take("x", work, NOW_MS + 1000)
    assert not challenges.take("x", work, NOW_MS + 2000)


def works_for(challenges: Challenges) -> list[str]:
    """So many that some are of no use elsewhere, though one of 64 happens to be."""
    return [work_for(challenges.make("x", NOW_MS)) for _ in range(10)]


def test_work_is_for_one_service(challenges: Challenges) -> None:
    works = works_for(challenges)
    assert not all(challenges.take("y", work, NOW_MS) for work in works)


def test_work_is_taken_by_another_process_with_the_same_key(challenges: Challenges) -> None:
    works = works_for(challenges)
    assert all(Challenges(KEY, BITS).take("x", work, NOW_MS) for work in works)
    assert not all(Challenges(b"other", BITS).take("x", work, NOW_MS) for work in works)


def test_work_is_too_late_after_five_minutes(challenges: Challenges) -> None:
    work = work_for(challenges.make("x", NOW_MS))
    assert not challenges.take("x", work, NOW_MS + GOOD_FOR_MS + 1)
    assert challenges.take("x", work, NOW_MS + GOOD_FOR_MS)


def test_taken_work_stays_taken_for_as_long_as_it_is_good(challenges: Challenges) -> None:
    first = work_for(challenges.make("x", NOW_MS))
    assert challenges.take("x", first, NOW_MS)
    for later_ms in range(0, GOOD_FOR_MS + 1, 20_000):
        assert challenges.take(
            "x", work_for(challenges.make("x", NOW_MS + later_ms)), NOW_MS + later_ms
        )
        assert not challenges.take("x", first, NOW_MS + later_ms)


def test_a_number_that_is_not_enough_is_refused(challenges: Challenges) -> None:
    challenge = challenges.make("x", NOW_MS)
    ticket, _, number = work_for(challenge).partition(".")
    wrong = next(
        n
        for n in range(1000)
        if str(n) != number and not challenges.take("x", f"{ticket}.{n}", NOW_MS)
    )
    assert not challenges.take("x", f"{ticket}.{wrong}", NOW_MS)


@given(st.text(max_size=60))
def test_anything_else_is_refused(work: str) -> None:
    assert not Challenges(KEY, BITS).take("x", work, NOW_MS)


def test_the_time_cannot_be_put_off(challenges: Challenges) -> None:
    challenge = challenges.make("x", NOW_MS)
    ends, _, nonce = challenge.ticket.partition("-")
    _, _, number = work_for(challenge).partition(".")
    assert not challenges.take("x", f"{int(ends) + 1000}-{nonce}.{number}", NOW_MS + 2000)


# --- when it is asked for


def test_nobody_is_asked_in_peace() -> None:
    gate = Gate(Challenges(KEY, BITS), lambda _service: None)
    gate.check("x", None, "b", NOW_MS, by_form=False)


def test_only_the_service_under_attack_asks() -> None:
    gate = attacked("y")
    gate.check("x", None, "b", NOW_MS, by_form=False)


def test_an_attack_is_over_some_minutes_after_its_last_sign() -> None:
    gate = attacked()
    assert gate.is_attacked("x", NOW_MS + (ATTACK_LASTS_MIN - 1) * 60_000)
    assert not gate.is_attacked("x", NOW_MS + (ATTACK_LASTS_MIN + 1) * 60_000)


def test_many_reports_over_a_limit_are_an_attack_on_all() -> None:
    gate = Gate(Challenges(KEY, BITS), lambda _service: None)
    for one in range(LIMITED_REPORTS - 1):
        gate.limited(NOW_MS + one)
    assert not gate.is_attacked("x", NOW_MS + LIMITED_REPORTS)
    gate.limited(NOW_MS + LIMITED_REPORTS)
    assert gate.is_attacked("x", NOW_MS + LIMITED_REPORTS)
    assert not gate.is_attacked("x", NOW_MS + (ATTACK_LASTS_MIN + 1) * 60_000)


def test_the_challenge_that_is_given_lets_the_report_through() -> None:
    gate = attacked()
    gate.check("x", work_for(asked_of(gate).challenge), "b", NOW_MS, by_form=False)


def test_a_form_without_javascript_has_a_few_reports_of_a_block() -> None:
    gate = attacked()
    gate.check("x", None, "b", NOW_MS, by_form=True)
    gate.check("x", None, "b", NOW_MS, by_form=True)
    assert asked_of(gate, form=True).code == "work_required"
    gate.check("x", None, "other", NOW_MS, by_form=True)


# --- at the desk


async def test_the_public_is_asked_and_let_through() -> None:
    journal = MemoryJournal()
    desk = make_desk(journal, gate=attacked())
    with pytest.raises(WorkRequired) as asked:
        await desk.take_public(REPORT, ANN)
    assert rows_of(journal) == []
    await desk.take_public(REPORT, ANN, work=work_for(asked.value.challenge))
    assert len(rows_of(journal)) == 1


async def test_an_operator_is_not_asked() -> None:
    journal = MemoryJournal()
    await make_desk(journal, gate=attacked()).take_operators(REPORT, "ann")
    assert len(rows_of(journal)) == 1


async def test_a_retry_of_what_was_taken_is_not_asked_again() -> None:
    refused: dict[str, int] = {}
    gate = Gate(Challenges(KEY, BITS), refused.get)
    desk = make_desk(MemoryJournal(), gate=gate)
    first = await desk.take_public(REPORT, ANN, "key")
    refused["x"] = minute_of(START)
    assert await desk.take_public(REPORT, ANN, "key") == first


async def test_reports_over_the_limit_alarm_the_gate() -> None:
    gate = Gate(Challenges(KEY, BITS), lambda _service: None)
    allowance = Allowance(per_person_hour=1)
    desk = make_desk(MemoryJournal(), SteppedClock(START), allowance=allowance, gate=gate)
    sender = Sender(ip_address("203.0.113.9"), "c" * 22, known_by_cookie=True)
    await desk.take_public(REPORT, sender)
    for _ in range(LIMITED_REPORTS):
        with pytest.raises(TooMany):
            await desk.take_public(REPORT, sender)
    with pytest.raises(WorkRequired):
        await desk.take_public(REPORT, ANN)
