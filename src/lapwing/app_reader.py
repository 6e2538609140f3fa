"""The composition root of a web reader: a process beside the one that writes, on the same machine
and data folder, which answers reads from its own copy of the square and passes all else on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, NoReturn

import structlog

from lapwing.accounts.tokens import TokenRegistry
from lapwing.adapters.clocks import SystemClock
from lapwing.adapters.data_folder import DataFolder
from lapwing.adapters.local_bus import LocalBus
from lapwing.adapters.mmdb_geography import open_geography
from lapwing.adapters.sql.database import connect_database
from lapwing.adapters.sql.token_store import SqlTokenStore
from lapwing.adapters.writer_link import WriterLink
from lapwing.app import configure_logging, spare_collector
from lapwing.app_edge import SquareEdge
from lapwing.app_replica import ReplicaLost, SquareReplica
from lapwing.kernel.refusals import Unavailable
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.catalogue.files import read_catalogue
from lapwing.outages.places.gazetteer import Gazetteer
from lapwing.outages.queries.records import link_to
from lapwing.outages.views import BoardView, ServiceLink
from lapwing.settings import Settings
from lapwing.web.media_serving import media_handlers
from lapwing.web.pages.rendering import Pages
from lapwing.web.parts import SiteParts
from lapwing.web.reading.site import ReaderSite
from lapwing.web.serving import create_server
from lapwing.web.site import create_site
from lapwing.web.square.routes import square_handlers
from lapwing.worker import Step, Worker

_log = structlog.get_logger()


@dataclass
class ReaderApplication:
    """One composed reader. `start` before it is used, `stop` at the end."""

    settings: Settings
    catalogue: Catalogue
    gazetteer: Gazetteer

    async def start(self) -> None:
        """Restores the copy. Raises `Refusal`, `Unavailable`."""
        self._opened = AsyncExitStack()
        self.is_lost = False
        self.end: Callable[[], None] = lambda: None
        """Ends the server: this copy cannot go on."""
        try:
            await self._open()
        except BaseException:
            await self._opened.aclose()
            raise
        self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()
        await self._opened.aclose()

    async def _open(self) -> None:
        settings = self.settings
        self._clock = SystemClock()
        self._database = connect_database(settings.database_url)
        self._opened.push_async_callback(self._database.close)
        link = WriterLink(DataFolder(settings.data))
        self._opened.push_async_callback(link.close)
        self._bus = LocalBus()
        self._opened.push_async_callback(self._bus.close)
        self.square = SquareReplica(
            settings, self._clock, self._service_named, self._service_names(), link
        )
        await self.square.open(self._database)
        self._opened.push_async_callback(self.square.close)
        self.asgi = self._site(link)
        self._worker = Worker([self._watched(step) for step in self.square.steps()])

    def _site(self, link: WriterLink) -> ReaderSite:
        pages = Pages(base_url=self.settings.public_url)
        tokens = TokenRegistry(SqlTokenStore(self._database), [])
        edge = SquareEdge(
            square=self.square,
            pages=pages,
            tokens=tokens,
            clock=self._clock,
            board=_no_board,
            service_link=self._service_link,
            find_incident_thread=lambda _: None,
            claims_in=lambda _: (),
            symptoms_of=lambda _: (),
        )
        geography = open_geography(asn_database=self.settings.asn_database)
        away: Any = _Elsewhere()
        parts = SiteParts(
            queries=away,
            pages=pages,
            bus=self._bus,
            clock=self._clock,
            settings=self.settings,
            catalogue=self.catalogue,
            gazetteer=self.gazetteer,
            geography=geography,
            methodology=away.methodology,
            explanations=away,
            nearby=away,
            network_of=away.network_of,
            calibration=away.calibration,
            search_page=edge.search_page(),
        )
        mastodon = edge.mastodon_site()
        local = create_site(
            parts,
            [*media_handlers(self.square.media_files), *square_handlers(edge.square_parts)],
            mastodon=mastodon,
        )
        return ReaderSite(local, mastodon, pages, link, self.square, self.square.now_ms)

    def _watched(self, step: Step) -> Step:
        """A copy that cannot go on is made anew by a fresh start."""

        async def run() -> bool:
            try:
                return await step.run()
            except ReplicaLost:
                _log.error("replica_lost", reason="the journal does not go on where the copy is")
                self.is_lost = True
                self.end()
                return False

        return Step(step.name, run, step.every_s)

    def _service_named(self, name: str) -> str | None:
        service = self.catalogue.find_named(name)
        return None if service is None else service.slug

    def _service_names(self) -> list[str]:
        services = self.catalogue.services
        return [name for one in services for name in (one.slug, one.name, *one.aliases)]

    def _service_link(self, slug: str) -> ServiceLink | None:
        service = self.catalogue.find(slug)
        return None if service is None else link_to(service)


class _Elsewhere:
    """Stands where outages are told: the writer does that."""

    def __getattr__(self, name: str) -> Any:
        def tell(*_: Any, **__: Any) -> NoReturn:
            raise Unavailable("The part of this server that counts outages does not answer.")

        return tell


def _no_board() -> BoardView:
    raise Unavailable("The part of this server that counts outages does not answer.")


def compose_reader(settings: Settings) -> ReaderApplication:
    """Chooses the parts; raises `CatalogueRefused` for a wrong entry in the operator's own file."""
    return ReaderApplication(settings, read_catalogue(settings.data), Gazetteer.load())


async def run_reader(application: ReaderApplication) -> bool:
    """Serves until SIGINT or SIGTERM, or until the copy has to be made anew: whether it has."""
    settings = application.settings
    configure_logging(settings.log_level)
    await application.start()
    spare_collector()
    try:
        server = create_server(application.asgi, host=settings.host, port=settings.port)

        def end() -> None:
            server.should_exit = True

        application.end = end
        await server.serve()
    finally:
        await application.stop()
    return application.is_lost
