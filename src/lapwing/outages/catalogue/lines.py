"""On which line of a TOML text a key stands; `tomllib` does not tell.

Knows the ways in which people write services.toml: tables with headers, `key = value` lines and
arrays over several lines. A key written in another way gets the line of its table, at worst 1.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*\[\[?\s*([^\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_ASSIGNMENT = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


class LineFinder:
    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, ...], int] = {(): 1}
        table: tuple[str, ...] = ()
        for number, line in enumerate(text.split("\n"), start=1):
            if header := _HEADER.match(line):
                table = _parts(header.group(1))
                self._note(table, number)
            elif assignment := _ASSIGNMENT.match(line):
                self._note((*table, *_parts(assignment.group(1))), number)

    def find(self, *path: str) -> int:
        """The line of the key, or of the nearest table around it."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _note(self, path: tuple[str, ...], number: int) -> None:
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], number)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
