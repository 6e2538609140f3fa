"""Background work: steps that each do one unit and say whether there was any."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from lapwing.kernel.refusals import Unavailable

_log = structlog.get_logger()


@dataclass
class Step:
    """`run` does one unit of work and returns whether there was any. `every_s` is the pause
    between looks when there was none; a failure waits longer each time, up to a minute."""

    name: str
    run: Callable[[], Awaitable[bool]]
    every_s: float
    failures: int = field(default=0, init=False)

    async def once(self) -> float:
        """Runs the step; returns the seconds to wait before the next time."""
        try:
            worked = await self.run()
        except Unavailable as error:
            self.failures += 1
            _log.warning("step_unavailable", step=self.name, reason=str(error))
            return self._backoff_s()
        except Exception:
            self.failures += 1
            _log.exception("step_failed", step=self.name)
            return self._backoff_s()
        self.failures = 0
        return 0.0 if worked else self.every_s

    def _backoff_s(self) -> float:
        return min(60.0, self.every_s * 2.0 ** min(self.failures, 10))


class Worker:
    """Runs its steps side by side until it is stopped; a step under way is always finished."""

    def __init__(self, steps: list[Step]) -> None:
        self.steps = steps
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] | None = None

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._keep_on(step)) for step in self.steps]

    def add(self, steps: list[Step]) -> None:
        """More to do, from now on where the worker runs already."""
        self.steps = [*self.steps, *steps]
        if self._tasks is not None and not self._stopping.is_set():
            self._tasks.extend(asyncio.create_task(self._keep_on(step)) for step in steps)

    async def stop(self) -> None:
        self._stopping.set()
        await asyncio.gather(*(self._tasks or ()))

    async def _keep_on(self, step: Step) -> None:
        while not self._stopping.is_set():
            pause_s = await step.once()
            if pause_s == 0.0:
                await asyncio.sleep(0)
                continue
            try:
                await asyncio.wait_for(self._stopping.wait(), pause_s)
            except TimeoutError:
                continue
