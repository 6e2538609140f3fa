"""The composition root: settings -> adapters -> pillars -> ASGI application.

It chooses and connects, it decides nothing.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import structlog

from lapwing.accounts.tokens import TokenRegistry, make_token
from lapwing.adapters.clocks import SystemClock
from lapwing.adapters.data_folder import DataFolder
from lapwing.adapters.file_journal import FileJournal
from lapwing.adapters.key_file import KeyFile
from lapwing.adapters.local_bus import LocalBus
from lapwing.adapters.mmdb_geography import open_geography
from lapwing.adapters.sql.database import connect_database
from lapwing.adapters.sql.outage_store import SqlOutageStore
from lapwing.adapters.sql.token_store import SqlTokenStore
from lapwing.app_edge import SquareEdge
from lapwing.app_handoffs import Handoffs
from lapwing.app_square import SquareApplication
from lapwing.kernel.instants import minute_of, to_ms
from lapwing.kernel.refusals import Refusal, Unavailable
from lapwing.microblog.never_empty.waiting_posts import take_waiting
from lapwing.outages.backfill import Backfills
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.catalogue.files import read_catalogue
from lapwing.outages.changes import Publish
from lapwing.outages.checkpoint import restore
from lapwing.outages.demo.facts import LEARNING_MIN
from lapwing.outages.detection.detector import Detector
from lapwing.outages.detection.in_force import rule_in_force
from lapwing.outages.detection.local_time import ZoneLocalTime
from lapwing.outages.detection.rule import Rule
from lapwing.outages.events import OutageEvent
from lapwing.outages.intake.desk import IntakeDesk
from lapwing.outages.intake.limits import Allowance, Limits
from lapwing.outages.intake.proof_of_work import Challenges, Gate
from lapwing.outages.intake.reporter_keys import ReporterKeys
from lapwing.outages.journal import Entry, TimePassed
from lapwing.outages.labels import Labels
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.places.population import PopulatedPlaces
from lapwing.outages.queries.calibration import Calibration
from lapwing.outages.queries.explanations import Explanations
from lapwing.outages.queries.nearby import Nearby
from lapwing.outages.queries.outages import OutageQueries
from lapwing.outages.queries.records import link_to
from lapwing.outages.saving import ProgressSaver
from lapwing.outages.store import Retention
from lapwing.outages.views import ServiceLink
from lapwing.outages.watch import Watch
from lapwing.ports.clock import Clock
from lapwing.ports.journal import Position
from lapwing.settings import Settings
from lapwing.web.api.operator import OperatorDesk, operator_handlers
from lapwing.web.api.reports import HANDLERS as REPORT_HANDLERS
from lapwing.web.media_serving import media_handlers
from lapwing.web.pages.rendering import Pages
from lapwing.web.parts import SiteParts
from lapwing.web.reading.entrance import ReaderEntrance
from lapwing.web.serving import create_server
from lapwing.web.site import Site, create_site
from lapwing.worker import Step, Worker

_log = structlog.get_logger()
_DAY_MIN = 1440
Q = TypeVar("Q")
_NULL_RUN = Path(__file__).parent / "data" / "calibration.json"
_METHODOLOGY = Path(__file__).parents[2] / "docs" / "methodology.md"


@dataclass
class Application:
    """One composed Lapwing. `start` before it is used, `stop` at the end."""

    settings: Settings
    clock: Clock
    catalogue: Catalogue
    gazetteer: Gazetteer
    simulated: bool = False
    learning_min: int = LEARNING_MIN
    """How long a simulated service is only learnt."""

    async def start(self, *, working: bool = True) -> None:
        """Owns the data folder and folds the journal. Raises `Refusal` or `Unavailable`.
        Without `working`, the work in the background waits for `begin_work`."""
        self._folder = DataFolder(self.settings.data)
        self._folder.own()
        self._opened = AsyncExitStack()
        self._opened.callback(self._folder.release)
        try:
            await self._open()
        except BaseException:
            await self._opened.aclose()
            raise
        if working:
            self.begin_work()

    def begin_work(self) -> None:
        self._worker.start()

    async def _open(self) -> None:
        self._database = connect_database(self.settings.database_url)
        self._opened.push_async_callback(self._database.close)
        self.store = SqlOutageStore(self._database)
        self.journal: FileJournal[Entry] = FileJournal(self.settings.data / "journal", Entry)
        self.bus = LocalBus()
        self._opened.push_async_callback(self.bus.close)
        self._opened.push_async_callback(self.journal.close)
        self.watch = self._make_watch(midstream=self.simulated)
        self._saver = ProgressSaver(self.watch, self.store, 0)
        self.backfills = Backfills(
            self.watch, self.store, lambda: self._make_watch(midstream=True), self._saver.save_all
        )
        self.is_restored = False
        self.square = SquareApplication(
            self.settings, self.clock, self._service_named, self._service_names()
        )
        await self.square.open(self._database)
        self._opened.push_async_callback(self.square.close)
        self._connect_site()
        self._worker = Worker([Step("restore", self._restore_late, 1.0), *self.square.steps()])
        try:
            await self._restore()
        except Unavailable as error:
            _log.warning("starting_without_database", reason=str(error))

    async def _restore_late(self) -> bool:
        """The database was away at the start: outages are told once it answers; posts and new
        reports need it not."""
        if self.is_restored:
            return False
        await self._restore()
        return True

    async def stop(self) -> None:
        self.backfills.stop()
        await self._worker.stop()
        try:
            if self.is_restored:
                await self._saver.save_all()
        finally:
            await self._opened.aclose()

    def _service_named(self, name: str) -> str | None:
        service = self.catalogue.find_named(name)
        return None if service is None else service.slug

    def _service_link(self, slug: str) -> ServiceLink | None:
        service = self.catalogue.find(slug)
        return None if service is None else link_to(service)

    def _symptoms_of(self, slug: str) -> list[tuple[str, str]]:
        service = self.catalogue.find(slug)
        return [] if service is None else [(one.key, one.label) for one in service.symptoms]

    def _service_names(self) -> list[str]:
        services = self.catalogue.services
        return [name for one in services for name in (one.slug, one.name, *one.aliases)]

    @property
    def _rule(self) -> Rule:
        return Rule(alpha_per_year=self.settings.false_alarms_per_service_year)

    def _methodology(self) -> str:
        return rule_in_force(_METHODOLOGY.read_text(encoding="utf-8"), self._rule)

    def _make_watch(self, *, midstream: bool) -> Watch:
        rule = self._rule
        if self.simulated:
            rule = replace(rule, warm_up=self.learning_min)
        zones = {country.code: country.time_zone for country in self.gazetteer.countries}
        labels = Labels(self.catalogue, self.gazetteer)
        return Watch(
            Detector(rule, ZoneLocalTime(zones), PopulatedPlaces(self.gazetteer)),
            labels.label,
            simulated=self.simulated,
            midstream=midstream,
        )

    async def _restore(self) -> None:
        """State of the last checkpoint, then the journal behind it; from then on the journal is
        followed. Raises `Refusal`, and `Unavailable` while the database is away."""
        await self._database.bring_up_to_date()
        checkpoint = await self.store.load_checkpoint()
        if checkpoint.saved_position > self.journal.last_position:
            raise Refusal(
                "journal_behind_database",
                "The database knows more than the journal in the data folder: one of the two is"
                " of another time or another Lapwing. Restore both from the same backup.",
            )
        incidents = await self.store.load_incidents()
        self.watch.examined = dict(checkpoint.examined)
        after = 0
        if checkpoint.blobs and restore(self.watch, checkpoint.blobs, incidents):
            after = self.watch.position = checkpoint.position
        folded = 0
        for position, entry in self.journal.read(after):
            self._fold(position, entry)
            folded += 1
        self.watch.records.remember(incidents)
        self.journal.follow(self._fold)
        self._saver.begin_at(checkpoint.saved_position)
        self.is_restored = True
        self._worker.add(self._steps())
        _log.info("restored", checkpoint_position=after, entries=folded)
        await self._pass_time()

    def _fold(self, position: Position, entry: Entry) -> None:
        """What is in the journal is acknowledged, and is there at the next start: a bug in what
        follows from it must neither refuse it nor stop that start."""
        try:
            self.watch.apply(position, entry)
        except Exception:
            _log.exception("entry_failed", position=position)

    def _connect_site(self) -> None:
        settings, clock = self.settings, self.clock
        console, secret = make_token("console", clock.now())
        self.console_secret = secret
        self._folder.tell(_local_url(settings), secret)
        tokens = TokenRegistry(SqlTokenStore(self._database), [console])
        geography = open_geography(asn_database=settings.asn_database)
        keys = ReporterKeys(KeyFile(settings.data / "reporter-keys"), clock.now())
        self.desk = IntakeDesk(
            catalogue=self.catalogue,
            gazetteer=self.gazetteer,
            geography=geography,
            keys=keys,
            limits=Limits(
                Allowance(settings.reports_per_person_hour, settings.reports_per_network_minute)
            ),
            journal=self.journal,
            clock=clock,
            examined=self.backfills.wait,
            gate=Gate(Challenges(keys.secret(b"challenges")), self.watch.corroborating.beset_of),
        )
        self.desk.recall()
        self.queries = OutageQueries(
            self.watch, self.catalogue, self.gazetteer, self.store, clock.now
        )
        explanations = Explanations(
            self.watch,
            self.store,
            self.catalogue,
            Labels(self.catalogue, self.gazetteer).label,
            lambda midstream: self._make_watch(midstream=midstream),
            clock.now,
        )
        self._opened.push_async_callback(explanations.stop)
        self._pages = Pages(base_url=settings.public_url)
        self._connect_handoffs(keys)
        self.watch.changes.publish = _told_to_all(
            explanations.hear, self.handoffs.hear, self.bus.publish
        )
        nearby = Nearby(self.watch, self.catalogue, self.gazetteer, clock.now)
        calibration = Calibration(self.watch, clock.now, _read_null_run)
        edge = SquareEdge(
            square=self.square,
            pages=self._pages,
            tokens=tokens,
            clock=clock,
            board=self.queries.board,
            service_link=self._service_link,
            find_incident_thread=self.handoffs.find_thread,
            claims_in=self.handoffs.claims.made_in,
            symptoms_of=self._symptoms_of,
        )
        parts = SiteParts(
            queries=self._once_restored(self.queries),
            pages=self._pages,
            bus=self.bus,
            clock=clock,
            settings=settings,
            catalogue=self.catalogue,
            gazetteer=self.gazetteer,
            geography=geography,
            methodology=self._methodology,
            explanations=self._once_restored(explanations),
            nearby=self._once_restored(nearby),
            network_of=lambda address: geography.network_of(address) or keys.network(address),
            calibration=self._once_restored(calibration).find,
            search_page=edge.search_page(),
            intake=self.desk,
            tokens=tokens,
            journal=self.journal,
        )
        operators = OperatorDesk(
            tokens,
            self.journal,
            clock,
            self.watch.records.check_act,
            self.watch.records.get_incident,
        )
        self.asgi: Site = create_site(
            parts,
            [
                *REPORT_HANDLERS,
                *operator_handlers(operators),
                *media_handlers(self.square.media_files),
                *edge.handlers(),
            ],
            mastodon=edge.mastodon_site(),
        )
        self.asgi.entrance = ReaderEntrance(
            secret,
            lambda: self.square.journal.last_position,
            lambda waits: take_waiting(self.square.context, waits),
        )

    def _once_restored(self, queries: Q) -> Q:
        return cast(Q, _Restoring(queries, lambda: self.is_restored))

    def _connect_handoffs(self, keys: ReporterKeys) -> None:
        assets, journal = self._pages.assets, self.journal
        self.handoffs = Handoffs(self.square, self.catalogue, self.queries, assets, journal, keys)
        self.service_accounts = self.handoffs.service_accounts

    def _steps(self) -> list[Step]:
        quick_s = min(0.25, 10.0 / self.clock.speed)
        return [
            Step("pass_time", self._pass_time, quick_s),
            Step("save", self._saver.step, 2.0),
            Step("examine", self.backfills.step, 5.0),
            Step("compact", self._compact, 300.0),
            Step("forget", self._forget, 600.0),
            *self.handoffs.steps(quick_s),
        ]

    async def _pass_time(self) -> bool:
        """Closes the minute when the clock says that it is over; between minutes, lets the watch
        look at what had to wait."""
        now = self.clock.now()
        if minute_of(now) > self.watch.present_minute or self.watch.has_look_due(to_ms(now)):
            await self.journal.append(TimePassed(to_ms(now)))
        return False

    async def _compact(self) -> bool:
        settings = self.settings
        retention = Retention(
            settings.keep_minutes_days * _DAY_MIN,
            settings.keep_quarters_days * _DAY_MIN,
            settings.keep_hours_days * _DAY_MIN,
        )
        return await self.store.compact(minute_of(self.clock.now()), retention)

    async def _forget(self) -> bool:
        """Turns the reporter keys and drops journal that is older than its time."""
        self.desk.turn_keys()
        oldest = self.clock.now() - timedelta(days=self.settings.keep_reports_days)
        position = self.journal.position_before(to_ms(oldest))
        self.journal.drop_before(min(position, self._saver.checkpoint_position))
        return False


class _Restoring:
    """Stands before queries: until the state is restored they would say that all is well."""

    def __init__(self, queries: object, is_restored: Callable[[], bool]) -> None:
        self._queries = queries
        self._is_restored = is_restored

    def __getattr__(self, name: str) -> Any:
        question = getattr(self._queries, name)

        def ask(*args: Any, **named: Any) -> Any:
            if not self._is_restored():
                raise Unavailable(
                    "Outages cannot be told yet: the database with their record does not answer."
                    " Reports are taken all the same."
                )
            return question(*args, **named)

        return ask


def _told_to_all(*hearers: Publish) -> Publish:
    def publish(event: OutageEvent) -> None:
        for hear in hearers:
            hear(event)

    return publish


def _read_null_run() -> bytes | None:
    return _NULL_RUN.read_bytes() if _NULL_RUN.exists() else None


def _local_url(settings: Settings) -> str:
    """Where commands on this machine reach the server, whatever stands before it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def compose(
    settings: Settings,
    *,
    clock: Clock | None = None,
    simulated: bool = False,
    learning_min: int = LEARNING_MIN,
) -> Application:
    """Chooses the parts; raises `CatalogueRefused` for a wrong entry in the operator's own file."""
    catalogue = read_catalogue(settings.data)
    gazetteer = Gazetteer.load()
    return Application(
        settings, clock or SystemClock(), catalogue, gazetteer, simulated, learning_min
    )


async def run_server(application: Application) -> None:
    """Serves until SIGINT or SIGTERM."""
    settings = application.settings
    configure_logging(settings.log_level)
    await application.start()
    spare_collector()
    try:
        await create_server(application.asgi, host=settings.host, port=settings.port).serve()
    finally:
        await application.stop()


def spare_collector() -> None:
    """What is in memory now is there to stay. The garbage collector, which would look at all of
    it now and then and let every reader wait a quarter of a second, need not look again."""
    gc.freeze()


def configure_logging(level: str) -> None:
    """One line of JSON an event on standard error; of plain text at a terminal. Libraries only
    tell what is wrong. Tracebacks come without the values of variables: some are addresses."""
    logging.basicConfig(level="WARNING", stream=sys.stderr, format="%(message)s")
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
