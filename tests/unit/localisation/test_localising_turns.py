import msgspec

from lapwing.kernel.instants import minute_of, start_of
from lapwing.outages.incidents.localised import (
    MOST_KEPT,
    Attribute,
    Localised,
    LocalisedPart,
    recorded,
)
from lapwing.outages.incidents.localising_turns import (
    MOST_AT_ONCE,
    MOST_REPORTS_AT_ONCE,
    Candidate,
    in_turn,
    is_due,
)

DECLARED = 28_000_000


def answer(minute: int, reports: int = 30, *cities: str) -> Localised:
    at = start_of(DECLARED + minute)
    attributes = (Attribute("city", cities, cities),) if cities else ()
    return Localised(at, at, reports, 10.0, (LocalisedPart(attributes, reports, 1.0, 1.0, 1e-9),))


def candidate(before: Localised | None, reports: int = 30, incident: str = "x") -> Candidate:
    looked = 0 if before is None else minute_of(before.at)
    return Candidate(incident, DECLARED, reports, 10.0, before, looked)


def test_looks_are_closer_together_at_first() -> None:
    looked, before = [], None
    for minute in range(60):
        if is_due(candidate(before), DECLARED + minute):
            looked.append(minute)
            before = answer(minute)
    assert looked == [0, 1, 2, 3, 5, 8, 13, 21, 34, 55]


def test_a_look_that_was_put_off_is_due_until_it_is_taken() -> None:
    assert is_due(candidate(answer(3)), DECLARED + 7)
    assert not is_due(candidate(answer(7)), DECLARED + 7)
    assert is_due(candidate(answer(7)), DECLARED + 8)


def test_an_excess_that_grew_by_a_quarter_is_looked_at() -> None:
    before = answer(56, 30)
    assert not is_due(candidate(before, reports=34), DECLARED + 57)
    assert is_due(candidate(before, reports=35), DECLARED + 57)


def test_a_storm_is_looked_at_piece_by_piece_and_nobody_is_forgotten() -> None:
    answers: dict[str, Localised | None] = {f"i{n}": None for n in range(300)}
    for minute in range(300 // MOST_AT_ONCE):
        turn, _ = in_turn(
            [candidate(before, incident=one) for one, before in answers.items()],
            DECLARED + minute,
        )
        assert len(turn) <= MOST_AT_ONCE
        answers.update(dict.fromkeys(turn, answer(minute)))
    assert None not in answers.values()


def test_of_those_never_looked_at_the_largest_is_first() -> None:
    storm = [candidate(None, 30 + n, f"i{n}") for n in range(2 * MOST_AT_ONCE)]
    last = 2 * MOST_AT_ONCE - 1
    largest = [f"i{last - place}" for place in range(MOST_AT_ONCE)]
    assert in_turn(storm, DECLARED) == (largest, True)
    assert in_turn(storm, DECLARED, most=1) == (largest[:1], True)
    assert in_turn(storm[-2:], DECLARED) == (largest[:2], False)


def test_one_of_which_nothing_could_be_said_waits_for_the_next_minute() -> None:
    silent = Candidate("x", DECLARED, 30, 10.0, None, looked=DECLARED)
    assert not is_due(silent, DECLARED)
    assert is_due(silent, DECLARED + 1)
    fresh = candidate(None, reports=20, incident="y")
    assert in_turn([silent, fresh], DECLARED + 1, most=1) == (["y"], True)


def test_many_reports_take_more_of_a_minute() -> None:
    big = [candidate(None, MOST_REPORTS_AT_ONCE // 2, f"i{n}") for n in range(5)]
    assert len(in_turn(big, DECLARED)[0]) == 2
    huge = [candidate(None, MOST_REPORTS_AT_ONCE * 2, f"i{n}") for n in range(5)]
    assert len(in_turn(huge, DECLARED)[0]) == 1


def test_the_history_keeps_answers_that_differ() -> None:
    history: tuple[Localised, ...] = ()
    for one in (answer(0, 5, "a"), answer(1, 9, "a"), answer(2, 20, "a", "b"), answer(3, 50)):
        history = recorded(history, one)
    assert [len(one.parts[0].attributes) for one in history] == [1, 1, 0]
    assert history[0].reports == 9
    assert history[0].since == start_of(DECLARED)
    assert history[0].at == start_of(DECLARED + 1)


def test_an_answer_that_wavers_does_not_fill_the_record() -> None:
    history: tuple[Localised, ...] = ()
    for minute in range(200):
        history = recorded(history, answer(minute, 5, "ab"[minute % 2]))
    assert len(history) == MOST_KEPT
    assert history[0].at == start_of(DECLARED)
    assert history[-1].at == start_of(DECLARED + 199)


def test_an_answer_survives_being_written_down() -> None:
    before = answer(4, 30, "a")
    assert msgspec.json.decode(msgspec.json.encode(before), type=Localised) == before
