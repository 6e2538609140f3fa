"""An intake desk over the journal in memory, for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address

from lapwing.adapters.clocks import SteppedClock
from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.intake.desk import IntakeDesk, IntakeJournal, Sender
from lapwing.outages.intake.limits import Allowance, Limits
from lapwing.outages.intake.proof_of_work import Gate
from lapwing.outages.intake.reporter_keys import Address, Keys, KeyStore, ReporterKeys
from lapwing.outages.journal import ReportsTaken
from lapwing.outages.model import Platform, ReportRow, Service, Symptom
from lapwing.outages.places.gazetteer import Gazetteer

START = datetime(2023, 12, 21, 5, 7, tzinfo=UTC)
X = Service(
    slug="x",
    name="X",
    category="social",
    home_page="https://x.com",
    symptoms=(Symptom("feed", "Posts don't load"), Symptom("login", "Login")),
    platforms=(Platform("android", "Android"), Platform("web", "Web")),
)
ANN = Sender(ip_address("203.0.113.7"), "a" * 22, known_by_cookie=True)
BOB = Sender(ip_address("203.0.113.7"), "b" * 22, known_by_cookie=True)


class MemoryKeyStore:
    """`KeyStore` without a file."""

    def __init__(self) -> None:
        self.kept: Keys | None = None

    def load(self) -> Keys | None:
        return self.kept

    def save(self, keys: Keys) -> None:
        self.kept = keys


class SomeGeography:
    """203.0.113.0/24 is in India; no networks are known."""

    def country_of(self, address: Address) -> str | None:
        return "IN" if str(address).startswith("203.0.113.") else None

    def network_of(self, address: Address) -> str | None:
        return "AS64500" if str(address).startswith("198.51.") else None


def make_desk(
    journal: IntakeJournal,
    clock: SteppedClock | None = None,
    *,
    allowance: Allowance | None = None,
    store: KeyStore | None = None,
    gate: Gate | None = None,
) -> IntakeDesk:
    clock = clock or SteppedClock(START)
    desk = IntakeDesk(
        catalogue=Catalogue.of([X], {"social": "Social"}),
        gazetteer=Gazetteer.load(),
        geography=SomeGeography(),
        keys=ReporterKeys(store or MemoryKeyStore(), clock.now()),
        limits=Limits(allowance or Allowance()),
        journal=journal,
        clock=clock,
        gate=gate,
    )
    desk.recall()
    return desk


def rows_of(journal: MemoryJournal) -> list[ReportRow]:
    return [
        row for _, entry in journal.read(0) if isinstance(entry, ReportsTaken) for row in entry.rows
    ]
