"""SVG drawn to PNG in a process of its own: the drawing library holds the interpreter for as long
as it draws, a second for a map, and nobody would be answered meanwhile."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Final

import msgspec

from lapwing.kernel.refusals import Unavailable

_LONGEST_S: Final = 60.0


class DrawingJob(msgspec.Struct, frozen=True):
    svgs: list[str]
    fonts: list[str]
    """Paths of font files; letters are drawn with the first that has them."""


class SvgDrawing:
    """One drawing process at a time; it is there only while it draws."""

    def __init__(self, fonts: Sequence[str], *, longest_s: float = _LONGEST_S) -> None:
        self._fonts = list(fonts)
        self._longest_s = longest_s
        self._turn = asyncio.Lock()

    async def png(self, svgs: Sequence[str]) -> list[bytes]:
        """In the order given. Raises `Unavailable` where they cannot be drawn now."""
        job = msgspec.msgpack.encode(DrawingJob(list(svgs), self._fonts))
        async with self._turn:
            answer = await self._run(job)
        drawn = msgspec.msgpack.decode(answer, type=list[bytes])
        if len(drawn) != len(svgs):
            raise _unavailable(f"{len(drawn)} pictures of {len(svgs)}")
        return drawn

    async def _run(self, job: bytes) -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "lapwing.adapters.svg_drawing_process",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(self._longest_s):
                answer, errors = await process.communicate(job)
        except TimeoutError as error:
            raise _unavailable(f"not drawn within {self._longest_s:g} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise _unavailable(errors.decode("utf-8", "replace")[-500:])
        return answer


def _unavailable(detail: str) -> Unavailable:
    return Unavailable("Pictures cannot be drawn at the moment.", detail=detail)
