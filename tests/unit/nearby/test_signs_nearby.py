""" "Is it me?" in a lived watch: the city, the network, and what is kept to itself."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest
from tests.unit.watching.lived import Lived

from lapwing.kernel.instants import start_of
from lapwing.kernel.refusals import Refusal
from lapwing.outages.asked_views import NearbyView
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.catalogue.files import read_catalogue
from lapwing.outages.detection.surprise import Sign
from lapwing.outages.incidents.model import Scope
from lapwing.outages.model import Dimension
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.queries.nearby import Nearby, Visitor
from lapwing.outages.story.nearby import telling

PUNE, NAGPUR = 1259229, 1262180


@cache
def _known() -> tuple[Catalogue, Gazetteer]:
    return read_catalogue(), Gazetteer.load()


class Asking:
    def __init__(self) -> None:
        self.lived = Lived()
        self.nearby = Nearby(self.lived.watch, *_known(), lambda: start_of(self.lived.minute))

    def find(self, **visitor: object) -> NearbyView:
        return self.nearby.find("x", Visitor(**visitor))  # type: ignore[arg-type]  # by name

    def ordinary(self) -> None:
        """Six hours of a report every five minutes from Nagpur."""
        for _ in range(72):
            self.lived.report(1, city=NAGPUR, network="AS1")
            self.lived.jump(5)


def signs(view: NearbyView) -> dict[str, Sign]:
    return {line.dimension: line.sign for line in view.lines}


def test_a_city_in_trouble_is_told_so_and_its_network_too() -> None:
    asking = Asking()
    asking.ordinary()
    asking.lived.report(14, city=PUNE, network="AS55836")
    view = asking.find(city=PUNE, country="IN", network="AS55836")
    assert signs(view)["city"] is Sign.YES
    assert signs(view)["network"] is Sign.YES
    city, network = view.lines[0], view.lines[-1]
    assert city.told == (
        "In Pune: 14 reports in the last 20 minutes, hardly any expected: yes, more than usual."
    )
    assert network.told.startswith("On your network (AS55836): 14 reports")
    assert "not just you" in view.headline
    assert not view.advice


def test_elsewhere_it_may_be_the_visitor() -> None:
    asking = Asking()
    asking.ordinary()
    view = asking.find(city=PUNE, country="IN", network="AS55836")
    assert view.lines[0].sign is Sign.TOO_FEW
    assert view.lines[0].reports is None
    assert "it may be you" in view.headline
    assert view.advice
    assert view.condition == "ok"


def test_one_or_two_reporters_are_nobody_s_business() -> None:
    asking = Asking()
    asking.ordinary()
    quiet = asking.find(city=PUNE, network="net-00ff")
    asking.lived.report(2, city=PUNE, network="net-00ff")
    both = asking.find(city=PUNE, network="net-00ff")
    assert [line.told for line in quiet.lines if line.dimension != "country"] == [
        line.told for line in both.lines if line.dimension != "country"
    ]
    assert both.lines[-1].told.startswith("On your network: fewer than 3 reports")
    assert "net-" not in both.lines[-1].label


def test_an_outage_of_all_is_weighed_for_the_visitor_s_place() -> None:
    asking = Asking()
    asking.ordinary()
    for _ in range(12):
        asking.lived.report(30, city=NAGPUR, network="AS1")
        asking.lived.jump(1)
    there = asking.find(city=NAGPUR)
    assert there.condition in ("suspected", "down")
    assert there.lines[0].told.endswith("yes, here too.")
    assert "fails near you as well" in there.headline
    far = asking.find(country="AR")
    assert signs(far) == {"country": Sign.TOO_FEW}
    assert "too few people near you" in far.headline


def test_who_comes_from_nowhere_gets_the_answer_for_everybody() -> None:
    asking = Asking()
    asking.ordinary()
    view = asking.find()
    assert view.lines == ()
    assert view.answer.startswith("No")
    assert view.headline == "Nobody reports more than usual of X: it may be you."


def test_the_same_question_is_answered_once_until_something_changes() -> None:
    asking = Asking()
    asking.ordinary()
    first = asking.find(city=PUNE)
    assert asking.find(city=PUNE) is first
    asking.lived.report(5, city=PUNE)
    assert asking.find(city=PUNE) is not first
    with pytest.raises(Refusal):
        asking.nearby.find("twiter", Visitor())


def test_trouble_of_another_city_alone_is_no_trouble_here() -> None:
    asking = Asking()
    asking.ordinary()
    records = asking.lived.watch.records
    for _ in range(12):
        asking.lived.report(30, city=NAGPUR, network="AS1")
        asking.lived.jump(1)
    whole = records.open_incident_of("x")
    assert whole is not None
    local = msgspec.structs.replace(whole, scope=Scope("city", str(NAGPUR), "Nagpur"))
    records.incidents[whole.id] = local
    there, elsewhere = asking.find(city=NAGPUR), asking.find(city=PUNE)
    assert "fails near you" in there.headline
    assert "Perhaps it is not just you" in elsewhere.headline
    assert elsewhere.lines[1].told.endswith("yes, more than usual.")
    asking.lived.report(1)
    records.incidents[whole.id] = msgspec.structs.replace(
        whole, scope=Scope("region", "IN.16", "Maharashtra")
    )
    assert asking.find(city=PUNE).lines[1].told.endswith("yes, here too.")


def test_the_nearest_place_that_tells_anything_decides() -> None:
    city, country, network = Dimension.CITY, Dimension.COUNTRY, Dimension.NETWORK
    assert telling([(city, Sign.NONE), (country, Sign.YES)]) == [Sign.NONE]
    assert telling([(city, Sign.TOO_FEW), (country, Sign.YES)]) == [Sign.MAYBE]
    assert telling([(country, Sign.YES), (network, Sign.NONE)]) == [Sign.YES, Sign.NONE]
    assert telling([(city, Sign.TOO_FEW), (country, Sign.TOO_FEW)]) == [Sign.TOO_FEW]
    assert telling([]) == []
