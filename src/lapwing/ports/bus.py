"""What carries events from those who announce them to those who listen."""

from __future__ import annotations

from typing import Any, Protocol


class Subscription(Protocol):
    """One listener's own bounded queue. Iterate over it; the iteration ends when it is closed."""

    @property
    def missed(self) -> int:
        """Events dropped because this listener was slow: the oldest go first. Whoever must know
        everything reads the present state afresh when this has grown."""
        ...

    def __aiter__(self) -> Subscription: ...

    async def __anext__(self) -> Any: ...

    def close(self) -> None:
        """Ends the iteration once what is queued was read; harmless when called again."""
        ...


class Bus(Protocol):
    """Contract: `tests/contracts/test_bus.py`. At most once: what must not be lost is kept in the
    journal or the database, the bus only says that it is there."""

    def publish(self, event: Any) -> None:
        """Hands the event to every present subscription, in the order of the calls. Never waits
        and never raises because of a listener; for the thread of the event loop."""
        ...

    def subscribe(self, *kinds: type, limit: int = 1024) -> Subscription:
        """Events of these kinds (all, where none is named) from now on; `limit` are queued."""
        ...

    async def close(self) -> None:
        """Closes every subscription."""
        ...
