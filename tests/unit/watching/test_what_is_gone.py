"""Pages and the fold go on when places or services that have counts are not known any more."""

from __future__ import annotations

import msgspec
import pytest
from tests.unit.watching.lived import START, Lived

from lapwing.adapters.memory_store import MemoryOutageStore
from lapwing.kernel.instants import start_of
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.rule import Rule
from lapwing.outages.labels import Labels
from lapwing.outages.model import Dimension, Service
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.queries.outages import OutageQueries
from lapwing.outages.watch import Watch

X = Service("x", "X", "social", "https://x.com", (), ())


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load()


def lived_with(gazetteer: Gazetteer, **place: object) -> tuple[Lived, Watch]:
    lived = Lived()
    label = Labels(Catalogue.of([X], {"social": "Social"}), gazetteer).label
    lived.watch = Watch(Detector(Rule(), lambda country, minute: 0), label)
    lived.jump(1)
    lived.live(60)
    for _ in range(20):
        lived.report(30, **place)
        lived.jump(1)
    return lived, lived.watch


@pytest.mark.parametrize(
    "place",
    [{"country": "IN", "region": "IN.99", "city": 999_999_999}, {"country": "EU"}],
    ids=["city", "country"],
)
@pytest.mark.parametrize("services", [[X], []], ids=["known service", "removed service"])
async def test_an_outage_in_a_place_that_is_gone_is_shown(
    gazetteer: Gazetteer, place: dict[str, object], services: list[Service]
) -> None:
    lived, watch = lived_with(gazetteer, **place)
    catalogue = Catalogue.of(services, {"social": "Social"})
    queries = OutageQueries(
        watch, catalogue, gazetteer, MemoryOutageStore(), lambda: start_of(lived.minute)
    )
    incident = watch.records.open_incident_of("x")
    assert incident is not None
    assert queries.board().recent[0].id == incident.id
    assert (await queries.incident(incident.id)).summary.reports == 600
    for service in services:
        assert queries.service(service.slug).reports_1h == 600


async def test_an_incident_that_was_examined_anew_has_another_version(
    gazetteer: Gazetteer,
) -> None:
    lived, watch = lived_with(gazetteer)
    catalogue = Catalogue.of([X], {"social": "Social"})
    queries = OutageQueries(
        watch, catalogue, gazetteer, MemoryOutageStore(), lambda: start_of(lived.minute)
    )
    lived.live(240)
    (incident,) = watch.records.incidents_of("x")
    assert incident.id not in watch.records.logs
    version = queries.incident_version(incident.id)
    assert queries.incident_version(incident.id) == version
    watch.records.take_incidents("x", [msgspec.structs.replace(incident, reports=700)])
    assert queries.incident_version(incident.id) != version


def test_unknown_values_are_called_by_their_codes(gazetteer: Gazetteer) -> None:
    label = Labels(Catalogue.of([], {}), gazetteer).label
    assert label("x", Dimension.CITY, "999999999") == "City 999999999"
    assert label("x", Dimension.COUNTRY, "EU") == "EU"
    assert label("x", Dimension.REGION, "IN.99") == "IN.99"
    assert label("x", Dimension.NETWORK, "AS55836") == "AS55836"
    assert label("x", Dimension.NETWORK, "Airtel Mumbai") == "Airtel Mumbai"
    assert label("x", Dimension.NETWORK, "net-5f0c21aa09") == "Network 5f0c21"


def test_records_of_before_the_journal_are_remembered() -> None:
    old = Lived()
    old.live(120, reports=0)
    old.live(20, reports=30)
    incidents = list(old.watch.records.incidents.values())
    assert incidents
    later = Lived(START + 100_000)
    later.watch.records.remember(incidents)
    assert later.watch.records.latest_incident_of("x") is not None
    assert later.watch.records.open_incident_of("x") is None
