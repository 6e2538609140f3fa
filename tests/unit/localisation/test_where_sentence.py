import pytest

from lapwing.kernel.instants import start_of
from lapwing.outages.incidents.localised import Attribute, Localised, LocalisedPart
from lapwing.outages.story.where import chance, where_sentence


def part(share: float = 0.95, **labels: tuple[str, ...]) -> LocalisedPart:
    attributes = tuple(Attribute(name, values, values) for name, values in labels.items())
    return LocalisedPart(attributes, 40, 2.0, share, 1e-7)


ALL = ("country", "platform", "network")


def told(*parts: LocalisedPart, by: tuple[str, ...] = ALL) -> str:
    at = start_of(28_000_000)
    return where_sentence(Localised(at, at, 50, 4.0, parts, by))


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (
            (part(city=("San Antonio",)),),
            "Nearly all of the reports above normal are in San Antonio, on all platforms and"
            " networks.",
        ),
        (
            (part(0.7, country=("United States", "India"), platform=("Android",)),),
            "70 % of the reports above normal are in the United States and India on Android,"
            " on all networks.",
        ),
        (
            (part(0.8, network=("AS55836",)),),
            "80 % of the reports above normal are on the network AS55836, wherever people are.",
        ),
        (
            (part(symptom=("Posts don't load",)),),
            'Nearly all of the reports above normal are about "Posts don\'t load", wherever'
            " people are.",
        ),
        (
            (part(),),
            "It is everywhere, on all platforms and networks: 40 reports, where 2 would have been"
            " usual.",
        ),
        (
            (part(0.5, city=("Akron",)), part(0.3, city=("Charlotte",)), part(0.2)),
            "50 % of the reports above normal are in Akron, on all platforms and networks;"
            " another 30 % are in Charlotte; the rest (20 %) is everywhere.",
        ),
        (
            (part(city=tuple("abcdefgh")),),
            "Nearly all of the reports above normal are in a, b, c, d, e and 3 more, on all"
            " platforms and networks.",
        ),
        ((), "Too few reports so far to say where it is."),
    ],
)
def test_the_sentence(parts: tuple[LocalisedPart, ...], sentence: str) -> None:
    assert told(*parts) == sentence


def test_nothing_is_claimed_of_what_reports_do_not_say() -> None:
    assert told(part(city=("Akron",)), by=("country",)) == (
        "Nearly all of the reports above normal are in Akron."
    )
    assert told(part(city=("Akron",)), by=("country", "platform")).endswith("on all platforms.")
    assert told(part(network=("AS1",)), by=()).endswith("on the network AS1.")
    assert told(part(), by=("platform",)).startswith("Where it is, the reports do not say: 40")


def test_what_was_not_worked_out_is_not_told() -> None:
    assert where_sentence(None) == ""


@pytest.mark.parametrize(
    ("p_value", "words"),
    [
        (0.8, "about even"),
        (0.2, "less than 1 in 2"),
        (0.02, "less than 1 in 10"),
        (1e-3, "less than 1 in 1,000"),
        (1e-30, "less than 1 in 1,000,000"),
    ],
)
def test_a_chance_in_words(p_value: float, words: str) -> None:
    assert chance(p_value) == words
