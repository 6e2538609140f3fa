"""Search for services by name and alias, also half typed and misspelt."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import OSA

from lapwing.kernel.folding import fold
from lapwing.outages.model import Service

_EXACT, _PREFIX, _WORD_PREFIX, _INSIDE, _MISSPELT, _MISSPELT_PREFIX = range(6)
_INSIDE_FROM = 3
_FUZZY_FROM = 3


class SearchIndex:
    """The folded names of services, made once."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._terms: list[tuple[str, int, Service]] = [
            (term, order, service)
            for order, service in enumerate(services)
            for term in dict.fromkeys(
                fold(name) for name in (service.name, service.slug, *service.aliases)
            )
        ]

    def search(self, text: str, limit: int = 20) -> list[Service]:
        """The best first: the same name, names that begin so, words that begin so, names that
        hold the text; and only where these are few, misspelt ones. Nothing for no text."""
        typed = fold(text)
        if not typed or limit <= 0:
            return []
        ranked: dict[str, tuple[tuple[int, int, int, int], Service]] = {}
        for term, order, service in self._terms:
            match = _match(typed, term)
            if match is None:
                continue
            rank = (*match, len(term), order)
            if service.slug not in ranked or rank < ranked[service.slug][0]:
                ranked[service.slug] = (rank, service)
        best = sorted(ranked.values(), key=lambda each: each[0])
        exact = sum(rank[0] < _MISSPELT for rank, _ in best)
        return [service for _, service in best[: min(limit, max(exact, _FUZZY_FROM))]]


def _match(typed: str, term: str) -> tuple[int, int] | None:
    """How the term matches, and by how many typing mistakes; None when it does not."""
    if term == typed:
        return _EXACT, 0
    if term.startswith(typed):
        return _PREFIX, 0
    if f" {typed}" in term:
        return _WORD_PREFIX, 0
    if len(typed) >= _INSIDE_FROM and typed in term:
        return _INSIDE, 0
    allowed = _mistakes_allowed(len(typed))
    if not allowed or typed[0] not in term[:2]:
        return None
    mistakes = OSA.distance(typed, term, score_cutoff=allowed)
    if mistakes <= allowed:
        return _MISSPELT, mistakes
    if len(term) <= len(typed):
        return None
    mistakes = OSA.distance(typed, term[: len(typed)], score_cutoff=allowed)
    return (_MISSPELT_PREFIX, mistakes) if mistakes <= allowed else None


def _mistakes_allowed(length: int) -> int:
    return 0 if length < 3 else 1 if length < 6 else 2
