"""What is asked of a service with several local incidents."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from tests.unit.watching.lived import fresh_watch
from tests.unit.watching.test_local_incidents import AKRON, MEMPHIS, TownsLived, lived_with

from lapwing.adapters.memory_store import MemoryOutageStore
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.catalogue.files import read_catalogue
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.queries.outages import OutageQueries
from lapwing.outages.views import IncidentPart


@cache
def _known() -> tuple[Catalogue, Gazetteer]:
    return read_catalogue(), Gazetteer.load()


def asked(lived: TownsLived) -> OutageQueries:
    def now() -> datetime:
        return datetime.fromtimestamp(lived.minute * 60, UTC)

    return OutageQueries(lived.watch, *_known(), MemoryOutageStore(), now)


def test_the_service_s_page_and_card_have_the_worst_first_and_the_others_beside_it() -> None:
    lived = lived_with({AKRON: 1, MEMPHIS: 3})
    queries = asked(lived)
    view = queries.service("x")
    assert view.incident is not None
    assert view.incident.place == str(MEMPHIS)
    assert [one.place for one in view.also] == [str(AKRON)]
    assert "X has had problems in" in view.answer
    (card,) = queries.board().down
    assert (card.incident, [one.place for one in card.also]) == (view.incident.id, [str(AKRON)])
    assert view.incident.id not in {one.id for one in view.past}


async def test_a_local_incident_s_page_has_the_series_and_the_parts_of_its_own() -> None:
    lived = lived_with({AKRON: 2})
    (local,) = lived.open().values()
    lived.towns(30, dict.fromkeys(range(100, 120), 1))
    (whole,) = lived.open().values()
    queries = asked(lived)
    view = await queries.incident(local.id)
    assert view.merged_into == whole.id
    assert sum(point.reports for point in view.series.points) in range(58, 70)
    (part,) = (await queries.incident(whole.id)).parts
    assert part == IncidentPart(local.id, str(AKRON), local.started_at)


def test_a_service_without_trouble_has_nothing_beside() -> None:
    lived = TownsLived()
    assert fresh_watch().records.open_incidents_of("x") == []
    assert asked(lived).service("x").also == ()
