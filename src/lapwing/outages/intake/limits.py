"""How often one person and one network may report. Generous to networks: thousands of honest
people may stand behind one of them in the very hour for which Lapwing is there."""

from __future__ import annotations

from dataclasses import dataclass

from lapwing.kernel.refusals import TooMany

_KEPT = 200_000
_MS_PER_MINUTE = 60_000
_MS_PER_HOUR = 3_600_000


class TokenBuckets:
    """One bucket per key: full at first, one report takes one token, it refills steadily."""

    def __init__(self, tokens: int, refill_ms: int) -> None:
        """An empty bucket is full again after `refill_ms`."""
        self._tokens = float(tokens)
        self._per_ms = tokens / refill_ms
        self._left: dict[str, tuple[float, int]] = {}
        """Key -> tokens left at an instant (ms)."""

    def knows(self, key: str) -> bool:
        return key in self._left

    def wait_ms(self, key: str, now_ms: int) -> float:
        """Milliseconds until a token is there; 0: there is one now."""
        left = self._left_of(key, now_ms)
        return 0.0 if left >= 1.0 else (1.0 - left) / self._per_ms

    def take(self, key: str, now_ms: int) -> None:
        if key not in self._left and len(self._left) >= _KEPT:
            self._make_room(now_ms)
        self._left[key] = (self._left_of(key, now_ms) - 1.0, now_ms)

    def _left_of(self, key: str, now_ms: int) -> float:
        kept = self._left.get(key)
        if kept is None:
            return self._tokens
        left, at_ms = kept
        return min(self._tokens, left + max(0, now_ms - at_ms) * self._per_ms)

    def _make_room(self, now_ms: int) -> None:
        """Full buckets say nothing and go; if that is not enough, the fuller half goes."""
        lefts = {key: self._left_of(key, now_ms) for key in self._left}
        kept = [key for key, left in lefts.items() if left < self._tokens]
        if len(kept) > _KEPT // 2:
            kept = sorted(kept, key=lefts.__getitem__)[: _KEPT // 2]
        self._left = {key: self._left[key] for key in kept}


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the settings allow."""

    per_person_hour: int = 30
    per_network_minute: int = 6000


class Limits:
    """Both limits together: a refused report takes from neither."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._persons = TokenBuckets(allowance.per_person_hour, _MS_PER_HOUR)
        self._networks = TokenBuckets(allowance.per_network_minute, _MS_PER_MINUTE)

    def take(
        self, reporter: str, reporter_before: str | None, network: str | None, now_ms: int
    ) -> None:
        """Raises `TooMany` (`too_many_reports`, `network_too_busy`)."""
        person = reporter
        if reporter_before is not None and self._persons.knows(reporter_before):
            person = reporter_before
        wait = self._persons.wait_ms(person, now_ms)
        if wait:
            raise TooMany(
                "too_many_reports",
                f"You have sent {self._allowance.per_person_hour} reports within the hour, which "
                "is all that one person may. Your reports are counted; please wait a little.",
                retry_after_s=wait / 1000,
            )
        if network is not None:
            wait = self._networks.wait_ms(network, now_ms)
            if wait:
                raise TooMany(
                    "network_too_busy",
                    "More reports come from your network at the moment than can be taken. "
                    "Please try again shortly.",
                    retry_after_s=wait / 1000,
                )
            self._networks.take(network, now_ms)
        self._persons.take(person, now_ms)
