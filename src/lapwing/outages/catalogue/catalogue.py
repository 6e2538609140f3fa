"""The services that are watched, and how they are found by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from lapwing.kernel.folding import fold
from lapwing.kernel.refusals import Refusal
from lapwing.outages.catalogue.search import SearchIndex
from lapwing.outages.model import Service

_NEAR = 70


class UnknownService(Refusal):
    """`asked` is what nothing is called; `near` the services that may have been meant."""

    def __init__(self, asked: str, near: tuple[Service, ...]) -> None:
        slugs = [service.slug for service in near]
        hint = f"; did you mean {' or '.join(slugs)}?" if slugs else "."
        message = f"No service is called {asked!r}{hint}"
        super().__init__("unknown_service", message, field="service")
        self.asked = asked
        self.near = near


@dataclass(frozen=True, eq=False, slots=True)
class Catalogue:
    """Read-only; make it with `Catalogue.of`. `services` is in the order of the files."""

    services: tuple[Service, ...]
    categories: Mapping[str, str]
    """Key -> label, in the order of the files."""
    by_slug: Mapping[str, Service] = field(repr=False)
    by_name: Mapping[str, Service] = field(repr=False)
    """Folded slug, name or alias -> service."""
    index: SearchIndex = field(repr=False)

    @classmethod
    def of(cls, services: Iterable[Service], categories: Mapping[str, str]) -> Catalogue:
        in_order = tuple(services)
        by_name: dict[str, Service] = {}
        for name_of in (_slugs, _names, _aliases):
            for service in in_order:
                for name in name_of(service):
                    by_name.setdefault(fold(name), service)
        return cls(
            services=in_order,
            categories=dict(categories),
            by_slug={each.slug: each for each in in_order},
            by_name=by_name,
            index=SearchIndex(in_order),
        )

    def __len__(self) -> int:
        return len(self.services)

    def find(self, slug: str) -> Service | None:
        return self.by_slug.get(slug)

    def get(self, slug: str) -> Service:
        """Refuses (`unknown_service`) with the nearest slugs."""
        found = self.by_slug.get(slug)
        if found is None:
            raise self._unknown(slug)
        return found

    def find_named(self, text: str) -> Service | None:
        """The service whose slug, name or alias this is, in any case and spelling of accents."""
        return self.by_slug.get(text) or self.by_name.get(fold(text))

    def get_named(self, text: str) -> Service:
        """`find_named`; refuses (`unknown_service`) with the nearest slugs."""
        found = self.find_named(text)
        if found is None:
            raise self._unknown(text)
        return found

    def search(self, text: str, limit: int = 20) -> list[Service]:
        """Services by name and alias, the best first; forgives typing mistakes."""
        return self.index.search(text, limit)

    def _unknown(self, text: str) -> UnknownService:
        close = process.extract(
            fold(text[:60]), self.by_name.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR, limit=5
        )
        near = dict.fromkeys(self.by_name[name].slug for name, _, _ in close)
        return UnknownService(text[:60], tuple(self.by_slug[slug] for slug in list(near)[:3]))


def _slugs(service: Service) -> tuple[str, ...]:
    return (service.slug,)


def _names(service: Service) -> tuple[str, ...]:
    return (service.name,)


def _aliases(service: Service) -> tuple[str, ...]:
    return service.aliases
